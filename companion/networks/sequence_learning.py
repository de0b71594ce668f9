"""Learn a task on sequences: a recurrent layer, a readout, and clipped gradients.

A network is ``params = (layer, (w_y, b_y))``. Its layer is read by one of the modules
`recurrent` (Elman), `lstm` and `gru`, and its answer is taken from the last state or
from all of them::

    y_t = h_t @ W_y + b_y

Training works on a *stack* of networks, one for each seed: every array has an axis of
networks in front, and every network sees its own data. Nothing passes from one network
to another; the stack only saves time.
"""

import numpy as np

from companion.networks import initializers, optimizers
from companion.networks.parameters import leaves, map_arrays
from companion.networks.recurrent import row, sum_outer


def init(cell, n_features, n_hidden, n_out, seeds, **settings):
    """Draw a stack of networks, one for each seed.

    Args:
        cell: One of the modules `recurrent`, `lstm` and `gru`.
        n_features: Width of the input.
        n_hidden: H, the number of units.
        n_out: Width of the output.
        seeds: One seed for each network.
        settings: Passed to the `init` of the layer.

    Returns:
        params: (layer, (w_y, b_y)), each array with the axis of networks in front;
            w_y is (n_networks, H, n_out).
    """
    stack = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        layer = cell.init(n_features, n_hidden, rng, **settings)
        w_y = initializers.draw("glorot", n_hidden, n_out, rng, form="uniform")
        stack.append((layer, (w_y, np.zeros(n_out))))
    return map_arrays(lambda *arrays: np.stack(arrays), *stack)


def count_parameters(params):
    """Numbers in one network of a stack."""
    return sum(array[0].size for array in leaves(params))


def outputs(cell, params, x):
    """Answer after every step.

    Args:
        cell: The module of the layer.
        params: (layer, (w_y, b_y)), of one network or of a stack.
        x: Sequences, (batch, n_steps, n_features), or one batch for each network.

    Returns:
        y: The outputs, (batch, n_steps, n_out), for a stack with its axis in front.
        trace: What the layer keeps for its `backward`.
    """
    layer, (w_y, b_y) = params
    h, trace = cell.forward(layer, x)
    return h @ w_y[..., np.newaxis, :, :] + row(row(b_y)), trace


def gradients(cell, params, x, trace, grad_y):
    """Backpropagate from the outputs to all parameters.

    Args:
        cell: The module of the layer.
        params: (layer, (w_y, b_y)).
        x: The sequences that `outputs` read.
        trace: What `outputs` returned.
        grad_y: Gradient of the loss by the outputs, (batch, n_steps, n_out); zero at
            the steps whose output has no part in the loss.

    Returns:
        grads: Nested as `params`.
        grad_x: Gradient by the input.
    """
    layer, (w_y, _) = params
    grad_h = grad_y @ np.swapaxes(w_y, -1, -2)[..., np.newaxis, :, :]
    grads, grad_x = cell.backward(layer, x, trace, grad_h)
    readout = sum_outer(trace.h[..., 1:, :], grad_y), grad_y.sum(axis=(-3, -2))
    return (grads, readout), grad_x


def loss_and_grads(cell, params, x, target, loss, last_only=True):
    """Loss of every network of a stack, and the gradients of each.

    Args:
        cell: The module of the layer.
        params: A stack of networks.
        x: Sequences, (n_networks, batch, n_steps, n_features).
        target: For each network, sequence and, unless `last_only`, step.
        loss: From `companion.networks.losses`: a function of outputs in rows and targets.
        last_only: Whether only the output after the last step counts.

    Returns:
        value: The loss, averaged over the networks.
        grads: For each network the gradients of its own loss, nested as `params`.
    """
    y, trace = outputs(cell, params, x)
    counted = y[..., -1:, :] if last_only else y
    value, grad = loss(
        counted.reshape(-1, y.shape[-1]), target.reshape(-1, *target.shape[3:])
    )
    grad_y = np.zeros_like(y)
    # The loss is a mean over networks too; each network shall descend its own.
    grad_y[..., -counted.shape[-2] :, :] = len(y) * grad.reshape(counted.shape)
    grads, _ = gradients(cell, params, x, trace, grad_y)
    return value, grads


def norms(grads):
    """Length of the gradient of each network of a stack, over all its arrays at once."""
    squares = [np.sum(g.reshape(len(g), -1) ** 2, axis=1) for g in leaves(grads)]
    return np.sqrt(np.sum(squares, axis=0))


def clip(grads, max_norm):
    """Shorten gradients that are too long, and keep their direction.

    Args:
        grads: A stack of gradients.
        max_norm: Largest length allowed, above 0; infinity for no limit.

    Returns:
        The gradients; a network whose gradient is longer has it times max_norm / length.

    Source:
        Pascanu, Mikolov and Bengio (2013), arXiv:1211.5063, algorithm 1.
    """
    factor = np.minimum(1.0, max_norm / np.maximum(norms(grads), 1e-300))
    return map_arrays(lambda g: g * factor.reshape(-1, *[1] * (g.ndim - 1)), grads)


def train(
    cell,
    params,
    draw,
    loss,
    *,
    n_updates,
    learning_rate,
    optimizer=optimizers.adam,
    max_norm=1.0,
    last_only=True,
    enough=0.0,
):
    """Train a stack of networks on fresh data in every update.

    Args:
        cell: The module of the layer.
        params: A stack of networks; left unchanged.
        draw: A function without arguments that returns (x, target) for the stack.
        loss: As in `loss_and_grads`.
        n_updates: How many times the parameters change.
        learning_rate: Step size of the optimizer.
        optimizer: A function of `companion.networks.optimizers`.
        max_norm: As in `clip`.
        last_only: As in `loss_and_grads`.
        enough: Training stops early once the mean loss of ten updates is below this.

    Returns:
        params: The trained stack.
        history: Before each update the mean loss over the networks, and the length of
            each network's gradient before it was clipped: (n_updates,) and
            (n_updates, n_networks).
    """
    state, values, lengths = None, [], []
    for _ in range(n_updates):
        x, target = draw()
        value, grads = loss_and_grads(cell, params, x, target, loss, last_only)
        values.append(value)
        lengths.append(norms(grads))
        params, state = optimizer(params, clip(grads, max_norm), state, learning_rate)
        if len(values) >= 10 and np.mean(values[-10:]) < enough:
            break
    return params, (np.array(values), np.array(lengths))
