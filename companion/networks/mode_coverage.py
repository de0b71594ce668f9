"""Does a generator make everything that the data hold? Counts of modes, and distances.

A generator can make good examples of one kind only. So quality and coverage are counted
apart: the share of generated examples that lie close to some mode of the data, and the
number of modes that receive a fair part of the examples.
"""

import numpy as np
from scipy.integrate import trapezoid
from scipy.spatial.distance import cdist


def ring_centers(n_modes=8, radius=1.0):
    """Return equally spaced points on a circle, shape (n_modes, 2)."""
    angles = 2 * np.pi * np.arange(n_modes) / n_modes
    return radius * np.column_stack((np.cos(angles), np.sin(angles)))


def sample_modes(centers, std, n, rng):
    """Draw from a mixture of equal round Gaussians.

    Args:
        centers: Their means, shape (n_modes, D).
        std: Their standard deviation along each axis.
        n: How many points to draw.
        rng: A `numpy.random.Generator`.

    Returns:
        Points, shape (n, D), rounded to six decimals, which are the same on processors
        whose arithmetic differs in the last bit.
    """
    centers = np.asarray(centers, dtype=float)
    mode = rng.integers(len(centers), size=n)
    points = centers[mode] + std * rng.normal(size=(n, centers.shape[1]))
    return np.round(points, 6)


def assign_modes(points, centers, radius):
    """Give each point the nearest mode, or none if that is too far.

    Args:
        points: Shape (n, D).
        centers: Shape (n_modes, D).
        radius: Largest distance at which a point counts as a good one.

    Returns:
        Index of the mode, or -1, shape (n,).

    Raises:
        ValueError: If `radius` is not above 0.
    """
    if radius <= 0:
        raise ValueError(f"radius must be above 0; got {radius}")
    distances = cdist(points, centers)
    nearest = distances.argmin(axis=1)
    return np.where(distances.min(axis=1) <= radius, nearest, -1)


def mode_shares(labels, n_modes):
    """Return the share of all examples in each mode, shape (n_modes,).

    Args:
        labels: Mode of each example; -1 for none, which counts in the whole only.
        n_modes: How many modes there are.
    """
    labels = np.asarray(labels)
    return np.bincount(labels[labels >= 0], minlength=n_modes) / len(labels)


def n_covered(shares, least=0.2):
    """Count the modes that receive at least a part of an equal share.

    Args:
        shares: As `mode_shares` returns, shape (n_modes,).
        least: The part of 1 / n_modes that a mode must receive.

    Returns:
        How many modes do.
    """
    shares = np.asarray(shares)
    return int(np.sum(shares >= least / len(shares)))


def distance_to_density(samples, grid, distribution):
    """Compute the Wasserstein-1 distance between samples and a known law on the line.

    It is the area between the step function of the samples and the distribution
    function: how far probability has to be carried, on average, to turn one into the
    other.

    Args:
        samples: Numbers, any shape.
        grid: Increasing and fine, wide enough to hold law and samples, shape (n,).
        distribution: The distribution function on the grid, (n,).

    Returns:
        The distance, in the unit of the samples.

    Raises:
        ValueError: If samples lie outside the grid.
    """
    samples, grid = np.sort(np.ravel(samples)), np.asarray(grid, dtype=float)
    if samples[0] < grid[0] or samples[-1] > grid[-1]:
        raise ValueError(
            f"samples must lie between {grid[0]:g} and {grid[-1]:g}; "
            f"got {samples[0]:g} to {samples[-1]:g}"
        )
    empirical = np.searchsorted(samples, grid, side="right") / len(samples)
    return float(trapezoid(np.abs(empirical - distribution), grid))


def nearest_distances(points, references):
    """Return the distance of each point to its nearest reference, shape (n,).

    Generated examples that copy training examples have nearly no distance to them, where
    held-out examples keep one.

    Args:
        points: Shape (n, D).
        references: Shape (m, D).
    """
    return cdist(points, references).min(axis=1)
