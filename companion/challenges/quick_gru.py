"""The gated recurrent unit of `companion.networks.gru`, in fewer passes over memory.

The equations, the order of the blocks u, r, n and the parameters ``(w_x, w_h, b_x, b_h)``
are the same, and so are `init` and the four functions; only the time they take is not.
Sums over the input are formed for all steps at once, arrays are reused in place, and the
logistic function is the one of SciPy. With many small networks side by side, as the
training of world models has them, that takes about half the time.
"""

import numpy as np
from scipy.special import expit

from companion.networks.gru import Trace, init
from companion.networks.recurrent import check_sequences, row, sum_outer

__all__ = ["Trace", "backward", "forward", "init", "step"]


def step(params, x_t, h):
    """One step of the layer; arguments and results are those of `gru.step`.

    Args:
        params: ``(w_x, w_h, b_x, b_h)``.
        x_t: Input, shape (batch, n_features).
        h: The state before, shape (batch, H).

    Returns:
        gates: u, r and n side by side, shape (batch, 3 H).
        recalled: What the reset gate was applied to, shape (batch, H).
        h: The new state, shape (batch, H).
    """
    w_x, w_h, b_x, b_h = params
    return _step(x_t @ w_x + row(b_x), h @ w_h + row(b_h), h)


def forward(params, x):
    """Read sequences from the state zero, as `gru.forward`.

    Args:
        params: ``(w_x, w_h, b_x, b_h)``.
        x: Sequences, shape (batch, n_steps, n_features).

    Returns:
        h: The states after each step, (batch, n_steps, H).
        trace: A `Trace`.

    Raises:
        ValueError: If `x` does not fit `params`.
    """
    w_x, w_h, b_x, b_h = params
    check_sequences(x, w_x.shape[-2])
    h = np.zeros((*w_h.shape[:-2], x.shape[-3], w_h.shape[-2]))
    # Time comes first in memory, so that every step finds its numbers side by side.
    from_x = np.moveaxis(x, -2, 0) @ w_x + row(b_x)
    all_recalled, states = [], [h]
    for sums in from_x:
        _, recalled, h = _step(sums, h @ w_h + row(b_h), h)
        all_recalled.append(recalled)
        states.append(h)
    parts = from_x, np.stack(all_recalled), np.stack(states)
    trace = Trace(*(np.moveaxis(part, 0, -2) for part in parts))
    return trace.h[..., 1:, :], trace


def backward(params, x, trace, grad_h):
    """Backpropagate through time, as `gru.backward`, where the equations stand.

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
    w_h_back = np.ascontiguousarray(np.swapaxes(w_h, -1, -2))
    n_hidden = w_h.shape[-2]
    gates, recalled, h, direct = (np.moveaxis(part, -2, 0) for part in (*trace, grad_h))
    delta_x = np.empty(gates.shape)
    delta_h = np.empty(gates.shape)
    later = 0.0
    for t in reversed(range(len(gates))):
        u, r, n = _blocks(gates[t], n_hidden)
        delta_u, delta_r, delta_n = _blocks(delta_x[t], n_hidden)
        grad, kept = direct[t] + later, 1.0 - u
        np.multiply(grad * (h[t] - n), u * kept, out=delta_u)
        np.multiply(grad * kept, 1.0 - n * n, out=delta_n)
        np.multiply(delta_n * recalled[t], r - r * r, out=delta_r)
        delta_h[t] = delta_x[t]
        delta_h[t][..., 2 * n_hidden :] *= r
        later = delta_h[t] @ w_h_back
        later += grad * u
    delta_x, delta_h = (np.moveaxis(part, 0, -2) for part in (delta_x, delta_h))
    grads = (
        sum_outer(x, delta_x),
        sum_outer(trace.h[..., :-1, :], delta_h),
        delta_x.sum(axis=(-3, -2)),
        delta_h.sum(axis=(-3, -2)),
    )
    return grads, delta_x @ np.swapaxes(w_x, -1, -2)[..., np.newaxis, :, :]


def _step(from_x, from_h, h):
    """From the two sums of each block to the gates, which take the place of the first."""
    n_hidden = h.shape[-1]
    open_gates, n = from_x[..., : 2 * n_hidden], from_x[..., 2 * n_hidden :]
    recalled = from_h[..., 2 * n_hidden :]
    open_gates += from_h[..., : 2 * n_hidden]
    expit(open_gates, out=open_gates)
    u, r = open_gates[..., :n_hidden], open_gates[..., n_hidden:]
    n += r * recalled
    np.tanh(n, out=n)
    return from_x, recalled, n + u * (h - n)


def _blocks(array, n_hidden):
    """The views u, r and n of an array that has them side by side."""
    return [array[..., i * n_hidden : (i + 1) * n_hidden] for i in range(3)]
