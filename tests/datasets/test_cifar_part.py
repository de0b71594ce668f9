"""The part of CIFAR-10: the same images from either file, or one error that helps."""

import hashlib

import numpy as np
import pytest

from companion.datasets import DatasetError, cifar_part, download, load
from companion.datasets.cache import Collection, RemoteFile, cache_folder

CACHED = cache_folder() / "cifar10" / "cifar10-12000.npz"


@pytest.fixture
def arrays(rng):
    n_train, n_test = 60, 9
    return {
        "x_train": rng.integers(0, 256, (n_train, 32, 32, 3), dtype=np.uint8),
        "y_train": rng.integers(0, 10, n_train, dtype=np.uint8),
        "x_test": rng.integers(0, 256, (n_test, 32, 32, 3), dtype=np.uint8),
        "y_test": rng.integers(0, 10, n_test, dtype=np.uint8),
    }


@pytest.fixture
def cache(tmp_path, monkeypatch, arrays):
    """An empty cache, and a file of 69 images instead of 12,000."""
    monkeypatch.setenv("COMPANION_DATA", str(tmp_path))
    for name, n in {"N_TRAIN": 40, "N_VAL": 10, "N_TEST": 5}.items():
        monkeypatch.setattr(cifar_part, name, n)
    content = tmp_path / "cifar10" / "cifar10-12000.npz"
    content.parent.mkdir()
    np.savez(content, **arrays)
    digest = hashlib.sha256(content.read_bytes()).hexdigest()
    part = RemoteFile(content.name, digest, content.stat().st_size)
    known = Collection((), (part,), "photographs_color")
    monkeypatch.setitem(cifar_part.COLLECTIONS, "cifar10_part", known)
    whole = download.COLLECTIONS["cifar10"]
    offline = Collection((), whole.files, whole.embedded_instead)
    monkeypatch.setitem(download.COLLECTIONS, "cifar10", offline)
    return content


def expected(arrays):
    return {
        "train": (arrays["x_train"][:40], arrays["y_train"][:40]),
        "val": (arrays["x_train"][40:50], arrays["y_train"][40:50]),
        "test": (arrays["x_test"][:5], arrays["y_test"][:5]),
    }


def assert_is_part(data, arrays):
    for name, (x, y) in expected(arrays).items():
        found = getattr(data, f"x_{name}")
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, x.astype(np.float32) / 255)
        np.testing.assert_array_equal(getattr(data, f"y_{name}"), y)


def test_part_is_read_from_its_own_file(cache, arrays):
    assert_is_part(load("cifar10_part"), arrays)


def test_part_is_cut_from_the_archive_when_its_file_is_missing(cache, arrays, monkeypatch):
    cache.unlink()
    asked = []

    def fetch(name, collection):
        asked.append(collection.files[0].name)
        if collection.files[0].name.endswith(".npz"):
            raise DatasetError("not there")
        return ["archive"]

    monkeypatch.setattr(cifar_part, "fetch", fetch)
    monkeypatch.setattr(cifar_part.archives, "read_cifar10", lambda path: arrays.values())
    assert_is_part(load("cifar10_part"), arrays)
    assert asked == ["cifar10-12000.npz", "cifar-10-python.tar.gz"]


def test_without_either_file_the_error_offers_embedded_data(cache):
    cache.unlink()
    with pytest.raises(
        DatasetError, match=r"load\('photographs_color'\) needs no download"
    ):
        load("cifar10_part")


def test_a_broken_file_is_not_used(cache):
    cache.write_bytes(cache.read_bytes()[:-1])
    with pytest.raises(DatasetError, match="cannot load"):
        load("cifar10_part")


@pytest.mark.skipif(not CACHED.is_file(), reason=f"{CACHED.name} is not in the cache")
def test_real_part_begins_as_cifar10_does():
    data = load("cifar10_part")
    assert data.x_train.shape == (10_000, 32, 32, 3)
    assert (len(data.x_val), len(data.x_test)) == (1_000, 1_000)
    # The labels that every display of the set begins with: frog, truck, truck, deer ...
    assert data.y_train[:10].tolist() == [6, 9, 9, 4, 1, 1, 2, 7, 8, 3]
    assert data.y_test[:10].tolist() == [3, 8, 8, 0, 6, 6, 1, 6, 3, 1]
    assert (data.x_train.min(), data.x_train.max()) == (0.0, 1.0)
