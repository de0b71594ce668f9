"""A training loop for dense layers in NumPy alone: float32, in place where it can be."""

import numpy as np

from reproductions.bench import BATCH_SIZE, LEARNING_RATE

ACTIVATIONS = {
    "relu": lambda s: np.maximum(s, 0, out=s),
    "sigmoid": lambda s: 1 / (1 + np.exp(-s)),
    "linear": lambda s: s,
}
SLOPES = {
    "relu": lambda a: a > 0,
    "sigmoid": lambda a: a * (1 - a),
    "linear": lambda a: np.float32(1),
}


def loss_and_grads(layers, weights, x):
    """Return the mean squared error of a batch and its gradients, pairs as the weights."""
    outputs = [x]
    for layer, (kernel, bias) in zip(layers, weights, strict=True):
        outputs.append(ACTIVATIONS[layer.activation](outputs[-1] @ kernel + bias))
    error = outputs[-1] - x
    grad, grads = error * np.float32(2 / x.size), []
    for i in reversed(range(len(layers))):
        delta = grad * SLOPES[layers[i].activation](outputs[i + 1])
        grads.append((outputs[i].T @ delta, delta.sum(axis=0)))
        grad = delta @ weights[i][0].T if i else None
    return float(np.mean(error**2)), grads[::-1]


def adam(weight, grad, first, second, rate, eps=1e-7):
    """One step of Adam on one array, which is changed in place, with its moments."""
    first += np.float32(0.1) * (grad - first)
    second += np.float32(0.001) * (grad * grad - second)
    np.sqrt(second, out=grad)
    grad += np.float32(eps)
    np.divide(first, grad, out=grad)
    grad *= np.float32(rate)
    weight -= grad


def train(layers, weights, x, epochs, after_epoch):
    """Train on an autoencoder's mean squared error.

    Args:
        layers: The dense layers, as `reproductions.bench.networks.layers_of` has them.
        weights: Pairs of kernel and bias to start from, left unchanged.
        x: Examples, shape (n, D), n a multiple of the batch size or one batch.
        epochs: Passes over the data.
        after_epoch: Function of the epoch's mean loss.
    """
    weights = [(kernel.copy(), bias.copy()) for kernel, bias in weights]
    moments = [[np.zeros_like(w) for w in pair] for pair in weights for _ in range(2)]
    rng, step = np.random.default_rng(0), 0
    for _ in range(epochs):
        losses = []
        for rows in rng.permutation(len(x)).reshape(-1, min(BATCH_SIZE, len(x))):
            loss, grads = loss_and_grads(layers, weights, x[rows])
            losses.append(loss)
            step += 1
            rate = LEARNING_RATE * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            for i, (pair, grad) in enumerate(zip(weights, grads, strict=True)):
                for j in range(2):
                    adam(pair[j], grad[j], moments[2 * i][j], moments[2 * i + 1][j], rate)
        after_epoch(float(np.mean(losses)))
