"""Tables for anomaly detection: a small real one, two worlds, and four of full size.

In the worlds and in the full-size tables, training and validation hold normal rows only,
and the test part holds normal and anomalous ones. Nothing is standardized here: that is
part of a detector, which may look at training rows only.
"""

import numpy as np

from companion.datasets import Dataset
from companion.datasets.cache import Collection, RemoteFile, fetch

MIRRORS = (
    "https://raw.githubusercontent.com/Minqi824/ADBench/main/adbench/datasets/Classical/",
    "https://cdn.jsdelivr.net/gh/Minqi824/ADBench@main/adbench/datasets/Classical/",
)
_FILES = {
    "cardio": RemoteFile(
        "6_cardio.npz",
        "bc5009bde6930b4d298b594f31b34485a9a17210cff0e8fb00a8c3068b885a2d",
        68_471,
    ),
    "thyroid": RemoteFile(
        "38_thyroid.npz",
        "8de161b3f235b7647bb0b39a836d983ff61d67bf234edac461da2d71e889cb87",
        39_882,
    ),
    "wdbc": RemoteFile(
        "43_WDBC.npz",
        "78d4606a1ab516f5b60b00c196497f3bbd6bd5e4548fd04cf5f2475209b34b85",
        46_770,
    ),
    "optdigits": RemoteFile(
        "26_optdigits.npz",
        "60de17a375a278ba220a7849727d998aa02b5e2f9fd17732a004bba28de4656e",
        197_633,
    ),
}
COLLECTIONS = {
    name: Collection(MIRRORS, (file,), "digits" if name == "optdigits" else "breast_cancer")
    for name, file in _FILES.items()
}
LICENSE_OF_WORLDS = "BSD-3-Clause, as this package"
SPLIT_SEED = 0


def wine():
    """Thirteen chemical measurements of 178 wines from three cultivars of one region.

    The split is stratified with a fixed seed: 106 training, 36 validation and 36 test
    rows. Columns keep their units, which differ by four orders of magnitude.

    Returns:
        A `Dataset`; x is (n, 13), y the cultivar, 0, 1 or 2.

    Source:
        Aeberhard and Forina (1992), Wine, UCI, as in ``sklearn.datasets.load_wine``.
    """
    from sklearn.datasets import load_wine

    from companion.datasets.embedded import _stratified

    bunch = load_wine()
    x, y = bunch.data.astype(np.float32), bunch.target.astype(np.int64)
    return Dataset(
        *_stratified(x, y, n_val=36, n_test=36),
        name="wine",
        source="S. Aeberhard and M. Forina (1992), UCI; in scikit-learn (load_wine)",
        license="CC BY 4.0 (UCI Machine Learning Repository)",
    )


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
    sizes=(600, 300, 600, 300), seed=0, n_arcs=3, noise_std=0.05, off_ratio=3.0
):
    """Rows near a curved surface, the product of arcs, and anomalies off it.

    Each of the arcs takes three quarters of a circle in a plane of its own; a row has an
    angle and a radius 1 + noise_std e in each plane, and all planes together are rotated
    at random. An anomaly has e larger by `off_ratio`. With the squared distance from the
    surface, the sum of the squared errors of the radii, the ROC-AUC is
    ``auc_of_spreads(off_ratio, n_arcs)``, but for the few rows off the ends of an arc.

    Args:
        sizes: As in `planted_anomalies`.
        seed: Seed of the parameters and of the rows.
        n_arcs: Dimension of the surface, at least 1; rows have twice as many entries.
        noise_std: Standard deviation of the radii of normal rows.
        off_ratio: How much larger it is for anomalies.

    Returns:
        A `Dataset`; x is (n, 2 n_arcs), y is 0 for normal and 1 for anomalous; the truth
        has rotation (D, D), noise_std and off_ratio.

    Raises:
        ValueError: If an argument is out of range.
    """
    _check_sizes(sizes)
    _at_least_one(n_arcs=n_arcs)
    _positive(noise_std=noise_std, off_ratio=off_ratio)
    rng = np.random.default_rng(seed)
    rotation, _ = np.linalg.qr(rng.normal(size=(2 * n_arcs, 2 * n_arcs)))

    def rows(n, kind):
        angle = rng.uniform(0.0, 1.5 * np.pi, size=(n, n_arcs))
        std = noise_std * (off_ratio if kind else 1.0)
        radius = 1.0 + std * rng.normal(size=(n, n_arcs))
        return np.hstack((radius * np.cos(angle), radius * np.sin(angle))) @ rotation.T

    truth = {"rotation": rotation, "noise_std": noise_std, "off_ratio": off_ratio}
    return _world("curved_anomalies", rows, sizes, (1,), truth, seed)


