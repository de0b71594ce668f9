"""A sparse autoencoder: one fixed step in place of the search, trained on the same price.

The encoder answers at once, and encoder and dictionary learn together to make::

    F = 1/2 |x - z Phi|^2 + penalty |z|_1,    z = max(0, x E + b)

small, averaged over inputs. The atoms stay in the unit ball. With delta = dF/dz where z
is above 0, and zero elsewhere::

    dF/dz = (z Phi - x) Phi^T + penalty      dF/dPhi = z^T (z Phi - x)
    dF/dE = x^T delta                        dF/db = sum of delta over the inputs
"""

from typing import NamedTuple

import numpy as np

from companion.brain import adam


class SparseAutoencoder(NamedTuple):
    """Parameters: encoder E (D, K), bias b (K,), dictionary Phi (K, D)."""

    encoder: np.ndarray
    bias: np.ndarray
    dictionary: np.ndarray


def init(n_features, n_atoms, rng):
    """Draw random atoms of length 1, their transpose as encoder, and no bias.

    Args:
        n_features: D.
        n_atoms: K.
        rng: A `numpy.random.Generator`.

    Returns:
        A `SparseAutoencoder`.
    """
    dictionary = rng.normal(size=(n_atoms, n_features))
    dictionary /= np.linalg.norm(dictionary, axis=1, keepdims=True)
    return SparseAutoencoder(dictionary.T.copy(), np.zeros(n_atoms), dictionary)


def encode(params, x):
    """Codes z = max(0, x E + b), shape (n, K), of inputs x, (n, D)."""
    return np.maximum(0.0, x @ params.encoder + params.bias)


def loss_and_grads(params, x, penalty):
    """The objective F, averaged over inputs, and its gradients.

    Args:
        params: A `SparseAutoencoder`.
        x: Inputs, shape (n, D).
        penalty: Price of one unit of activity, not negative.

    Returns:
        loss: Mean over inputs of F.
        grads: A `SparseAutoencoder` of gradients.

    Raises:
        ValueError: If `x` does not fit, or `penalty` is negative.
    """
    if np.ndim(x) != 2 or np.shape(x)[1] != len(params.encoder):
        raise ValueError(f"x must be (n, {len(params.encoder)}); got shape {np.shape(x)}")
    if not penalty >= 0:
        raise ValueError(f"penalty must not be negative; got {penalty}")
    z = encode(params, x)
    miss = z @ params.dictionary - x
    delta = np.where(z > 0, miss @ params.dictionary.T + penalty, 0.0) / len(x)
    loss = (0.5 * np.sum(miss**2) + penalty * np.sum(z)) / len(x)
    grads = SparseAutoencoder(x.T @ delta, delta.sum(axis=0), z.T @ miss / len(x))
    return float(loss), grads


def train(params, x, penalty, *, n_batches, rng, batch_size=200, learning_rate=3e-3):
    """Train by Adam, the learning rate falling in a line to zero.

    Args:
        params: A `SparseAutoencoder` to start from; left unchanged.
        x: Inputs, centered, shape (n, D).
        penalty: Price of one unit of activity.
        n_batches: Number of updates.
        rng: A `numpy.random.Generator` that draws the batches.
        batch_size: Inputs in a batch.
        learning_rate: Step of Adam at the start.

    Returns:
        The trained parameters, a `SparseAutoencoder`; no atom longer than 1.
    """

    def gradients(params):
        rows = rng.integers(len(x), size=batch_size)
        return loss_and_grads(params, x[rows], penalty)[1]

    def project(params):
        lengths = np.linalg.norm(params.dictionary, axis=1, keepdims=True)
        return params._replace(dictionary=params.dictionary / np.maximum(1.0, lengths))

    return adam.minimize(
        params,
        gradients,
        n_batches=n_batches,
        learning_rate=learning_rate,
        project=project,
    )
