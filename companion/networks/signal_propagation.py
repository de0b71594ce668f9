"""How large signals and errors are from layer to layer, before training.

With weights of mean 0 and variance v, drawn independently, and biases 0, the sum s of a
unit and the outputs a have the mean squares ::

    E[s_l**2] = n_(l-1) v_l E[a_(l-1)**2]        E[a_l**2] = E[phi(s)**2]

For wide layers s is normal, so the last mean is an integral over N(0, E[s_l**2]). On the
way back, g_l being the gradient of a loss by the outputs a_l, with widths n_l::

    E[g_(l-1)**2] = n_l v_l E[phi'(s_l)**2] E[g_l**2]

ReLU passes half of everything: E[phi(s)**2] = E[s**2] / 2 and E[phi'(s)**2] = 1 / 2. So
v = 2 / n_(l-1) keeps signals, and v = 2 / n_l keeps errors.
"""

import numpy as np

from companion.networks import initializers, mlp

# A mean over N(0, 1) as a weighted sum over places from -10 to 10, by the trapezoid rule.
NODES = np.linspace(-10.0, 10.0, 4001)
NODE_WEIGHTS = np.exp(-0.5 * NODES**2) / np.sum(np.exp(-0.5 * NODES**2))


def mean_square_output(activation, mean_square):
    """Mean of ``phi(s)**2`` for sums s that are normal with mean 0.

    Args:
        activation: "relu", "tanh", "sigmoid" or "linear".
        mean_square: Mean of ``s**2``, not negative.

    Returns:
        The mean square of the outputs, a float.

    Raises:
        ValueError: If `activation` is unknown.
    """
    _check_activation(activation)
    if activation == "relu":  # exact; the sum over places is not, at the kink
        return 0.5 * mean_square
    function, _ = mlp.ACTIVATIONS[activation]
    return float(NODE_WEIGHTS @ function(np.sqrt(mean_square) * NODES) ** 2)


def mean_square_slope(activation, mean_square):
    """Mean of ``phi'(s)**2`` for sums s that are normal with mean 0.

    Args:
        activation: As in `mean_square_output`.
        mean_square: Mean of ``s**2``, above 0.

    Returns:
        The mean square of the slopes, a float.

    Raises:
        ValueError: If `activation` is unknown.
    """
    _check_activation(activation)
    if activation == "relu":
        return 0.5
    function, slope = mlp.ACTIVATIONS[activation]
    return float(NODE_WEIGHTS @ slope(function(np.sqrt(mean_square) * NODES)) ** 2)


def predict(scheme, sizes, activation, mean_square=1.0):
    """Mean squares of outputs and gradients in every layer, from the equations above.

    Args:
        scheme: As in `companion.networks.initializers.weight_variance`.
        sizes: Widths of the layers, the input first.
        activation: The activation of every layer.
        mean_square: Mean square of the input.

    Returns:
        forward: Mean squares of the outputs, (n_layers,), the first layer first.
        backward: Mean squares of the gradients by the outputs of the layers,
            (n_layers,), for gradients of mean square 1 at the last layer.

    Raises:
        ValueError: If `scheme` or `activation` is unknown.
    """
    forward, gains = [], []
    for n_in, n_out in zip(sizes[:-1], sizes[1:], strict=True):
        variance = initializers.weight_variance(scheme, n_in, n_out)
        summed = n_in * variance * mean_square
        mean_square = mean_square_output(activation, summed)
        forward.append(mean_square)
        gains.append(n_out * variance * mean_square_slope(activation, summed))
    backward = np.cumprod([1.0, *gains[:0:-1]])[::-1]
    return np.array(forward), backward


def layer_gradients(params, outputs, grad_output, activations):
    """Gradients of a loss by the outputs of every layer.

    Args:
        params: (weights, biases).
        outputs: What `companion.networks.mlp.forward` returned.
        grad_output: Gradient of the loss by the network's outputs, (n, n_out).
        activations: One name for each layer.

    Returns:
        List of arrays (n, n_l), the first layer first; the last one is `grad_output`.
    """
    weights, _ = params
    grads = [np.asarray(grad_output, dtype=float)]
    for layer in reversed(range(1, len(weights))):
        _, slope = mlp.ACTIVATIONS[activations[layer]]
        grads.append((grads[-1] * slope(outputs[layer + 1])) @ weights[layer].T)
    return grads[::-1]


def measure(scheme, sizes, activation, x, seeds):
    """Mean squares of outputs and gradients in networks drawn with several seeds.

    Args:
        scheme: As in `companion.networks.initializers.weight_variance`.
        sizes: Widths of the layers.
        activation: The activation of every layer.
        x: Examples, shape (n, sizes[0]).
        seeds: One integer for each network; it also draws gradients from N(0, 1) for
            the outputs of the last layer.

    Returns:
        forward: Mean squares of the outputs, (n_seeds, n_layers).
        backward: Mean squares of the gradients, (n_seeds, n_layers).
    """
    forward, backward = [], []
    names = [activation] * (len(sizes) - 1)
    for seed in seeds:
        rng = np.random.default_rng(seed)
        params = initializers.draw_network(sizes, scheme, rng)
        outputs = mlp.forward(params, x, names)
        grad_output = rng.normal(size=outputs[-1].shape)
        grads = layer_gradients(params, outputs, grad_output, names)
        forward.append([np.mean(output**2) for output in outputs[1:]])
        backward.append([np.mean(grad**2) for grad in grads])
    return np.array(forward), np.array(backward)


def _check_activation(activation):
    if activation not in mlp.ACTIVATIONS:
        known = ", ".join(mlp.ACTIVATIONS)
        raise ValueError(f"activation must be one of {known}; got {activation!r}")
