"""Generated worlds whose truth is known: every parameter is returned with the data.

A generator takes n, seed and its settings and returns ``x, y, truth``: n independent
examples, the true factors of each, and a mapping with the parameters. With the same
arguments it always returns the same. `make` turns a generator into a `Dataset`.
"""

import numpy as np

from companion.datasets import Dataset
from companion.datasets.pictures import bars, sprites


def linear_gaussian(n, seed=0, n_features=10, latent_dim=3, noise_std=0.3):
    """Points x = W z + b + noise, with z from N(0, I) and noise from N(0, noise_std^2 I).

    This is the model of probabilistic PCA, so the exact likelihood of every point is known
    (`linear_gaussian_log_likelihood`). W (`loadings`) and b (`mean`) are drawn from
    N(0, 1) and depend on the seed, not on n.

    Args:
        n: Number of points, at least 1.
        seed: Seed of the parameters and of the points.
        n_features: D, the number of coordinates of x.
        latent_dim: K, the number of factors, at most D.
        noise_std: Standard deviation of the noise in each coordinate, above 0.

    Returns:
        x: Points, (n, D), float32.
        y: True factors z, (n, K), float32.
        truth: Mapping with loadings (D, K), mean (D,) and noise_std.

    Raises:
        ValueError: If an argument is out of range.

    Source:
        Tipping and Bishop (1999), Probabilistic principal component analysis.
    """
    _at_least_one(n=n, n_features=n_features, latent_dim=latent_dim)
    _positive(noise_std=noise_std)
    if latent_dim > n_features:
        raise ValueError(f"latent_dim must be at most {n_features}; got {latent_dim}")
    rng = np.random.default_rng(seed)
    loadings = rng.normal(size=(n_features, latent_dim))
    mean = rng.normal(size=n_features)
    z = rng.normal(size=(n, latent_dim))
    x = z @ loadings.T + mean + noise_std * rng.normal(size=(n, n_features))
    truth = {"loadings": loadings, "mean": mean, "noise_std": noise_std}
    return x.astype(np.float32), z.astype(np.float32), truth


def linear_gaussian_log_likelihood(x, truth):
    """Exact log-density of each point under a linear-Gaussian world, in nats.

    With C = W W^T + noise_std^2 I and r = x - b,
    log p(x) = -(D log(2 pi) + log det C + r^T C^-1 r) / 2.

    Args:
        x: Points, (n, D).
        truth: The mapping that `linear_gaussian` returns.

    Returns:
        Log-density in nats per example, (n,), float64.

    Raises:
        ValueError: If x is not (n, D).
    """
    x, loadings = np.asarray(x, dtype=float), truth["loadings"]
    n_features = len(loadings)
    if x.ndim != 2 or x.shape[1] != n_features:
        raise ValueError(f"x must have shape (n, {n_features}); got {x.shape}")
    covariance = loadings @ loadings.T + truth["noise_std"] ** 2 * np.eye(n_features)
    factor = np.linalg.cholesky(covariance)
    whitened = np.linalg.solve(factor, (x - truth["mean"]).T)  # (D, n)
    log_det = 2.0 * np.sum(np.log(np.diag(factor)))
    squared = np.sum(whitened**2, axis=0)
    return -0.5 * (n_features * np.log(2.0 * np.pi) + log_det + squared)


