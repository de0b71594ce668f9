"""Tables for anomaly detection: a small one, and four of full size.

In the full-size tables, training and validation hold normal rows only, and the test part
holds normal and anomalous ones. Nothing is standardized here: that is part of a detector,
which may look at training rows only.
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
    train, val, rest = divide(y, np.random.default_rng(SPLIT_SEED))
    test = np.concatenate((rest, np.flatnonzero(y)))
    return Dataset(
        *(array[part] for part in (train, val, test) for array in (x, y)),
        name=name,
        source=f"UCI, in ADBench (Han et al., 2022), {COLLECTIONS[name].files[0].name}",
        license="BSD-2-Clause (ADBench); the rows come from UCI",
    )


def divide(y, rng):
    """Divide normal rows at random: half, a fifth, and the rest.

    Args:
        y: 0 for a normal row, shape (n,).
        rng: A `numpy.random.Generator`.

    Returns:
        Three arrays of indices of normal rows, without a row in common.
    """
    normal = rng.permutation(np.flatnonzero(y == 0))
    return np.split(normal, [len(normal) // 2, len(normal) * 7 // 10])
