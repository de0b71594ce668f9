"""The perceptron and the classifier of the chapter beside scikit-learn and Keras."""

import keras
import numpy as np
from sklearn.linear_model import Perceptron as SklearnPerceptron

from companion.networks import mlp, perceptron
from reproductions.networks.parity import Parity, largest_difference


def parities():
    """Compare every piece of the chapter with its twin; data are drawn from seed 0.

    Returns:
        A list of `Parity`.
    """
    rng = np.random.default_rng(0)
    return [rosenblatt(rng), classifier(rng)]


def rosenblatt(rng):
    """Weights and bias after each of ten epochs, on data that cannot be separated."""
    x = rng.normal(size=(60, 5))
    y = np.sign(x @ rng.normal(size=5) + rng.normal(size=60))
    ours, theirs = [], []
    for epochs in range(1, 11):
        twin = SklearnPerceptron(max_iter=epochs, tol=None, shuffle=False)
        twin.fit(x, y)
        ours.append(perceptron.train(perceptron.with_bias(x), y, epochs=epochs).weights)
        theirs.append(np.append(twin.coef_[0], twin.intercept_))
    return Parity(
        "perceptron.train",
        "sklearn.linear_model.Perceptron",
        "weights and bias after each of 10 epochs, float64",
        largest_difference(ours, theirs),
        1e-12,
    )


def keras_twin(params):
    """A Keras model with ReLU units and the same weights, which answers with logits.

    Args:
        params: (weights, biases) of `companion.networks.mlp`.

    Returns:
        A `keras.Sequential` in float32.
    """
    weights, biases = params
    names = ["relu"] * (len(weights) - 1) + ["linear"]
    model = keras.Sequential([keras.Input((len(weights[0]),))])
    for kernel, name in zip(weights, names, strict=True):
        model.add(keras.layers.Dense(kernel.shape[1], activation=name))
    model.set_weights([a for pair in zip(weights, biases, strict=True) for a in pair])
    return model


def classifier(rng):
    """Logits of the network with two hidden layers, and of its Keras twin."""
    params = mlp.init([20, 16, 8, 5], rng)
    params = params[0], [rng.normal(size=b.shape) for b in params[1]]
    x = rng.normal(size=(50, 20))
    ours = mlp.forward(params, x, ["relu", "relu", "linear"])[-1]
    theirs = keras.ops.convert_to_numpy(keras_twin(params)(x.astype("float32")))
    return Parity(
        "mlp.forward, as a classifier",
        "keras.layers.Dense",
        "logits, float64 against float32",
        largest_difference([ours], [theirs]),
        1e-5,
    )
