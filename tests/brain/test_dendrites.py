"""Two-layer units and threshold units, decided by enumeration and by linear programs."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.brain.dendrites import (
    DendriticUnit,
    all_inputs,
    branched_functions,
    separation_margin,
    threshold_functions,
    truth_table,
)

XOR = np.array([False, True, True, False])
# Each branch is excited by one input and inhibited by the other.
XOR_UNIT = DendriticUnit([[1, -1], [-1, 1]], [0.5, 0.5], [1, 1], threshold=0.5)
# Excitation only: the first two inputs share a branch, the last two another.
PAIRS_UNIT = DendriticUnit([[1, 1, 0, 0], [0, 0, 1, 1]], [1.5, 1.5], [1, 1], threshold=0.5)


def test_the_two_layer_unit_by_hand():
    # Input (1, 0): branch sums 1 and -1, sigmoids of 10 * 0.5 and 10 * -1.5.
    high, low = 1.0 / (1.0 + np.exp(-5.0)), 1.0 / (1.0 + np.exp(15.0))
    np.testing.assert_allclose(XOR_UNIT.branches([[1, 0]]), [[high, low]])
    unit = DendriticUnit([[1, -1], [-1, 1]], [0.5, 0.5], [2, 3], threshold=0.5)
    np.testing.assert_allclose(unit.drive([[1, 0]]), [2 * high + 3 * low])


def test_the_two_layer_unit_does_xor_and_a_threshold_unit_cannot():
    assert XOR_UNIT.fires(all_inputs(2)).tolist() == XOR.tolist()
    assert separation_margin(all_inputs(2), XOR)[0] == pytest.approx(0.0, abs=1e-9)
    # By hand: firing at (1, 0) and (0, 1) says w1 + w2 > 2 theta, silence at (0, 0) and
    # (1, 1) says w1 + w2 <= 2 theta. The same sum of constraints rules out any margin.
    combination = np.array([-1, 1, 1, -1]) @ np.hstack([all_inputs(2), -np.ones((4, 1))])
    np.testing.assert_array_equal(combination, 0.0)


def test_excitation_alone_separates_what_no_threshold_unit_can():
    x = all_inputs(4)
    target = (x[:, 0] & x[:, 1]) | (x[:, 2] & x[:, 3])
    assert PAIRS_UNIT.fires(x).tolist() == target.astype(bool).tolist()
    assert separation_margin(x, target)[0] == pytest.approx(0.0, abs=1e-9)


@given(
    weights=st.lists(st.floats(-3, 3), min_size=3, max_size=3),
    threshold=st.floats(-3, 3),
)
def test_what_a_threshold_unit_does_the_program_finds(weights, threshold):
    x = all_inputs(3)
    drive = x @ np.array(weights) - threshold
    if np.abs(drive).min() < 0.05:  # too near to the boundary to have a margin
        return
    margin, found, theta = separation_margin(x, drive > 0)
    assert margin > 0.0
    assert ((x @ found > theta) == (drive > 0)).all()


def test_the_margin_of_or_is_one_half():
    # With |w| <= 1 the best is w = (1, 1), theta = 1/2: every pattern is 1/2 away or more.
    margin, weights, theta = separation_margin(all_inputs(2), [False, True, True, True])
    assert margin == pytest.approx(0.5)
    np.testing.assert_allclose(weights, 1.0)
    assert theta == pytest.approx(0.5)


def test_the_margin_of_and_needs_a_threshold_above_one():
    # The best is w = (1, 1), theta = 3/2; with theta kept below 1 it would be 1/3.
    margin, _, theta = separation_margin(all_inputs(2), [0, 0, 0, 1])
    assert margin == pytest.approx(0.5)
    assert theta == pytest.approx(1.5)


def test_a_cell_at_its_threshold_is_silent():
    unit = DendriticUnit([[0.0]], [0.0], [1.0], threshold=0.5)
    assert unit.drive([[1.0]]) == 0.5
    assert unit.fires([[1.0]]).tolist() == [False]


@pytest.mark.parametrize(("n_inputs", "count"), [(1, 4), (2, 14), (3, 104)])
def test_threshold_functions_are_those_of_small_whole_weights(n_inputs, count):
    # Known counts (OEIS A000609), and the functions themselves by trying all units with
    # weights -2..2 and thresholds between whole numbers, enough for three inputs.
    x = all_inputs(n_inputs)
    powers = 2 ** np.arange(2**n_inputs)[::-1]
    found = {
        int((x @ np.array(w) > theta) @ powers)
        for w in product(range(-2, 3), repeat=n_inputs)
        for theta in np.arange(-6.5, 7.0)
    }
    assert threshold_functions(n_inputs).tolist() == sorted(found)
    assert len(found) == count


def test_two_branches_do_all_but_parity_and_three_do_all():
    n_ones = all_inputs(3).sum(axis=1)
    missing = np.setdiff1d(np.arange(256), branched_functions(3, 2))
    tables = [truth_table(3, number).tolist() for number in missing]
    assert tables == [(n_ones % 2 == 1).tolist(), (n_ones % 2 == 0).tolist()]
    assert len(branched_functions(3, 3)) == 256
    assert len(branched_functions(2, 2)) == 16


def threshold_unit_table(number):
    """Weights and threshold of the unit that does one threshold function."""
    _, weights, theta = separation_margin(all_inputs(3), truth_table(3, number))
    return weights, theta


def test_counted_functions_are_done_by_real_sigmoids(rng):
    x, single = all_inputs(3), threshold_functions(3)
    counted = set(branched_functions(3, 2).tolist())
    for _ in range(20):
        numbers = rng.choice(single, size=3)
        weights, thetas = zip(*[threshold_unit_table(n) for n in numbers], strict=True)
        for threshold, n_branches, function in (
            (0.5, 2, numbers[0] | numbers[1]),
            (1.5, 2, numbers[0] & numbers[1]),
        ):
            unit = DendriticUnit(
                weights[:n_branches], thetas[:n_branches], [1, 1], threshold, steepness=300
            )
            assert function in counted
            np.testing.assert_array_equal(unit.fires(x), truth_table(3, function))
        majority = DendriticUnit(weights, thetas, [1, 1, 1], 1.5, steepness=300)
        expected = sum(truth_table(3, number).astype(int) for number in numbers) >= 2
        np.testing.assert_array_equal(majority.fires(x), expected)


def test_two_graded_branches_do_parity():
    # The limit of steep branches is a limit: one that is still graded gets around it.
    unit = DendriticUnit([[0.04] * 3, [-3.0] * 3], [0.072, -4.5], [5.2, 1.0], 2.95)
    x = all_inputs(3)
    assert unit.fires(x).tolist() == (x.sum(axis=1) % 2 == 1).tolist()


def test_patterns_and_tables_count_alike():
    assert all_inputs(2).tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert truth_table(2, 0b0110).tolist() == XOR.tolist()
    assert truth_table(2, 1).tolist() == [False, False, False, True]


def test_clustering_helps_few_synapses_and_hurts_many():
    unit = DendriticUnit(np.eye(4), np.full(4, 4.0), np.ones(4), 1.0, steepness=1.5)

    def sigmoid(load):
        return 1.0 / (1.0 + np.exp(-1.5 * (load - 4.0)))

    few, few_dealt, many, many_dealt = unit.drive(
        [[6, 0, 0, 0], [2, 2, 1, 1], [40, 0, 0, 0], [10] * 4]
    ) - unit.drive(np.zeros((1, 4)))
    assert few == pytest.approx(sigmoid(6) - sigmoid(0))
    assert few_dealt == pytest.approx(2 * (sigmoid(2) + sigmoid(1) - 2 * sigmoid(0)))
    assert few > 5 * few_dealt
    assert many < many_dealt / 3


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"branch_thresholds": [0.5]}, r"weights, branch_thresholds and coupling must be"),
        ({"coupling": [1, 1, 1]}, r"got \(2, 2\), \(2,\) and \(3,\)"),
        ({"weights": [1, -1]}, r"got \(2,\), \(2,\) and \(2,\)"),
        ({"steepness": 0.0}, "steepness must be above 0; got 0.0"),
    ],
)
def test_unit_refuses(settings, message):
    good = {
        "weights": [[1, -1], [-1, 1]],
        "branch_thresholds": [0.5, 0.5],
        "coupling": [1, 1],
        "threshold": 0.5,
    }
    with pytest.raises(ValueError, match=message):
        DendriticUnit(**(good | settings))


def test_functions_refuse():
    with pytest.raises(ValueError, match="n_branches must be 1, 2 or 3; got 4"):
        branched_functions(2, 4)
    with pytest.raises(ValueError, match="n_inputs must be 1, 2 or 3; got 4"):
        branched_functions(4, 2)
    with pytest.raises(ValueError, match=r"x must be \(n, d\) and target \(n,\)"):
        separation_margin(all_inputs(2), [True])
