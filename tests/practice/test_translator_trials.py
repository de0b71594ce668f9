"""Trainings in turn: each equals one alone, and narrow codes stay narrow."""

import numpy as np
import pytest

from companion.practice.translator_trials import Falling, Trials

X, Y = np.array(["ab", "ba", "a", "bb"]), np.array(["xy", "yx", "x", "yy"])


@pytest.fixture(scope="module")
def trials():
    return Trials(X, Y, n_members=2, n_steps=6, units=4)


def test_a_training_does_not_depend_on_the_one_before(trials):
    start = trials.start((3, 4))
    first = trials.train(start, (X, Y))
    again = trials.train(start, (X, Y))
    assert np.abs(first[0] - start[0]).max() > 0.01
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)


def test_members_learn_from_their_own_pairs(trials):
    start = trials.start((3, 3))
    other = [(X, Y), (X[:1], Y[:1])]
    a, b = trials.train(start, (X, Y)), trials.train(start, other)
    for one, two in zip(a, b, strict=True):
        np.testing.assert_allclose(one[0], two[0], atol=1e-6)
    assert np.abs(a[0][1] - b[0][1]).max() > 1e-3


def test_surplus_units_of_a_narrow_code_stay_silent(trials):
    trials.train(trials.start((0, 1), False, (1, 4)), (X, Y))
    z, _ = trials.model.encode(np.stack([trials.encode(X, Y)[0]] * 2))
    z = np.asarray(z)
    np.testing.assert_array_equal(z[0, :, 1:], 0.0)
    assert np.abs(z[1]).min(axis=0).max() > 0


def test_attention_is_switched_for_each_member(trials):
    trials.train(trials.start((0, 1), (True, False)), (X, Y))
    assert np.ravel(trials.model.looks).tolist() == [1.0, 0.0]
    assert trials.attention(X, Y).shape == (2, 4, 3, 2)
    assert [len(rows) for rows in trials.translate(X)] == [4, 4]


def test_stops_on_the_way_change_nothing(trials):
    start, seen = trials.start((3, 4)), []
    for stop in trials.watched(start, (X, Y), (2, 6)):
        seen.append((stop, trials.model.get_weights()[0]))
    assert [stop for stop, _ in seen] == [2, 6]
    assert np.abs(seen[0][1] - seen[1][1]).max() > 1e-4
    np.testing.assert_array_equal(seen[1][1], trials.train(start, (X, Y))[0])
    for stops in ((), (0, 3), (3, 3), (3, 7)):
        with pytest.raises(ValueError, match="stops must rise from 1 to 6"):
            list(trials.watched(start, (X, Y), stops))


def test_a_rate_for_one_training(trials):
    start = trials.start((3, 4))
    before = trials.train(start, (X, Y))
    # Adam moves a weight by at most about its rate in a step.
    small = trials.train(start, (X, Y), learning_rate=1e-6)
    for a, b in zip(start, small, strict=True):
        np.testing.assert_allclose(a, b, atol=2e-5)
    np.testing.assert_array_equal(trials.train(start, (X, Y))[0], before[0])


def test_the_rate_falls_to_a_fiftieth():
    falling = Falling(10)
    falling.begin.assign(0.5)
    rates = [float(falling(step)) for step in (0, 5, 10, 20)]
    assert rates == pytest.approx([0.5, 0.255, 0.01, 0.01])


def test_pairs_are_shared_out_among_neighbors():
    trials = Trials(X, Y, n_members=4, n_steps=2, units=2)
    start, few = trials.start((0, 1, 2, 3)), (X[:1], Y[:1])
    a = trials.train(start, [(X, Y), few])
    b = trials.train(start, [(X, Y), (X, Y), few, few])
    np.testing.assert_array_equal(a[0], b[0])
    with pytest.raises(ValueError, match="pairs must divide 4 members; got 3"):
        trials.train(start, [few] * 3)


@pytest.mark.slow
def test_a_small_language_is_learned():
    trials = Trials(X, Y, n_members=1, n_steps=150)
    trials.train(trials.start((0,)), (X, Y))
    assert trials.translate(X)[0].tolist() == Y.tolist()
