"""Rounding codes to a number of bits, against the closed form of uniform noise."""

import numpy as np
import pytest

from companion.autoencoders.equal_bits import UniformQuantizer, errors
from companion.autoencoders.pca import PCA


@pytest.mark.parametrize("n_bits", [1, 3, 6])
def test_error_on_a_uniform_unit_is_a_twelfth_of_the_squared_width(n_bits):
    z = np.linspace(-1, 3, 200_001)[:, None]
    z_hat = UniformQuantizer(n_bits).fit(z).round(z)
    expected = (4 / 2**n_bits) ** 2 / 12
    assert np.mean((z - z_hat) ** 2) == pytest.approx(expected, rel=1e-3)
    assert len(np.unique(z_hat)) == 2**n_bits


def test_bits_go_where_they_remove_most_error(rng):
    # Uniform units: a bit divides the error by 4, so widths 8:4:1 want 3, 2 and 0 bits.
    z = rng.uniform(size=(20_000, 3)) * [8.0, 4.0, 1.0]
    np.testing.assert_array_equal(UniformQuantizer(5).fit(z).bits, [3, 2, 0])
    importance = np.array([1.0, 1.0, 64.0])
    np.testing.assert_array_equal(UniformQuantizer(5).fit(z, importance).bits, [2, 1, 2])


def test_a_unit_without_bits_answers_its_mean(rng):
    z = rng.normal(size=(50, 2)) * [5.0, 0.01]
    rounded = UniformQuantizer(2).fit(z).round(z)
    np.testing.assert_allclose(rounded[:, 1], z[:, 1].mean())


def test_new_values_outside_the_range_are_clipped(rng):
    z = rng.uniform(size=(100, 1))
    quantizer = UniformQuantizer(3).fit(z)
    out = quantizer.round(np.array([[-9.0], [9.0]]))
    np.testing.assert_allclose(out[:, 0], quantizer.answers[0][[0, -1]])


def test_many_bits_leave_the_error_of_the_float_code(rng):
    x = rng.normal(size=(300, 5)) * [3.0, 2, 1, 0.5, 0.2]
    pca = PCA(2).fit(x)
    few, many = errors(pca.encode, pca.decode, x, x, bits=(2, 24))
    error = np.mean((x - pca.reconstruct(x)) ** 2)
    assert many == pytest.approx(error, rel=1e-4)
    # Rounding the orthonormal code adds its own error, and nothing else, to that of PCA.
    z = pca.encode(x)
    added = np.sum((z - UniformQuantizer(2).fit(z).round(z)) ** 2) / x.size
    assert few == pytest.approx(error + added, rel=1e-9)


def test_errors_place_cells_by_the_training_examples_and_weigh_the_units(rng):
    x_train, x_test = rng.uniform(size=(400, 2)), 0.5 * rng.uniform(size=(300, 2))
    importance = np.array([1.0, 100.0])
    found = errors(
        lambda x: x, lambda z: z, x_train, x_test, bits=(3,), importance=importance
    )
    # Uniform units of equal width: all three bits go to the heavy one, eighths by hand.
    cell = np.floor(8 * (x_train[:, 1] - x_train[:, 1].min()) / np.ptp(x_train[:, 1]))
    means = [x_train[np.minimum(cell, 7) == k, 1].mean() for k in range(8)]
    new = np.floor(8 * (x_test[:, 1] - x_train[:, 1].min()) / np.ptp(x_train[:, 1]))
    heavy = np.take(means, np.clip(new, 0, 7).astype(int))
    expected = (x_test[:, 0] - x_train[:, 0].mean()) ** 2 + (x_test[:, 1] - heavy) ** 2
    assert found == [pytest.approx(expected.mean() / 2, rel=1e-9)]


def test_an_empty_cell_answers_its_middle():
    quantizer = UniformQuantizer(2).fit(np.array([[0.0], [1.0]]))
    np.testing.assert_allclose(quantizer.round(np.array([[0.6]])), 0.625)


def test_constant_unit_is_harmless():
    z = np.ones((10, 2))
    np.testing.assert_array_equal(UniformQuantizer(3).fit(z).round(z), z)


def test_bad_arguments_are_named(rng):
    with pytest.raises(ValueError, match="n_bits must be an integer .* got 0"):
        UniformQuantizer(0)
    with pytest.raises(ValueError, match=r"z must be a table .* got shape \(4,\)"):
        UniformQuantizer(1).fit(np.ones(4))
    with pytest.raises(ValueError, match=r"z must have shape \(batch, 2\)"):
        UniformQuantizer(1).fit(rng.normal(size=(9, 2))).round(np.ones((3, 1)))
