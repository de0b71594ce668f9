"""Measures of sparsity on codes whose value is known by hand."""

import numpy as np
import pytest

from companion.autoencoders import sparsity


def test_active_units_are_counted_above_the_threshold_in_size():
    z = [[0.0, -2.0, 0.3, 0.0], [0.0, 0.0, 0.0, 0.1]]
    assert sparsity.mean_active_units(z) == 1.5
    assert sparsity.mean_active_units(z, threshold=0.2) == 1.0


def test_hoyer_is_one_for_one_unit_and_zero_for_equal_ones():
    one, equal = np.eye(9)[:4] * 7.0, np.full((4, 9), -0.2)
    assert sparsity.hoyer_sparsity(one) == pytest.approx(1.0)
    assert sparsity.hoyer_sparsity(equal) == pytest.approx(0.0, abs=1e-12)
    assert sparsity.hoyer_sparsity(np.zeros((2, 9))) == pytest.approx(1.0)
    assert sparsity.hoyer_sparsity(np.vstack([one, equal])) == pytest.approx(0.5)


def test_hoyer_of_four_equal_units_among_sixteen_by_hand():
    z = np.repeat([[3.0, 0.0]], 4, axis=1) * np.ones((5, 8))
    z = np.concatenate([z, np.zeros((5, 8))], axis=1)
    # Norms 12 and 6: (4 - 2) / (4 - 1).
    assert sparsity.hoyer_sparsity(z) == pytest.approx(2 / 3)


def test_hoyer_does_not_see_the_scale(rng):
    z = rng.normal(size=(20, 6))
    scales = rng.uniform(0.1, 10.0, size=(20, 1))
    assert sparsity.hoyer_sparsity(scales * z) == pytest.approx(sparsity.hoyer_sparsity(z))


def test_best_cosines_ignore_sign_length_order_and_atoms_of_zeros():
    causes = np.array([[2.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    atoms = np.array([[0.0, 0.0, 0.0], [0.0, -5.0, 5.0], [0.3, 0.0, 0.0]])
    found = sparsity.best_cosines(atoms, causes)
    np.testing.assert_allclose(found, [1.0, np.sqrt(0.5)])


class Halver:
    """A model known by hand: two units that halve their input, and one that is dead."""

    def encode(self, x):
        return np.concatenate([x / 2, np.zeros((len(x), 1))], axis=1)

    def decode(self, z):
        return z[:, :2]


def test_measures_of_a_model_known_by_hand():
    x_train, x_test = np.array([[-2.0, 2.0]]), np.array([[4.0, 0.0], [-0.1, 0.0]])
    found = sparsity.measure(Halver(), x_train, x_test)
    # Codes (2, 0, 0) and (-0.05, 0, 0); errors 2 and 0.05 in one feature of two.
    assert found == pytest.approx(
        {
            "mse": (4 + 0.0025) / 4,
            "nonzero": 1.0,
            "active": 0.5,
            "activity": 2.05 / 2,
            "hoyer": 1.0,
            "dead": 1,
        }
    )


def test_bad_arrays_are_named():
    with pytest.raises(ValueError, match=r"z must be codes .* got \(3,\)"):
        sparsity.hoyer_sparsity(np.ones(3))
    with pytest.raises(ValueError, match=r"z must be codes .* got \(0, 4\)"):
        sparsity.mean_active_units(np.ones((0, 4)))
    with pytest.raises(ValueError, match=r"atoms must be \(K, D\) .* got \(3, 4\)"):
        sparsity.best_cosines(np.ones((3, 4)), np.ones((3, 5)))
