"""Data made from a known dictionary, and how much of it a learner finds again."""

import numpy as np


def draw_world(n, n_atoms, n_features, n_active, rng, noise=0.0, amplitudes="laplace"):
    """Draw a dictionary, and inputs that are sums of a few of its atoms.

    Each input has exactly `n_active` atoms, chosen at random, with amplitudes of either
    sign, plus Gaussian noise. Laplace amplitudes have an exponential size around 1.

    Args:
        n: Number of inputs.
        n_atoms: K.
        n_features: D.
        n_active: Atoms in an input, from 1 to K.
        rng: A `numpy.random.Generator`.
        noise: Standard deviation of the noise of a feature.
        amplitudes: "laplace", or "gaussian" for the standard normal distribution.

    Returns:
        x: Shape (n, D).
        dictionary: Atoms of length 1, shape (K, D).
        z: The codes that made x, shape (n, K).

    Raises:
        ValueError: If `n_active` is not from 1 to K, or `amplitudes` unknown.
    """
    if not 1 <= n_active <= n_atoms:
        raise ValueError(f"n_active must be from 1 to {n_atoms}; got {n_active}")
    if amplitudes not in ("laplace", "gaussian"):
        raise ValueError(f"amplitudes must be laplace or gaussian; got {amplitudes!r}")
    dictionary = rng.normal(size=(n_atoms, n_features))
    dictionary /= np.linalg.norm(dictionary, axis=1, keepdims=True)
    ranks = rng.random((n, n_atoms)).argsort(axis=1)
    draw = rng.laplace if amplitudes == "laplace" else rng.normal
    z = np.where(ranks < n_active, draw(size=(n, n_atoms)), 0.0)
    return z @ dictionary + noise * rng.normal(size=(n, n_features)), dictionary, z


def matching_score(found, true):
    """Mean over the true atoms of the best absolute cosine with a found one.

    Args:
        found: Learned atoms, shape (M, D), none zero; signs and order do not count.
        true: True atoms, shape (K, D), none zero.

    Returns:
        From 0 to 1, where 1 says that every true atom was found.
    """
    unit = [a / np.linalg.norm(a, axis=1, keepdims=True) for a in (found, true)]
    return float(np.abs(unit[1] @ unit[0].T).max(axis=1).mean())
