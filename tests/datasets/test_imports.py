"""Names used by source files: what counts as a use, and what the table holds."""

import gc
import importlib.util
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from companion.datasets import imports, load
from companion.datasets.imports import import_names, names_used

SOURCE = '''
"""A file of the package ``own``: numpy.fft in a text counts nothing."""
from __future__ import annotations
import os.path
import numpy as np, scipy.sparse as sp
import own.core
from . import sibling
from ..deep import thing
from own.base import Base
from warnings import warn, catch_warnings as quiet


def f(x):
    x.shape.numpy  # begins at no import
    with quiet():
        warn(str(np.linalg.svd(x)[0].sum()))
    return sp.csr_matrix(x).T, np.pi, os.path.join("a"), own.core.g(np.linalg.norm)
'''


def test_what_counts_as_a_use():
    assert names_used(SOURCE, "own") == {
        "numpy.linalg.svd",
        "numpy.linalg.norm",
        "numpy.pi",
        "scipy.sparse.csr_matrix",
        "os.path.join",
        "warnings.warn",
        "warnings.catch_warnings",
    }


def test_a_file_that_is_no_python_is_an_error():
    with pytest.raises(SyntaxError):
        names_used("def f(:", "own")


def test_nothing_is_executed():
    assert names_used("import os\nos._exit(1)", "own") == {"os._exit"}


def test_reading_leaves_the_garbage_collector_as_it_was():
    list(zip(range(1), imports._read_all(), strict=False))
    assert gc.isenabled()


@pytest.fixture(scope="module")
def all_pairs():
    data = load("imports")
    return np.concatenate([data.x_train, data.x_val, data.x_test])


def test_files_are_split_not_pairs():
    data = load("imports")
    users = [set(x[:, 0]) for x in (data.x_train, data.x_val, data.x_test)]
    n = sum(map(len, users))
    assert not users[0] & users[1]
    assert not (users[0] | users[1]) & users[2]
    assert [round(len(u) / n, 2) for u in users] == [0.6, 0.2, 0.2]
    assert set().union(*users) == set(range(n))
    for y in (data.y_train, data.y_val, data.y_test):
        assert (y == 1.0).all()


def test_the_numbers_stand_for_the_names(all_pairs):
    files, items = import_names()
    assert len(set(files)) == len(files) == all_pairs[:, 0].max() + 1
    assert len(set(items)) == len(items) == all_pairs[:, 1].max() + 1
    assert not any(
        re.search(r"/_?externals/|/array_api_(compat|extra)/|__config__", file)
        for file in files
    )
    # One file read by eye, with other means: every item's last part stands in its text.
    number = files.index("sklearn/decomposition/_kernel_pca.py")
    root = Path(importlib.util.find_spec("sklearn").origin).parent.parent
    text = (root / files[number]).read_text(encoding="utf-8")
    used = {items[i] for i in all_pairs[all_pairs[:, 0] == number, 1]}
    assert {"numpy.sqrt", "numpy.dot", "numpy.zeros_like"} <= used
    for name in used:
        assert re.search(rf"\b{re.escape(name.rpartition('.')[2])}\b", text)
        assert not name.startswith("sklearn")


def test_only_names_and_files_with_enough_pairs(all_pairs):
    per_user = np.bincount(all_pairs[:, 0])
    assert per_user.min() >= imports.MIN_NAMES
    assert len(np.unique(all_pairs, axis=0)) == len(all_pairs)
    # Counted in the files before the short ones were left out.
    counts = Counter(n for _, names in imports._read_all() for n in names)
    files, items = import_names()
    assert all(counts[name] >= imports.MIN_FILES for name in items)
    assert sum(count >= imports.MIN_FILES for count in counts.values()) == len(items)
