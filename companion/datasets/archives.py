"""Read the original files of the full-size data sets into arrays."""

import gzip
import pickle
import tarfile
import zlib

import numpy as np

from companion.datasets import DatasetError

CIFAR10_TRAIN = tuple(f"data_batch_{number}" for number in range(1, 6))


def to_unit_range(images):
    """Scale 8-bit images to [0, 1] and give gray ones their channel axis.

    Args:
        images: (n, height, width) or (n, height, width, channels), uint8.

    Returns:
        (n, height, width, channels), float32.
    """
    x = images.astype(np.float32)
    x /= 255.0
    return x[..., np.newaxis] if x.ndim == 3 else x


def read_idx(path, n_axes):
    """Read a gzip-compressed idx file of unsigned bytes.

    Such a file begins with a magic number, 2048 plus the number of axes, then holds the
    length of each axis (all big-endian, 32 bits) and then the values.

    Args:
        path: Path of the file, a `pathlib.Path`.
        n_axes: Number of axes expected: 3 for images, 1 for labels.

    Returns:
        uint8 array with `n_axes` axes.

    Raises:
        companion.datasets.DatasetError: If the file is not gzip, has another magic
            number, or does not hold as many values as it announces.
    """
    try:
        with gzip.open(path) as file:
            content = file.read()
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DatasetError(f"{path.name} is not a whole gzip file: {error}") from error
    expected, found = 2048 + n_axes, int.from_bytes(content[:4], "big")
    if found != expected:
        raise DatasetError(f"{path.name}: expected magic number {expected}, found {found}")
    n_header = 4 * (1 + n_axes)
    shape = np.frombuffer(content[4:n_header].ljust(4 * n_axes, b"\0"), ">u4").astype(int)
    n_bytes = n_header + np.prod(shape)
    if len(content) != n_bytes:
        raise DatasetError(
            f"{path.name}: expected {n_bytes} bytes for values of shape {shape.tolist()}, "
            f"found {len(content)}"
        )
    return np.frombuffer(content, np.uint8, offset=n_header).reshape(shape)


def read_cifar10(path):
    """Read ``cifar-10-python.tar.gz`` without unpacking it to the disk.

    Args:
        path: Path of the archive, whose checksum has been verified.

    Returns:
        x_train, y_train, x_test, y_test: images (n, 32, 32, 3) uint8 and labels (n,).

    Raises:
        companion.datasets.DatasetError: If the archive does not hold the six batches.
    """
    try:
        with tarfile.open(path, "r:gz") as archive:
            batches = [
                _read_batch(archive, name) for name in (*CIFAR10_TRAIN, "test_batch")
            ]
    except (tarfile.TarError, KeyError, EOFError, pickle.UnpicklingError) as error:
        raise DatasetError(f"{path.name} does not hold the six batches: {error}") from error
    x_train = np.concatenate([x for x, _ in batches[:-1]])
    y_train = np.concatenate([y for _, y in batches[:-1]])
    return x_train, y_train, *batches[-1]


def _read_batch(archive, name):
    file = archive.extractfile(f"cifar-10-batches-py/{name}")
    batch = _ArrayUnpickler(file, encoding="latin1").load()
    # A row holds all red values, then green, then blue, each line by line.
    x = batch["data"].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return x, np.array(batch["labels"])


class _ArrayUnpickler(pickle.Unpickler):
    """Unpickle arrays of Python 2 and nothing else, so no file can run code."""

    def find_class(self, module, name):
        allowed = {
            ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
            ("numpy", "ndarray"): np.ndarray,
            ("numpy", "dtype"): np.dtype,
        }
        if (module, name) not in allowed:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed")
        return allowed[module, name]
