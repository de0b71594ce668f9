"""Two worlds with planted anomalies, for which the best possible ROC-AUC is known.

Training and validation hold normal rows only, and the test part holds normal and anomalous
ones. In the first world normal rows lie near a plane, in the second near a curved surface.
"""

import numpy as np

from companion.datasets import Dataset

LICENSE_OF_WORLDS = "BSD-3-Clause, as this package"


def auc_of_spreads(ratio, n_directions):
    """ROC-AUC of a squared distance that is larger by a known factor for anomalies.

    If the distance is s^2 chi^2_m for normal rows and t^2 chi^2_m for anomalies, their
    quotient follows the F distribution, and the chance that a random anomaly lies
    farther out than a random normal row is P(F_{m,m} > (s / t)^2).

    Args:
        ratio: t / s, above 0.
        n_directions: m, at least 1.

    Returns:
        The ROC-AUC; 0.5 for a ratio of 1.

    Raises:
        ValueError: If an argument is out of range.
    """
    from scipy.special import fdtrc

    _at_least_one(n_directions=n_directions)
    _positive(ratio=ratio)
    return float(fdtrc(n_directions, n_directions, ratio**-2.0))


def planted_anomalies(
    sizes=(600, 300, 600, 300),
    seed=0,
    n_features=16,
    latent_dim=4,
    noise_std=0.3,
    off_ratio=1.5,
    far_ratio=2.5,
):
    """Rows near a linear subspace, and two kinds of anomalies: off it, and far along it.

    A normal row is x = b + Q (a z) + noise_std Q' e. The columns of Q (D, K) are an
    orthonormal basis of the subspace, those of Q' (D, D - K) of what is orthogonal to it;
    z and e are standard normal; the standard deviations `a` fall from 3 to 1. All entries
    of Q and Q' have the size 1 / sqrt(D), so that all columns have one variance and
    standardizing them changes nothing but the unit. An anomaly of kind 1 has e larger by
    `off_ratio`, one of kind 2 has z larger by `far_ratio`.

    So the squared distance from the subspace has the ROC-AUC ``auc_of_spreads(off_ratio,
    D - K)`` for kind 1 and exactly 1/2 for kind 2, and the Mahalanobis distance within it
    1/2 for kind 1 and ``auc_of_spreads(far_ratio, K)`` for kind 2.

    Args:
        sizes: Rows of training, of validation, normal in the test part, and anomalous of
            each kind in the test part.
        seed: Seed of the parameters and of the rows.
        n_features: D, a power of two above `latent_dim`.
        latent_dim: K, at least 1.
        noise_std: Standard deviation of a normal row in each direction off the subspace.
        off_ratio: How much larger it is for anomalies of kind 1.
        far_ratio: How much farther out anomalies of kind 2 lie.

    Returns:
        A `Dataset`; x is (n, D), y is 0 for normal, 1 off the subspace, 2 far along it;
        the truth has basis (D, K), mean (D,), stds (K,), noise_std and both ratios.

    Raises:
        ValueError: If an argument is out of range.
    """
    _check_sizes(sizes)
    _at_least_one(latent_dim=latent_dim)
    _positive(noise_std=noise_std, off_ratio=off_ratio, far_ratio=far_ratio)
    if n_features <= latent_dim or n_features & (n_features - 1):
        raise ValueError(
            f"n_features must be a power of two above {latent_dim}; got {n_features}"
        )
    rng = np.random.default_rng(seed)
    rotation = _rotation_of_equal_entries(n_features, rng)
    mean, stds = rng.normal(size=n_features), np.linspace(3.0, 1.0, latent_dim)

    def rows(n, kind):
        e = rng.normal(size=(n, n_features))
        e[:, :latent_dim] *= stds * (far_ratio if kind == 2 else 1.0)
        e[:, latent_dim:] *= noise_std * (off_ratio if kind == 1 else 1.0)
        return mean + e @ rotation.T

    truth = {"basis": rotation[:, :latent_dim], "mean": mean, "stds": stds}
    truth |= {"noise_std": noise_std, "off_ratio": off_ratio, "far_ratio": far_ratio}
    return _world("planted_anomalies", rows, sizes, (1, 2), truth, seed)


