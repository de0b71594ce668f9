"""Long short-term memory: a cell that keeps its value unless its gates change it.

With the input ``x_t``, the state ``h_t`` and the cell ``c_t``, both zero at first, sigma
the logistic function and products entry by entry::

    i_t = sigma(x_t @ W_xi + h_(t-1) @ W_hi + b_i)     the input gate
    f_t = sigma(x_t @ W_xf + h_(t-1) @ W_hf + b_f)     the forget gate
    g_t = tanh (x_t @ W_xg + h_(t-1) @ W_hg + b_g)     what may be written
    o_t = sigma(x_t @ W_xo + h_(t-1) @ W_ho + b_o)     the output gate
    c_t = f_t c_(t-1) + i_t g_t                        h_t = o_t tanh(c_t)

The four blocks stand side by side in one array, in the order i, f, g, o of Keras, which is
also that of PyTorch (PyTorch has a second bias, which adds to the first). Shapes, and
stacks of networks, are as in the module `recurrent`.
"""

from typing import NamedTuple

import numpy as np

from companion.networks import mlp
from companion.networks.recurrent import check_sequences, draw_kernels, row, sum_outer

sigmoid, _ = mlp.ACTIVATIONS["sigmoid"]


class Trace(NamedTuple):
    """What `backward` needs of a run, each (batch, n_steps, ...).

    Args:
        gates: i, f, g and o side by side, (batch, n_steps, 4 H).
        c: The cells with c_0, (batch, n_steps + 1, H).
        h: The states with h_0, (batch, n_steps + 1, H).
    """

    gates: np.ndarray
    c: np.ndarray
    h: np.ndarray


def init(n_features, n_hidden, rng, forget_bias=1.0):
    """Draw a layer: Glorot-uniform input weights, orthogonal recurrent ones.

    Args:
        n_features: Width of the input.
        n_hidden: H, the number of cells.
        rng: A `numpy.random.Generator`.
        forget_bias: First bias of the forget gates; 1 opens them, as Keras does
            (``unit_forget_bias``). The other biases are 0.

    Returns:
        params: ``(w_x, w_h, b)`` of shapes (n_features, 4 H), (H, 4 H) and (4 H,).
    """
    w_x, w_h = draw_kernels(n_features, n_hidden, 4, rng)
    b = np.zeros(4 * n_hidden)
    b[n_hidden : 2 * n_hidden] = forget_bias
    return w_x, w_h, b


def step(params, x_t, h, c):
    """One step of the layer.

    Args:
        params: ``(w_x, w_h, b)``.
        x_t: Input, shape (batch, n_features).
        h: The state before, shape (batch, H).
        c: The cells before, shape (batch, H).

    Returns:
        gates: i, f, g and o side by side, shape (batch, 4 H).
        c: The new cells.
        h: The new state.

    Source:
        Hochreiter and Schmidhuber (1997), doi:10.1162/neco.1997.9.8.1735; the forget gate
        is from Gers, Schmidhuber and Cummins (2000), doi:10.1162/089976600300015015.
    """
    w_x, w_h, b = params
    i, f, g, o = np.split(x_t @ w_x + h @ w_h + row(b), 4, axis=-1)
    i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
    c = f * c + i * g
    return np.concatenate([i, f, g, o], axis=-1), c, o * np.tanh(c)


def forward(params, x):
    """Read sequences from states and cells of zero.

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
    h = c = np.zeros((*w_h.shape[:-2], x.shape[-3], w_h.shape[-2]))
    all_gates, cells, states = [], [c], [h]
    for t in range(x.shape[-2]):
        gates, c, h = step(params, x[..., t, :], h, c)
        all_gates.append(gates)
        cells.append(c)
        states.append(h)
    trace = Trace(*(np.stack(part, axis=-2) for part in (all_gates, cells, states)))
    return trace.h[..., 1:, :], trace


def backward(params, x, trace, grad_h):
    """Backpropagate through time, from the last step to the first.

    The gradient by the cell runs along its own path, multiplied by the forget gate alone::

        grad_h_t += delta_(t+1) @ W_h.T
        grad_c_t  = grad_c_(t+1) f_(t+1) + grad_h_t o_t (1 - tanh(c_t)**2)
        delta_t   = [grad_c_t g_t i_t (1 - i_t),    grad_c_t c_(t-1) f_t (1 - f_t),
                     grad_c_t i_t (1 - g_t**2),     grad_h_t tanh(c_t) o_t (1 - o_t)]

    with ``delta_t`` the gradient by the arguments of the four blocks; the rest is as in the
    Elman layer.

    Args:
        params: ``(w_x, w_h, b)``.
        x: The sequences that `forward` read.
        trace: What `forward` returned.
        grad_h: Direct gradient of the loss by each state, (batch, n_steps, H).

    Returns:
        grads: Gradients of the parameters, summed over the batch, nested as `params`.
        grad_x: Gradient by the input, shaped as `x`.
    """
    w_x, w_h, _ = params
    delta = np.empty_like(trace.gates)
    from_h = from_c = 0.0
    for t in reversed(range(delta.shape[-2])):
        i, f, g, o = np.split(trace.gates[..., t, :], 4, axis=-1)
        c_before, tanh_c = trace.c[..., t, :], np.tanh(trace.c[..., t + 1, :])
        grad_h_t = grad_h[..., t, :] + from_h
        grad_c_t = from_c + grad_h_t * o * (1.0 - tanh_c**2)
        blocks = [
            grad_c_t * g * i * (1.0 - i),
            grad_c_t * c_before * f * (1.0 - f),
            grad_c_t * i * (1.0 - g**2),
            grad_h_t * tanh_c * o * (1.0 - o),
        ]
        delta[..., t, :] = np.concatenate(blocks, axis=-1)
        from_h = delta[..., t, :] @ np.swapaxes(w_h, -1, -2)
        from_c = grad_c_t * f
    h_before = trace.h[..., :-1, :]
    grads = sum_outer(x, delta), sum_outer(h_before, delta), delta.sum(axis=(-3, -2))
    return grads, delta @ np.swapaxes(w_x, -1, -2)[..., np.newaxis, :, :]
