"""Points that fill a known number of dimensions, and the code size that suffices."""

import numpy as np

from companion.datasets import worlds

# Names of the worlds, with the settings that are easy enough to learn in a second.
WORLDS = {
    "curve": {"turns": 0.75},
    "surface": {"turns": 0.75},
    "linear_gaussian": {"n_features": 5, "latent_dim": 3},
}
N_FEATURES, NOISE_STD = 5, 0.02


def rotate_into(x, n_features, noise_std, rng):
    """Put points into a space of more dimensions, without bending what they lie on.

    New coordinates of pure noise are added, and a random rotation mixes all of them, so
    that no coordinate shows how many dimensions the points fill.

    Args:
        x: Points, shape (n, d).
        n_features: D, the new number of coordinates, at least d.
        noise_std: Standard deviation of the noise in each new coordinate.
        rng: A `numpy.random.Generator` that draws noise and rotation.

    Returns:
        Points, shape (n, D), with the distances of x apart from the noise.

    Raises:
        ValueError: If `n_features` is below d.
    """
    n, d = x.shape
    if n_features < d:
        raise ValueError(f"n_features must be at least {d}; got {n_features}")
    noise = noise_std * rng.normal(size=(n, n_features - d))
    rotation, _ = np.linalg.qr(rng.normal(size=(n_features, n_features)))
    return np.concatenate([x, noise], axis=1) @ rotation


def world(name, n_train=1000, n_test=1000, seed=0):
    """Points in 5 dimensions that fill 1 ("curve"), 2 ("surface") or 3 of them.

    The third world is "linear_gaussian": three factors, a flat subspace, and noise.

    Args:
        name: Name of the world.
        n_train: Number of training points.
        n_test: Number of test points.
        seed: Seed of world, noise and rotation.

    Returns:
        x_train: Points, (n_train, 5), centered and scaled to a mean variance of 1.
        x_test: Points, (n_test, 5), centered and scaled by the training points.

    Raises:
        ValueError: If `name` is unknown.
    """
    if name not in WORLDS:
        raise ValueError(f"name must be one of {', '.join(WORLDS)}; got {name!r}")
    data = worlds.make(name, sizes=(n_train, 1, n_test), seed=seed, **WORLDS[name])
    x = np.concatenate([data.x_train, data.x_test]).astype(float)
    x = rotate_into(x, N_FEATURES, NOISE_STD, np.random.default_rng(seed))
    center = x[:n_train].mean(axis=0)
    scale = np.sqrt(np.mean((x[:n_train] - center) ** 2))
    x = (x - center) / scale
    return x[:n_train], x[n_train:]


def sufficient_size(errors, share=0.02):
    """Find the smallest code size that leaves hardly any of the mean predictor's error.

    Args:
        errors: Errors for the code sizes 0 (the mean predictor), 1, 2, ...
        share: What may be left, as a share of errors[0].

    Returns:
        The smallest size k with errors[k] at most `share` times errors[0], or None.

    Raises:
        ValueError: If `errors` is not 1-D or has no size above 0.
    """
    errors = np.asarray(errors, dtype=float)
    if errors.ndim != 1 or len(errors) < 2:
        raise ValueError(f"errors must be 1-D, at least 2; got shape {errors.shape}")
    reached = np.flatnonzero(errors <= share * errors[0])
    return int(reached[0]) if len(reached) else None