def curve_points(t, turns=1.0):
    """Points of the spiral without noise: r = 0.2 + 0.8 t, angle = 2 pi turns t.

    Args:
        t: Position along the curve in [0, 1], any shape of n values.
        turns: Number of turns of the spiral, above 0.

    Returns:
        Points in the unit disc, (n, 2).
    """
    t = np.asarray(t, dtype=float).ravel()
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
        y: Position t along the curve (`curve_points`), uniform in [0, 1], (n, 1), float32.
        truth: Mapping with dimension, turns and noise_std.

    Raises:
        ValueError: If an argument is out of range.
    """
    rng = _checked_rng(n, seed, turns, noise_std)
    t = rng.uniform(size=(n, 1))
    x = curve_points(t, turns) + noise_std * rng.normal(size=(n, 2))
    truth = {"dimension": 1, "turns": turns, "noise_std": noise_std}
    return x.astype(np.float32), t.astype(np.float32), truth


def surface_points(t, h, turns=1.0):
    """Points of the rolled sheet without noise: the spiral, drawn out along a third axis.

    Args:
        t: Position along the spiral in [0, 1], n values.
        h: Position across the sheet in [0, 1], n values.
        turns: Number of turns of the spiral, above 0.

    Returns:
        Points (spiral, 2 h - 1, spiral), (n, 3).
    """
    spiral = curve_points(t, turns)
    across = 2.0 * np.asarray(h, dtype=float).ravel() - 1.0
    return np.column_stack((spiral[:, 0], across, spiral[:, 1]))


def surface(n, seed=0, turns=1.0, noise_std=0.02):
    """A two-dimensional surface in three dimensions: a rolled sheet with Gaussian noise.

    Args:
        n: Number of points, at least 1.
        seed: Seed of positions and noise.
        turns: Number of turns of the roll, above 0.
        noise_std: Standard deviation of the noise in each coordinate, not negative.

    Returns:
        x: Points, (n, 3), float32.
        y: Positions t and h (`surface_points`), uniform in [0, 1], (n, 2), float32.
        truth: Mapping with dimension, turns and noise_std.

    Raises:
        ValueError: If an argument is out of range.
    """
    rng = _checked_rng(n, seed, turns, noise_std)
    th = rng.uniform(size=(n, 2))
    x = surface_points(th[:, 0], th[:, 1], turns) + noise_std * rng.normal(size=(n, 3))
    truth = {"dimension": 2, "turns": turns, "noise_std": noise_std}
    return x.astype(np.float32), th.astype(np.float32), truth


GENERATORS = {
    "linear_gaussian": linear_gaussian,
    "curve": curve,
    "surface": surface,
    "bars": bars,
    "sprites": sprites,
}


def make(name, sizes=(2000, 500, 500), seed=0, **settings):
    """A world as a `Dataset` of the given sizes.

    Validation and test hold no example that stands in an earlier part. That changes
    nothing where factors are continuous. In the bars world, where simple images recur, it
    means that validation and test show only *new combinations* of bars, and so more bars
    an image than training does.

    Args:
        name: Name of a generator of this module.
        sizes: Numbers of training, validation and test examples, each at least 1.
        seed: Seed of the generator.
        **settings: Further arguments of the generator.

    Returns:
        A `Dataset` whose y holds the true factors and whose truth holds the parameters.

    Raises:
        ValueError: If an argument is out of range, or the world has too few distinct
            examples for these sizes.
    """
    if name not in GENERATORS:
        raise ValueError(f"name must be one of {', '.join(GENERATORS)}; got {name!r}")
    if len(sizes) != 3 or min(sizes) < 1:
        raise ValueError(f"sizes must be three numbers of at least 1; got {sizes}")
    for n in sum(sizes) * 2 ** np.arange(5):
        x, y, truth = GENERATORS[name](int(n), seed=seed, **settings)
        parts = _split_without_repeats(x, sizes)
        if tuple(map(len, parts)) == tuple(sizes):
            break
    else:
        raise ValueError(f"sizes must leave distinct examples for each part; got {sizes}")
    return Dataset(
        *(array[part] for part in parts for array in (x, y)),
        name=name,
        source=f"companion.datasets.worlds.{name}, seed {seed}",
        license="BSD-3-Clause, as this package",
        truth=truth,
    )


def _split_without_repeats(x, sizes):
    """Indices of the three parts; what stands in one part is left out of the others."""
    keys = [row.tobytes() for row in x]
    parts = ([*range(sizes[0])], [], [])
    home = dict.fromkeys(keys[: sizes[0]], 0)
    for i in range(sizes[0], len(x)):
        # New examples go to val and test in turn, so that both are of one kind.
        val_is_behind = len(parts[1]) * sizes[2] <= len(parts[2]) * sizes[1]
        part = home.setdefault(keys[i], 1 if val_is_behind else 2)
        if part > 0 and len(parts[part]) < sizes[part]:
            parts[part].append(i)
    return parts


def _checked_rng(n, seed, turns, noise_std):
    _at_least_one(n=n)
    _positive(turns=turns)
    if noise_std < 0:
        raise ValueError(f"noise_std must not be negative; got {noise_std}")
    return np.random.default_rng(seed)


def _at_least_one(**values):
    for name, value in values.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1; got {value}")


def _positive(**values):
    for name, value in values.items():
        if not value > 0:
            raise ValueError(f"{name} must be above 0; got {value}")
