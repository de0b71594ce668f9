"""A fifth of CIFAR-10, for experiments that cannot afford all of it."""

import numpy as np

from companion.datasets import Dataset, DatasetError, archives, download
from companion.datasets.cache import Collection, RemoteFile, fetch

N_TRAIN, N_VAL, N_TEST = 10_000, 1_000, 1_000
COLLECTIONS = {
    "cifar10_part": Collection(
        # No address gives this file; without it the archive of the whole set serves.
        mirrors=(),
        files=(
            RemoteFile(
                "cifar10-12000.npz",
                "befabed627bba2a8d137e3218681d336d71068352391deeb1d44d2dc926eb311",
                33_899_270,
            ),
        ),
        embedded_instead="photographs_color",
    )
}


def cifar10_part():
    """The first 11,000 training images and the first 1,000 test images of CIFAR-10.

    They are read from ``cifar10/cifar10-12000.npz`` in the cache, which holds the pixels
    of just these images, or else from the archive of `companion.datasets.download`.
    Validation is the last 1,000 of the 11,000 training images.

    Returns:
        A `Dataset`; x is (n, 32, 32, 3), y the class as in CIFAR-10.

    Raises:
        companion.datasets.DatasetError: If neither file is in the cache and the archive
            cannot be had.

    Source:
        Krizhevsky (2009), Learning multiple layers of features from tiny images.
    """
    x, y, x_test, y_test = _read()
    n = N_TRAIN + N_VAL
    x = archives.to_unit_range(np.concatenate((x[:n], x_test[:N_TEST])))
    y = np.concatenate((y[:n], y_test[:N_TEST])).astype(np.int64)
    parts = [
        part
        for a, b in ((0, N_TRAIN), (N_TRAIN, n), (n, None))
        for part in (x[a:b], y[a:b])
    ]
    return Dataset(
        *parts,
        name="cifar10_part",
        source="Krizhevsky (2009), University of Toronto: 12,000 of the 60,000 images",
        license="not stated by the authors, who ask to be cited",
    )


def _read():
    try:
        (path,) = fetch("cifar10", COLLECTIONS["cifar10_part"])
    except DatasetError:
        (path,) = fetch("cifar10", download.COLLECTIONS["cifar10"])
        return archives.read_cifar10(path)
    with np.load(path, allow_pickle=False) as file:
        return [file[name] for name in ("x_train", "y_train", "x_test", "y_test")]
