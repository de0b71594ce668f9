"""The slopes of the losses: central differences of Keras's losses, and the bounds."""

import keras
import numpy as np
import pytest

from companion.autoencoders.slopes import loss_slope


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("mse", keras.losses.MeanSquaredError(dtype="float64")),
        ("cross-entropy", keras.losses.BinaryCrossentropy(dtype="float64")),
    ],
)
def test_the_slope_matches_a_central_difference_of_the_loss_of_keras(name, loss, rng):
    x, x_hat = rng.uniform(0.1, 0.9, size=(2, 4, 3))
    direction, eps = rng.normal(size=(4, 3)), np.finfo(float).eps ** (1 / 3)
    up, down = loss(x, x_hat + eps * direction), loss(x, x_hat - eps * direction)
    slope = np.sum(loss_slope(x, x_hat, name) * direction)
    assert slope == pytest.approx(float(up - down) / (2 * eps), rel=1e-6)


def test_the_slope_survives_a_sigmoid_that_has_rounded_to_its_bounds():
    x, x_hat = np.array([[0.0, 1.0, 0.5]]), np.array([[0.0, 1.0, 1.0]])
    slope = loss_slope(x, x_hat, "cross-entropy")
    # Where the answer is right nothing pulls; a slope times the flat sigmoid stays 0.
    np.testing.assert_array_equal(slope * x_hat * (1 - x_hat), 0)
    np.testing.assert_array_equal(slope[0, :2], 0)


def test_an_unknown_loss_is_named():
    with pytest.raises(ValueError, match="loss must be 'mse' or 'cross-entropy'; got 'l1'"):
        loss_slope(np.zeros((2, 3)), np.zeros((2, 3)), "l1")
