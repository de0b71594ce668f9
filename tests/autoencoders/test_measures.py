"""AUC, bits and filled holes against closed forms and scikit-learn."""

import numpy as np
import pytest
from scipy.stats import entropy, norm
from sklearn.metrics import roc_auc_score

from companion.autoencoders import measures
from companion.autoencoders.pca import PCA


def test_auc_equals_that_of_scikit_learn_with_ties(rng):
    normal, odd = rng.integers(0, 6, 80), rng.integers(2, 8, 50)
    labels = np.repeat((0, 1), (80, 50))
    expected = roc_auc_score(labels, np.concatenate((normal, odd)))
    assert measures.auc(normal, odd) == pytest.approx(expected, rel=1e-12)


def test_auc_of_two_gaussians_matches_the_closed_form(rng):
    # Standard error about 0.001 for 100,000 scores each.
    found = measures.auc(rng.normal(size=100_000), rng.normal(1.0, size=100_000))
    assert found == pytest.approx(norm.cdf(1 / np.sqrt(2)), abs=0.005)


@pytest.mark.parametrize("normal", [[], [np.nan]])
def test_auc_refuses_scores_that_do_not_rank(normal):
    with pytest.raises(ValueError, match="normal must be"):
        measures.auc(normal, [1.0])


def test_sensitivity_of_a_linear_decoder_is_the_squared_length_of_its_rows(rng):
    z, rows = rng.normal(size=(40, 3)), rng.normal(size=(3, 7))
    z[:, 2] = 4.0
    found = measures.sensitivities(lambda z: z @ rows, z)
    np.testing.assert_allclose(found[:2], np.sum(rows**2, axis=1)[:2], rtol=1e-9)
    assert found[2] == 0


@pytest.mark.parametrize("step", [2.0, 0.5])
def test_bits_of_a_quantized_gaussian_match_the_entropy_of_its_cells(rng, step):
    z = rng.normal(size=(200_000, 2)) * (1.0, 3.0)
    symbols = np.rint(z / step).astype(int)
    edges = (np.arange(-60, 62) - 0.5) * step
    entropies = [entropy(np.diff(norm.cdf(edges, scale=s)), base=2) for s in (1.0, 3.0)]
    bits = measures.code_bits(symbols[:100_000], symbols[100_000:]).mean()
    assert bits == pytest.approx(sum(entropies), abs=0.01)


def test_each_halving_of_a_fine_step_costs_one_bit_a_unit(rng):
    # h - log2(step), with h the differential entropy of the Gaussian in bits.
    symbols = np.rint(rng.normal(size=(200_000, 1)) / 0.05).astype(int)
    bits = measures.code_bits(symbols[:100_000], symbols[100_000:]).mean()
    h = 0.5 * np.log2(2 * np.pi * np.e)
    assert bits == pytest.approx(h - np.log2(0.05), abs=0.02)


def test_fine_steps_add_the_noise_of_uniform_rounding(rng):
    x = rng.normal(size=(3000, 6)) * (5.0, 4.0, 3.0, 0.5, 0.4, 0.3)
    pca = PCA(3).fit(x)
    plain = measures.errors_of_examples(x, pca.reconstruct(x)).mean()
    bits, errors = measures.rate_distortion(pca.encode, pca.decode, x, x, [0.4, 0.2])
    added = 3 * np.array([0.4, 0.2]) ** 2 / 12
    np.testing.assert_allclose(errors - plain, added, rtol=0.1)
    assert bits[1] - bits[0] == pytest.approx(3.0, abs=0.15)  # one bit a unit


def test_bits_do_not_depend_on_the_scale_of_the_code(rng):
    x = rng.normal(size=(400, 4)) * (3.0, 2.0, 1.0, 0.5)
    pca, scale = PCA(2).fit(x), np.array([10.0, 0.1])
    plain = measures.rate_distortion(pca.encode, pca.decode, x, x, [0.5])
    scaled = measures.rate_distortion(
        lambda x: pca.encode(x) * scale, lambda z: pca.decode(z / scale), x, x, [0.5]
    )
    np.testing.assert_allclose(plain, scaled, rtol=1e-6)


def test_error_between_two_measured_bits_lies_on_a_line_of_logarithms():
    assert measures.error_at_bits([20, 10], [1.0, 4.0], 15) == pytest.approx(2.0)
    with pytest.raises(ValueError, match="wanted must lie from 10 to 20 bits; got 30"):
        measures.error_at_bits([20, 10], [1.0, 4.0], 30)


def test_filling_with_pca_converges_to_least_squares(rng):
    x = rng.normal(size=(300, 8)) @ rng.normal(size=(8, 8))
    pca, hidden = PCA(2).fit(x), np.zeros((1, 8), dtype=bool)
    hidden[0, :3] = True
    visible, axes = ~hidden[0], pca.components
    z, *_ = np.linalg.lstsq(axes[:, visible].T, (x[0] - pca.mean)[visible], rcond=None)
    filled = measures.fill_in(pca.reconstruct, x[:1], hidden, pca.mean, n_rounds=2000)
    np.testing.assert_allclose(filled[0, :3], (z @ axes + pca.mean)[:3], rtol=1e-6)
    np.testing.assert_array_equal(filled[0, 3:], x[0, 3:])


def test_filling_never_looks_into_the_holes(rng):
    x, hidden = rng.normal(size=(20, 5)), rng.random((20, 5)) < 0.5
    pca = PCA(2).fit(x)
    other = np.where(hidden, 99.0, x)
    filled = [measures.fill_in(pca.reconstruct, a, hidden, pca.mean) for a in (x, other)]
    np.testing.assert_array_equal(*filled)


def test_a_unit_that_the_decoder_ignores_is_not_in_use(rng):
    z, rows = rng.normal(size=(50, 3)), rng.normal(size=(3, 6))
    rows[1] = 0.0
    x = z @ rows + 0.1 * rng.normal(size=(50, 6))
    assert measures.units_in_use(lambda z: z @ rows, z, x) == 2
