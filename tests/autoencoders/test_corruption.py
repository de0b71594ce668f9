"""Corruptions: their rates and variances, and what they leave alone."""

import keras
import numpy as np
import pytest
from scipy import stats

from companion.autoencoders import corruption


@pytest.fixture
def x(rng):
    return rng.uniform(0.1, 0.9, size=(400, 250)).astype("float32")


def test_gaussian_noise_has_mean_zero_and_the_given_standard_deviation(x, rng):
    noise = corruption.corrupted(x, "gaussian", 0.3, rng) - x
    # 100,000 draws: five standard errors of a mean and of a standard deviation.
    assert abs(noise.mean()) < 5 * 0.3 / np.sqrt(x.size)
    assert abs(noise.std() - 0.3) < 5 * 0.3 / np.sqrt(2 * x.size)
    assert stats.kstest(noise.ravel() / 0.3, "norm").pvalue > 0.001


@pytest.mark.parametrize("amount", [0.0, 0.1, 0.5, 1.0])
def test_masking_hits_the_given_share_and_leaves_the_rest(x, rng, amount):
    damaged = corruption.corrupted(x, "masking", amount, rng)
    hit = damaged != x
    assert np.all(damaged[hit] == 0)
    assert abs(hit.mean() - amount) <= 5 * np.sqrt(amount * (1 - amount) / x.size)


@pytest.mark.parametrize("amount", [0.0, 0.2, 1.0])
def test_salt_and_pepper_are_equally_frequent(x, rng, amount):
    damaged = corruption.corrupted(x, "salt_and_pepper", amount, rng)
    half = amount / 2
    spread = 5 * np.sqrt(half * (1 - half) / x.size)
    assert abs(np.mean(damaged == 0) - half) <= spread
    assert abs(np.mean(damaged == 1) - half) <= spread
    untouched = (damaged != 0) & (damaged != 1)
    np.testing.assert_array_equal(damaged[untouched], x[untouched])


def test_given_noise_decides_every_entry():
    x = np.array([[0.25, 0.5, 0.75, 0.5]], "float32")
    noise = np.array([[0.05, 0.15, 0.2, 0.9]], "float32")
    for name, expected in {
        "gaussian": x + 0.2 * noise,
        "masking": [[0, 0, 0.75, 0.5]],
        "salt_and_pepper": [[0, 1, 0.75, 0.5]],
    }.items():
        damaged = corruption.corrupt(x, noise, name, 0.2)
        np.testing.assert_allclose(np.asarray(damaged), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "distribution"), [("gaussian", "norm"), ("masking", "uniform")]
)
def test_noise_of_the_backend_is_fresh_and_has_its_distribution(name, distribution):
    seed = keras.random.SeedGenerator(0)
    first, second = (
        np.asarray(corruption.draw_noise((100, 100), name, seed)) for _ in range(2)
    )
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.05
    assert stats.kstest(first.ravel(), distribution).pvalue > 0.001


def test_clean_array_is_left_alone(x, rng):
    before = x.copy()
    corruption.corrupted(x, "salt_and_pepper", 0.5, rng)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize(
    ("name", "amount", "message"),
    [
        ("speckle", 0.1, "corruption must be among .*; got 'speckle'"),
        ("gaussian", -0.1, "amount of gaussian must be finite and not negative; got -0.1"),
        ("gaussian", np.inf, "must be finite and not negative; got inf"),
        ("masking", 1.1, r"amount of masking must be in \[0, 1\]; got 1.1"),
        ("masking", np.nan, r"must be in \[0, 1\]; got nan"),
        ("salt_and_pepper", "a", r"must be in \[0, 1\]; got 'a'"),
    ],
)
def test_bad_corruptions_are_named(name, amount, message):
    with pytest.raises(ValueError, match=message):
        corruption.check_corruption(name, amount)
