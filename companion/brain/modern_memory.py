"""Modern Hopfield network: one update is attention with the patterns as keys and values.

For patterns in the rows of X, shape (P, N), and a state xi of real numbers, (N,)::

    E(xi) = -1/beta log sum_mu exp(beta x_mu . xi) + 1/2 |xi|^2
    xi <- X^T softmax(beta X xi)

The update never raises E. For a large beta the softmax picks the pattern nearest to the
state, so that far more patterns than neurons can be kept.
"""

import numpy as np
from scipy.special import logsumexp, softmax


def energy(patterns, states, beta):
    """Energy of states, without the constants that do not depend on them.

    Args:
        patterns: X, shape (P, N).
        states: Shape (..., N).
        beta: Inverse temperature, above 0.

    Returns:
        E, shape (...,).

    Source:
        Ramsauer et al. (2021), arXiv:2008.02217, eq. 2.
    """
    states = np.asarray(states, dtype=float)
    attraction = logsumexp(beta * states @ patterns.T, axis=-1) / beta
    return 0.5 * np.sum(states**2, axis=-1) - attraction


def update(patterns, states, beta):
    """Replace each state by the mean of the patterns, weighted by their likeness to it.

    Args:
        patterns: X, shape (P, N).
        states: Shape (..., N).
        beta: Inverse temperature, above 0.

    Returns:
        The next states, shaped as `states`.

    Raises:
        ValueError: If `beta` is not above 0.

    Source:
        Ramsauer et al. (2021), arXiv:2008.02217, eq. 3.
    """
    if not beta > 0:
        raise ValueError(f"beta must be above 0; got {beta}")
    return softmax(beta * np.asarray(states) @ patterns.T, axis=-1) @ patterns