def cardio():
    """Heart beats of 1,822 fetuses in 21 numbers; 175 are pathologic.

    Returns:
        A `Dataset`, split as `adbench` says; y is 1 for an anomaly.

    Raises:
        companion.datasets.DatasetError: If the file is neither in the cache nor to be had.

    Source:
        Cardiotocography, UCI, as in ADBench (Han et al., 2022).
    """
    return adbench("cardio")


def thyroid():
    """Six numbers of 3,656 patients; 93 have an overactive thyroid gland.

    Returns:
        A `Dataset`, split as `adbench` says; y is 1 for an anomaly.

    Raises:
        companion.datasets.DatasetError: If the file is neither in the cache nor to be had.

    Source:
        Thyroid disease, UCI, as in ADBench (Han et al., 2022).
    """
    return adbench("thyroid")


def wdbc():
    """Thirty measurements of cell nuclei of 367 breast tumors; 10 are malignant.

    Returns:
        A `Dataset`, split as `adbench` says; y is 1 for an anomaly.

    Raises:
        companion.datasets.DatasetError: If the file is neither in the cache nor to be had.

    Source:
        Breast Cancer Wisconsin (Diagnostic), UCI, as in ADBench (Han et al., 2022).
    """
    return adbench("wdbc")


def optdigits():
    """Handwritten digits, 8 x 8 counts of pixels, 5,198 rows; the 132 zeros are anomalies.

    Returns:
        A `Dataset`, split as `adbench` says; y is 1 for an anomaly.

    Raises:
        companion.datasets.DatasetError: If the file is neither in the cache nor to be had.

    Source:
        Optical recognition of handwritten digits, UCI, as in ADBench (Han et al., 2022).
    """
    return adbench("optdigits")


def adbench(name):
    """One table of ADBench; rows that repeat an earlier one are left out.

    Half of the normal rows are for training and a fifth for validation, drawn with a fixed
    seed; the test part has the other normal rows and all anomalies.

    Args:
        name: One of `COLLECTIONS`.

    Returns:
        A `Dataset`; x is (n, D) in the units of the file, y is 1 for an anomaly.

    Raises:
        companion.datasets.DatasetError: If the file is neither in the cache nor to be had.

    Source:
        Han et al. (2022), ADBench: Anomaly Detection Benchmark, arXiv:2206.09426.
    """
    (path,) = fetch("adbench", COLLECTIONS[name])
    with np.load(path, allow_pickle=False) as file:
        x, y = file["X"].astype(np.float32), file["y"].astype(np.int64)
    _, first = np.unique(x, axis=0, return_index=True)
    x, y = x[np.sort(first)], y[np.sort(first)]
    rng = np.random.default_rng(SPLIT_SEED)
    normal, anomalous = rng.permutation(np.flatnonzero(y == 0)), np.flatnonzero(y)
    train, val, rest = np.split(normal, [len(normal) // 2, len(normal) * 7 // 10])
    test = np.concatenate((rest, anomalous))
    return Dataset(
        *(array[part] for part in (train, val, test) for array in (x, y)),
        name=name,
        source=f"UCI, in ADBench (Han et al., 2022), {COLLECTIONS[name].files[0].name}",
        license="BSD-2-Clause (ADBench); the rows come from UCI",
    )


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
        source=f"companion.datasets.tables.{name}, seed {seed}",
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
