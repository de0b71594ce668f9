"""The top-k autoencoder: sparse because only the k most active units may speak.

With examples x in rows, the code is ``z = top_k(x W + b)``, the k largest entries of each
row as far as they are above 0, and the reconstruction ``z D``, with atoms in the rows of D.

Source:
    Makhzani and Frey (2013), arXiv:1312.5663, section 2.
"""

import numpy as np

from companion.brain import adam, sparse_autoencoder


def top_k(a, k):
    """Keep the k largest entries of each row of `a`, as far as they are above 0."""
    kth = np.partition(a, -k, axis=1)[:, [-k]]
    return np.where((a >= kth) & (a > 0), a, 0.0)


def loss_and_grads(params, x, k):
    """Half the squared error of the top-k autoencoder, averaged, and its gradients.

    Args:
        params: A `SparseAutoencoder`.
        x: Examples, shape (n, D).
        k: Units that may be active for an example.

    Returns:
        loss: Summed over dimensions, averaged over examples.
        grads: A `SparseAutoencoder` of gradients; units not kept get none.
    """
    z = top_k(x @ params.encoder + params.bias, k)
    miss = z @ params.dictionary - x
    delta = np.where(z > 0, miss @ params.dictionary.T, 0.0) / len(x)
    loss = 0.5 * np.sum(miss**2) / len(x)
    grads = sparse_autoencoder.SparseAutoencoder(
        x.T @ delta, delta.sum(axis=0), z.T @ miss / len(x)
    )
    return loss, grads


def train(params, x, k, *, n_batches, rng, batch_size=128, learning_rate=1e-2):
    """Train the top-k autoencoder by Adam, with atoms of length 1.

    Args:
        params: A `SparseAutoencoder` to start from; left unchanged.
        x: Examples, shape (n, D).
        k: Units that may be active, from 1 to the number of units.
        n_batches: Number of updates.
        rng: A `numpy.random.Generator` that draws the batches.
        batch_size: Examples in a batch.
        learning_rate: Step of Adam at the start; it falls in a line to zero.

    Returns:
        The trained `SparseAutoencoder`.

    Raises:
        ValueError: If `k` is not from 1 to the number of units.
    """
    if not 1 <= k <= len(params.bias):
        raise ValueError(f"k must be from 1 to {len(params.bias)}; got {k}")

    def gradients(params):
        return loss_and_grads(params, x[rng.integers(len(x), size=batch_size)], k)[1]

    def project(params):
        lengths = np.linalg.norm(params.dictionary, axis=1, keepdims=True)
        return params._replace(dictionary=params.dictionary / np.maximum(lengths, 1e-12))

    return adam.minimize(
        params, gradients, n_batches=n_batches, learning_rate=learning_rate, project=project
    )
