"""In which order, and when, a linear autoencoder learns the directions of its data.

Around small weights the strength of each principal axis grows on its own. With encoder and
decoder alike, its gain g starts at g(0) and reaches one half, under gradient flow on the
loss of `companion.autoencoders.linear_landscape`, at the time::

    t_half = log(1 / g(0) - 1) / (4 v)

with v the variance along the axis: a straight line in 1 / v.

Source:
    Saxe, McClelland and Ganguli (2014), arXiv:1312.6120.
"""

import numpy as np
from scipy.stats import spearmanr

from companion.autoencoders import linear_landscape
from companion.networks import checks


def half_time(variance, gain):
    """Time at which the gain of an axis reaches one half, in closed form.

    Args:
        variance: Variance along the axis, above 0; any shape.
        gain: g(0), above 0 and below one half.

    Returns:
        t_half, shaped as `variance`; gradient descent gets there after t_half divided by
        the learning rate, in steps.

    Raises:
        ValueError: If `variance` is not above 0 or `gain` not in (0, 1/2).
    """
    if not np.all(np.asarray(variance) > 0):
        raise ValueError(f"variance must be above 0; got {variance}")
    if not 0 < gain < 0.5:
        raise ValueError(f"gain must be above 0 and below 0.5; got {gain}")
    return np.log(1.0 / gain - 1.0) / (4.0 * np.asarray(variance))


def aligned_start(axes, gain):
    """Encoder and decoder that hold every axis with the same gain g(0).

    Args:
        axes: Unit vectors in rows, shape (K, D).
        gain: g(0), from 0 to 1.

    Returns:
        (encoder, decoder), shapes (D, K) and (K, D).
    """
    return np.sqrt(gain) * axes.T, np.sqrt(gain) * axes


def random_start(n_features, latent_dim, scale, rng):
    """Encoder and decoder of normal random numbers with standard deviation `scale`.

    Args:
        n_features: D.
        latent_dim: K.
        scale: Standard deviation of a weight.
        rng: A `numpy.random.Generator`.

    Returns:
        (encoder, decoder), shapes (D, K) and (K, D).
    """
    shapes = (n_features, latent_dim), (latent_dim, n_features)
    return tuple(scale * rng.normal(size=shape) for shape in shapes)


def follow(weights, covariance, axes, *, learning_rate, n_steps):
    """Gains of the axes during gradient descent.

    Args:
        weights: (encoder, decoder) to start from.
        covariance: C, shape (D, D).
        axes: Unit vectors in rows, shape (n_axes, D).
        learning_rate: Step size.
        n_steps: Number of steps.

    Returns:
        times: Learning rate times step, shape (n_steps + 1,).
        gains: Shape (n_steps + 1, n_axes).
    """
    _, gains = linear_landscape.descend(
        weights,
        covariance,
        learning_rate=learning_rate,
        n_steps=n_steps,
        measure=lambda *now: linear_landscape.gains(now, axes),
    )
    return learning_rate * np.arange(n_steps + 1), gains


def crossings(times, gains, level=0.5):
    """When each gain stays above a level: after the last time at which it is below.

    A gain that is above the level by chance at the start, and falls, does not count.

    Args:
        times: Ascending, shape (n_times,).
        gains: Shape (n_times, n_axes).
        level: The level to reach.

    Returns:
        Times on the straight line between two measurements, shape (n_axes,); the first
        time for a gain that is never below, NaN for one that ends below.

    Raises:
        ValueError: If `times` and `gains` differ in length.
    """
    times, gains = np.asarray(times, dtype=float), np.asarray(gains, dtype=float)
    checks.check_same_rows("gains", gains, "times", times)
    found = np.full(gains.shape[1], np.nan)
    for axis, gain in enumerate(gains.T):
        below = np.flatnonzero(gain < level)
        if len(below) == 0:
            found[axis] = times[0]
        elif below[-1] < len(times) - 1:
            i = below[-1]
            share = (level - gain[i]) / (gain[i + 1] - gain[i])
            found[axis] = times[i] + share * (times[i + 1] - times[i])
    return found


def order_correlation(half_times, variances):
    """Rank correlation between the times and the order of the variances, largest first.

    Args:
        half_times: Times to be learned, shape (n_axes,); NaN for never, the latest of all.
        variances: Variances of the axes, shape (n_axes,).

    Returns:
        Spearman's rank correlation; 1 if every axis is learned before those of smaller
        variance, 0 if the order says nothing about it.
    """
    times = np.where(np.isnan(half_times), np.inf, half_times)
    return float(spearmanr(times, -np.asarray(variances)).statistic)


def orders(covariance, n_axes, scale, seeds, *, learning_rate, n_steps):
    """Rank correlations of learning from random weights of one size.

    Args:
        covariance: C, shape (D, D).
        n_axes: Leading axes to follow; as many code units learn them.
        scale: Standard deviation of the first weights.
        seeds: Seeds of the first weights.
        learning_rate: Step size.
        n_steps: Number of steps.

    Returns:
        `order_correlation` for each seed, shape (n_seeds,).
    """
    variances, axes = linear_landscape.principal_axes(covariance)
    found = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        start = random_start(len(covariance), n_axes, scale, rng)
        settings = {"learning_rate": learning_rate, "n_steps": n_steps}
        half_times = crossings(*follow(start, covariance, axes[:n_axes], **settings))
        found.append(order_correlation(half_times, variances[:n_axes]))
    return np.array(found)
