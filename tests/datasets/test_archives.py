"""Readers of the original file formats, against files written here byte by byte."""

import gzip
import io
import pickle
import struct
import tarfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from companion.datasets import DatasetError, archives


def idx_bytes(array, magic=None):
    """The idx format as its description says: magic, lengths, values; big-endian."""
    magic = 0x800 + array.ndim if magic is None else magic
    return struct.pack(f">{1 + array.ndim}i", magic, *array.shape) + array.tobytes()


def write_idx(path, array, magic=None):
    path.write_bytes(gzip.compress(idx_bytes(array, magic)))
    return path


@given(
    array=hnp.arrays(
        np.uint8, hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=5)
    )
)
def test_idx_round_trip(tmp_path_factory, array):
    path = write_idx(tmp_path_factory.mktemp("idx") / "a.gz", array)
    np.testing.assert_array_equal(archives.read_idx(path, array.ndim), array)


def test_idx_with_another_magic_number(tmp_path):
    labels = write_idx(tmp_path / "images.gz", np.zeros(40, np.uint8))
    with pytest.raises(
        DatasetError, match="images.gz: expected magic number 2051, found 2049"
    ):
        archives.read_idx(labels, 3)
    floats = write_idx(tmp_path / "labels.gz", np.zeros(40, np.uint8), magic=0xD01)
    with pytest.raises(DatasetError, match="expected magic number 2049, found 3329"):
        archives.read_idx(floats, 1)


@pytest.mark.parametrize("n_missing", [1, 5 * 16, 5 * 16 + 6, 5 * 16 + 12, 5 * 16 + 16])
def test_idx_that_ends_early(tmp_path, n_missing):
    content = idx_bytes(np.zeros((5, 4, 4), np.uint8))[:-n_missing]
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(content))
    with pytest.raises(DatasetError, match="images.gz: expected"):
        archives.read_idx(path, 3)


def test_idx_with_values_left_over(tmp_path):
    content = idx_bytes(np.zeros((5, 4, 4), np.uint8)) + b"\0"
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(content))
    with pytest.raises(DatasetError, match=r"expected 96 bytes .* \[5, 4, 4\], found 97"):
        archives.read_idx(path, 3)


@pytest.mark.parametrize(
    "damage", [lambda c: c[:-20], lambda c: b"<html>", lambda c: c[:12]]
)
def test_what_is_not_a_whole_gzip_file(tmp_path, damage):
    path = tmp_path / "images.gz"
    path.write_bytes(damage(gzip.compress(bytes(range(200)) * 20)))
    with pytest.raises(DatasetError, match="images.gz is not a whole gzip file"):
        archives.read_idx(path, 3)


@given(hnp.arrays(np.uint8, (2, 3, 4)))
def test_unit_range_is_a_division_by_255(images):
    x = archives.to_unit_range(images)
    assert x.shape == (2, 3, 4, 1)
    assert x.dtype == np.float32
    np.testing.assert_allclose(x[..., 0], images.astype(float) / 255.0, rtol=1e-7)


# CIFAR-10: its batches were pickled by Python 2, so the bytes are put together by hand.


def python2_str(text):
    text = text if isinstance(text, bytes) else text.encode()
    return b"T" + struct.pack("<i", len(text)) + text


def python2_array(array):
    dtype = b"cnumpy\ndtype\n" + python2_str("u1") + b"K\x00K\x01\x87R"
    dtype += b"(K\x03" + python2_str("|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    empty = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n"
    empty += b"K\x00\x85" + python2_str("b") + b"\x87R"
    shape = b"(" + b"".join(b"J" + struct.pack("<i", n) for n in array.shape) + b"t"
    return (
        empty + b"(K\x01" + shape + dtype + b"\x89" + python2_str(array.tobytes()) + b"tb"
    )


def python2_batch(data, labels):
    items = (
        python2_str("labels") + b"](" + b"".join(b"K" + bytes([y]) for y in labels) + b"e"
    )
    items += python2_str("data") + python2_array(data)
    return b"\x80\x02}(" + items + b"u."


def write_cifar10(path, batches):
    with tarfile.open(path, "w:gz") as archive:
        for name, content in batches.items():
            info = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


@pytest.fixture
def cifar10_batches(rng):
    """Two rows in each of six batches, as (data, labels)."""
    names = [*(f"data_batch_{i}" for i in (1, 2, 3, 4, 5)), "test_batch"]
    return {
        name: (rng.integers(256, size=(2, 3072), dtype=np.uint8), [i, 9 - i])
        for i, name in enumerate(names)
    }


def test_cifar10_archive(tmp_path, cifar10_batches):
    pickled = {name: python2_batch(*batch) for name, batch in cifar10_batches.items()}
    path = write_cifar10(tmp_path / "cifar.tar.gz", pickled)
    x_train, y_train, x_test, y_test = archives.read_cifar10(path)
    assert x_train.shape == (10, 32, 32, 3)
    assert x_test.shape == (2, 32, 32, 3)
    np.testing.assert_array_equal(y_train, [0, 9, 1, 8, 2, 7, 3, 6, 4, 5])
    np.testing.assert_array_equal(y_test, [5, 4])
    row = cifar10_batches["data_batch_3"][0][1]
    # Red first, then green, then blue, each line by line: pixel (row 2, column 7).
    np.testing.assert_array_equal(x_train[5, 2, 7], row[[2 * 32 + 7, 1024 + 71, 2048 + 71]])


def test_cifar10_without_a_batch(tmp_path, cifar10_batches):
    pickled = {name: python2_batch(*batch) for name, batch in cifar10_batches.items()}
    del pickled["data_batch_4"]
    path = write_cifar10(tmp_path / "cifar.tar.gz", pickled)
    with pytest.raises(DatasetError, match="six batches: .*data_batch_4"):
        archives.read_cifar10(path)


def test_cifar10_archive_cannot_run_code(tmp_path, cifar10_batches):
    pickled = {name: pickle.dumps(print) for name in cifar10_batches}
    path = write_cifar10(tmp_path / "cifar.tar.gz", pickled)
    with pytest.raises(DatasetError, match="print is not allowed"):
        archives.read_cifar10(path)


def test_cifar10_that_is_no_archive(tmp_path):
    path = tmp_path / "cifar.tar.gz"
    path.write_bytes(b"<html>")
    with pytest.raises(DatasetError, match="does not hold the six batches"):
        archives.read_cifar10(path)
