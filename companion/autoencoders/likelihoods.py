"""Reconstruction errors read as probabilities, in nats, in NumPy.

A decoder that answers x_hat can be read as naming a distribution of x around x_hat. The
negative log-likelihood of an example is then, summed over its D features,

    Gaussian with standard deviation sigma:
        sum (x - x_hat)**2 / (2 sigma**2) + D/2 log(2 pi sigma**2)
    Bernoulli with probability x_hat, for x of zeros and ones:
        -sum [x log x_hat + (1 - x) log(1 - x_hat)]

Every function here returns the mean over the examples of that sum.
"""

import numpy as np
from scipy.special import entr, xlog1py, xlogy


def _checked_range(name, array, low, high, strict):
    array = np.asarray(array, dtype=float)
    inside = (array > low) & (array < high) if strict else (array >= low) & (array <= high)
    if not inside.all():
        brackets = "()" if strict else "[]"
        raise ValueError(
            f"{name} must lie in {brackets[0]}{low:g}, {high:g}{brackets[1]}; "
            f"got values from {array.min():.4g} to {array.max():.4g}"
        )
    return array


def _same_shape(x, x_hat):
    if x.ndim != 2 or x.shape != x_hat.shape:
        raise ValueError(f"x_hat must be (n, D) as x, {x.shape}; got shape {x_hat.shape}")


def gaussian_nll(x, x_hat, sigma=1.0):
    """Negative log-likelihood of x under independent Gaussians around x_hat.

    Args:
        x: Data, shape (n, D).
        x_hat: Means, shape (n, D).
        sigma: Standard deviation of every feature, above 0, in the unit of x.

    Returns:
        Nats, summed over features and averaged over examples; below 0 where the density
        is above 1.

    Raises:
        ValueError: If the shapes differ or `sigma` is not above 0.
    """
    x, x_hat = np.asarray(x, dtype=float), np.asarray(x_hat, dtype=float)
    _same_shape(x, x_hat)
    if not sigma > 0:
        raise ValueError(f"sigma must be above 0; got {sigma}")
    squares = np.sum((x - x_hat) ** 2, axis=1).mean()
    return float(squares / (2 * sigma**2) + 0.5 * x.shape[1] * np.log(2 * np.pi * sigma**2))


def cross_entropy(x, x_hat):
    """Binary cross-entropy: for x of zeros and ones, a Bernoulli likelihood.

    For gray values between 0 and 1 it can be computed and minimized just as well, but it
    is no longer minus the logarithm of a probability, and its minimum is not 0: see
    `cross_entropy_floor`.

    Args:
        x: Data in [0, 1], shape (n, D).
        x_hat: Probabilities, strictly inside (0, 1), shape (n, D).

    Returns:
        Nats, summed over features and averaged over examples.

    Raises:
        ValueError: If the shapes differ or a value lies outside its range.

    Source:
        Loaiza-Ganem and Cunningham (2019), arXiv:1907.06845, section 2.
    """
    x = _checked_range("x", x, 0, 1, strict=False)
    x_hat = _checked_range("x_hat", x_hat, 0, 1, strict=True)
    _same_shape(x, x_hat)
    log_likelihood = xlogy(x, x_hat) + xlog1py(1 - x, -x_hat)
    return float(-np.sum(log_likelihood, axis=1).mean())


def cross_entropy_floor(x):
    """The smallest cross-entropy that any reconstruction of x can have: at x_hat = x.

    It is the binary entropy of each value, -x log x - (1 - x) log(1 - x), which is 0 only
    for zeros and ones. The entropy of the distribution of the data is another quantity.

    Args:
        x: Data in [0, 1], shape (n, D).

    Returns:
        Nats, summed over features and averaged over examples.

    Raises:
        ValueError: If a value lies outside [0, 1].
    """
    x = _checked_range("x", x, 0, 1, strict=False)
    return float(np.sum(entr(x) + entr(1 - x), axis=1).mean())


def range_floor(x, low, high):
    """The smallest mean squared error of an output confined to [low, high].

    The best such output clips: it answers x where it can and the nearer bound elsewhere.

    Args:
        x: Data, any shape.
        low: Smallest value the output activation can reach, or -inf.
        high: Largest value it can reach, or inf.

    Returns:
        The mean over examples and features of (x - clip(x, low, high))**2.

    Raises:
        ValueError: If `low` is not below `high`.
    """
    if not low < high:
        raise ValueError(f"low must be below high; got low={low}, high={high}")
    x = np.asarray(x, dtype=float)
    return float(np.mean((x - np.clip(x, low, high)) ** 2))
