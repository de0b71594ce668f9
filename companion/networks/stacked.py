"""Many small networks of one shape, side by side in NumPy, float64.

How often a training succeeds is a question about hundreds of starting points. Stacked
along a first axis, hundreds of networks take hardly longer than one: weights[l] has the
shape (n_members, n_in, n_out) and biases[l] (n_members, 1, n_out). Each member is computed
as `companion.networks.mlp` computes it alone. For member m and layer l::

    a_0 = x,    a_l = act_l(a_(l-1) @ W_l[m] + b_l[m])

The loss is the squared error, with the mean taken over the examples and outputs of each
member.
"""

import numpy as np

from companion.networks import checks, mlp, optimizers
from companion.networks.mlp import ACTIVATIONS


def init(sizes, seeds):
    """Draw one network for each seed, with the starting weights of `mlp.init`.

    Args:
        sizes: Widths of the layers, the input first.
        seeds: One seed for each member; equal seeds give equal weights.

    Returns:
        params: (weights, biases); weights[l] is (n_members, n_in, n_out) and biases[l]
            is (n_members, 1, n_out).
    """
    members = [mlp.init(sizes, np.random.default_rng(seed)) for seed in seeds]
    by_layer = zip(*(weights for weights, _ in members), strict=True)
    weights = [np.stack(layer) for layer in by_layer]
    return weights, [np.zeros((len(members), 1, n)) for n in sizes[1:]]


def member(params, index):
    """The network of one member, as `companion.networks.mlp` takes it."""
    weights, biases = params
    return [w[index] for w in weights], [b[index, 0] for b in biases]


def forward(params, x, activations, masks=None):
    """Run every member and keep the output of every layer.

    Args:
        params: (weights, biases) of `init`.
        x: Inputs, the same for all members (n, D) or one set for each
            (n_members, n, D).
        activations: One name of `companion.networks.mlp.ACTIVATIONS` for each layer.
        masks: Optional mapping from a layer (1 is the first after the input) to an
            array that broadcasts to its output and multiplies it: 0 cuts a unit out.

    Returns:
        outputs: List; outputs[0] is x, outputs[l] is (n_members, n, n_l).
    """
    outputs = [np.asarray(x, dtype=float)]
    for layer, (kernel, bias, name) in enumerate(
        zip(*params, activations, strict=True), start=1
    ):
        a = ACTIVATIONS[name][0](outputs[-1] @ kernel + bias)
        outputs.append(a * masks[layer] if masks and layer in masks else a)
    return outputs


def gradients(params, x, target, activations, masks=None):
    """Gradients, for each member, of its own mean squared error.

    Args:
        params: (weights, biases) of `init`.
        x: Inputs, as in `forward`.
        target: Wanted outputs, as x.
        activations: As in `forward`.
        masks: As in `forward`.

    Returns:
        grads: (grad_weights, grad_biases), shaped as `params`.
    """
    outputs = forward(params, x, activations, masks)
    n_rows, n_out = outputs[-1].shape[-2:]
    grad = 2.0 * (outputs[-1] - target) / (n_rows * n_out)
    grad_weights, grad_biases = [], []
    for layer in range(len(activations), 0, -1):
        if masks and layer in masks:
            grad = grad * masks[layer]
        delta = grad * ACTIVATIONS[activations[layer - 1]][1](outputs[layer])
        grad_weights.append(np.swapaxes(outputs[layer - 1], -1, -2) @ delta)
        grad_biases.append(delta.sum(axis=-2, keepdims=True))
        grad = delta @ np.swapaxes(params[0][layer - 1], -1, -2)
    return grad_weights[::-1], grad_biases[::-1]


def errors(params, x, activations, masks=None):
    """Mean squared error of every member's reconstruction of x, shape (n_members,)."""
    x_hat = forward(params, x, activations, masks)[-1]
    return np.mean((x_hat - x) ** 2, axis=(1, 2))


def train(params, x, target, *, activations, n_steps, learning_rate):
    """Train all members with Adam, on every example in every step.

    Args:
        params: (weights, biases) of `init`; left unchanged.
        x: Inputs, (n, n_in), the same for all members.
        target: Wanted outputs, (n, n_out).
        activations: As in `forward`.
        n_steps: Steps of the optimizer.
        learning_rate: Its step size.

    Returns:
        params: The trained members.

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
        grads = gradients(params, x, target, activations)
        params, state = optimizers.adam(params, grads, state, learning_rate)
    return params
