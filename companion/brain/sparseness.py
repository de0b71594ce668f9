"""How sparse a code is: over the life of a unit, over a population, and by its tails.

Activity r is not negative; for signed codes its size ``|z|`` takes the place of a rate.
Over n values of r the index of Treves and Rolls in the form of Vinje and Gallant is::

    S = (1 - mean(r)^2 / mean(r^2)) / (1 - 1 / n)

It is 0 if all values are equal and 1 if a single one is not zero. Lifetime sparseness
takes the values of one unit over the inputs, population sparseness those of one input
over the units. For the size of a Gaussian it is 1 - 2 / pi = 0.363 for large n.
"""

import numpy as np


def lifetime_sparseness(z):
    """Index S of each unit over the inputs.

    Args:
        z: Codes, shape (n, K), n at least 2; signs do not count.

    Returns:
        Shape (K,); not a number for a unit that is never active.

    Raises:
        ValueError: If `z` is no (n, K), or n is below 2.

    Source:
        Vinje and Gallant (2000), doi:10.1126/science.287.5456.1273.
    """
    return _index(z, axis=0)


def population_sparseness(z):
    """Index S of each input over the units, shape (n,); otherwise as for lifetime."""
    return _index(z, axis=1)


def excess_kurtosis(z):
    """Fourth moment about the mean by the squared variance, minus 3, for each unit.

    Args:
        z: Codes, shape (n, K).

    Returns:
        Shape (K,): 0 for a Gaussian, 3 for a Laplace distribution; not a number for a
        unit that never changes.
    """
    centered = np.asarray(z, dtype=float) - np.mean(z, axis=0)
    variance = np.mean(centered**2, axis=0)
    fourth = np.mean(centered**4, axis=0)
    ratio = np.full(variance.shape, np.nan)
    np.divide(fourth, variance**2, out=ratio, where=variance > 0)
    return ratio - 3.0


def _index(z, axis):
    r = np.abs(np.asarray(z, dtype=float))
    if r.ndim != 2 or r.shape[axis] < 2:
        raise ValueError(f"z must be (n, K) with n and K of 2 at least; got {r.shape}")
    squares = np.mean(r**2, axis=axis)
    share = np.full(squares.shape, np.nan)
    np.divide(np.mean(r, axis=axis) ** 2, squares, out=share, where=squares > 0)
    return (1.0 - share) / (1.0 - 1.0 / r.shape[axis])