def distance_from_plane(x, truth):
    """Squared distance of rows from the true subspace of `planted_anomalies`.

    Args:
        x: Rows, shape (n, D).
        truth: The truth of the world.

    Returns:
        Squared distances, shape (n,), float64.
    """
    centered = np.asarray(x, dtype=float) - truth["mean"]
    return np.sum(centered**2, axis=1) - np.sum((centered @ truth["basis"]) ** 2, axis=1)


def curved_anomalies(
    sizes=(600, 300, 600, 300),
    seed=0,
    n_arcs=3,
    noise_std=0.05,
    off_ratio=3.0,
    wave=0.0,
):
    """Rows near a curved surface, the product of arcs, and anomalies off it.

    Each of the arcs takes three quarters of a turn in a plane of its own; a row has an
    angle t and the radius ``1 + wave cos(3 t) + noise_std e`` in each plane, and all planes
    together are rotated at random. An anomaly has e larger by `off_ratio`. So the sum of
    the squared errors of the radii has the ROC-AUC ``auc_of_spreads(off_ratio, n_arcs)``,
    and no score has a higher one. Without a wave the arcs are circles, which are zeros of
    polynomials of the second degree.

    Args:
        sizes: As in `planted_anomalies`.
        seed: Seed of the parameters and of the rows.
        n_arcs: Dimension of the surface, at least 1; rows have twice as many entries.
        noise_std: Standard deviation of the radii of normal rows.
        off_ratio: How much larger it is for anomalies.
        wave: How far the radii swing, in [0, 1).

    Returns:
        A `Dataset`; x is (n, 2 n_arcs), y is 0 for normal and 1 for anomalous; the truth
        has rotation (D, D), noise_std, off_ratio and wave.

    Raises:
        ValueError: If an argument is out of range.
    """
    _check_sizes(sizes)
    _at_least_one(n_arcs=n_arcs)
    _positive(noise_std=noise_std, off_ratio=off_ratio)
    if not 0 <= wave < 1:
        raise ValueError(f"wave must be in [0, 1); got {wave}")
    rng = np.random.default_rng(seed)
    rotation, _ = np.linalg.qr(rng.normal(size=(2 * n_arcs, 2 * n_arcs)))

    def rows(n, kind):
        angle = rng.uniform(0.0, 1.5 * np.pi, size=(n, n_arcs))
        std = noise_std * (off_ratio if kind else 1.0)
        radius = 1.0 + wave * np.cos(3.0 * angle) + std * rng.normal(size=(n, n_arcs))
        return np.hstack((radius * np.cos(angle), radius * np.sin(angle))) @ rotation.T

    truth = {"rotation": rotation, "noise_std": noise_std}
    truth |= {"off_ratio": off_ratio, "wave": wave}
    return _world("curved_anomalies", rows, sizes, (1,), truth, seed)


def _rotation_of_equal_entries(n, rng):
    """Draw an orthogonal matrix whose entries are all 1 / sqrt(n) or minus that."""
    signs = np.ones((1, 1))
    while len(signs) < n:
        signs = np.block([[signs, signs], [signs, -signs]])
    rows, columns = rng.permutation(n), rng.permutation(n)
    flips = rng.choice([-1.0, 1.0], size=(n, 1))
    return flips * signs[rows][:, columns] / np.sqrt(n)


def _world(name, rows, sizes, kinds, truth, seed):
    """Draw training, validation and test; `rows` takes how many, and of which kind."""
    n_train, n_val, n_normal, n_each = sizes
    x_test = [rows(n_normal, 0), *(rows(n_each, kind) for kind in kinds)]
    y_test = np.repeat((0, *kinds), [n_normal, *(n_each for _ in kinds)])
    x = [rows(n_train, 0), rows(n_val, 0), np.concatenate(x_test)]
    y = [np.zeros(n_train, np.int64), np.zeros(n_val, np.int64), y_test.astype(np.int64)]
    return Dataset(
        *(array for pair in zip(x, y, strict=True) for array in _typed(*pair)),
        name=name,
        source=f"companion.datasets.anomaly_worlds.{name}, seed {seed}",
        license=LICENSE_OF_WORLDS,
        truth=truth,
    )


def _typed(x, y):
    return x.astype(np.float32), y


def _check_sizes(sizes):
    if len(sizes) != 4 or min(sizes) < 1:
        raise ValueError(f"sizes must be four numbers of at least 1; got {sizes}")


def _at_least_one(**values):
    for name, value in values.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1; got {value}")


def _positive(**values):
    for name, value in values.items():
        if not value > 0:
            raise ValueError(f"{name} must be above 0; got {value}")
