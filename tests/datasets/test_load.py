"""What holds for every data set that needs no network, and the one entry point."""

import copy
import subprocess
import sys

import numpy as np
import pytest

from companion import datasets
from companion.datasets import load, names

OFFLINE = datasets.EMBEDDED + datasets.WORLDS
PARTS = ("train", "val", "test")
IMAGES = ("digits", "photographs_gray", "photographs_color", "scene_patches", "faces")
IMAGES += ("bars", "sprites")


@pytest.fixture(scope="module", params=OFFLINE)
def data(request):
    return load(request.param)


def xs(data):
    return [getattr(data, f"x_{part}") for part in PARTS]


def ys(data):
    return [getattr(data, f"y_{part}") for part in PARTS]


def test_types_and_lengths(data):
    for x, y in zip(xs(data), ys(data), strict=True):
        assert len(x) == len(y) > 0
        assert x.dtype in (np.float32, np.int64) or x.dtype.kind == "U"
        assert y.dtype in (np.float32, np.int64) or y.dtype.kind == "U"
        assert x.shape[1:] == data.x_train.shape[1:]
        assert x.dtype.kind == "U" or np.isfinite(x).all()


def test_images_lie_in_the_unit_range(data):
    if data.name not in IMAGES:
        assert data.x_train.ndim == (1 if data.x_train.dtype.kind == "U" else 2)
        return
    for x in xs(data):
        assert x.ndim == 4
        assert x.min() >= 0.0
        assert x.max() <= 1.0
    assert max(x.max() for x in xs(data)) > 0.9  # not scaled twice


def test_parts_are_disjoint(data):
    train, val, test = ({row.tobytes() for row in x} for x in xs(data))
    assert not train & val
    assert not train & test
    assert not val & test


def test_the_same_call_returns_the_same(data):
    again = load(data.name)
    for a, b in zip([*xs(data), *ys(data)], [*xs(again), *ys(again)], strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_caller_cannot_corrupt_the_next_call():
    for name in ("digits", "bars"):
        first = load(name)
        kept = copy.deepcopy(first)
        for array in [*xs(first), *ys(first)]:
            array[:] = 7
        for value in first.truth.values():
            if isinstance(value, np.ndarray):
                value[:] = 7
        for a, b in zip(xs(load(name)), xs(kept), strict=True):
            np.testing.assert_array_equal(a, b)


def test_source_and_licence_are_stated(data):
    assert data.source
    assert data.license
    assert bool(data.truth) == (data.name in datasets.WORLDS)


def test_flat_keeps_every_value_in_order(data):
    flat = data.flat()
    for x, row in zip(xs(data), xs(flat), strict=True):
        assert row.shape == (len(x), x[0].size)
        np.testing.assert_array_equal(row[-1], x[-1].ravel())
    assert (flat.name, flat.source, flat.license) == (data.name, data.source, data.license)


def test_repr_is_short_and_has_no_address(data):
    assert repr(data).startswith(f"Dataset('{data.name}': train ({len(data.x_train)},")
    assert len(repr(data)) < 120


@pytest.mark.parametrize("name", ["cifar", "Digits", "", None, 3])
def test_an_unknown_name_is_one_error_that_lists_the_known(name):
    with pytest.raises(ValueError, match="name must be one of digits, ") as caught:
        load(name)
    assert f"got {name!r}" in str(caught.value)
    assert all(known in str(caught.value) for known in names())


@pytest.mark.parametrize("name", datasets.FULL_SIZE)
def test_a_full_size_set_has_files_with_checksums(name):
    collection = datasets.collection(name)
    assert all(len(file.sha256) == 64 and file.n_bytes > 0 for file in collection.files)
    assert collection.embedded_instead in OFFLINE


def test_what_needs_no_download_has_no_files():
    assert {datasets.collection(name) for name in OFFLINE} == {None}


def test_names_in_order():
    assert names() == datasets.EMBEDDED + datasets.WORLDS + datasets.FULL_SIZE
    assert len(set(names())) == len(names())


HEAVY = ("sklearn", "skimage", "matplotlib", "scipy", "pooch", "requests", "tqdm", "keras")


@pytest.mark.parametrize(
    "code",
    ["import companion.datasets as d", "import companion.datasets as d; d.load('curve')"],
)
def test_importing_is_light(code):
    code += f"; import sys; print([m for m in {HEAVY} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("[]\n", "")
