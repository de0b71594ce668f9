"""Where training starts: four ways to draw the weights, and what they do to signals.

In a layer of n_in inputs whose weights have mean 0 and variance v, the summed inputs have

    Var[s_l] = n_in * v * E[a_(l-1)^2]

and for ReLU units E[a^2] = Var[s] / 2. So a signal is multiplied by n_in v / 2 in each
layer on its way forward, and an error by n_out v / 2 on its way back. Biases start at 0.
"""

import numpy as np

from companion.networks import checks, mlp

SMALL_STD = 0.01


def weight_variance(scheme, n_in, n_out):
    """Variance of the initial weights of one layer.

    Args:
        scheme: "zero"; "small" (standard deviation 0.01 in every layer); "glorot", which
            is 2 / (n_in + n_out); or "he", which is 2 / n_in.
        n_in: Number of inputs of the layer.
        n_out: Number of its units.

    Returns:
        The variance, a float.

    Raises:
        ValueError: If `scheme` is unknown.

    Source:
        He et al. (2015), arXiv:1502.01852, section 2.2.
    """
    variances = {
        "zero": 0.0,
        "small": SMALL_STD**2,
        "glorot": 2.0 / (n_in + n_out),
        "he": 2.0 / n_in,
    }
    if scheme not in variances:
        raise ValueError(f"scheme must be one of {', '.join(variances)}; got {scheme!r}")
    return variances[scheme]


def draw(sizes, scheme, rng):
    """Draw normal initial weights of a scheme; all biases are zero.

    Args:
        sizes: Widths of the layers, the input first; each at least 1.
        scheme: As in `weight_variance`.
        rng: A `numpy.random.Generator`.

    Returns:
        params: (weights, biases), as in `companion.networks.mlp`.

    Raises:
        ValueError: If `scheme` is unknown or a size is no integer of at least 1.
    """
    checks.check_counts(**{f"sizes[{i}]": size for i, size in enumerate(sizes)})
    weights = []
    for n_in, n_out in zip(sizes[:-1], sizes[1:], strict=True):
        std = np.sqrt(weight_variance(scheme, n_in, n_out))
        weights.append(std * rng.normal(size=(n_in, n_out)))
    return weights, [np.zeros(n_out) for n_out in sizes[1:]]


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
    weights, _ = params
    outputs = mlp.forward(params, x, activations)
    grad, variances = np.asarray(grad_output, dtype=float), []
    for layer in reversed(range(len(weights))):
        variances.append(np.var(grad))
        _, slope = mlp.ACTIVATIONS[activations[layer]]
        grad = (grad * slope(outputs[layer + 1])) @ weights[layer].T
    return np.array(variances[::-1])


def mean_variances(scheme, sizes, x, activations, seeds):
    """Average both variances over networks drawn with several seeds, before training.

    Args:
        scheme: As in `weight_variance`.
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


def dead_share(params, x, activations):
    """Share of the ReLU units that answer zero to every example.

    Args:
        params: (weights, biases).
        x: Examples, shape (n, n_in).
        activations: One name for each layer.

    Returns:
        The share over all layers that are named "relu", in [0, 1].

    Raises:
        ValueError: If no layer is named "relu".
    """
    outputs = mlp.forward(params, x, activations)[1:]
    silent = [
        ~(output > 0).any(axis=0)
        for output, name in zip(outputs, activations, strict=True)
        if name == "relu"
    ]
    if not silent:
        raise ValueError(f"activations must name a relu layer; got {list(activations)}")
    return float(np.mean(np.concatenate(silent)))


def train_from(scheme, sizes, activations, x, *, epochs, learning_rate, seed):
    """Train a network from weights of one scheme for a fixed number of epochs.

    Args:
        scheme: As in `weight_variance`.
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
