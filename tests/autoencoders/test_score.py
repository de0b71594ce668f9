"""Scores and best denoisers: finite differences, Bayes' rule, Monte Carlo, SciPy."""

import numpy as np
import pytest
from scipy import stats

from companion.autoencoders import score
from companion.datasets import worlds


@pytest.fixture
def mixture():
    means = [[-1.0, 0.0], [1.0, 0.5], [0.0, -1.0]]
    return score.RoundMixture(means, [0.3, 0.5, 0.2], [0.5, 0.3, 0.2])


def test_log_density_equals_scipy(mixture, rng):
    x = rng.normal(size=(50, 2))
    density = sum(
        weight * stats.multivariate_normal(mean, std**2 * np.eye(2)).pdf(x)
        for mean, std, weight in zip(
            mixture.means, mixture.stds, mixture.weights, strict=True
        )
    )
    np.testing.assert_allclose(mixture.log_density(x), np.log(density), rtol=1e-9)


def test_score_is_the_slope_of_the_log_density(mixture, rng):
    x, eps = rng.normal(size=(50, 2)), 1e-5
    for direction in np.eye(2):
        up = mixture.log_density(x + eps * direction)
        down = mixture.log_density(x - eps * direction)
        slope = (up - down) / (2 * eps)
        np.testing.assert_allclose(mixture.score(x) @ direction, slope, atol=1e-6)


def test_bayes_and_tweedie_give_the_same_denoiser(mixture, rng):
    x, sigma = rng.normal(size=(50, 2)), 0.4
    tweedie = x + sigma**2 * mixture.smoothed(sigma).score(x)
    np.testing.assert_allclose(mixture.posterior_mean(x, sigma), tweedie, atol=1e-12)


def test_no_shift_of_the_posterior_mean_lowers_the_error(mixture, rng):
    clean = mixture.sample(200_000, rng)
    noisy = clean + 0.4 * rng.normal(size=clean.shape)
    left = clean - mixture.posterior_mean(noisy, 0.4)
    # Orthogonality: what is left is uncorrelated with every function of the noisy point.
    for function in (np.ones_like, np.sin, np.square, lambda v: v[:, ::-1] ** 3):
        products = left * function(noisy)
        error = products.std(axis=0) / np.sqrt(len(clean))
        assert np.all(np.abs(products.mean(axis=0)) < 4 * error)


def test_smoothing_adds_variances(mixture, rng):
    np.testing.assert_allclose(mixture.smoothed(0.4).stds ** 2, mixture.stds**2 + 0.16)


def test_sampled_points_have_the_moments_of_the_mixture(mixture, rng):
    x = mixture.sample(200_000, rng)
    mean = mixture.weights @ mixture.means
    second = mixture.weights @ (mixture.stds**2 + np.sum(mixture.means**2, axis=1) / 2)
    np.testing.assert_allclose(x.mean(axis=0), mean, atol=0.01)
    assert np.mean(x**2) == pytest.approx(second, rel=0.01)


def test_points_of_width_zero_are_averaged_by_their_nearness(rng):
    points, noisy = rng.normal(size=(5, 3)), rng.normal(size=(1, 3))
    kernel = np.exp(-np.sum((points - noisy) ** 2, axis=1) / (2 * 0.7**2))
    expected = kernel @ points / kernel.sum()
    data = score.RoundMixture(points, np.zeros(5), np.full(5, 0.2))
    np.testing.assert_allclose(data.posterior_mean(noisy, 0.7)[0], expected)


def test_noisy_curve_turns_as_often_as_its_points():
    x, _, truth = worlds.curve(200, turns=2.0, noise_std=0.01)
    centers = score.noisy_curve(truth).means
    distances = np.linalg.norm(x[:, None] - centers, axis=-1).min(axis=1)
    assert distances.max() < 5 * 0.01


