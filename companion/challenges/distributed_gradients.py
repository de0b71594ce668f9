"""Data parallelism on paper: the gradient of a batch from the gradients of its parts."""

import numpy as np

from companion.networks import mlp


def split(n_rows, n_workers):
    """Return the rows of each worker: one slice for each, as equal as they can be.

    Args:
        n_rows: Rows of the batch, at least `n_workers`.
        n_workers: Number of parts, at least 1.

    Raises:
        ValueError: If a worker would get no row.
    """
    if not 1 <= n_workers <= n_rows:
        raise ValueError(
            f"n_workers must lie between 1 and the {n_rows} rows; got {n_workers}"
        )
    ends = [n_rows * (worker + 1) // n_workers for worker in range(n_workers)]
    return [slice(*pair) for pair in zip([0, *ends[:-1]], ends, strict=True)]


def combine(gradients, counts):
    """Average the gradients of several workers, each weighed by its examples.

    With n_w examples at worker w and g_w the gradient of its mean loss::

        g = sum_w (n_w / n) g_w,   n = sum_w n_w

    is the gradient of the mean loss over all n examples. The plain mean of the g_w is the
    same only where all n_w are equal, and their sum never is with more than one worker.

    Args:
        gradients: One pair (grad_weights, grad_biases) of lists of arrays for each worker.
        counts: Examples of each worker, all above 0.

    Returns:
        A pair of lists, shaped as each of the `gradients`.

    Raises:
        ValueError: If there are not as many counts as gradients, or a count is not
            above 0.
    """
    counts = np.asarray(counts, dtype=float)
    if counts.shape != (len(gradients),) or not (counts > 0).all():
        raise ValueError(
            f"counts must hold {len(gradients)} numbers above 0; got {counts.tolist()}"
        )
    shares = counts / counts.sum()

    def average(arrays):
        return sum(share * array for share, array in zip(shares, arrays, strict=True))

    kinds = zip(*gradients, strict=True)
    return tuple([average(arrays) for arrays in zip(*kind, strict=True)] for kind in kinds)


def of_shards(params, x, slices):
    """Return the gradient of an autoencoder's loss on each worker's rows, and the counts.

    Args:
        params: (weights, biases) of `companion.networks.mlp`.
        x: The batch, shape (n, D), input and target.
        slices: The rows of each worker, from `split`.

    Returns:
        gradients: One pair of lists for each worker.
        counts: Examples of each worker, (n_workers,).
    """
    parts = [x[rows] for rows in slices]
    gradients = [mlp.loss_and_grads(params, part, part)[1] for part in parts]
    return gradients, np.array([len(part) for part in parts])


def largest_difference(one, other):
    """Return the largest difference between two gradients, entry by entry."""
    pairs = zip([*one[0], *one[1]], [*other[0], *other[1]], strict=True)
    return max(float(np.abs(a - b).max()) for a, b in pairs)
