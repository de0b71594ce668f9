"""Hopfield memory against plain loops, closed forms and published numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.brain import capacity, memory, storage
from reproductions.brain import memory as reproduction


def naive_energy(weights, state):
    n = len(state)
    pairs = ((i, j) for i in range(n) for j in range(n))
    return -0.5 * sum(state[i] * weights[i, j] * state[j] for i, j in pairs)


def test_random_patterns_are_fair_signs(rng):
    patterns = memory.random_patterns(100, 1000, rng)
    assert set(np.unique(patterns)) == {-1.0, 1.0}
    # Six standard errors.
    assert abs(patterns.mean()) < 6 / np.sqrt(patterns.size)


def test_energy_written_out_and_the_energy_of_a_change(rng):
    weights = storage.hebbian_weights(memory.random_patterns(3, 10, rng))
    state = memory.random_patterns(1, 10, rng)[0]
    before = memory.energy(weights, state)
    assert before == pytest.approx(naive_energy(weights, state), abs=1e-12)
    for i in range(10):
        other = state.copy()
        other[i] *= -1
        change = 2.0 * state[i] * (weights @ state)[i]
        assert memory.energy(weights, other) - before == pytest.approx(change, abs=1e-12)


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 24))
def test_energy_never_rises_one_neuron_at_a_time(seed, n):
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(n, n))
    weights = weights + weights.T
    np.fill_diagonal(weights, 0.0)
    state = memory.random_patterns(1, n, rng)[0]
    for i in rng.integers(0, n, size=3 * n):
        after = memory.update_in_order(weights, state, [i])
        rise = memory.energy(weights, after) - memory.energy(weights, state)
        assert rise <= 1e-10
        state = after


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 16))
def test_all_at_once_ends_in_rest_or_in_two_states_in_turn(seed, n):
    rng = np.random.default_rng(seed)
    weights = storage.hebbian_weights(memory.random_patterns(3, n, rng))
    before = memory.random_patterns(1, n, rng)[0]
    state = memory.update_synchronously(weights, before)
    for _ in range(2**6):
        before, state = state, memory.update_synchronously(weights, state)
    np.testing.assert_array_equal(memory.update_synchronously(weights, state), before)


def test_two_neurons_at_once_change_for_ever():
    weights = np.array([[0.0, 1.0], [1.0, 0.0]])
    states = [np.array([1.0, -1.0])]
    for _ in range(3):
        states.append(memory.update_synchronously(weights, states[-1]))
    assert [tuple(s) for s in states] == [(1, -1), (-1, 1), (1, -1), (-1, 1)]
    settled = memory.update_in_order(weights, states[0], [0, 1])
    np.testing.assert_array_equal(settled, [-1.0, -1.0])


def test_a_field_of_zero_changes_nothing():
    weights = np.zeros((3, 3))
    state = np.array([1.0, -1.0, 1.0])
    for update in (
        memory.update_synchronously(weights, state),
        memory.update_in_order(weights, state, range(3)),
        memory.settle(weights, state, np.random.default_rng(0)),
    ):
        np.testing.assert_array_equal(update, state)


def test_updates_written_neuron_by_neuron(rng):
    weights = storage.hebbian_weights(memory.random_patterns(5, 20, rng))
    state = memory.random_patterns(1, 20, rng)[0]
    at_once, one_by_one = state.copy(), state.copy()
    for i in range(20):
        field = sum(weights[i, j] * state[j] for j in range(20))
        if abs(field) > 1e-12:
            at_once[i] = 1.0 if field > 0 else -1.0
        field = sum(weights[i, j] * one_by_one[j] for j in range(20))
        if abs(field) > 1e-12:
            one_by_one[i] = 1.0 if field > 0 else -1.0
    np.testing.assert_array_equal(memory.update_synchronously(weights, state), at_once)
    in_order = memory.update_in_order(weights, state, range(20))
    np.testing.assert_array_equal(in_order, one_by_one)


def test_a_weight_leads_from_its_column_to_its_row():
    # Only neuron 1 drives neuron 0: symmetric weights could not tell row from column.
    weights, start = np.array([[0.0, 1.0], [0.0, 0.0]]), np.array([1.0, -1.0])
    np.testing.assert_array_equal(memory.update_synchronously(weights, start), [-1, -1])
    in_order = memory.update_in_order(weights, start, [1, 0])
    np.testing.assert_array_equal(in_order, [-1, -1])
    np.testing.assert_array_equal(start, [1, -1])


def test_energy_falls_by_twice_the_fields():
    rise, fall, expected = reproduction.descent()
    assert rise <= 1e-12
    assert expected > 1.0  # else nothing has changed, and the next line says nothing
    assert fall == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("n_patterns", [5, 12, 40])
def test_settle_follows_the_naive_sweeps_and_needs_no_weights(rng, n_patterns):
    patterns = memory.random_patterns(n_patterns, 150, rng)
    weights = storage.hebbian_weights(patterns)
    for seed, start in enumerate(memory.random_patterns(5, 150, rng)):
        expected = start.copy()
        for _ in range(100):
            for i in np.random.default_rng(seed).permutation(150):
                field = weights[i] @ expected
                if abs(field) > 1e-12:
                    expected[i] = 1.0 if field > 0 else -1.0
        rest = memory.settle(weights, start, np.random.default_rng(seed))
        np.testing.assert_array_equal(rest, expected)
        assert memory.energy(weights, rest) < memory.energy(weights, start)
        same = capacity.settle_from_patterns(patterns, start, np.random.default_rng(seed))
        np.testing.assert_array_equal(same, expected)


def test_few_patterns_are_completed_and_so_are_their_negatives(rng):
    patterns = memory.random_patterns(5, 400, rng)
    weights = storage.hebbian_weights(patterns)
    cues = memory.flip(patterns, 0.3, rng)
    assert memory.recall_rate(memory.recall(weights, cues, rng), patterns) == 1.0
    assert memory.recall_rate(memory.recall(weights, -cues, rng), -patterns) == 1.0


def test_mixture_of_three_overlaps_by_half(rng):
    patterns = memory.random_patterns(3, 100_000, rng)
    mixture = np.sign(patterns.sum(axis=0))
    # By counting the eight cases; six standard errors.
    cases = np.array(np.meshgrid([1, -1], [1, -1], [1, -1])).reshape(3, 8)
    half = np.mean(np.sign(cases.sum(axis=0)) * cases[0])
    assert half == 0.5
    np.testing.assert_allclose(
        memory.overlap(mixture, patterns), half, atol=6 * np.sqrt(0.75 / 100_000)
    )


def test_flip_turns_the_right_number(rng):
    states = memory.random_patterns(50, 40, rng)
    damaged = memory.flip(states, 0.25, rng)
    np.testing.assert_array_equal(np.sum(damaged != states, axis=1), 10)
    # Every neuron is as likely: 50 trials with p = 1/4, six standard errors.
    turned = np.sum(damaged != states, axis=0)
    assert np.abs(turned - 12.5).max() < 6 * np.sqrt(50 * 0.25 * 0.75)


def test_flip_rounds_to_the_nearest_number_of_neurons(rng):
    for share, expected in ((0.29, 3), (0.21, 2), (0.0, 0), (1.0, 10)):
        damaged = memory.flip(np.ones((4, 10)), share, rng)
        np.testing.assert_array_equal(np.sum(damaged < 0, axis=1), expected)


def test_flip_each_turns_neurons_independently(rng):
    probability = np.array([[0.0], [0.1], [0.5], [1.0]])
    turned = memory.flip_each(-np.ones((2000, 4, 25)), probability, rng) == 1.0
    counts = turned.sum(axis=-1)
    assert not turned[:, 0].any()
    assert turned[:, 3].all()
    for column, p in ((1, 0.1), (2, 0.5)):
        # Mean and variance of a binomial; six standard errors.
        variance = 25 * p * (1 - p)
        assert counts[:, column].mean() == pytest.approx(
            25 * p, abs=6 * np.sqrt(variance / 2000)
        )
        assert counts[:, column].var() == pytest.approx(variance, rel=6 * np.sqrt(2 / 2000))


def test_recall_rate_counts_rows_without_an_error():
    answers = np.ones((4, 3))
    answers[0, 1] = -1.0  # one of four rows, one of three columns
    assert memory.recall_rate(answers, np.ones((4, 3))) == 0.75
    assert memory.recall_rate(0.2 * answers, np.ones((4, 3))) == 0.75  # only signs count


def test_nearest_pattern_by_counting_differences(rng):
    patterns = memory.random_patterns(20, 30, rng)
    cues = memory.random_patterns(40, 30, rng)
    found = memory.nearest_pattern(patterns, cues)
    for cue, answer in zip(cues, found, strict=True):
        differences = [np.sum(cue != pattern) for pattern in patterns]
        assert np.sum(cue != answer) == min(differences)


# The network that practices.


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: memory.random_patterns(0, 5, None),
            "n_patterns must be at least 1; got 0",
        ),
        (
            lambda: memory.flip(np.ones(4), 1.5, None),
            r"share must lie in \[0, 1\]; got 1.5",
        ),
        (lambda: memory.flip_each(np.ones(4), np.nan, None), "probability .* got nan"),
        (
            lambda: storage.practiced_weights(np.eye(2), None, rate=0),
            "rate must be above 0; got 0",
        ),
        (lambda: storage.dilute(np.ones((2, 2)), -1, None), "share_removed .* got -1"),
        (lambda: storage.hebbian_weights(np.ones(4)), r"patterns must be \(P, N\)"),
        (lambda: memory.settle(np.eye(2), np.ones(2), None), "zero diagonal"),
        (lambda: memory.settle(np.array([[0, 1], [2, 0]]), np.ones(2), None), "symmetric"),
        (lambda: memory.settle(np.eye(3), np.ones(2), None), r"weights must be \(N, N\)"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("bad", [0.0, 0.5, np.nan])
def test_settling_refuses_states_that_are_not_signs(bad, rng):
    patterns = memory.random_patterns(4, 50, rng)
    start = patterns[0].copy()
    start[3] = bad
    with pytest.raises(ValueError, match=r"state must hold \+1 and -1 alone"):
        memory.settle(storage.hebbian_weights(patterns), start, rng)
    with pytest.raises(ValueError, match=r"state must hold \+1 and -1 alone"):
        capacity.settle_from_patterns(patterns, start, rng)


def test_settle_takes_no_weights_for_symmetric_that_are_only_small(rng):
    weights = rng.uniform(-5e-9, 5e-9, size=(60, 60))
    np.fill_diagonal(weights, 0.0)
    with pytest.raises(ValueError, match="must be symmetric"):
        memory.settle(weights, np.ones(60), rng)


def test_settling_gives_up_with_an_error(monkeypatch, rng):
    patterns = memory.random_patterns(20, 100, rng)
    start = memory.random_patterns(1, 100, rng)[0]
    monkeypatch.setattr(memory, "MAX_ROUNDS", 1)
    monkeypatch.setattr(capacity, "MAX_ROUNDS", 1)
    with pytest.raises(RuntimeError, match="100 neurons, and no rest after 1 rounds"):
        memory.settle(storage.hebbian_weights(patterns), start, rng)
    with pytest.raises(RuntimeError, match="no rest"):
        capacity.settle_from_patterns(patterns, start, rng)
