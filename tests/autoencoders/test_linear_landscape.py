"""The loss of the linear autoencoder against finite differences, PCA and closed forms."""

import numpy as np
import pytest

from companion import metrics
from companion.autoencoders import linear_landscape as landscape
from companion.autoencoders.pca import PCA
from companion.networks import mlp
from companion.networks.gradient_check import largest_error

SPREADS = np.array([2.0, 1.6, 1.2, 0.5, 0.4, 0.3])


@pytest.fixture
def x(rng):
    turn, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    return rng.normal(size=(300, 6)) * SPREADS @ turn + 3.0


@pytest.fixture
def covariance(x):
    return landscape.covariance(x)


def random_weights(rng, latent_dim=3, scale=1.0):
    shape = (6, latent_dim)
    return scale * rng.normal(size=shape), scale * rng.normal(size=shape[::-1])


def second_difference(weights, direction, covariance, step=1e-3):
    def loss(t):
        moved = tuple(w + t * d for w, d in zip(weights, direction, strict=True))
        return landscape.loss_and_grads(moved, covariance)[0]

    return (loss(step) - 2 * loss(0.0) + loss(-step)) / step**2


def test_covariance_is_that_of_numpy(x, covariance):
    np.testing.assert_allclose(covariance, np.cov(x.T, bias=True), rtol=1e-12)


def test_axes_are_those_of_pca(x, covariance):
    variances, axes = landscape.principal_axes(covariance)
    pca = PCA(6).fit(x)
    np.testing.assert_allclose(variances, pca.singular_values**2 / len(x), rtol=1e-10)
    np.testing.assert_allclose(axes, pca.components, atol=1e-9)


def test_loss_is_the_squared_error_per_example(x, covariance, rng):
    encoder, decoder = random_weights(rng)
    x_hat = (x - x.mean(axis=0)) @ encoder @ decoder + x.mean(axis=0)
    loss, _ = landscape.loss_and_grads((encoder, decoder), covariance)
    assert loss == pytest.approx(metrics.squared_error_per_example(x, x_hat), rel=1e-12)


@pytest.mark.parametrize("penalty", [0.0, 0.3, (0.1, 0.2, 0.7)])
def test_gradients_match_central_differences(covariance, rng, penalty):
    weights = random_weights(rng)
    _, grads = landscape.loss_and_grads(weights, covariance, penalty)

    def loss(params):
        (encoder,), (decoder,) = params
        return landscape.loss_and_grads((encoder, decoder), covariance, penalty)[0]

    params, wrapped = ([weights[0]], [weights[1]]), ([grads[0]], [grads[1]])
    assert largest_error(loss, params, wrapped, rng) < 1e-7


