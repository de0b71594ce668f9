"""Measures against scikit-learn, scikit-image and values worked out by hand."""

import numpy as np
import pytest
import skimage.metrics
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st

from companion import metrics


@pytest.fixture
def pair(rng):
    x = rng.uniform(size=(5, 9, 8, 2))
    return x, np.clip(x + rng.normal(scale=0.1, size=x.shape), 0, 1)


def test_the_two_squared_errors_by_hand():
    x, x_hat = np.array([[1.0, 2, 3], [0, 0, 0]]), np.array([[1.0, 0, 0], [0, 0, 2]])
    # Squared errors 0, 4, 9 and 0, 0, 4.
    assert metrics.mse(x, x_hat) == pytest.approx(17 / 6)
    assert metrics.squared_error_per_example(x, x_hat) == pytest.approx(17 / 2)


def test_squared_errors_agree_with_scikit_learn(pair):
    x, x_hat = (array.reshape(5, -1) for array in pair)
    assert metrics.mse(*pair) == pytest.approx(sklearn.metrics.mean_squared_error(x, x_hat))
    ratio = metrics.squared_error_per_example(*pair) / metrics.mse(*pair)
    assert ratio == pytest.approx(9 * 8 * 2)


def test_psnr_is_the_mean_over_images_of_scikit_image(pair):
    expected = [
        skimage.metrics.peak_signal_noise_ratio(*images, data_range=1.0)
        for images in zip(*pair, strict=True)
    ]
    assert metrics.psnr(*pair) == pytest.approx(np.mean(expected))


def test_psnr_by_hand():
    # An error of 0.1 everywhere: 10 log10(1 / 0.01) = 20 dB; range 10 adds 20 dB.
    x = np.full((2, 3, 3, 1), 0.5)
    assert metrics.psnr(x, x + 0.1) == pytest.approx(20.0)
    assert metrics.psnr(x, x + 0.1, data_range=10.0) == pytest.approx(40.0)
    assert metrics.psnr(x, x) == np.inf


def test_ssim_of_identical_images_is_one_and_noise_lowers_it(pair):
    x, x_hat = pair
    assert metrics.ssim(x, x) == pytest.approx(1.0)
    assert metrics.ssim(x, x_hat) < 0.99


def test_ssim_equals_its_formula_on_one_window():
    # A 7 by 7 image has a single full window: SSIM is then one formula (Wang et al. 2004,
    # eq. 13), with sample covariances and constants (0.01 L)**2 and (0.03 L)**2.
    rng = np.random.default_rng(3)
    a, b = rng.uniform(size=(2, 49))
    c1, c2 = 0.01**2, 0.03**2
    luminance = (2 * a.mean() * b.mean() + c1) / (a.mean() ** 2 + b.mean() ** 2 + c1)
    covariance = np.cov(a, b)
    structure = (2 * covariance[0, 1] + c2) / (np.trace(covariance) + c2)
    images = a.reshape(1, 7, 7, 1), b.reshape(1, 7, 7, 1)
    assert metrics.ssim(*images) == pytest.approx(luminance * structure)


def test_ssim_does_not_depend_on_the_unit_of_the_gray_values(pair):
    x, x_hat = pair
    in_bytes = metrics.ssim(255 * x, 255 * x_hat, data_range=255)
    assert in_bytes == pytest.approx(metrics.ssim(x, x_hat))


def test_explained_variance_by_hand_and_against_r2(rng):
    x = np.array([[0.0, 0], [2, 4]])  # variance sums to 1 + 1 + 4 + 4 = 10
    assert metrics.explained_variance(x, x + [[1.0, 0], [0, 0]]) == pytest.approx(0.9)
    assert metrics.explained_variance(x, np.tile(x.mean(axis=0), (2, 1))) == 0.0
    y, y_hat = rng.normal(size=(2, 20, 3))
    r2 = sklearn.metrics.r2_score(y, y_hat, multioutput="variance_weighted")
    assert metrics.explained_variance(y, y_hat) == pytest.approx(r2)


