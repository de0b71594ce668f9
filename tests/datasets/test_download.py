"""Full-size data sets: their loaders on small stand-ins, and the real ones where cached."""

import gzip
import hashlib
import os
import re
import struct
from pathlib import Path

import numpy as np
import pytest

from companion.datasets import DatasetError, download, load
from companion.datasets.cache import Collection, RemoteFile, cache_folder

NAMES = tuple(download.COLLECTIONS)


def idx_file(array):
    header = struct.pack(f">{1 + array.ndim}i", 0x800 + array.ndim, *array.shape)
    return gzip.compress(header + array.tobytes())


@pytest.fixture
def small_mnist(tmp_path, monkeypatch, rng):
    """A cache with 20 training and 6 test images in it; 5 of the 20 are for validation."""
    arrays = [
        rng.integers(256, size=shape, dtype=np.uint8)
        for shape in [(20, 28, 28), (20,), (6, 28, 28), (6,)]
    ]
    files = []
    (tmp_path / "mnist").mkdir()
    for file, array in zip(download.COLLECTIONS["mnist"].files, arrays, strict=True):
        content = idx_file(array)
        (tmp_path / "mnist" / file.name).write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        files.append(RemoteFile(file.name, sha256, len(content)))
    monkeypatch.setenv("COMPANION_DATA", str(tmp_path))
    collection = Collection(("http://127.0.0.1:9/",), tuple(files), "digits")
    monkeypatch.setitem(download.COLLECTIONS, "mnist", collection)
    monkeypatch.setattr(download, "N_VAL", 5)
    return arrays


def test_validation_is_the_end_of_the_training_images(small_mnist):
    x, y, x_test, y_test = small_mnist
    data = load("mnist")
    assert data.x_train.shape == (15, 28, 28, 1)
    np.testing.assert_array_equal(np.rint(255 * data.x_val[..., 0]), x[15:])
    np.testing.assert_array_equal(np.rint(255 * data.x_train[..., 0]), x[:15])
    np.testing.assert_array_equal(np.rint(255 * data.x_test[..., 0]), x_test)
    np.testing.assert_array_equal(data.y_train, y[:15])
    np.testing.assert_array_equal(data.y_val, y[15:])
    np.testing.assert_array_equal(data.y_test, y_test)
    assert data.x_train.dtype == np.float32
    assert data.y_train.dtype == np.int64


def test_files_in_the_wrong_order_are_noticed(small_mnist, monkeypatch):
    files = download.COLLECTIONS["mnist"].files
    swapped = Collection((), (files[1], files[0], *files[2:]), "digits")
    monkeypatch.setitem(download.COLLECTIONS, "mnist", swapped)
    with pytest.raises(DatasetError, match="expected magic number 2051, found 2049"):
        load("mnist")


@pytest.mark.parametrize("name", NAMES)
def test_errors_offer_an_embedded_data_set(name, tmp_path, monkeypatch):
    monkeypatch.setenv("COMPANION_DATA", str(tmp_path))
    collection = download.COLLECTIONS[name]
    offline = Collection((), collection.files, collection.embedded_instead)
    monkeypatch.setitem(download.COLLECTIONS, name, offline)
    with pytest.raises(DatasetError, match=f"{name}: cannot load ") as caught:
        load(name)
    (instead,) = re.findall(r"load\('(\w+)'\) needs no download", str(caught.value))
    assert load(instead).x_train.ndim == 4


@pytest.mark.parametrize("name", NAMES)
def test_the_registry_is_well_formed(name):
    collection = download.COLLECTIONS[name]
    assert len(collection.mirrors) >= 2
    for mirror in collection.mirrors:
        assert re.fullmatch(r"https?://.*/", mirror)
    for file in collection.files:
        assert re.fullmatch("[0-9a-f]{64}", file.sha256)
    assert len({file.sha256 for file in collection.files}) == len(collection.files)


def test_cifar10_checksum_is_that_of_keras():
    keras_file = pytest.importorskip("keras.src.datasets.cifar10").__file__
    (file,) = download.COLLECTIONS["cifar10"].files
    assert file.sha256 in Path(keras_file).read_text()


# The real thing, wherever it has been downloaded before.

CACHE = cache_folder()


def cached(name):
    files = download.COLLECTIONS[name].files
    return all((CACHE / name / file.name).is_file() for file in files)


def needs(name):
    reason = f"{name} is not in the cache {os.environ.get('COMPANION_DATA', '(default)')}"
    return pytest.mark.skipif(not cached(name), reason=reason)


@pytest.fixture(scope="module")
def real_mnist():
    return load("mnist")


@needs("mnist")
class TestMnist:
    def test_shapes_and_range(self, real_mnist):
        assert real_mnist.x_train.shape == (55_000, 28, 28, 1)
        assert real_mnist.x_val.shape == (5_000, 28, 28, 1)
        assert real_mnist.x_test.shape == (10_000, 28, 28, 1)
        assert (real_mnist.x_train.min(), real_mnist.x_train.max()) == (0.0, 1.0)

    def test_label_counts(self, real_mnist):
        # Counts of the 60,000 and the 10,000 as they are commonly published.
        y = np.concatenate((real_mnist.y_train, real_mnist.y_val))
        train = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
        test = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
        np.testing.assert_array_equal(np.bincount(y), train)
        np.testing.assert_array_equal(np.bincount(real_mnist.y_test), test)

    def test_mean_and_deviation(self, real_mnist):
        # 0.1307 and 0.3081: the pair that PyTorch's examples normalize with.
        x = np.concatenate((real_mnist.x_train, real_mnist.x_val)).astype(np.float64)
        assert x.mean() == pytest.approx(0.1307, abs=5e-5)
        assert x.std() == pytest.approx(0.3081, abs=5e-5)

    def test_parts_are_disjoint(self, real_mnist):
        parts = (real_mnist.x_train, real_mnist.x_val, real_mnist.x_test)
        train, val, test = ({image.tobytes() for image in part} for part in parts)
        assert not train & val
        assert not train & test
        assert not val & test


@needs("fashion_mnist")
def test_fashion_mnist():
    data = load("fashion_mnist")
    assert len(data.x_train) == 55_000
    y = np.concatenate((data.y_train, data.y_val))
    np.testing.assert_array_equal(np.bincount(y), [6000] * 10)
    np.testing.assert_array_equal(np.bincount(data.y_test), [1000] * 10)


@needs("cifar10")
def test_cifar10():
    data = load("cifar10")
    assert data.x_train.shape == (45_000, 32, 32, 3)
    y = np.concatenate((data.y_train, data.y_val))
    np.testing.assert_array_equal(np.bincount(y), [5000] * 10)
    np.testing.assert_array_equal(np.bincount(data.y_test), [1000] * 10)
