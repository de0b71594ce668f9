"""Gated recurrent unit: one state, and a gate that mixes it with a candidate.

With the input ``x_t``, the state ``h_t``, zero at first, sigma the logistic function and
products entry by entry::

    u_t = sigma(x_t @ W_xu + b_xu + h_(t-1) @ W_hu + b_hu)              the update gate
    r_t = sigma(x_t @ W_xr + b_xr + h_(t-1) @ W_hr + b_hr)              the reset gate
    n_t = tanh (x_t @ W_xn + b_xn + r_t (h_(t-1) @ W_hn + b_hn))        the candidate
    h_t = u_t h_(t-1) + (1 - u_t) n_t

The reset gate acts *after* the product with the recurrent weights, and these have a bias of
their own: the convention ``reset_after=True`` of Keras, which is also that of PyTorch. The
blocks stand side by side in the order u, r, n of Keras (its z, r, h); PyTorch has r, u, n.
Shapes, and stacks of networks, are as in the module `recurrent`.
"""

from typing import NamedTuple

import numpy as np

from companion.networks import mlp
from companion.networks.recurrent import check_sequences, draw_kernels, row, sum_outer

sigmoid, _ = mlp.ACTIVATIONS["sigmoid"]


class Trace(NamedTuple):
    """What `backward` needs of a run.

    Args:
        gates: u, r and n side by side, (batch, n_steps, 3 H).
        recalled: ``h_(t-1) @ W_hn + b_hn``, (batch, n_steps, H).
        h: The states with h_0, (batch, n_steps + 1, H).
    """

    gates: np.ndarray
    recalled: np.ndarray
    h: np.ndarray


def init(n_features, n_hidden, rng, update_bias=0.0):
    """Draw a layer: Glorot-uniform input weights, orthogonal recurrent ones.

    Args:
        n_features: Width of the input.
        n_hidden: H, the number of units.
        rng: A `numpy.random.Generator`.
        update_bias: First bias of the update gates; above 0, the state is kept longer.
            The other biases are 0.

    Returns:
        params: ``(w_x, w_h, b_x, b_h)`` of shapes (n_features, 3 H), (H, 3 H), (3 H,) and
            (3 H,).
    """
    w_x, w_h = draw_kernels(n_features, n_hidden, 3, rng)
    b_x = np.zeros(3 * n_hidden)
    b_x[:n_hidden] = update_bias
    return w_x, w_h, b_x, np.zeros(3 * n_hidden)


def step(params, x_t, h):
    """One step of the layer.

    Args:
        params: ``(w_x, w_h, b_x, b_h)``.
        x_t: Input, shape (batch, n_features).
        h: The state before, shape (batch, H).

    Returns:
        gates: u, r and n side by side, shape (batch, 3 H).
        recalled: What the reset gate was applied to, shape (batch, H).
        h: The new state, shape (batch, H).

    Source:
        Cho et al. (2014), doi:10.3115/v1/D14-1179; there the reset gate acts
        before the product.
    """
    w_x, w_h, b_x, b_h = params
    x_u, x_r, x_n = np.split(x_t @ w_x + row(b_x), 3, axis=-1)
    h_u, h_r, recalled = np.split(h @ w_h + row(b_h), 3, axis=-1)
    u, r = sigmoid(x_u + h_u), sigmoid(x_r + h_r)
    n = np.tanh(x_n + r * recalled)
    return np.concatenate([u, r, n], axis=-1), recalled, u * h + (1.0 - u) * n


def forward(params, x):
    """Read sequences from the state zero.

    Args:
        params: ``(w_x, w_h, b_x, b_h)``.
        x: Sequences, shape (batch, n_steps, n_features).

    Returns:
        h: The states after each step, (batch, n_steps, H).
        trace: A `Trace`.

    Raises:
        ValueError: If `x` does not fit `params`.
    """
    w_x, w_h, _, _ = params
    check_sequences(x, w_x.shape[-2])
    h = np.zeros((*w_h.shape[:-2], x.shape[-3], w_h.shape[-2]))
    all_gates, all_recalled, states = [], [], [h]
    for t in range(x.shape[-2]):
        gates, recalled, h = step(params, x[..., t, :], h)
        all_gates.append(gates)
        all_recalled.append(recalled)
        states.append(h)
    parts = all_gates, all_recalled, states
    trace = Trace(*(np.stack(part, axis=-2) for part in parts))
    return trace.h[..., 1:, :], trace


def backward(params, x, trace, grad_h):
    """Backpropagate through time, from the last step to the first.

    With ``delta_x`` and ``delta_h`` the gradients by the two sums of each block, that over
    the input and that over the state::

        grad_h_t += grad_h_(t+1) u_(t+1) + delta_h_(t+1) @ W_h.T
        delta_u   = grad_h_t (h_(t-1) - n_t) u_t (1 - u_t)
        delta_n   = grad_h_t (1 - u_t) (1 - n_t**2)
        delta_r   = delta_n (h_(t-1) @ W_hn + b_hn) r_t (1 - r_t)
        delta_x_t = [delta_u, delta_r, delta_n]
        delta_h_t = [delta_u, delta_r, delta_n r_t]

    Args:
        params: ``(w_x, w_h, b_x, b_h)``.
        x: The sequences that `forward` read.
        trace: What `forward` returned.
        grad_h: Direct gradient of the loss by each state, (batch, n_steps, H).

    Returns:
        grads: Gradients of the parameters, summed over the batch, nested as `params`.
        grad_x: Gradient by the input, shaped as `x`.
    """
    w_x, w_h, _, _ = params
    delta_x, delta_h = np.empty_like(trace.gates), np.empty_like(trace.gates)
    later = 0.0
    for t in reversed(range(delta_x.shape[-2])):
        u, r, n = np.split(trace.gates[..., t, :], 3, axis=-1)
        grad_h_t = grad_h[..., t, :] + later
        delta_u = grad_h_t * (trace.h[..., t, :] - n) * u * (1.0 - u)
        delta_n = grad_h_t * (1.0 - u) * (1.0 - n**2)
        delta_r = delta_n * trace.recalled[..., t, :] * r * (1.0 - r)
        delta_x[..., t, :] = np.concatenate([delta_u, delta_r, delta_n], axis=-1)
        delta_h[..., t, :] = np.concatenate([delta_u, delta_r, delta_n * r], axis=-1)
        later = grad_h_t * u + delta_h[..., t, :] @ np.swapaxes(w_h, -1, -2)
    grads = (
        sum_outer(x, delta_x),
        sum_outer(trace.h[..., :-1, :], delta_h),
        delta_x.sum(axis=(-3, -2)),
        delta_h.sum(axis=(-3, -2)),
    )
    return grads, delta_x @ np.swapaxes(w_x, -1, -2)[..., np.newaxis, :, :]
