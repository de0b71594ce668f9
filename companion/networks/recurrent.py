"""Elman network: a layer that reads its own last state, and backpropagation through time.

With the input ``x_t`` of step t = 1 ... T, the state ``h_t`` and ``h_0 = 0``::

    h_t = tanh(x_t @ W_x + h_(t-1) @ W_h + b)        the recurrent layer
    y_t = h_t @ W_y + b_y                            the readout

In symbols, with columns instead of rows, h_t = tanh(W_x x_t + W_h h_(t-1) + b). The same
weights serve all steps, so their gradient is the sum of what every step asks for.

Sequences are (batch, n_steps, n_features). Every function also takes a *stack* of networks,
which saves time in comparisons over seeds: each parameter then has one axis more in front,
(n_networks, ...), and so have the states. Sequences may have that axis or not.
The modules `lstm` and `gru` have the same four functions.
"""

from typing import NamedTuple

import numpy as np

from companion.networks import initializers


class Trace(NamedTuple):
    """What `backward` needs of a run.

    Args:
        h: The states with h_0, (batch, n_steps + 1, H).
    """

    h: np.ndarray


def check_sequences(x, n_features):
    """Refuse what is no batch of sequences of the right width.

    Args:
        x: Sequences, shape (..., batch, n_steps, n_features).
        n_features: The width they must have.

    Raises:
        ValueError: If the shape is another, or there is no sequence or no step.
    """
    shape = np.shape(x)
    if len(shape) < 3 or shape[-1] != n_features or 0 in shape:
        raise ValueError(
            f"x must have shape (batch, n_steps, {n_features}) with at least one sequence "
            f"and one step; got shape {shape}"
        )


def row(bias):
    """A bias as a row, so that it is added to every example of a batch."""
    return bias[..., np.newaxis, :]


def sum_outer(a, delta):
    """Gradient of weights: the sum over batch and steps of ``outer(a_t, delta_t)``.

    Args:
        a: What the weights were multiplied by, (..., batch, n_steps, n_in).
        delta: Gradient by the product, (..., batch, n_steps, n_out).

    Returns:
        The sum, (..., n_in, n_out).
    """
    a, delta = (m.reshape(*m.shape[:-3], -1, m.shape[-1]) for m in (a, delta))
    return np.swapaxes(a, -1, -2) @ delta


def draw_kernels(n_features, n_hidden, n_blocks, rng):
    """Draw weights as Keras does: Glorot-uniform for the input, orthogonal for the state.

    Args:
        n_features: Width of the input.
        n_hidden: H, the number of units.
        n_blocks: How many sums each unit forms: 1 here, 4 in the LSTM, 3 in the GRU.
        rng: A `numpy.random.Generator`.

    Returns:
        w_x: Shape (n_features, n_blocks * H).
        w_h: Shape (H, n_blocks * H), its rows orthonormal: no row vector that it
            multiplies changes its length.
    """
    n_out = n_blocks * n_hidden
    w_x = initializers.draw("glorot", n_features, n_out, rng, form="uniform")
    return w_x, initializers.draw_orthogonal(n_hidden, n_out, rng)


def init(n_features, n_hidden, rng, self_weight=None):
    """Draw a layer with a bias of zero.

    Args:
        n_features: Width of the input.
        n_hidden: H, the number of units.
        rng: A `numpy.random.Generator`.
        self_weight: If given, every unit begins with this weight on itself and none on
            the others. Above 1, each unit is a latch: it has a state at rest on either
            side of 0, and holds its sign.

    Returns:
        params: ``(w_x, w_h, b)`` of shapes (n_features, H), (H, H) and (H,).
    """
    w_x, w_h = draw_kernels(n_features, n_hidden, 1, rng)
    if self_weight is not None:
        w_h = self_weight * np.eye(n_hidden)
    return w_x, w_h, np.zeros(n_hidden)


def step(params, x_t, h):
    """One step of the layer.

    Args:
        params: ``(w_x, w_h, b)``.
        x_t: Input, shape (batch, n_features).
        h: The state before, shape (batch, H).

    Returns:
        The new state, shape (batch, H).

    Source:
        Elman (1990), doi:10.1207/s15516709cog1402_1, there with logistic units.
    """
    w_x, w_h, b = params
    return np.tanh(x_t @ w_x + h @ w_h + row(b))


def forward(params, x):
    """Read sequences from the state zero.

    Args:
        params: ``(w_x, w_h, b)``.
        x: Sequences, shape (batch, n_steps, n_features).

    Returns:
        h: The states after each step, (batch, n_steps, H).
        trace: A `Trace`.

    Raises:
        ValueError: If `x` does not fit `params`.
    """
    w_x, w_h, _ = params
    check_sequences(x, w_x.shape[-2])
    h = np.zeros((*w_h.shape[:-2], x.shape[-3], w_h.shape[-2]))
    states = [h]
    for t in range(x.shape[-2]):
        h = step(params, x[..., t, :], h)
        states.append(h)
    trace = Trace(np.stack(states, axis=-2))
    return trace.h[..., 1:, :], trace


def backward(params, x, trace, grad_h):
    """Backpropagate through time, from the last step to the first.

    With ``delta_t`` the gradient of the loss by the argument of tanh in step t::

        delta_t = (grad_h_t + delta_(t+1) @ W_h.T) * (1 - h_t**2),    delta_(T+1) = 0
        dL/dW_x = sum_t outer(x_t, delta_t)         dL/dW_h = sum_t outer(h_(t-1), delta_t)
        dL/db   = sum_t delta_t                     dL/dx_t = delta_t @ W_x.T

    Args:
        params: ``(w_x, w_h, b)``.
        x: The sequences that `forward` read.
        trace: What `forward` returned.
        grad_h: Direct gradient of the loss by each state, (batch, n_steps, H): what
            reaches it from its own output, not through later states.

    Returns:
        grads: Gradients of the parameters, summed over the batch, nested as `params`.
        grad_x: Gradient by the input, shaped as `x`.

    Source:
        Werbos (1990), doi:10.1109/5.58337.
    """
    w_x, w_h, _ = params
    h_before, slopes = trace.h[..., :-1, :], 1.0 - trace.h[..., 1:, :] ** 2
    delta, delta_t = np.empty_like(slopes), 0.0
    for t in reversed(range(slopes.shape[-2])):
        if t + 1 < slopes.shape[-2]:
            delta_t = delta_t @ np.swapaxes(w_h, -1, -2)
        delta_t = (grad_h[..., t, :] + delta_t) * slopes[..., t, :]
        delta[..., t, :] = delta_t
    grads = sum_outer(x, delta), sum_outer(h_before, delta), delta.sum(axis=(-3, -2))
    return grads, delta @ np.swapaxes(w_x, -1, -2)[..., np.newaxis, :, :]
