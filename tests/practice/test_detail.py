"""Entropy against scipy, the slope of theory, bands of frequencies with known content."""

import numpy as np
import pytest
from scipy.stats import entropy
from skimage import data
from sklearn.decomposition import PCA

from companion.practice import block_pca, detail


def test_entropy_equals_that_of_scipy(rng):
    numbers = rng.poisson(3.0, (40, 50))
    _, counts = np.unique(numbers, return_counts=True)
    assert detail.entropy_bits(numbers) == pytest.approx(entropy(counts, base=2), rel=1e-12)
    assert detail.entropy_bits(np.zeros(5, int)) == 0


def test_fine_rounding_follows_the_theory_of_high_rates(rng):
    values = rng.normal(size=400_000)
    bits, snr = detail.rounding_curve(values, [0.5, 0.25])
    # Entropy: log2(sqrt(2 pi e) / step), and step**2 / 24 nats more; error: step**2 / 12.
    steps = np.array([0.5, 0.25])
    expected = np.log2(np.sqrt(2 * np.pi * np.e) / steps) + steps**2 / 24 / np.log(2)
    np.testing.assert_allclose(bits, expected, atol=0.005)
    np.testing.assert_allclose(snr, 10 * np.log10(12 / np.square([0.5, 0.25])), atol=0.05)


def test_retained_variance_equals_that_of_scikit_learn():
    image = data.astronaut()[:128, 100:228] / 255.0
    blocks = np.concatenate(
        [
            image[a : a + 4, b : b + 4].reshape(1, 48)
            for a in range(125)
            for b in range(125)
            if a % 4 == 0 and b % 4 == 0
        ]
    )
    expected = np.cumsum(PCA().fit(blocks).explained_variance_ratio_)
    found = detail.retained_variance([image], 4)
    np.testing.assert_allclose(found, expected, atol=0.02)
    assert found[-1] == pytest.approx(1.0)
    assert block_pca.to_grid(image, 4).shape[-1] == len(found)


def test_a_wave_that_is_lost_is_missed_in_its_band():
    x = np.arange(64)
    low, high = (
        np.cos(2 * np.pi * f * x)[np.newaxis, :, np.newaxis] for f in (4 / 64, 22 / 64)
    )
    image = np.broadcast_to(low + high, (64, 64, 3))
    noise = 1e-6 * np.random.default_rng(0).normal(size=image.shape)
    middle, kept = detail.kept_by_frequency(
        image + noise, np.broadcast_to(low, image.shape), 8
    )
    np.testing.assert_allclose(middle, (np.arange(8) + 0.5) / 16)
    assert kept[1] == pytest.approx(1.0, abs=1e-6)
    assert kept[5] == pytest.approx(0.0, abs=1e-6)
