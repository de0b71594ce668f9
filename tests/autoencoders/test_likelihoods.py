"""Errors as likelihoods, against SciPy's distributions, scikit-learn and Keras."""

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st

from companion import metrics
from companion.autoencoders import likelihoods

inside = st.floats(min_value=0.01, max_value=0.99)


def test_gaussian_nll_is_that_of_scipy(rng):
    x, x_hat = rng.normal(size=(2, 6, 4))
    expected = -scipy.stats.norm.logpdf(x, loc=x_hat, scale=0.3).sum(axis=1).mean()
    assert likelihoods.gaussian_nll(x, x_hat, sigma=0.3) == pytest.approx(expected)


def test_gaussian_nll_falls_with_the_squared_error_alone(rng):
    x, better, worse = rng.normal(size=(3, 6, 4))
    by_error = [metrics.squared_error_per_example(x, x_hat) for x_hat in (better, worse)]
    by_nll = [likelihoods.gaussian_nll(x, x_hat, sigma=0.5) for x_hat in (better, worse)]
    assert np.diff(by_nll) == pytest.approx(np.diff(by_error) / (2 * 0.5**2))


def test_cross_entropy_is_the_bernoulli_likelihood_of_scipy(rng):
    x, x_hat = rng.integers(0, 2, size=(6, 4)), rng.uniform(0.1, 0.9, size=(6, 4))
    expected = -scipy.stats.bernoulli.logpmf(x, x_hat).sum(axis=1).mean()
    assert likelihoods.cross_entropy(x, x_hat) == pytest.approx(expected)


def test_cross_entropy_agrees_with_scikit_learn_and_keras(rng):
    keras = pytest.importorskip("keras")
    x, x_hat = rng.integers(0, 2, size=(6, 4)), rng.uniform(0.1, 0.9, size=(6, 4))
    ours = likelihoods.cross_entropy(x, x_hat)
    assert ours == pytest.approx(4 * sklearn.metrics.log_loss(x.ravel(), x_hat.ravel()))
    gray = rng.uniform(size=(6, 4))
    theirs = float(keras.losses.BinaryCrossentropy()(gray, x_hat))  # mean over features
    assert likelihoods.cross_entropy(gray, x_hat) == pytest.approx(4 * theirs, rel=1e-5)


@given(x=st.floats(min_value=0, max_value=1), x_hat=inside)
def test_no_reconstruction_falls_below_the_floor(x, x_hat):
    floor = likelihoods.cross_entropy_floor([[x]])
    assert likelihoods.cross_entropy([[x]], [[x_hat]]) >= floor - 1e-12


@given(x=inside)
def test_the_floor_is_reached_at_the_data(x):
    floor = likelihoods.cross_entropy_floor([[x]])
    assert likelihoods.cross_entropy([[x]], [[x]]) == pytest.approx(floor)
    assert floor == pytest.approx(scipy.stats.bernoulli(x).entropy())


def test_the_floor_adds_over_features_and_is_zero_for_binary_data():
    assert likelihoods.cross_entropy_floor(np.full((3, 5), 0.5)) == pytest.approx(
        5 * np.log(2)
    )
    assert likelihoods.cross_entropy_floor(np.array([[0.0, 1.0], [1.0, 1.0]])) == 0.0


def test_range_floor_of_a_standard_normal_is_its_closed_form(rng):
    x = rng.normal(size=1_000_000)
    # Below 0: half of the variance. Above 1: integral of (x - 1)**2 over the tail.
    tail = 2 * scipy.stats.norm.sf(1) - scipy.stats.norm.pdf(1)
    # Standard error of the mean of a million draws is below 0.0015.
    assert likelihoods.range_floor(x, 0, np.inf) == pytest.approx(0.5, abs=0.006)
    assert likelihoods.range_floor(x, 0, 1) == pytest.approx(0.5 + tail, abs=0.006)
    assert likelihoods.range_floor(x, -np.inf, np.inf) == 0.0


def test_range_floor_by_hand():
    assert likelihoods.range_floor([-2.0, 0.5, 1.5], 0, 1) == pytest.approx((4 + 0.25) / 3)


def test_bad_arguments_are_named():
    half = np.full((2, 3), 0.5)
    with pytest.raises(
        ValueError, match=r"x must lie in \[0, 1\]; got values from -0.5 to"
    ):
        likelihoods.cross_entropy(half - 1, half)
    with pytest.raises(ValueError, match=r"x_hat must lie in \(0, 1\); got .* to 1"):
        likelihoods.cross_entropy(half, half + 0.5)
    with pytest.raises(ValueError, match=r"x must lie in \[0, 1\]; got values from nan"):
        likelihoods.cross_entropy(np.full((2, 3), np.nan), half)
    with pytest.raises(ValueError, match=r"x_hat must be \(n, D\) as x, \(2, 3\)"):
        likelihoods.gaussian_nll(half, half[:1])
    with pytest.raises(ValueError, match="sigma must be above 0; got -1"):
        likelihoods.gaussian_nll(half, half, sigma=-1)
    with pytest.raises(ValueError, match="low must be below high; got low=1, high=0"):
        likelihoods.range_floor(half, 1, 0)
