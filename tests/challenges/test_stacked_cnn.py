"""The convolutional network against Keras and against finite differences."""

import keras
import numpy as np
import pytest

from companion.challenges import stacked_cnn


def test_logits_are_those_of_keras(rng):
    params = stacked_cnn.init([0, 1], n_channels=3)
    params[1] += rng.normal(size=params[1].shape)
    params[3] += rng.normal(size=params[3].shape)
    x = rng.random((5, 64))
    found = stacked_cnn.forward(params, x)
    for member in range(2):
        model = keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                keras.layers.Conv2D(3, 3, activation="relu"),
                keras.layers.MaxPooling2D(2),
                keras.layers.Flatten(),
                keras.layers.Dense(10),
            ]
        )
        kernel, shift, weights, bias = (array[member] for array in params)
        model.set_weights([kernel.reshape(3, 3, 1, 3), shift[0], weights, bias[0]])
        answers = model.predict_on_batch(x.reshape(5, 8, 8, 1).astype("float32"))
        np.testing.assert_allclose(found[member], answers, atol=1e-5)


def test_gradients_match_a_central_difference(rng):
    params = stacked_cnn.init([0, 1], n_channels=3)
    params[1] += 0.1 * rng.normal(size=params[1].shape)
    x, labels, eps = rng.random((2, 6, 64)), rng.integers(0, 10, (2, 6)), 1e-6

    def loss(arrays):
        logits = stacked_cnn.forward(arrays, x)
        log_p = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
        return -np.take_along_axis(log_p, labels[..., None], -1).mean(axis=(1, 2))

    grads = stacked_cnn.gradients(params, x, labels)
    for i, grad in enumerate(grads):
        direction = rng.normal(size=grad.shape)
        up, down = (
            loss([a + s * eps * direction if i == j else a for j, a in enumerate(params)])
            for s in (1, -1)
        )
        numeric = (up - down) / (2 * eps)
        np.testing.assert_allclose(
            np.sum(grad * direction, axis=(1, 2)), numeric, rtol=1e-5, atol=1e-8
        )


def test_it_learns_which_half_is_bright(rng):
    x, labels = 0.2 * rng.random((60, 64)), np.arange(60) % 2
    x[labels == 0, :32] += 0.8
    x[labels == 1, 32:] += 0.8
    start = stacked_cnn.init([0, 1], n_channels=4, n_classes=2)
    params = stacked_cnn.train(start, x, labels, [np.arange(60)] * 2, n_steps=60)
    assert np.all(stacked_cnn.forward(params, x).argmax(-1) == labels)


def test_bad_calls_are_refused():
    params = stacked_cnn.init([0])
    with pytest.raises(ValueError, match="n_steps"):
        stacked_cnn.train(params, np.ones((2, 64)), np.zeros(2, int), [[0]], n_steps=0)
    with pytest.raises(ValueError, match="x must"):
        stacked_cnn.train(params, np.ones((2, 63)), np.zeros(2, int), [[0]], n_steps=1)
