"""Gradients of many networks side by side, by parameters and by inputs.

Parameters are stacked as in `companion.challenges.apart`: weights[l] is
(n_members, n_in, n_out) and biases[l] is (n_members, 1, n_out). The gradient by the *input*
is what an attack on a trained network needs.
"""

import numpy as np

from companion.networks import losses
from companion.networks.mlp import ACTIVATIONS


def slope(name, output, target):
    """Gradient of each example's own loss by the output of the network.

    Args:
        name: "mse" for the mean squared error over the outputs, or "cross_entropy".
        output: Answers, (..., n, n_out).
        target: Wanted answers, or labels (..., n).

    Returns:
        Array of the shape of `output`.

    Raises:
        ValueError: If `name` is neither.
    """
    if name == "mse":
        return 2.0 * (output - target) / output.shape[-1]
    if name != "cross_entropy":
        raise ValueError(f"name must be 'mse' or 'cross_entropy'; got {name!r}")
    labels = np.broadcast_to(target, output.shape[:-1])
    return losses.softmax(output) - (labels[..., None] == np.arange(output.shape[-1]))


def input_gradient(params, outputs, grad_output, activations):
    """Backpropagate past all parameters to the input, (n_members, n, n_in).

    Args:
        params: (weights, biases).
        outputs: What `forward` returned.
        grad_output: Gradient of the loss by outputs[-1].
        activations: One name for each layer.
    """
    grad = grad_output
    for layer in range(len(activations), 0, -1):
        delta = grad * ACTIVATIONS[activations[layer - 1]][1](outputs[layer])
        grad = delta @ np.swapaxes(params[0][layer - 1], -1, -2)
    return grad


def backward(params, outputs, grad_output, activations, masks=None, extra=None):
    """Backpropagate to every parameter.

    Args:
        params: (weights, biases).
        outputs: What `forward` returned.
        grad_output: Gradient of the loss by outputs[-1].
        activations: One name for each layer.
        masks: As in `forward`.
        extra: Optional mapping from a layer to a gradient by its output that another
            term of the loss adds.

    Returns:
        grads: (grad_weights, grad_biases), shaped as `params`.
    """
    grad_weights, grad_biases, grad = [], [], grad_output
    for layer in range(len(activations), 0, -1):
        if extra and layer in extra:
            grad = grad + extra[layer]
        if masks and layer in masks:
            grad = grad * masks[layer]
        delta = grad * ACTIVATIONS[activations[layer - 1]][1](outputs[layer])
        grad_weights.append(np.swapaxes(outputs[layer - 1], -1, -2) @ delta)
        grad_biases.append(delta.sum(axis=-2, keepdims=True))
        if layer > 1:
            grad = delta @ np.swapaxes(params[0][layer - 1], -1, -2)
    return grad_weights[::-1], grad_biases[::-1]


def contraction(params, hidden):
    """Squared Jacobian of the code by the input, averaged over examples, and its slopes.

    For ReLU units with the slopes s (0 or 1) and a linear code the Jacobian of an example
    is ``W_1 diag(s) W_2``. Let ``C_ab`` be the share of examples in which the units a and
    b both answer. The mean of the squared entries of the Jacobian, added up, is then::

        sum over a, b of C_ab (W_1^T W_1)_ab (W_2 W_2^T)_ab

    Args:
        params: (weights, biases) of autoencoders with ReLU and then a linear code.
        hidden: Output of the first layer, (n_members, n, n_hidden).

    Returns:
        value: One number for each member.
        grad_first: Gradient by weights[0].
        grad_second: Gradient by weights[1].

    Source:
        Rifai et al. (2011), "Contractive auto-encoders", equation 1, for two layers.
    """
    first, second = params[0][:2]
    active = (hidden > 0).astype(float)
    together = np.swapaxes(active, 1, 2) @ active / active.shape[1]
    gram_first = np.swapaxes(first, 1, 2) @ first
    gram_second = second @ np.swapaxes(second, 1, 2)
    value = np.sum(together * gram_first * gram_second, axis=(1, 2))
    return (
        value,
        2.0 * first @ (together * gram_second),
        2.0 * (together * gram_first) @ second,
    )
