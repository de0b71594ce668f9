"""Shifted codes against a shifted bias, and the claimed slope against autodiff."""

import numpy as np
import pytest
import tensorflow as tf

from companion.autoencoders.quantized import VQAutoencoder
from companion.autoencoders.straight_through import shifted_errors


@pytest.fixture
def model(x):
    model = VQAutoencoder((8, 8, 1), 6, code_dim=3, filters=(4, 5), seed=1)
    model.start_at_data(x)
    return model


@pytest.fixture
def x(rng):
    return rng.uniform(size=(7, 8, 8, 1)).astype("float32")


def test_a_shift_is_a_shift_of_the_last_bias(model, x):
    found = shifted_errors(model, x, 1, [0.0, 0.3])
    bias = model.encoder.layers[-1].bias
    for shift, error in zip((0.0, 0.3), found, strict=True):
        bias.assign([0.0, shift, 0.0])
        x_hat = np.asarray(model(x)["x_hat"])
        expected = ((x - x_hat) ** 2).sum(axis=(1, 2, 3)).mean()
        assert error == pytest.approx(expected, rel=1e-5)


def test_shifted_entries_have_the_slope_that_straight_through_claims(model, x):
    bias = model.encoder.layers[-1].bias.value
    with tf.GradientTape() as tape:
        x_hat = model(x)["x_hat"]
        error = tf.reduce_mean(tf.reduce_sum((x - x_hat) ** 2, axis=(1, 2, 3)))
    slope = tape.gradient(error, bias)
    for unit in range(3):
        low, high = shifted_errors(model, x, unit, [-0.02, 0.02], snap=False)
        assert (high - low) / 0.04 == pytest.approx(float(slope[unit]), rel=0.02, abs=2e-3)


def test_an_axis_that_the_code_does_not_have_is_refused(model, x):
    with pytest.raises(ValueError, match="unit must lie from 0 to 2; got 3"):
        shifted_errors(model, x, 3, [0.0])
