"""Adam, for parameters that are a named tuple of arrays.

Each parameter p keeps two running means of its gradient g, m of g and v of g^2, and in
update t, with a rate that falls in a line to zero over T updates, goes to::

    m <- 0.9 m + 0.1 g        v <- 0.999 v + 0.001 g^2
    p <- p - rate_t m / (1 - 0.9^t) / sqrt(v / (1 - 0.999^t))
    rate_t = learning_rate (1 - (t - 1) / T)
"""

import numpy as np


def minimize(params, gradients, *, n_batches, learning_rate, project):
    """Follow gradients of batches down, and project after each update.

    Args:
        params: A named tuple of arrays to start from; left unchanged.
        gradients: Function that draws a batch and returns its gradients by the
            parameters given to it, a named tuple of the same kind.
        n_batches: T, the number of updates.
        learning_rate: Size of the first step.
        project: Function from parameters to the nearest allowed ones.

    Returns:
        The parameters after the last update.

    Source:
        Kingma and Ba (2015), arXiv:1412.6980, algorithm 1.
    """
    kind = type(params)
    first, second = (kind(*map(np.zeros_like, params)) for _ in range(2))
    for batch in range(1, n_batches + 1):
        grads = gradients(params)
        first = kind(*(0.9 * m + 0.1 * g for m, g in zip(first, grads, strict=True)))
        second = kind(
            *(0.999 * v + 0.001 * g**2 for v, g in zip(second, grads, strict=True))
        )
        rate = learning_rate * (1.0 - (batch - 1) / n_batches)
        rate *= np.sqrt(1.0 - 0.999**batch) / (1.0 - 0.9**batch)
        moved = (
            p - rate * m / (np.sqrt(v) + 1e-8)
            for p, m, v in zip(params, first, second, strict=True)
        )
        params = project(kind(*moved))
    return params