def test_linear_probe_reads_a_separable_code_and_not_a_shuffled_one(rng):
    y = np.repeat([0, 1, 2], 40)
    z = np.eye(3)[y] * [100.0, 1.0, 0.01] + rng.normal(scale=1e-3, size=(120, 3))
    odd, even = slice(1, None, 2), slice(None, None, 2)
    assert metrics.linear_probe_accuracy(z[odd], y[odd], z[even], y[even]) == 1.0
    shuffled = rng.permutation(y[odd])
    assert metrics.linear_probe_accuracy(z[odd], shuffled, z[even], y[even]) < 0.6


def test_linear_probe_judges_features_whatever_their_unit(rng):
    # The class stands in a feature 1e6 times smaller than the noise beside it. Without
    # standardizing, the penalty on the weights leaves it unread.
    y = np.repeat([0, 1], 100)
    signal, noise = y + rng.normal(scale=0.05, size=200), rng.normal(size=200)
    z = np.stack([1e-3 * signal, 1e3 * noise], axis=1)
    odd, even = slice(1, None, 2), slice(None, None, 2)
    assert metrics.linear_probe_accuracy(z[odd], y[odd], z[even], y[even]) == 1.0


def test_linear_probe_is_scored_on_the_test_examples(rng):
    y = np.repeat([0, 1], 100)
    z = y[:, np.newaxis] + rng.normal(scale=0.01, size=(200, 1))
    odd, even = slice(1, None, 2), slice(None, None, 2)
    y_test = rng.permutation(y[even])
    # The train examples are separable, so the share of labels that the shuffling left.
    expected = np.mean(y_test == y[even])
    assert expected < 0.7
    accuracy = metrics.linear_probe_accuracy(z[odd], y[odd], z[even], y_test)
    assert accuracy == pytest.approx(expected)


def test_principal_angles_by_hand(rng):
    angle = 0.3
    a = np.array([[1.0, 0], [0, 1], [0, 0]])
    b = np.array([[1.0, 0], [0, np.cos(angle)], [0, np.sin(angle)]])
    np.testing.assert_allclose(metrics.principal_angles(a, b), [angle, 0], atol=1e-12)
    mixed = b @ rng.normal(size=(2, 2))  # the basis of a subspace is free
    np.testing.assert_allclose(metrics.principal_angles(a, mixed), [angle, 0], atol=1e-7)


def test_spread_by_hand():
    assert metrics.mean_and_std([1.0, 2.0, 6.0]) == (3.0, pytest.approx(np.sqrt(14 / 2)))
    assert metrics.format_spread([0.010, 0.012], digits=4) == "0.0110 ± 0.0014"


@given(shift=st.floats(min_value=-3, max_value=3))
def test_constant_shift_costs_its_square(shift):
    x = np.arange(12.0).reshape(3, 4)
    assert metrics.mse(x, x + shift) == pytest.approx(shift**2, abs=1e-12)


def test_bad_arguments_are_named(pair):
    x, x_hat = pair
    with pytest.raises(ValueError, match=r"x_hat must have the shape of x, \(5, 9, 8, 2\)"):
        metrics.mse(x, x_hat[:1])  # NumPy would broadcast it silently
    for measure in (metrics.mse, metrics.squared_error_per_example, metrics.psnr):
        with pytest.raises(ValueError, match=r"of x, \(0, 9, 8, 2\), not empty; got \(0,"):
            measure(x[:0], x_hat[:0])
    with pytest.raises(ValueError, match=r"x must be images .* got shape \(5, 144\)"):
        metrics.ssim(x.reshape(5, -1), x_hat.reshape(5, -1))
    with pytest.raises(ValueError, match="data_range must be above 0; got 0"):
        metrics.psnr(x, x_hat, data_range=0)
    with pytest.raises(ValueError, match="x must vary over its 5 examples"):
        metrics.explained_variance(np.ones((5, 2)), np.ones((5, 2)))
    with pytest.raises(
        ValueError, match=r"values must be at least two numbers; got \[1.0\]"
    ):
        metrics.mean_and_std([1.0])


def test_range_is_written_with_its_mean():
    assert metrics.format_range([1.0, 6.0, 2.0], 1) == "3.0 (1.0 to 6.0)"
    assert metrics.format_range([0.25], 2) == "0.25 (0.25 to 0.25)"