def test_noisy_curve_has_the_density_of_its_points():
    x, _, truth = worlds.curve(50_000, noise_std=0.1)
    mixture = score.noisy_curve(truth)
    counts, edges_0, edges_1 = np.histogram2d(*x.T.astype(float), bins=10)
    middles = [(edges[1:] + edges[:-1]) / 2 for edges in (edges_0, edges_1)]
    steps = [
        np.linspace(-0.4, 0.4, 5) * (edges[1] - edges[0]) for edges in (edges_0, edges_1)
    ]
    grid = np.stack(np.meshgrid(*middles, *steps, indexing="ij"), axis=-1)
    density = (
        np.exp(mixture.log_density((grid[..., :2] + grid[..., 2:]).reshape(-1, 2)))
        .reshape(10, 10, -1)
        .mean(axis=-1)
    )
    expected = 50_000 * density * (edges_0[1] - edges_0[0]) * (edges_1[1] - edges_1[0])
    # Five Poisson standard deviations, and 2 % for the middle rule.
    assert np.all(np.abs(counts - expected) < 5 * np.sqrt(expected + 1) + 0.02 * expected)


def test_wiener_filter_is_the_regression_of_clean_on_noisy(rng):
    root = rng.normal(size=(4, 4))
    clean = rng.normal(size=(400_000, 4)) @ root
    noisy = clean + 0.8 * rng.normal(size=clean.shape)
    regression = np.linalg.lstsq(noisy, clean, rcond=None)[0]
    np.testing.assert_allclose(
        score.wiener_filter(root.T @ root, 0.8), regression, atol=0.01
    )


def test_residual_and_cosine_by_hand():
    residual = score.residual_score(np.array([[1.0, 1.0]]), np.array([[1.0, 2.0]]), 0.5)
    np.testing.assert_allclose(residual, [[0.0, 4.0]])
    np.testing.assert_allclose(score.cosine([[1, 1]], [[0, 4]]), [np.sqrt(0.5)])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"means": [1.0, 2.0]}, r"means must be \(M, D\); got shape \(2,\)"),
        ({"stds": [0.1]}, r"stds must have shape \(2,\); got \(1,\)"),
        ({"stds": [0.1, -1.0]}, "stds must not be negative; got -1.0"),
        ({"weights": [0.5, 0.6]}, "weights must be positive with the sum 1; got"),
    ],
)
def test_bad_mixtures_are_named(changes, message):
    good = {"means": np.eye(2), "stds": [0.1, 0.1], "weights": [0.5, 0.5]}
    with pytest.raises(ValueError, match=message):
        score.RoundMixture(**(good | changes))


def test_bad_arguments_are_named():
    point = score.RoundMixture([[0.0]], [0.0], [1.0])
    with pytest.raises(ValueError, match="stds must be above 0 for a density"):
        point.score([[0.0]])
    with pytest.raises(ValueError, match="sigma must not be negative; got -1"):
        point.smoothed(-1)
    with pytest.raises(ValueError, match="sigma must be above 0; got 0"):
        score.residual_score(np.ones((1, 2)), np.ones((1, 2)), 0)
    with pytest.raises(ValueError, match="x_hat must have the shape of x_noisy"):
        score.residual_score(np.ones((2, 2)), np.ones((1, 2)), 0.1)
    with pytest.raises(
        ValueError, match=r"covariance must be \(D, D\); got shape \(2, 3\)"
    ):
        score.wiener_filter(np.ones((2, 3)), 0.1)
    with pytest.raises(ValueError, match="sigma must be above 0; got 0"):
        score.wiener_filter(np.eye(2), 0)


def test_stretch_is_the_norm_of_the_jacobian_times_the_direction(rng):
    matrix, x = rng.normal(size=(3, 4)), rng.normal(size=(6, 3))
    direction = x / np.linalg.norm(x, axis=1, keepdims=True)
    slopes = 1 - np.tanh(x @ matrix) ** 2
    expected = np.linalg.norm(slopes * (direction @ matrix), axis=1)
    found = score.stretch(lambda points: np.tanh(points @ matrix), x, direction, 1e-4)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
