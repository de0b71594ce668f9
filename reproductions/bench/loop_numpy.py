"""The NumPy network of the course, `companion.networks.mlp`, in single precision."""

import numpy as np

from companion.networks import mlp, optimizers
from reproductions.bench import BATCH_SIZE, LEARNING_RATE


def parameters(layers, weights):
    """Return what `mlp` takes: its parameters, and the name of every activation."""
    kernels, biases = zip(*weights, strict=True)
    return (list(kernels), list(biases)), [layer.activation for layer in layers]


def loss_and_grads(layers, weights, x):
    """Return the mean squared error of a batch and its gradients, pairs as the weights."""
    params, activations = parameters(layers, weights)
    loss, grads = mlp.loss_and_grads(params, x, x, activations)
    return loss, list(zip(*grads, strict=True))


def train(layers, weights, x, epochs, after_epoch):
    """Train on an autoencoder's mean squared error.

    Args:
        layers: The dense layers, as `reproductions.bench.networks.layers_of` has them.
        weights: Pairs of kernel and bias to start from, left unchanged.
        x: Examples, shape (n, D), float32.
        epochs: Passes over the data.
        after_epoch: Function of the epoch's mean loss.
    """
    params, activations = parameters(layers, weights)
    rng, state = np.random.default_rng(0), None
    for _ in range(epochs):
        losses = []
        for rows in mlp.draw_batches(len(x), BATCH_SIZE, rng):
            loss, grads = mlp.loss_and_grads(params, x[rows], x[rows], activations)
            params, state = optimizers.adam(params, grads, state, LEARNING_RATE)
            losses.append(loss)
        after_epoch(float(np.mean(losses)))
