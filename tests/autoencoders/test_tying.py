"""Tied weights in NumPy against the Keras model."""

import numpy as np

from companion import training
from companion.autoencoders import tying
from companion.autoencoders.dense import DenseAutoencoder
from companion.networks import mlp


def test_tied_training_is_that_of_the_keras_model(rng):
    x = rng.random((16, 6))
    activations = ("tanh", "linear", "tanh", "sigmoid")
    params = tying.train_tied(
        x,
        (6, 4, 2, 4, 6),
        activations,
        epochs=5,
        batch_size=16,
        learning_rate=0.01,
        rng=np.random.default_rng(3),
    )
    for i in (0, 1):
        np.testing.assert_array_equal(params[0][i], params[0][3 - i].T)

    model = DenseAutoencoder(6, 2, hidden=(4,), activation="tanh", tied=True)
    weights, biases = mlp.init((6, 4, 2, 4, 6), np.random.default_rng(3))
    model.set_weights([weights[0], biases[0], weights[1], biases[1], *biases[2:]])
    training.fit(model, x, epochs=5, batch_size=16, learning_rate=0.01)
    kernels, (b1, b2, b3, b4) = params[0][:2], params[1]
    expected = [kernels[0], b1, kernels[1], b2, b3, b4]
    for found, array in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_allclose(found, array, atol=1e-5)
