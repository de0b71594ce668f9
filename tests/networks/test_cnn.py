"""The small network: its gradients, its twin in Keras, and that it learns."""

import math

import keras
import numpy as np
import pytest

from companion.networks import cnn, gradient_check, optimizers
from companion.networks.parameters import leaves
from reproductions.networks import convolution as parities


def test_gradients_are_slopes(rng):
    params = cnn.init(10, (3, 2), 4, rng)
    params = [
        (weights, bias + 0.1 * rng.normal(size=bias.shape)) for weights, bias in params
    ]
    x, target = rng.normal(size=(5, 10, 10, 1)), rng.integers(0, 4, size=5)
    _, grads = cnn.loss_and_grads(params, x, target)

    def loss(params):
        return cnn.loss_and_grads(params, x, target)[0]

    assert gradient_check.largest_error(loss, params, grads, rng) < 1e-7


def test_the_network_agrees_with_its_twin():
    for parity in parities.network_parities():
        assert parity.holds, parity


def test_weights_have_the_spread_of_glorot():
    params = cnn.init(12, (8, 16), 10, np.random.default_rng(1))
    assert [array.shape for array in leaves(params)] == [
        (3, 3, 1, 8),
        (8,),
        (3, 3, 8, 16),
        (16,),
        (144, 10),
        (10,),
    ]
    for weights, n_in, n_out in zip(
        (params[1][0], params[2][0]), (72, 144), (144, 10), strict=True
    ):
        # A uniform variable within +-a has the standard deviation a / sqrt(3).
        expected = np.sqrt(2.0 / (n_in + n_out))
        assert np.std(weights) == pytest.approx(expected, rel=0.05)
    assert not any(bias.any() for _, bias in params)


def test_a_bar_is_told_from_another(rng):
    # Upright or lying bars at random places: no single pixel tells them apart.
    target = rng.integers(0, 2, size=200)
    x = 0.1 * rng.normal(size=(200, 8, 8, 1))
    for image, lying in zip(x, target, strict=True):
        middle = rng.integers(1, 7)
        image[(middle, slice(1, 7)) if lying else (slice(1, 7), middle)] += 1.0
    params, state = cnn.init(8, (4, 4), 2, rng), None
    for _ in range(60):
        _, grads = cnn.loss_and_grads(params, x[:100], target[:100])
        params, state = optimizers.adam(params, grads, state, 0.03)
    answers = cnn.forward(params, x[100:])[-1].argmax(axis=1)
    assert np.mean(answers == target[100:]) > 0.95


@pytest.mark.parametrize("shape", [(3, 3, 1, 1), (3, 3, 2, 1), (12, 30)])
def test_drawn_weights_have_the_limit_of_keras(rng, shape):
    window = math.prod(shape[:-2])
    expected = math.sqrt(6.0 / (window * (shape[-2] + shape[-1])))
    keras_draw = np.asarray(keras.initializers.GlorotUniform(seed=0)(shape))
    draws = np.stack([cnn.draw_weights(shape, rng) for _ in range(200)])
    assert np.abs(keras_draw).max() <= expected
    assert expected * 0.98 < np.abs(draws).max() <= expected


def test_too_small_an_image_is_refused(rng):
    with pytest.raises(ValueError, match="window must be at most the size 2; got 3"):
        cnn.init(6, (2, 2), 3, rng)
    with pytest.raises(ValueError, match="filters must be an integer of at least 1; got 0"):
        cnn.init(8, (0, 2), 3, rng)
