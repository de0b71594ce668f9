"""Many small networks of one size, trained side by side on the same examples.

How often a training succeeds is a question about hundreds of starting points. Stacked
along a first axis, hundreds of networks take hardly longer than one: weights[l] has the
shape (n_networks, n_in, n_out) and biases[l] (n_networks, 1, n_out). The equations are
those of `companion.networks.mlp`, network by network; the loss is the squared error, with
the mean taken over the examples and outputs of each network.
"""

import numpy as np

from companion.networks import checks, mlp, optimizers
from companion.networks.mlp import ACTIVATIONS


def init(sizes, rngs):
    """Draw one network for each generator, with the starting weights of `mlp.init`.

    Args:
        sizes: Widths of the layers, the input first.
        rngs: A sequence of `numpy.random.Generator`.

    Returns:
        params: (weights, biases), stacked.
    """
    drawn = [mlp.init(sizes, rng) for rng in rngs]
    weights = [np.stack(layer) for layer in zip(*(w for w, _ in drawn), strict=True)]
    biases = [
        np.stack(layer)[:, np.newaxis] for layer in zip(*(b for _, b in drawn), strict=True)
    ]
    return weights, biases


def forward(params, x, activations):
    """Outputs of every layer of every network.

    Args:
        params: (weights, biases), stacked.
        x: Inputs, (n, n_in), the same for all networks.
        activations: One name of `mlp.ACTIVATIONS` for each layer.

    Returns:
        outputs: List of arrays (n_networks, n, n_l); outputs[0] is x.
    """
    outputs = [np.asarray(x, dtype=float)]
    for kernel, bias, name in zip(*params, activations, strict=True):
        function, _ = ACTIVATIONS[name]
        outputs.append(function(outputs[-1] @ kernel + bias))
    return outputs


def loss_and_grads(params, x, target, activations):
    """Squared error of every network, and its gradients.

    Args:
        params: (weights, biases), stacked.
        x: Inputs, (n, n_in).
        target: Wanted outputs, (n, n_out).
        activations: As in `forward`.

    Returns:
        losses: (n_networks,).
        grads: (grad_weights, grad_biases), shaped as `params`.
    """
    weights, _ = params
    outputs = forward(params, x, activations)
    error = outputs[-1] - target
    grad, grads = 2.0 * error / target.size, ([], [])
    for layer in reversed(range(len(weights))):
        _, slope = ACTIVATIONS[activations[layer]]
        delta = grad * slope(outputs[layer + 1])
        grads[0].insert(0, np.swapaxes(outputs[layer], -1, -2) @ delta)
        grads[1].insert(0, delta.sum(axis=1, keepdims=True))
        grad = delta @ np.swapaxes(weights[layer], -1, -2)
    return np.mean(error**2, axis=(1, 2)), grads


def train(
    params, x, target, *, activations, n_steps, learning_rate, optimizer=optimizers.adam
):
    """Train all networks, with every example in every step.

    Args:
        params: (weights, biases), stacked; left unchanged.
        x: Inputs, (n, n_in).
        target: Wanted outputs, (n, n_out).
        activations: As in `forward`.
        n_steps: Steps of the optimizer.
        learning_rate: Its step size.
        optimizer: A function of `companion.networks.optimizers`.

    Returns:
        params: The trained networks.
        losses: The loss of each after the last step, (n_networks,).

    Raises:
        ValueError: If `n_steps` is no count, or the shapes do not fit.
    """
    checks.check_counts(n_steps=n_steps)
    n_in, n_out = params[0][0].shape[1], params[0][-1].shape[2]
    x = checks.checked_data("x", x, n_in)
    target = checks.checked_data("target", target, n_out, activations[-1])
    checks.check_same_rows("target", target, "x", x)
    state = None
    for _ in range(n_steps):
        _, grads = loss_and_grads(params, x, target, activations)
        params, state = optimizer(params, grads, state, learning_rate)
    return params, loss_and_grads(params, x, target, activations)[0]


def pick(params, i):
    """The i-th network alone, as `companion.networks.mlp` takes it."""
    weights, biases = params
    return [w[i] for w in weights], [b[i, 0] for b in biases]
