"""The losses against NumPy, SciPy, closed forms and sampling."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import log_softmax

from companion.autoencoders import likelihoods, losses


def as_numpy(tensor):
    return np.asarray(tensor)


@pytest.fixture
def pair(rng):
    return rng.uniform(0.05, 0.95, size=(2, 6, 4, 3)).astype("float32")


def test_squared_error_sums_over_every_axis_but_the_first(pair):
    x, x_hat = pair
    expected = [np.sum((a - b) ** 2) for a, b in zip(x, x_hat, strict=True)]
    np.testing.assert_allclose(as_numpy(losses.squared_error(x, x_hat)), expected, 1e-5)


@pytest.mark.parametrize("sigma", [0.1, 1.0, 3.0])
def test_gaussian_nll_is_minus_the_log_density_of_scipy(pair, sigma):
    x, x_hat = pair
    log_density = stats.norm(x_hat, sigma).logpdf(x).sum(axis=(1, 2))
    nll = as_numpy(losses.gaussian_nll(x, x_hat, sigma))
    np.testing.assert_allclose(nll, -log_density, rtol=1e-4)


def test_bernoulli_nll_is_minus_the_log_probability_of_scipy(rng):
    x = rng.integers(0, 2, size=(5, 12)).astype("float32")
    logits = rng.normal(scale=3, size=(5, 12)).astype("float32")
    rates = 1 / (1 + np.exp(-logits.astype(float)))
    log_probability = stats.bernoulli(rates).logpmf(x).sum(axis=1)
    nll = as_numpy(losses.bernoulli_nll(x, logits))
    np.testing.assert_allclose(nll, -log_probability, rtol=1e-5)


def test_bernoulli_nll_stays_finite_for_extreme_logits():
    logits = np.array([[-1e4, 1e4, 1e4]], dtype="float32")
    x = np.array([[0.0, 1.0, 0.0]], dtype="float32")
    np.testing.assert_allclose(as_numpy(losses.bernoulli_nll(x, logits)), [1e4])


def test_the_mean_over_examples_is_the_likelihood_in_numpy(pair):
    x, x_hat = pair.reshape(2, 6, 12)
    logits = np.log(x_hat / (1 - x_hat))
    cross_entropy = as_numpy(losses.bernoulli_nll(x, logits)).mean()
    assert cross_entropy == pytest.approx(likelihoods.cross_entropy(x, x_hat), rel=1e-5)
    nll = as_numpy(losses.gaussian_nll(x, x_hat, 0.3)).mean()
    assert nll == pytest.approx(likelihoods.gaussian_nll(x, x_hat, 0.3), rel=1e-4)


def test_categorical_nll_is_minus_the_log_probability_of_scipy(rng):
    logits = rng.normal(scale=3, size=(6, 4, 5)).astype("float32")
    symbols = rng.integers(5, size=(6, 4))
    log_p = log_softmax(logits.astype(float), axis=-1)
    expected = [-sum(log_p[i, t, symbols[i, t]] for t in range(4)) for i in range(6)]
    one_hot = np.eye(5, dtype="float32")[symbols]
    nll = as_numpy(losses.categorical_nll(one_hot, logits))
    np.testing.assert_allclose(nll, expected, rtol=1e-5)
    # Uniform over V symbols: log V nats for each of them; and no overflow.
    uniform = as_numpy(losses.categorical_nll(one_hot, np.full((6, 4, 5), 1e4, "float32")))
    np.testing.assert_allclose(uniform, 4 * np.log(5), rtol=1e-3)


def test_gaussian_kl_is_the_mean_log_ratio_of_samples(rng):
    z_mean, z_log_var = np.array([[1.5, -0.5]]), np.array([[-0.4, 0.6]])
    std = np.exp(z_log_var / 2)
    z = z_mean + std * rng.normal(size=(400_000, 2))
    log_ratio = stats.norm(z_mean, std).logpdf(z) - stats.norm(0, 1).logpdf(z)
    totals = log_ratio.sum(axis=1)
    standard_error = totals.std() / np.sqrt(len(totals))
    kl = float(as_numpy(losses.gaussian_kl(z_mean, z_log_var))[0])
    assert abs(kl - totals.mean()) < 4 * standard_error
    assert 4 * standard_error < 0.02 * kl


def test_gaussian_kl_adds_over_code_units():
    one_unit = 0.5 * (1.5**2 + np.exp(-0.4) - 1.0 + 0.4)  # nats, by hand
    z_mean, z_log_var = np.full((2, 7), 1.5), np.full((2, 7), -0.4)
    kl = as_numpy(losses.gaussian_kl(z_mean, z_log_var))
    np.testing.assert_allclose(kl, 7 * one_unit, rtol=1e-5)
    per_unit = as_numpy(losses.gaussian_kl_per_unit(z_mean, z_log_var))
    np.testing.assert_allclose(per_unit, np.full((2, 7), one_unit), rtol=1e-5)


def test_l1_norm_is_the_laplace_log_density_up_to_its_constant(rng):
    z = rng.normal(size=(4, 5)).astype("float32")
    log_density = stats.laplace.logpdf(z).sum(axis=1)
    expected = -log_density - 5 * np.log(2)
    np.testing.assert_allclose(as_numpy(losses.l1_norm(z)), expected, rtol=1e-5)


@pytest.mark.parametrize("target_rate", [0.05, 0.5])
def test_bernoulli_kl_is_the_relative_entropy_of_scipy(target_rate):
    rates = np.array([0.01, 0.05, 0.4, 0.9])
    expected = [
        stats.entropy([target_rate, 1 - target_rate], [rate, 1 - rate]) for rate in rates
    ]
    kl = as_numpy(losses.bernoulli_kl(target_rate, rates))
    np.testing.assert_allclose(kl, expected, rtol=1e-5, atol=1e-7)


def test_jacobian_penalty_sums_every_squared_entry(rng):
    slopes, kernel = rng.normal(size=(4, 3)), rng.normal(size=(5, 3))
    jacobian = slopes[:, None, :] * kernel  # (batch, D, K)
    expected = np.sum(jacobian**2, axis=(1, 2))
    np.testing.assert_allclose(
        np.asarray(losses.jacobian_penalty(slopes, kernel)), expected, rtol=1e-5
    )


def test_masked_squared_error_sums_over_hidden_patches(rng):
    patches, patches_hat = rng.uniform(size=(2, 4, 3, 5)).astype("float32")
    mask = np.array([[1, 0, 0], [0, 0, 0], [1, 1, 0], [1, 1, 1]], dtype="float32")
    expected = [
        sum(np.sum((a[i] - b[i]) ** 2) for i in np.flatnonzero(m))
        for a, b, m in zip(patches, patches_hat, mask, strict=True)
    ]
    error = as_numpy(losses.masked_squared_error(patches, patches_hat, mask))
    np.testing.assert_allclose(error, expected, rtol=1e-5)
