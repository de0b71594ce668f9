"""What one threshold unit can do: published counts, Cover's theorem, and XOR."""

from math import comb

import numpy as np
import pytest

from companion.brain import dendrites
from companion.networks import mlp, separability

X = dendrites.all_inputs(2)
XOR = np.array([False, True, True, False])

# Row 3 of table 2.3.2 of Muroga (1971), also sequence A000609 of the OEIS.
PUBLISHED = {1: 4, 2: 14, 3: 104, 4: 1882}
# Classes under renaming, turning over inputs and turning over the answer: OEIS A000370.
CLASSES = {1: 2, 2: 4, 3: 14, 4: 222}


@pytest.mark.parametrize("n_inputs", PUBLISHED)
def test_the_number_of_threshold_functions_is_the_published_one(n_inputs):
    found = separability.count_threshold_functions(n_inputs)
    assert found == (PUBLISHED[n_inputs], CLASSES[n_inputs])


@pytest.mark.parametrize("n_inputs", [1, 2, 3])
def test_symmetry_gives_what_asking_every_function_gives(n_inputs):
    one_by_one = dendrites.threshold_functions(n_inputs).size
    assert separability.count_threshold_functions(n_inputs)[0] == one_by_one


@pytest.mark.parametrize("n_inputs", [0, 5, 2.5])
def test_five_inputs_are_too_many(n_inputs):
    with pytest.raises(ValueError, match="n_inputs must be 1, 2, 3 or 4; got"):
        separability.count_threshold_functions(n_inputs)


# Cover's theorem.


@pytest.mark.parametrize("n_weights", [1, 2, 5, 9])
def test_cover_all_are_separable_up_to_m_points_and_half_at_2m(n_weights):
    for n_points in range(1, n_weights + 1):
        assert separability.count_dichotomies(n_points, n_weights) == 2**n_points
    n_points = n_weights + 1
    assert separability.count_dichotomies(n_points, n_weights) == 2**n_points - 2
    n_points = 2 * n_weights
    assert separability.count_dichotomies(n_points, n_weights) == 2 ** (n_points - 1)


def test_cover_counts_obey_the_recursion_of_the_proof():
    # A new point splits exactly those classifications that a plane through it can do.
    count = separability.count_dichotomies
    for p in range(1, 12):
        for m in range(2, 8):
            assert count(p + 1, m) == count(p, m) + count(p, m - 1)


def test_cover_counts_what_lines_can_do_to_points_on_a_curve():
    # Points on a circle are in general position; every classification is asked.
    angles = np.array([0.1, 1.0, 1.9, 3.3, 4.0, 5.5])
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    for p in (3, 4, 5, 6):
        able = sum(
            separability.is_separable(x[:p], np.array([k >> i & 1 for i in range(p)]) > 0)
            for k in range(2**p)
        )
        assert able == separability.count_dichotomies(p, 3)


@pytest.mark.parametrize(("n_points", "n_inputs"), [(6, 1), (8, 3), (10, 4), (14, 4)])
def test_random_labels_are_separable_as_often_as_cover_says(n_points, n_inputs, rng):
    n_trials = 1200
    share = separability.separable_share(n_points, n_inputs, n_trials, rng)
    expected = separability.count_dichotomies(n_points, n_inputs + 1) / 2**n_points
    # Four standard errors of a share of independent trials.
    assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / n_trials)


@pytest.mark.parametrize("name", ["n_points", "n_weights"])
def test_counts_must_be_counts(name):
    sizes = {"n_points": 3, "n_weights": 2} | {name: 0}
    with pytest.raises(ValueError, match=f"{name} must be an integer of at least 1; got 0"):
        separability.count_dichotomies(**sizes)
    with pytest.raises(ValueError, match="n_trials must be an integer"):
        separability.separable_share(3, 2, 0, np.random.default_rng(0))


# XOR: no threshold unit, but a network and a neuron with dendrites.


def test_xor_and_its_opposite_are_the_only_ones_of_sixteen():
    able = [
        separability.is_separable(X, dendrites.truth_table(2, number))
        for number in range(16)
    ]
    impossible = {number for number in range(16) if not able[number]}
    assert impossible == {0b0110, 0b1001}


def test_a_network_made_by_hand_and_a_dendritic_unit_do_xor():
    # OR and AND as hidden units, and "OR but not AND" at the end.
    params = (
        [np.array([[9.0, 9], [9, 9]]), np.array([[9.0], [-9]])],
        [
            np.array([-4.5, -13.5]),
            np.array([-4.5]),
        ],
    )
    output = mlp.forward(params, X, ["sigmoid", "sigmoid"])[-1][:, 0]
    np.testing.assert_array_equal(output > 0.5, XOR)
    unit = dendrites.DendriticUnit([[1, -1], [-1, 1]], [0.5, 0.5], [1, 1], 0.5)
    np.testing.assert_array_equal(unit.fires(X), XOR)


def test_parity_of_more_inputs_is_no_threshold_function_either():
    for n_inputs in (3, 4, 5):
        x = dendrites.all_inputs(n_inputs)
        assert not separability.is_separable(x, x.sum(axis=1) % 2 == 1)
        assert separability.is_separable(x, x.sum(axis=1) > n_inputs / 2)


def test_half_of_the_points_of_a_plane_make_cover_binomial():
    # m = 2 through the origin: p lines cut a circle of directions into 2 p pieces.
    for p in range(1, 10):
        assert separability.count_dichotomies(p, 2) == 2 * p
        assert separability.count_dichotomies(p, 3) == 2 * (1 + (p - 1) + comb(p - 1, 2))
