"""Hopfield memory against plain loops, closed forms and published numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from companion.brain import capacity, memory, modern_memory
from reproductions.brain import memory as reproduction


def naive_weights(patterns):
    n_patterns, n = patterns.shape
    weights = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            if i != j:
                total = sum(patterns[mu, i] * patterns[mu, j] for mu in range(n_patterns))
                weights[i, j] = total / n
    return weights


def naive_energy(weights, state):
    n = len(state)
    pairs = ((i, j) for i in range(n) for j in range(n))
    return -0.5 * sum(state[i] * weights[i, j] * state[j] for i, j in pairs)


def test_hebbian_weights_written_out(rng):
    patterns = memory.random_patterns(4, 12, rng)
    weights = memory.hebbian_weights(patterns)
    np.testing.assert_allclose(weights, naive_weights(patterns), atol=1e-15)


def test_random_patterns_are_fair_signs(rng):
    patterns = memory.random_patterns(100, 1000, rng)
    assert set(np.unique(patterns)) == {-1.0, 1.0}
    # Six standard errors.
    assert abs(patterns.mean()) < 6 / np.sqrt(patterns.size)


def test_energy_written_out_and_the_energy_of_a_change(rng):
    weights = memory.hebbian_weights(memory.random_patterns(3, 10, rng))
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
    weights = memory.hebbian_weights(memory.random_patterns(3, n, rng))
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
    weights = memory.hebbian_weights(memory.random_patterns(5, 20, rng))
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


@pytest.mark.parametrize("n_patterns", [5, 12, 40])
def test_settle_follows_the_naive_sweeps_and_needs_no_weights(rng, n_patterns):
    patterns = memory.random_patterns(n_patterns, 150, rng)
    weights = naive_weights(patterns)
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
    weights = memory.hebbian_weights(patterns)
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


def test_projection_keeps_what_hebb_loses(rng):
    patterns = np.where(rng.random((30, 100)) < 0.25, 1.0, -1.0)
    hebbian, projection = (
        rule(patterns) for rule in (memory.hebbian_weights, memory.projection_weights)
    )
    assert (
        memory.recall_rate(memory.update_synchronously(hebbian, patterns), patterns) < 0.1
    )
    answers = memory.update_synchronously(projection, patterns)
    assert memory.recall_rate(answers, patterns) == 1.0
    # Least squares by another route.
    q, _ = np.linalg.qr(patterns.T)
    expected = q @ q.T
    np.testing.assert_allclose(
        projection, expected - np.diag(np.diagonal(expected)), atol=1e-12
    )


def test_rules_agree_for_orthogonal_patterns():
    from scipy.linalg import hadamard

    patterns = hadamard(16)[:5].astype(float)
    np.testing.assert_allclose(
        memory.projection_weights(patterns), memory.hebbian_weights(patterns), atol=1e-12
    )


def test_dilution_cuts_pairs_and_the_wanted_share(rng):
    weights = memory.hebbian_weights(memory.random_patterns(3, 400, rng))
    cut = memory.dilute(weights, 0.3, rng)
    np.testing.assert_array_equal(cut, cut.T)
    n_pairs = 400 * 399 / 2
    share = np.count_nonzero(cut) / np.count_nonzero(weights)
    assert share == pytest.approx(0.7, abs=6 * np.sqrt(0.21 / n_pairs))


def test_flip_turns_the_right_number(rng):
    states = memory.random_patterns(50, 40, rng)
    damaged = memory.flip(states, 0.25, rng)
    np.testing.assert_array_equal(np.sum(damaged != states, axis=1), 10)
    # Every neuron is as likely: 50 trials with p = 1/4, six standard errors.
    turned = np.sum(damaged != states, axis=0)
    assert np.abs(turned - 12.5).max() < 6 * np.sqrt(50 * 0.25 * 0.75)


def test_nearest_pattern_by_counting_differences(rng):
    patterns = memory.random_patterns(20, 30, rng)
    cues = memory.random_patterns(40, 30, rng)
    found = memory.nearest_pattern(patterns, cues)
    for cue, answer in zip(cues, found, strict=True):
        differences = [np.sum(cue != pattern) for pattern in patterns]
        assert np.sum(cue != answer) == min(differences)


# Capacity: published numbers, the three equations themselves, and simulation.


def test_critical_point_as_published():
    alpha_c, m_c, _ = capacity.critical_point()
    assert alpha_c == pytest.approx(0.138, abs=5e-4)
    assert m_c == pytest.approx(0.967, abs=5e-4)


@pytest.mark.parametrize("load", [0.05, 0.1, 0.13])
def test_mean_field_overlap_solves_the_three_equations(load):
    m, c, r = reproduction.mean_field_by_iteration(load)
    assert capacity.mean_field_overlap(load) == pytest.approx(m, abs=1e-9)
    assert m > 0.9
    assert r > 1.0 > c


def test_no_state_of_recall_above_the_critical_load():
    assert capacity.mean_field_overlap(0.1380) == 0.0
    assert capacity.mean_field_overlap(0.1379) > 0.96


@pytest.mark.parametrize(("n_patterns", "n_neurons"), [(2, 4), (3, 4), (3, 5), (4, 5)])
def test_exact_bit_error_by_going_through_all_crosstalk(n_patterns, n_neurons):
    n = (n_patterns - 1) * (n_neurons - 1)
    terms = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    expected = np.mean(terms.sum(axis=1) < -(n_neurons - 1))
    assert capacity.bit_error_exact(n_patterns, n_neurons) == pytest.approx(expected)


def test_bit_error_by_quadrature():
    from scipy.integrate import quad
    from scipy.stats import norm

    for load in (0.1, 0.3):
        tail, _ = quad(norm(scale=np.sqrt(load)).pdf, 1.0, np.inf)
        assert capacity.bit_error(load) == pytest.approx(tail, rel=1e-7)


@pytest.mark.parametrize("load", [0.2, 0.5])
def test_one_step_errs_as_the_binomial_says(load):
    measured, spread = reproduction.one_step_error(200, load, n_trials=40)
    expected = capacity.bit_error_exact(round(200 * load), 200)
    assert measured == pytest.approx(expected, abs=5 * spread)
    # Large N: the Gaussian tail, up to terms of order 1/N.
    assert capacity.bit_error_exact(round(20_000 * load), 20_000) == pytest.approx(
        capacity.bit_error(load), rel=0.002
    )


def test_overlap_after_recall_comes_near_the_mean_field(rng):
    overlaps = capacity.measured_overlaps(2000, 0.11, 6, rng)
    # Errors are rare and come in groups: a third of the missing part.
    missing = 1.0 - capacity.mean_field_overlap(0.11)
    assert 1.0 - overlaps.mean() == pytest.approx(missing, rel=0.5)
    assert capacity.measured_overlaps(2000, 0.2, 4, rng).mean() < 0.5


def test_a_cue_within_the_basin_ends_where_the_pattern_does(rng):
    assert capacity.measured_overlaps(1000, 0.05, 5, rng, share=0.2).min() > 0.99
    assert capacity.measured_overlaps(1000, 0.05, 5, rng, share=0.5).max() < 0.9
    # Beyond one half the cue is nearer to the negative of the pattern.
    assert capacity.measured_overlaps(1000, 0.05, 5, rng, share=0.8).max() < -0.99


def test_the_break_comes_near_the_critical_load_as_networks_grow():
    loads, alpha_c = np.linspace(0.12, 0.24, 7), capacity.critical_point()[0]
    halves = [
        reproduction.load_at_half_recall(n_neurons, loads, n_networks)
        for n_neurons, n_networks in ((250, 60), (1000, 40), (4000, 8))
    ]
    assert halves[0] > halves[1] + 0.01 > halves[2] + 0.02
    assert alpha_c < halves[2] < alpha_c + 0.025


# Modern network.


def test_modern_update_is_softmax_attention(rng):
    patterns, states = rng.normal(size=(7, 5)), rng.normal(size=(3, 5))
    attention = np.zeros((3, 5))
    for row, state in enumerate(states):
        likeness = np.exp([0.7 * pattern @ state for pattern in patterns])
        attention[row] = sum(
            w * x for w, x in zip(likeness / likeness.sum(), patterns, strict=True)
        )
    np.testing.assert_allclose(modern_memory.update(patterns, states, 0.7), attention)


@given(seed=st.integers(0, 2**32 - 1), beta=st.floats(0.05, 20.0))
def test_modern_energy_never_rises(seed, beta):
    rng = np.random.default_rng(seed)
    patterns, states = rng.normal(size=(6, 4)), 3.0 * rng.normal(size=(5, 4))
    after = modern_memory.update(patterns, states, beta)
    before = modern_memory.energy(patterns, states, beta)
    assert np.all(modern_memory.energy(patterns, after, beta) <= before + 1e-10)


def test_modern_update_is_a_step_down_the_slope(rng):
    # With step 1: xi - dE/dxi is the next state.
    patterns, state, step = rng.normal(size=(6, 4)), rng.normal(size=4), 1e-6
    slope = [
        (
            modern_memory.energy(patterns, state + step * unit, 1.3)
            - modern_memory.energy(patterns, state - step * unit, 1.3)
        )
        / (2 * step)
        for unit in np.eye(4)
    ]
    after = modern_memory.update(patterns, state, 1.3)
    np.testing.assert_allclose(state - slope, after, atol=1e-8)


def test_modern_network_keeps_more_patterns_than_neurons(rng):
    patterns = memory.random_patterns(1000, 100, rng)
    cues = memory.flip(patterns[:50], 0.2, rng)
    answers = modern_memory.update(patterns, cues, 1.0)
    assert memory.recall_rate(answers, patterns[:50]) > 0.95
    weights = softmax(cues @ patterns.T, axis=1)
    np.testing.assert_allclose(answers, weights @ patterns)


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
        (lambda: memory.dilute(np.ones((2, 2)), -1, None), "share_removed .* got -1"),
        (lambda: memory.hebbian_weights(np.ones(4)), r"patterns must be \(P, N\)"),
        (lambda: memory.settle(np.eye(2), np.ones(2), None), "zero diagonal"),
        (lambda: memory.settle(np.array([[0, 1], [2, 0]]), np.ones(2), None), "symmetric"),
        (lambda: memory.settle(np.eye(3), np.ones(2), None), r"weights must be \(N, N\)"),
        (lambda: capacity.mean_field_overlap(0.0), "load must be above 0; got 0.0"),
        (lambda: modern_memory.update(np.eye(2), np.ones(2), 0), "beta must be above 0"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_settle_from_patterns_refuses_what_single_precision_cannot_hold():
    patterns = np.broadcast_to(np.float32(1.0), (4096, 4096))
    with pytest.raises(ValueError, match="less than 2"):
        capacity.settle_from_patterns(patterns, np.ones(4096), None)
