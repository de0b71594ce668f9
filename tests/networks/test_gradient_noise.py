"""Noise floors in closed form against many walks, and the noise scale against batches."""

import numpy as np
import pytest

from companion.networks import gradient_noise as noise
from companion.networks import losses, mlp
from companion.networks.parameters import leaves


@pytest.mark.parametrize("rate", [0.05, 0.4, 0.9])
def test_noisy_descent_settles_at_its_floor(rate, rng):
    curvature, variance = 2.0, 0.3
    floor = noise.noise_floor(curvature, rate, variance)
    squares = noise.noisy_descent(curvature, np.full(300, rate), variance, 3.0, 4000, rng)
    # 4000 walks, ten nearly independent looks: a standard error below 1 percent.
    assert np.mean(squares[100::20]) == pytest.approx(floor, rel=0.04)
    exact = noise.expected_squares(curvature, np.full(300, rate), variance, 3.0)
    assert exact[-1] == pytest.approx(floor, rel=1e-9)
    np.testing.assert_allclose(squares, exact, rtol=0.15)


def test_the_floor_is_nearly_proportional_to_the_rate():
    small, double = (noise.noise_floor(1.0, rate, 1.0) for rate in (1e-3, 2e-3))
    assert double / small == pytest.approx(2.0, rel=1e-3)
    assert small == pytest.approx(0.5e-3, rel=1e-3)


def test_a_rate_of_one_over_t_averages_the_noise():
    # With rates 1 / (h t) the weight is the mean of t noisy looks: sigma**2 / (h**2 t).
    curvature, steps = 2.0, np.arange(1, 1001)
    exact = noise.expected_squares(curvature, 1 / (curvature * steps), 0.3, 5.0)
    np.testing.assert_allclose(exact[1:], 0.3 / (curvature**2 * steps), rtol=1e-9)


def test_a_rate_above_the_limit_has_no_floor():
    with pytest.raises(ValueError, match="learning_rate must be above 0 and below 2 / cur"):
        noise.noise_floor(2.0, 1.0, 1.0)


def test_the_noise_scale_predicts_the_length_of_batch_gradients(rng):
    x, y = rng.normal(size=(400, 5)), rng.integers(3, size=400)
    params, names = mlp.init([5, 4, 3], rng), ["tanh", "linear"]
    scale = noise.noise_scale(params, x, y, names, losses.cross_entropy)

    def squared_length(rows):
        _, grads = mlp.loss_and_grads(params, x[rows], y[rows], names, losses.cross_entropy)
        return sum(np.sum(grad**2) for grad in leaves(grads))

    # E|g_B|^2 = |G|^2 (1 + scale / B) for batches drawn with replacement.
    batches = {size: rng.integers(400, size=(1500, size)) for size in (2, 50)}
    short, long = (
        np.mean([squared_length(rows) for rows in batches[size]]) for size in (50, 2)
    )
    assert long / short == pytest.approx((1 + scale / 2) / (1 + scale / 50), rel=0.1)


def test_the_noise_scale_of_two_examples_by_hand(rng):
    # Variance |a - b|^2 / 2; squared length |a + b|^2 / 4 less half of it, which is a b.
    x, y = rng.normal(size=(2, 5)), np.array([1, 1])
    params, names = mlp.init([5, 4, 3], rng), ["tanh", "linear"]
    a, b = (
        np.concatenate([np.ravel(g) for g in leaves(grads)])
        for _, grads in (
            mlp.loss_and_grads(
                params, x[i : i + 1], y[i : i + 1], names, losses.cross_entropy
            )
            for i in (0, 1)
        )
    )
    expected = 0.5 * np.sum((a - b) ** 2) / (a @ b)
    found = noise.noise_scale(params, x, y, names, losses.cross_entropy)
    assert found == pytest.approx(expected, rel=1e-9)
