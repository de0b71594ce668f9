"""Do generated examples look like the data? Two measures, and what each overlooks.

Both compare a batch of generated examples with a batch of real ones, and neither is zero
or one half for two batches of real examples: report that value beside them.
"""

import numpy as np
from scipy import linalg
from sklearn.neighbors import NearestNeighbors

from companion.networks.checks import check_finite, checked_rows


def _checked_batches(real, generated):
    real = np.asarray(real, dtype=float)
    if real.ndim != 2 or len(real) < 2:
        raise ValueError(f"real must be (n, D) with n of at least 2; got {real.shape}")
    generated = checked_rows("generated", generated, real.shape[1])
    if len(generated) < 2:
        raise ValueError(f"generated must have at least 2 rows; got {len(generated)}")
    check_finite("real", real)
    check_finite("generated", generated)
    return real, generated


def frechet_distance(real, generated):
    """Compute the Fréchet distance between Gaussians fitted to two batches of features.

    With means m and covariances C,

        ``|m_1 - m_2|^2 + trace(C_1 + C_2 - 2 (C_1 C_2)^(1/2))``.

    It sees means and covariances and nothing else. It is biased upwards: two batches of n
    examples of one distribution have a distance above 0 that shrinks as 1 / n, so
    compare only values for the same n and the same features.

    Args:
        real: Features of real examples, shape (n, D).
        generated: Features of generated examples, shape (m, D).

    Returns:
        The distance, in the squared unit of the features, at least 0.

    Raises:
        ValueError: If the batches are no tables of the same width, have fewer than two
            rows, or are not finite.

    Source:
        Heusel et al. (2017), arXiv:1706.08500, eq. 6, there on features of a classifier.
    """
    real, generated = _checked_batches(real, generated)
    shift = real.mean(axis=0) - generated.mean(axis=0)
    cov_1, cov_2 = (np.atleast_2d(np.cov(x.T)) for x in (real, generated))
    # trace (C1 C2)^(1/2) by the symmetric root of C1: no complex numbers appear.
    values, axes = linalg.eigh(cov_1)
    root = axes * np.sqrt(np.maximum(values, 0.0)) @ axes.T
    overlap = linalg.eigvalsh(root @ cov_2 @ root)
    cross = np.sum(np.sqrt(np.maximum(overlap, 0.0)))
    distance = shift @ shift + np.trace(cov_1) + np.trace(cov_2) - 2.0 * cross
    return float(max(distance, 0.0))


def neighbor_test_accuracy(real, generated):
    """Tell generated from real examples by the nearest neighbor, each left out in turn.

    Near 0.5 the two batches mix; near 1 each example sits among its own kind. Below 0.5
    the generated examples sit on top of real ones: copies. For a meaningful value the
    batches should be equally large.

    Args:
        real: Real examples, shape (n, D).
        generated: Generated examples, shape (m, D).

    Returns:
        Share of the n + m examples whose nearest neighbor is of their own kind.

    Raises:
        ValueError: As in `frechet_distance`.
    """
    real, generated = _checked_batches(real, generated)
    both = np.concatenate((real, generated))
    kind = np.repeat((0, 1), (len(real), len(generated)))
    neighbors = (
        NearestNeighbors(n_neighbors=1, algorithm="brute")
        .fit(both)
        .kneighbors(return_distance=False)
    )
    return float(np.mean(kind[neighbors[:, 0]] == kind))
