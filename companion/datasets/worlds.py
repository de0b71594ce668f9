"""Generated worlds whose truth is known: every parameter is returned with the data."""

import numpy as np

from companion.datasets import Dataset


def curve_points(t, turns=1.0):
    """Points of the spiral without noise: r = 0.2 + 0.8 t, angle = 2 pi turns t.

    Args:
        t: Position along the curve in [0, 1], shape (n,).
        turns: Number of turns of the spiral, above 0.

    Returns:
        Points in the unit disc, (n, 2).
    """
    t = np.asarray(t, dtype=float)
    radius, angle = 0.2 + 0.8 * t, 2.0 * np.pi * turns * t
    return np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))


def curve(n, seed=0, turns=1.0, noise_std=0.02):
    """A one-dimensional curve in two dimensions: a spiral with Gaussian noise.

    Args:
        n: Number of points, at least 1.
        seed: Seed of positions and noise.
        turns: Number of turns of the spiral, above 0.
        noise_std: Standard deviation of the noise in each coordinate, not negative.

    Returns:
        x: Points, (n, 2), float32.
        y: Position t along the curve, uniform in [0, 1], (n, 1), float32.
        truth: Mapping with dimension, turns and noise_std.
    """
    rng = np.random.default_rng(seed)
    t = rng.uniform(size=n)
    x = curve_points(t, turns) + noise_std * rng.normal(size=(n, 2))
    truth = {"dimension": 1, "turns": turns, "noise_std": noise_std}
    return x.astype(np.float32), t[:, np.newaxis].astype(np.float32), truth


def make(name, sizes=(2000, 500, 500), seed=0, **settings):
    """A world as a `Dataset` of the given sizes.

    Args:
        name: Name of a generator of this module.
        sizes: Numbers of training, validation and test examples.
        seed: Seed of the generator.
        **settings: Further arguments of the generator.

    Returns:
        A `Dataset` whose y holds the true factors and whose truth holds the parameters.
    """
    x, y, truth = {"curve": curve}[name](sum(sizes), seed=seed, **settings)
    ends = np.cumsum(sizes)[:-1]
    parts = [part for pair in zip(np.split(x, ends), np.split(y, ends)) for part in pair]
    return Dataset(
        *parts,
        name=name,
        source=f"companion.datasets.worlds.{name}, seed {seed}",
        licence="BSD-3-Clause, as this package",
        truth=truth,
    )
