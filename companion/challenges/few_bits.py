"""Weights and codes of few bits, rounded after the training or within it.

With b bits there are 2^b numbers, in the middles of cells of one width s around a center c
(no number is the center itself, so that one bit still has two signs)::

    round(v) = c + s (clip(floor((v - c) / s), -2^(b-1), 2^(b-1) - 1) + 1/2)

Every column has a width of its own, that of the smallest squared error. The center is 0
for weights and the mean for codes. Networks are those of `companion.networks.stacked`:
many members side by side, each with its own bits; 0 bits leave a member as it is.
"""

from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from companion.networks import checks, stacked
from companion.networks.mlp import ACTIVATIONS, draw_batches
from companion.networks.optimizers import adam

NAMES = ("relu", "linear", "relu", "sigmoid")
CODE_LAYER = 2
# Widths that are tried, as parts of the one at which nothing is clipped.
PARTS = np.linspace(0.2, 1.0, 9)
REFIT_EVERY = 20
N_FITTED = 256


class Cells(NamedTuple):
    """Where the cells of columns lie.

    Args:
        center: c, shape (n_members, 1, n_columns), or 0.
        width: s, shape (n_members, 1, n_columns).
        bits: b, shape (n_members, 1, 1); 0 for no rounding.
    """

    center: np.ndarray
    width: np.ndarray
    bits: np.ndarray

    def round(self, values):
        """Round values (n_members, n, n_columns) to the middles of their cells."""
        half = 2.0 ** np.maximum(self.bits - 1, 0)
        cell = np.floor((values - self.center) / self.width)
        middle = np.clip(cell, -half, half - 1) + 0.5
        return np.where(self.bits > 0, self.center + self.width * middle, values)


def fit_cells(values, bits, center=0.0):
    """Find, for each column, the width of cells with the smallest squared error.

    Args:
        values: Numbers, shape (n_members, n, n_columns).
        bits: b for each member, shape (n_members,); 0 for no rounding.
        center: c.

    Returns:
        `Cells`.

    Raises:
        ValueError: If a number of bits is negative, or is not given for each member.
    """
    bits = np.asarray(bits)
    if bits.shape != (len(values),) or (bits < 0).any():
        raise ValueError(f"bits must be {len(values)} numbers from 0 on; got {bits}")
    bits = bits[:, None, None]
    largest = np.abs(values - center).max(axis=-2, keepdims=True)
    full = np.where(largest > 0, largest, 1.0) * 2.0 / 2.0**bits
    tried = [Cells(center, part * full, bits) for part in PARTS]
    errors = [((c.round(values) - values) ** 2).sum(axis=-2, keepdims=True) for c in tried]
    return Cells(center, PARTS[np.argmin(errors, axis=0)] * full, bits)


def fit_all(params, x, weight_bits, code_bits):
    """Fit the cells of all weights, and then of the codes that these weights give.

    Args:
        params: (weights, biases) of `companion.networks.stacked.init`.
        x: Examples to fit the cells of the codes on, shape (n, D).
        weight_bits: For each member, shape (n_members,).
        code_bits: For each member, shape (n_members,).

    Returns:
        A list with the `Cells` of each layer's weights, and the `Cells` of the codes.
    """
    cells = [fit_cells(w, weight_bits) for w in params[0]]
    rounded = [c.round(w) for c, w in zip(cells, params[0], strict=True)]
    encoder = rounded[:CODE_LAYER], params[1][:CODE_LAYER]
    z = stacked.forward(encoder, x, NAMES[:CODE_LAYER])[-1]
    return cells, fit_cells(z, code_bits, z.mean(axis=-2, keepdims=True))


def outputs(params, x, cells):
    """Run members with rounded weights and a rounded code.

    Args:
        params: (weights, biases).
        x: Examples, shape (n, D).
        cells: What `fit_all` returned.

    Returns:
        weights: The rounded weights.
        outputs: List; outputs[0] is x, outputs[2] the rounded code, outputs[-1] x_hat.
    """
    of_weights, of_codes = cells
    weights = [c.round(w) for c, w in zip(of_weights, params[0], strict=True)]
    found = [np.asarray(x, float)]
    for layer, name in enumerate(NAMES):
        a = ACTIVATIONS[name][0](found[-1] @ weights[layer] + params[1][layer])
        found.append(of_codes.round(a) if layer + 1 == CODE_LAYER else a)
    return weights, found


def straight_through_gradients(params, x, cells):
    """Gradients of the rounded network, given to the weights before rounding.

    Rounding is flat almost everywhere, so its true gradient is 0. Backpropagation here
    takes its slope to be 1, for weights and for codes.

    Args:
        params: (weights, biases).
        x: Examples and targets, shape (n, D).
        cells: What `fit_all` returned.

    Returns:
        (grad_weights, grad_biases), shaped as `params`.

    Source:
        Bengio, Léonard and Courville (2013), arXiv:1308.3432, section 4.
    """
    weights, found = outputs(params, x, cells)
    grad = 2.0 * (found[-1] - x) / x.size
    grad_weights, grad_biases = [], []
    for layer in reversed(range(len(NAMES))):
        delta = grad * ACTIVATIONS[NAMES[layer]][1](found[layer + 1])
        grad_weights.append(np.swapaxes(found[layer], -1, -2) @ delta)
        grad_biases.append(delta.sum(axis=-2, keepdims=True))
        grad = delta @ np.swapaxes(weights[layer], -1, -2)
    return grad_weights[::-1], grad_biases[::-1]


def train(params, x, weight_bits, code_bits, n_steps, learning_rate, seed=0):
    """Train members with Adam while they compute with rounded weights and codes.

    The step size falls to 0 along half a cosine. Cells are fitted anew now and then.

    Args:
        params: (weights, biases) to start from; left unchanged.
        x: Examples, shape (n, D).
        weight_bits: For each member, shape (n_members,); 0 for none.
        code_bits: For each member, shape (n_members,); 0 for none.
        n_steps: Steps on batches of 64.
        learning_rate: Step size at the start, a number or one for each member.
        seed: Seed of the order of the examples, the same for all members.

    Returns:
        The trained parameters, before rounding.

    Raises:
        ValueError: If `n_steps` is no count or x does not fit the members.
    """
    checks.check_counts(n_steps=n_steps)
    x = checks.checked_data("x", x, params[0][0].shape[1], NAMES[-1])
    first_rate = np.reshape(np.asarray(learning_rate, float), (-1, 1, 1))
    rng, state, batches = np.random.default_rng(seed), None, iter(())
    with threadpool_limits(1, "blas"):
        for step in range(n_steps):
            if step % REFIT_EVERY == 0:
                cells = fit_all(params, x[:N_FITTED], weight_bits, code_bits)
            rows = next(batches, None)
            if rows is None:
                batches = draw_batches(len(x), 64, rng)
                rows = next(batches)
            rate = first_rate * (0.5 + 0.5 * np.cos(np.pi * step / n_steps))
            grads = straight_through_gradients(params, x[rows], cells)
            params, state = adam(params, grads, state, rate)
    return params


def errors(params, x_train, x, weight_bits, code_bits):
    """Mean squared error of every rounded member, shape (n_members,).

    Args:
        params: (weights, biases), before rounding.
        x_train: Examples to fit the cells of the codes on; the first 512 are used.
        x: Examples to reconstruct.
        weight_bits: For each member.
        code_bits: For each member.
    """
    cells = fit_all(params, x_train[: 2 * N_FITTED], weight_bits, code_bits)
    return np.mean((outputs(params, x, cells)[1][-1] - x) ** 2, axis=(1, 2))
