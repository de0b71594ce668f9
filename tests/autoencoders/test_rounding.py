"""Bits and errors of rounded codes against entropies and closed forms."""

import numpy as np
import pytest
from scipy.stats import entropy, norm

from companion.autoencoders import measures, rounding
from companion.autoencoders.pca import PCA


def same(x):
    return x


def test_sensitivity_of_a_linear_decoder_is_the_squared_length_of_its_rows(rng):
    z, rows = rng.normal(size=(40, 3)), rng.normal(size=(3, 7))
    z[:, 2] = 4.0
    found = rounding.sensitivities(lambda z: z @ rows, z)
    np.testing.assert_allclose(found[:2], np.sum(rows**2, axis=1)[:2], rtol=1e-9)
    assert found[2] == 0


@pytest.mark.parametrize("step", [2.0, 0.5])
def test_bits_of_a_quantized_gaussian_match_the_entropy_of_its_cells(rng, step):
    z = rng.normal(size=(200_000, 2)) * (1.0, 3.0)
    symbols = np.rint(z / step).astype(int)
    edges = (np.arange(-60, 62) - 0.5) * step
    entropies = [entropy(np.diff(norm.cdf(edges, scale=s)), base=2) for s in (1.0, 3.0)]
    bits = rounding.code_bits(symbols[:100_000], symbols[100_000:]).mean()
    assert bits == pytest.approx(sum(entropies), abs=0.01)


def test_each_halving_of_a_fine_step_costs_one_bit_a_unit(rng):
    # h - log2(step), with h the differential entropy of the Gaussian in bits.
    symbols = np.rint(rng.normal(size=(200_000, 1)) / 0.05).astype(int)
    bits = rounding.code_bits(symbols[:100_000], symbols[100_000:]).mean()
    h = 0.5 * np.log2(2 * np.pi * np.e)
    assert bits == pytest.approx(h - np.log2(0.05), abs=0.02)


def test_fine_steps_add_the_noise_of_uniform_rounding(rng):
    x = rng.normal(size=(3000, 6)) * (5.0, 4.0, 3.0, 0.5, 0.4, 0.3)
    pca = PCA(3).fit(x)
    plain = measures.errors_of_examples(x, pca.reconstruct(x)).mean()
    bits, errors = rounding.rate_distortion(pca.encode, pca.decode, x, x, [0.4, 0.2])
    added = 3 * np.array([0.4, 0.2]) ** 2 / 12
    np.testing.assert_allclose(errors - plain, added, rtol=0.1)
    assert bits[1] - bits[0] == pytest.approx(3.0, abs=0.15)  # one bit a unit


def test_bits_do_not_depend_on_the_scale_of_the_code(rng):
    x = rng.normal(size=(400, 4)) * (3.0, 2.0, 1.0, 0.5)
    pca, scale = PCA(2).fit(x), np.array([10.0, 0.1])
    plain = rounding.rate_distortion(pca.encode, pca.decode, x, x, [0.5])
    scaled = rounding.rate_distortion(
        lambda x: pca.encode(x) * scale, lambda z: pca.decode(z / scale), x, x, [0.5]
    )
    np.testing.assert_allclose(plain, scaled, rtol=1e-6)


def test_error_between_two_measured_bits_lies_on_a_line_of_logarithms():
    assert rounding.error_at_bits([20, 10], [1.0, 4.0], 15) == pytest.approx(2.0)
    with pytest.raises(ValueError, match="wanted must lie from 10 to 20 bits; got 30"):
        rounding.error_at_bits([20, 10], [1.0, 4.0], 30)


def test_the_tables_of_the_code_are_counted_on_training_examples():
    x_train, x_test = np.tile([[0.0], [1.0]], (500, 1)), np.zeros((50, 1))
    bits, _ = rounding.rate_distortion(same, same, x_train, x_test, [1.0])
    assert bits[0] == pytest.approx(1.0, abs=0.01)  # -log2(1/2), though test is all 0


def test_a_constant_unit_is_sent_as_its_mean_and_for_free():
    x = np.column_stack((np.tile([0.0, 1.0], 100), np.full(200, 4.0)))
    bits, errors = rounding.rate_distortion(same, same, x, x, [1.0])
    assert errors[0] == pytest.approx(0.0, abs=1e-12)
    assert bits[0] == pytest.approx(1.0, abs=0.01)


def test_codes_far_beyond_the_tables_are_cut_off():
    x_train, x_test = np.tile([[0.0], [1.0]], (500, 1)), np.full((3, 1), 100.0)
    _, errors = rounding.rate_distortion(same, same, x_train, x_test, [1.0])
    assert errors[0] == pytest.approx((100.0 - 5.0) ** 2)  # the last table entry is 1 + 4


def test_a_code_that_is_given_up_costs_no_more_than_its_variance(rng):
    # The mean lies far from 0, and the one cell of all codes is far wider than they vary.
    x = 0.3 + rng.normal(size=(4000, 2)) * 0.02
    bits, errors = rounding.rate_distortion(same, same, x[:2000], x[2000:], [2.0])
    assert bits[0] < 0.01
    assert errors[0] == pytest.approx(2 * 0.02**2, rel=0.1)


def test_a_cell_is_restored_as_the_mean_of_its_codes_and_of_its_middle():
    symbols, z = np.array([[0], [0], [2]]), np.array([[0.1], [0.3], [1.7]])
    restored = rounding.cell_values(symbols, z, np.array([1.0]), np.array([[0], [2], [1]]))
    np.testing.assert_allclose(
        restored[:, 0], [(0.1 + 0.3 + 0.0) / 3, (1.7 + 2.0) / 2, 1.0]
    )
