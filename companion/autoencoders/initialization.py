"""Where training starts: ways to draw the weights of an autoencoder, and what they do.

The ways themselves stand in `companion.networks.initializers`.

In a layer of n_in inputs whose weights have mean 0 and variance v, the summed inputs have

    Var[s_l] = n_in * v * E[a_(l-1)^2]

and for ReLU units E[a^2] = Var[s] / 2. So a signal is multiplied by n_in v / 2 in each
layer on its way forward, and an error by n_out v / 2 on its way back. Biases start at 0.
"""

import numpy as np

from companion.networks import mlp
from companion.networks.dead_units import dead_share as dead_share
from companion.networks.initializers import draw_network as draw
from companion.networks.initializers import weight_variance as weight_variance
from companion.networks.signal_propagation import layer_gradients


def activation_variances(params, x, activations):
    """Variance of every layer's outputs, over examples and units.

    Args:
        params: (weights, biases).
        x: Examples, shape (n, n_in).
        activations: One name for each layer.

    Returns:
        Array (n_layers,): the first layer after the input comes first.
    """
    outputs = mlp.forward(params, x, activations)
    return np.array([np.var(output) for output in outputs[1:]])


def gradient_variances(params, x, grad_output, activations):
    """Variance of the gradient by every layer's outputs, over examples and units.

    Args:
        params: (weights, biases).
        x: Examples, shape (n, n_in).
        grad_output: Gradient of some loss by the network's outputs, (n, n_out).
        activations: One name for each layer.

    Returns:
        Array (n_layers,): the first layer after the input comes first, and the last entry
        is the variance of `grad_output` itself.
    """
    outputs = mlp.forward(params, x, activations)
    grads = layer_gradients(params, outputs, grad_output, activations)
    return np.array([np.var(grad) for grad in grads])


def mean_variances(scheme, sizes, x, activations, seeds):
    """Average both variances over networks drawn with several seeds, before training.

    Args:
        scheme: As in `companion.networks.initializers.weight_variance`.
        sizes: Widths of the layers.
        x: Examples, shape (n, sizes[0]).
        activations: One name for each layer.
        seeds: One integer for each network; it also draws a gradient from N(0, 1) for
            the outputs.

    Returns:
        forward: Variances of the activations, (n_layers,).
        backward: Variances of the gradients, (n_layers,).
    """
    pairs = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        params = draw(sizes, scheme, rng)
        grad = rng.normal(size=(len(x), sizes[-1]))
        forward = activation_variances(params, x, activations)
        pairs.append((forward, gradient_variances(params, x, grad, activations)))
    return tuple(np.mean(pairs, axis=0))


def train_from(scheme, sizes, activations, x, *, epochs, learning_rate, seed):
    """Train a network from weights of one scheme for a fixed number of epochs.

    Args:
        scheme: As in `companion.networks.initializers.weight_variance`.
        sizes: Widths of the layers.
        activations: One name for each layer.
        x: Examples to reproduce, (n, D); batches of 64.
        epochs: Passes over the examples.
        learning_rate: Step size of Adam.
        seed: Seed of weights and batches.

    Returns:
        params: (weights, biases) after training.
    """
    rng = np.random.default_rng(seed)
    params, _ = mlp.train(
        draw(sizes, scheme, rng),
        x,
        x,
        activations=activations,
        epochs=epochs,
        learning_rate=learning_rate,
        rng=rng,
    )
    return params