def test_gradients_are_those_of_the_network_times_the_features(x, covariance, rng):
    encoder, decoder = random_weights(rng)
    centered = x - x.mean(axis=0)
    params = [encoder, decoder], [np.zeros(3), np.zeros(6)]
    _, (expected, _) = mlp.loss_and_grads(params, centered, centered, ["linear"] * 2)
    _, grads = landscape.loss_and_grads((encoder, decoder), covariance)
    for ours, theirs in zip(grads, expected, strict=True):
        np.testing.assert_allclose(ours, 6 * theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("which", [(0, 1, 2), (0, 1, 3), (3, 5, 4), (1,), ()])
def test_projection_on_any_principal_axes_is_a_critical_point(covariance, which):
    weights = landscape.critical_point(covariance, which, 3)
    loss, grads = landscape.loss_and_grads(weights, covariance)
    left_out = set(range(6)) - set(which)
    variances = np.linalg.eigvalsh(covariance)[::-1]
    assert loss == pytest.approx(sum(variances[i] for i in left_out))
    for grad in grads:
        np.testing.assert_allclose(grad, 0, atol=1e-12)


@pytest.mark.parametrize("which", [(0, 1, 3), (0, 4, 2), (3, 4, 5), (1,), ()])
def test_curvature_of_the_escape_is_that_of_the_loss(covariance, which):
    weights = landscape.critical_point(covariance, which, 3)
    direction, curvature = landscape.escape_direction(covariance, which, 3)
    assert curvature < 0
    # The loss is a polynomial of degree 4 in the step: the error is of order step^2.
    numeric = second_difference(weights, direction, covariance)
    assert curvature == pytest.approx(numeric, rel=1e-3)


def test_leading_axes_are_no_saddle(covariance, rng):
    weights = landscape.critical_point(covariance, (0, 1, 2), 3)
    _, curvature = landscape.escape_direction(covariance, (2, 0, 1), 3)
    assert curvature > 0
    for _ in range(50):
        direction = random_weights(rng)
        assert second_difference(weights, direction, covariance) > -1e-6


@pytest.mark.parametrize("which", [(0, 1, 3), (3, 4, 5), ()])
def test_small_perturbation_of_a_saddle_falls_to_the_error_of_pca(
    x, covariance, which, rng
):
    saddle = landscape.critical_point(covariance, which, 3)
    nudged = tuple(w + 1e-4 * rng.normal(size=w.shape) for w in saddle)
    (_, decoder), losses = landscape.descend(
        nudged, covariance, learning_rate=0.05, n_steps=4000
    )
    pca = PCA(3).fit(x)
    floor = metrics.squared_error_per_example(x, pca.reconstruct(x))
    assert losses[0] > floor * 1.5
    assert losses[-1] == pytest.approx(floor, rel=1e-6)
    assert metrics.principal_angles(decoder.T, pca.components.T).max() < 1e-3


def test_without_a_nudge_descent_stays_on_the_saddle(covariance):
    saddle = landscape.critical_point(covariance, (0, 1, 3), 3)
    _, losses = landscape.descend(saddle, covariance, learning_rate=0.05, n_steps=20)
    np.testing.assert_allclose(losses, losses[0], rtol=1e-12)


def test_gain_of_an_aligned_axis_follows_the_closed_form(covariance):
    variances, axes = landscape.principal_axes(covariance)
    start = 0.01
    decoder = np.sqrt(start) * axes[:3]
    rate = 1e-3  # small, so that steps follow the flow
    _, measured = landscape.descend(
        (decoder.T, decoder), covariance, learning_rate=rate, n_steps=2000,
        measure=lambda *weights: landscape.gains(weights, axes[:3]),
    )  # fmt: skip
    time = rate * np.arange(2001)
    for k in range(3):
        expected = landscape.learning_curve(variances[k], start, time)
        np.testing.assert_allclose(measured[:, k], expected, atol=0.01)


def test_learning_curve_solves_its_differential_equation():
    time, v = np.linspace(0, 2, 2001), 1.3
    g = landscape.learning_curve(v, 0.05, time)
    np.testing.assert_allclose(np.gradient(g, time), 4 * v * g * (1 - g), atol=5e-3)
    assert g[0] == pytest.approx(0.05)


def test_gains_of_a_critical_point_are_ones_and_zeros(covariance):
    _, axes = landscape.principal_axes(covariance)
    weights = landscape.critical_point(covariance, (0, 4), 3)
    np.testing.assert_allclose(
        landscape.gains(weights, axes), [1, 0, 0, 0, 1, 0], atol=1e-12
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: landscape.critical_point(c, (0, 0), 3), r"which .* got \[0, 0\]"),
        (lambda c: landscape.critical_point(c, (0, 6), 3), r"which .* got \[0, 6\]"),
        (lambda c: landscape.critical_point(c, (0, 1), 1), "which must be at most 1"),
        (lambda c: landscape.escape_direction(c, range(6), 6), "which must leave out"),
        (lambda c: landscape.learning_curve(1.0, 1.0, 0.0), "gain must lie .* got 1.0"),
        (lambda c: landscape.covariance(c[0]), r"x must be a table .* \(6,\)"),
        (lambda c: landscape.covariance(c * np.nan), "x must be finite"),
        (
            lambda c: landscape.descend((c, c), c, learning_rate=0, n_steps=1),
            "learning_rate must be above 0; got 0",
        ),
        (
            lambda c: landscape.descend((c, c), c, learning_rate=1, n_steps=0),
            "n_steps must be an integer of at least 1; got 0",
        ),
    ],
)
def test_bad_arguments_are_named(call, message, covariance):
    with pytest.raises(ValueError, match=message):
        call(covariance)
