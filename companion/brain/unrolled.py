"""LISTA: a few steps of a search, cut out and trained as a network.

ISTA repeats one formula. With the input x of shape (n, D) and T steps from zero it is::

    c_1 = x E,    c_(t+1) = x E + z_t S,    z_t = soft(c_t, theta)

where E = Phi^T / L, S = I - Phi Phi^T / L and every theta_k = penalty / L. LISTA keeps
the formula and learns E, S and theta from pairs of an input and its code, so that T steps
end nearer to where the search ends. The loss is half the squared distance to the codes,
summed over units and averaged over examples; it is not the objective of the search.
"""

from typing import NamedTuple

import numpy as np

from companion.brain import adam
from companion.brain.sparse_coding import lipschitz_constant, soft_threshold


class Unrolled(NamedTuple):
    """Parameters: encoder E (D, K), lateral S (K, K), threshold theta (K,)."""

    encoder: np.ndarray
    lateral: np.ndarray
    threshold: np.ndarray


def from_ista(dictionary, penalty):
    """Parameters with which the network is ISTA itself.

    Args:
        dictionary: Phi, shape (K, D).
        penalty: Price of one unit of activity.

    Returns:
        An `Unrolled`.
    """
    n_atoms = len(dictionary)
    lipschitz = lipschitz_constant(dictionary)
    return Unrolled(
        dictionary.T / lipschitz,
        np.eye(n_atoms) - dictionary @ dictionary.T / lipschitz,
        np.full(n_atoms, penalty / lipschitz),
    )


def forward(params, x, n_steps):
    """Run the network and keep what the backward pass needs.

    Args:
        params: An `Unrolled`.
        x: Inputs, shape (n, D).
        n_steps: T, at least 1.

    Returns:
        codes: z_0 = 0 to z_T, a list of arrays (n, K).
        before: c_1 to c_T, a list of arrays (n, K).

    Raises:
        ValueError: If `x` does not fit, or `n_steps` is below 1.
    """
    x = np.asarray(x, dtype=float)
    if x.ndim != 2 or x.shape[1] != len(params.encoder):
        raise ValueError(f"x must be (n, {len(params.encoder)}); got shape {x.shape}")
    if n_steps < 1:
        raise ValueError(f"n_steps must be at least 1; got {n_steps}")
    drive = x @ params.encoder
    codes, before = [np.zeros_like(drive)], []
    for _ in range(n_steps):
        before.append(drive + codes[-1] @ params.lateral)
        codes.append(soft_threshold(before[-1], params.threshold))
    return codes, before


def encode(params, x, n_steps):
    """Codes after the last step, shape (n, K); arguments as in `forward`."""
    return forward(params, x, n_steps)[0][-1]


def loss_and_grads(params, x, target, n_steps):
    """Half the squared distance to the target codes, and its gradients.

    The error goes back through the steps: with delta_t = dLoss/dc_t, which is
    ``dLoss/dz_t`` where ``|c_t| > theta`` and zero elsewhere::

        dLoss/dE = sum_t x^T delta_t          dLoss/dS = sum_t z_(t-1)^T delta_t
        dLoss/dtheta = -sum_t sign(c_t) delta_t    dLoss/dz_(t-1) = delta_t S^T

    Args:
        params: An `Unrolled`.
        x: Inputs, shape (n, D).
        target: Codes to come near to, shape (n, K).
        n_steps: T, at least 1.

    Returns:
        loss: Summed over units, averaged over examples.
        grads: An `Unrolled` of gradients.

    Source:
        Gregor and LeCun (2010), where the trained network is called LISTA.
    """
    codes, before = forward(params, x, n_steps)
    miss = codes[-1] - target
    grads = Unrolled(*map(np.zeros_like, params))
    grad_code = miss / len(x)
    for z, c in zip(reversed(codes[:-1]), reversed(before), strict=True):
        delta = np.where(np.abs(c) > params.threshold, grad_code, 0.0)
        grads = Unrolled(
            grads.encoder + x.T @ delta,
            grads.lateral + z.T @ delta,
            grads.threshold - np.sum(np.sign(c) * delta, axis=0),
        )
        grad_code = delta @ params.lateral.T
    return 0.5 * float(np.sum(miss**2)) / len(x), grads


def train(
    params, x, target, *, n_steps, n_batches, rng, batch_size=100, learning_rate=1e-3
):
    """Train by Adam, the learning rate falling in a line to zero.

    Args:
        params: An `Unrolled` to start from; left unchanged.
        x: Inputs, shape (n, D).
        target: Their codes by a long search, shape (n, K).
        n_steps: T, at least 1.
        n_batches: Number of updates.
        rng: A `numpy.random.Generator` that draws the batches.
        batch_size: Inputs in a batch.
        learning_rate: Step of Adam at the start.

    Returns:
        The trained parameters, an `Unrolled`; no threshold below zero.
    """

    def gradients(params):
        rows = rng.integers(len(x), size=batch_size)
        return loss_and_grads(params, x[rows], target[rows], n_steps)[1]

    def project(params):
        return params._replace(threshold=np.maximum(params.threshold, 0.0))

    return adam.minimize(
        params,
        gradients,
        n_batches=n_batches,
        learning_rate=learning_rate,
        project=project,
    )
