"""Worlds whose truth is known: likelihood, geometry and split."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from companion.datasets import load, worlds

seeds = st.integers(0, 2**32 - 1)
GENERATORS = tuple(worlds.GENERATORS.values())


@given(
    seed=seeds, n_features=st.integers(1, 6), noise_std=st.floats(0.1, 3.0), data=st.data()
)
def test_log_likelihood_is_that_of_scipy(seed, n_features, noise_std, data):
    latent_dim = data.draw(st.integers(1, n_features))
    x, _, truth = worlds.linear_gaussian(5, seed, n_features, latent_dim, noise_std)
    covariance = truth["loadings"] @ truth["loadings"].T + noise_std**2 * np.eye(n_features)
    expected = multivariate_normal(truth["mean"], covariance).logpdf(x.astype(float))
    found = worlds.linear_gaussian_log_likelihood(x, truth)
    assert found.shape == (5,)
    # SciPy goes through eigenvalues; both lose digits where C is ill-conditioned.
    np.testing.assert_allclose(found, np.atleast_1d(expected), rtol=1e-8, atol=1e-8)


def test_log_likelihood_is_in_nats_per_example():
    # One feature, by hand: variance 2^2 + 1^2 = 5 and a point one unit off the mean.
    truth = {"loadings": np.array([[2.0]]), "mean": np.array([3.0]), "noise_std": 1.0}
    found = worlds.linear_gaussian_log_likelihood(np.array([[4.0], [4.0]]), truth)
    np.testing.assert_allclose(found, -0.5 * np.log(2.0 * np.pi * 5.0) - 0.1)


def test_mean_log_likelihood_is_minus_the_entropy():
    data = worlds.make("linear_gaussian", sizes=(20_000, 1, 1))
    found = worlds.linear_gaussian_log_likelihood(data.x_train, data.truth)
    loadings, noise_std = data.truth["loadings"], data.truth["noise_std"]
    covariance = loadings @ loadings.T + noise_std**2 * np.eye(10)
    entropy = multivariate_normal(cov=covariance).entropy()
    # The log-density has variance D / 2: four standard errors.
    assert found.mean() == pytest.approx(-entropy, abs=4 * np.sqrt(5 / 20_000))


@pytest.mark.parametrize("shape", [(10,), (3, 9), (3, 10, 1)])
def test_log_likelihood_rejects_another_shape(shape):
    truth = load("linear_gaussian").truth
    with pytest.raises(ValueError, match=r"x must have shape \(n, 10\); got"):
        worlds.linear_gaussian_log_likelihood(np.zeros(shape), truth)


def test_linear_gaussian_moments():
    x, z, truth = worlds.linear_gaussian(50_000, seed=3)
    residual = x - z @ truth["loadings"].T - truth["mean"]
    # Standard error of a deviation over 500,000 numbers is 0.1 %.
    assert residual.std() == pytest.approx(truth["noise_std"], rel=0.005)
    np.testing.assert_allclose(np.cov(z.T), np.eye(3), atol=0.03)
    np.testing.assert_allclose(z.mean(axis=0), 0.0, atol=0.02)


def test_parameters_depend_on_the_seed_and_not_on_n():
    _, _, few = worlds.linear_gaussian(5, seed=1)
    _, _, many = worlds.linear_gaussian(50, seed=1)
    _, _, other = worlds.linear_gaussian(5, seed=2)
    np.testing.assert_array_equal(few["loadings"], many["loadings"])
    assert not np.allclose(few["loadings"], other["loadings"])


@given(t=st.lists(st.floats(0, 1), min_size=1), turns=st.floats(0.1, 3))
def test_curve_is_a_spiral(t, turns):
    points = worlds.curve_points(t, turns)
    spiral = points[:, 0] + 1j * points[:, 1]
    np.testing.assert_allclose(np.abs(spiral), 0.2 + 0.8 * np.array(t))
    turned = spiral / np.abs(spiral) * np.exp(-2j * np.pi * turns * np.array(t))
    np.testing.assert_allclose(turned, 1.0, atol=1e-12)


@pytest.mark.parametrize(
    ("generator", "points"),
    [
        (worlds.curve, lambda y: worlds.curve_points(y, turns=1.5)),
        (worlds.surface, lambda y: worlds.surface_points(y[:, 0], y[:, 1], turns=1.5)),
    ],
)
def test_noise_around_the_known_manifold(generator, points):
    x, y, truth = generator(20_000, seed=5, turns=1.5, noise_std=0.1)
    assert y.shape[1] == truth["dimension"] == x.shape[1] - 1
    residual = x - points(y)
    np.testing.assert_allclose(residual.std(axis=0), 0.1, rtol=0.02)  # 4 standard errors
    np.testing.assert_allclose(residual.mean(axis=0), 0.0, atol=0.003)
    clean, y_again, _ = generator(20_000, seed=5, turns=1.5, noise_std=0.0)
    np.testing.assert_array_equal(y_again, y)
    np.testing.assert_allclose(clean, points(y), atol=1e-5)  # float32 times the turns


def test_surface_is_the_curve_drawn_out():
    t, h = np.linspace(0, 1, 7), np.linspace(1, 0, 7)
    points = worlds.surface_points(t, h)
    np.testing.assert_allclose(points[:, [0, 2]], worlds.curve_points(t))
    np.testing.assert_allclose(points[:, 1], np.linspace(1, -1, 7))


@given(generator=st.sampled_from(GENERATORS), seed=seeds, n=st.integers(1, 20))
def test_generators_repeat_and_differ_by_seed(generator, seed, n):
    x, y, _ = generator(n, seed=seed)
    x_again, y_again, _ = generator(n, seed=seed)
    np.testing.assert_array_equal(x, x_again)
    np.testing.assert_array_equal(y, y_again)
    assert len(x) == len(y) == n
    assert x.dtype == y.dtype == np.float32
    x_100, _, _ = generator(100, seed=seed)
    x_other, _, _ = generator(100, seed=seed + 1)
    assert not np.array_equal(x_100, x_other)


@given(
    name=st.sampled_from(tuple(worlds.GENERATORS)),
    sizes=st.tuples(*[st.integers(1, 60)] * 3),
    seed=seeds,
)
def test_make_gives_the_sizes_and_disjoint_parts(name, sizes, seed):
    data = worlds.make(name, sizes, seed)
    parts = (data.x_train, data.x_val, data.x_test)
    assert tuple(len(x) for x in parts) == sizes
    train, val, test = ({row.tobytes() for row in x} for x in parts)
    assert not train & val
    assert not train & test
    assert not val & test


def test_make_keeps_x_and_y_together():
    data = worlds.make("bars", sizes=(300, 100, 80), seed=2)
    for x, y in [(data.x_train, data.y_train), (data.x_val, data.y_val)]:
        expected = np.minimum(np.tensordot(y, data.truth["templates"], axes=1), 1.0)
        np.testing.assert_array_equal(x[..., 0], expected)


def test_validation_and_test_of_bars_are_of_one_kind():
    data = load("bars")
    counts = [y.sum(axis=1) for y in (data.y_train, data.y_val, data.y_test)]
    train, val, test = (count.mean() for count in counts)
    # Training follows the coins: 16 bars at 1 / 8, deviation sqrt(16 * 7 / 64).
    assert train == pytest.approx(2.0, abs=4 * np.sqrt(16 * 7 / 64 / 2000))
    assert val > train + 1.0  # new combinations only, as the docstring says
    assert val == pytest.approx(test, abs=0.25)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: worlds.make("digits"), "name must be one of linear_gaussian, .*'digits'"),
        (lambda: worlds.make("curve", sizes=(10, 10)), r"sizes must be three .*\(10, 10\)"),
        (
            lambda: worlds.make("curve", sizes=(10, 0, 1)),
            r"sizes must be three .*\(10, 0, 1\)",
        ),
        (
            lambda: worlds.make("bars", (500, 9, 9), size=2),
            "sizes must leave distinct examples",
        ),
        (lambda: worlds.curve(0), "n must be at least 1; got 0"),
        (lambda: worlds.curve(5, turns=0), "turns must be above 0; got 0"),
        (
            lambda: worlds.surface(5, noise_std=-0.1),
            "noise_std must not be negative; got -0.1",
        ),
        (
            lambda: worlds.linear_gaussian(5, noise_std=0),
            "noise_std must be above 0; got 0",
        ),
        (
            lambda: worlds.linear_gaussian(5, latent_dim=11),
            "latent_dim must be at most 10; got 11",
        ),
        (
            lambda: worlds.linear_gaussian(5, latent_dim=0),
            "latent_dim must be at least 1; got 0",
        ),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
