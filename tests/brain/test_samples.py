"""Samples of independent units: what shuffling keeps, and measures by closed forms."""

import numpy as np
import pytest

from companion.brain import samples
from companion.brain.sparseness import excess_kurtosis


def test_shuffling_keeps_every_unit_and_takes_away_what_units_do_together(rng):
    shared = rng.exponential(size=(4000, 1))
    z = shared * rng.normal(size=(4000, 3))
    shuffled = samples.shuffle_units(z, rng)
    np.testing.assert_array_equal(np.sort(shuffled, axis=0), np.sort(z, axis=0))
    before, after = (np.corrcoef(np.abs(c).T)[0, 1] for c in (z, shuffled))
    assert before > 0.3
    assert abs(after) < 0.05


def test_tails_of_gaussian_and_laplacian_pixels(rng):
    gauss, laplace = rng.normal(size=(5000, 25)), rng.laplace(size=(5000, 25))
    # The difference of two independent ones has half the excess kurtosis: 0 and 3 / 2.
    assert samples.tails(gauss) == pytest.approx(0.0, abs=0.05)
    assert samples.tails(laplace) == pytest.approx(1.5, abs=0.1)
    # Across the rows nothing is compared.
    steps = np.repeat(rng.laplace(size=(5000, 5)), 5, axis=1) + gauss
    assert samples.tails(steps) == pytest.approx(0.0, abs=0.05)


def test_contrast_makes_tails_that_unit_contrast_takes_away(rng):
    x = rng.normal(size=(20_000, 36)) * rng.choice([0.0, 1.0, 3.0], size=(20_000, 1))
    raw, even, spread = samples.measure(x)
    # Fourth moment by squared variance of the scales: 3 * (82 / 3) / (10 / 3)^2 - 3.
    assert raw == pytest.approx(4.38, abs=0.2)
    # On the sphere in D dimensions a coordinate has -6 / (D + 2).
    assert even == pytest.approx(-6 / 38, abs=0.05)
    # Lengths are 0, 1 and 3 times about 6: variance 14 / 9 by mean 4 / 3.
    assert spread == pytest.approx(np.sqrt(14) / 4, abs=0.02)


def test_models_have_the_moments_they_are_built_from(rng):
    x = rng.laplace(size=(6000, 9)) @ rng.normal(size=(9, 9))
    phi = rng.normal(size=(12, 9))
    z = rng.laplace(size=(6000, 12))
    drawn = samples.draw(x, phi, z, rng)
    np.testing.assert_array_equal(drawn["patches"], x)
    np.testing.assert_allclose(drawn["reconstructions"], z @ phi)
    for name in ("PCA, shuffled", "Gaussian"):
        covariance = drawn[name].T @ drawn[name] / 6000
        assert np.abs(covariance - x.T @ x / 6000).max() < 0.1 * np.trace(x.T @ x / 6000)
    np.testing.assert_allclose(excess_kurtosis(drawn["Gaussian"]), 0.0, atol=0.25)
    axes = np.linalg.svd(x, full_matrices=False)[2]
    kept, scores = (np.sort(s @ axes.T, axis=0) for s in (drawn["PCA, shuffled"], x))
    np.testing.assert_allclose(kept, scores, atol=1e-9)
    covariance = drawn["sparse coding"].T @ drawn["sparse coding"] / 6000
    np.testing.assert_allclose(covariance, 2.0 * phi.T @ phi, atol=3.0)
    lengths = samples.contrast(drawn["Gaussian, contrasts of patches"])
    np.testing.assert_allclose(np.sort(lengths), np.sort(samples.contrast(x)))
    assert abs(np.corrcoef(lengths, samples.contrast(x))[0, 1]) < 0.1
