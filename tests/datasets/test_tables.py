"""Tables for anomaly detection: their divisions, and the files where cached."""

import numpy as np
import pytest
from sklearn.datasets import load_wine

from companion.datasets import DatasetError, load, tables
from companion.datasets.cache import cache_folder


def test_wine_is_that_of_scikit_learn():
    data, bunch = load("wine"), load_wine()
    assert [len(data.x_train), len(data.x_val), len(data.x_test)] == [106, 36, 36]
    x = np.concatenate((data.x_train, data.x_val, data.x_test))
    y = np.concatenate((data.y_train, data.y_val, data.y_test))
    rows = {row.tobytes(): label for row, label in zip(x, y, strict=True)}
    for row, label in zip(bunch.data.astype("float32"), bunch.target, strict=True):
        assert rows[row.tobytes()] == label


@pytest.mark.parametrize("name", tables.COLLECTIONS)
def test_a_missing_table_is_one_error(name, tmp_path, monkeypatch):
    monkeypatch.setenv("COMPANION_DATA", str(tmp_path))
    monkeypatch.setattr(tables, "MIRRORS", ())
    with pytest.raises(DatasetError, match="needs no download") as caught:
        load(name)
    assert tables.COLLECTIONS[name].files[0].name in str(caught.value)


# Rows without repeats, columns, anomalies: counted in the files of the benchmark.
SHAPES = {
    "cardio": (1822, 21, 175),
    "thyroid": (3656, 6, 93),
    "wdbc": (367, 30, 10),
    "optdigits": (5198, 64, 132),
}


@pytest.mark.parametrize("name", tables.COLLECTIONS)
def test_full_size_tables(name):
    if not (cache_folder() / "adbench" / tables.COLLECTIONS[name].files[0].name).is_file():
        pytest.skip(f"{name} is not in the cache {cache_folder()}")
    data = load(name)
    parts = data.x_train, data.x_val, data.x_test
    n, n_columns, n_anomalies = SHAPES[name]
    assert sum(map(len, parts)) == n
    assert {x.shape[1] for x in parts} == {n_columns}
    assert not data.y_train.any()
    assert not data.y_val.any()
    assert data.y_test.sum() == n_anomalies
    assert len({row.tobytes() for x in parts for row in x}) == n
    assert len(data.x_train) == (n - n_anomalies) // 2


def test_a_table_of_the_benchmark_is_freed_of_repeats_and_divided(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 3)).astype("float32")
    y = np.repeat((0, 1), (40, 10))[rng.permutation(50)]
    again = rng.integers(0, 50, 20)  # repeats, anywhere
    path = tmp_path / "toy.npz"
    np.savez(path, X=np.concatenate((x, x[again])), y=np.concatenate((y, y[again])))
    monkeypatch.setattr(tables, "fetch", lambda *arguments: (path,))
    data = tables.adbench("cardio")
    assert [len(p) for p in (data.x_train, data.x_val, data.x_test)] == [20, 8, 22]
    label = {row.tobytes(): kind for row, kind in zip(x, y, strict=True)}
    found = []
    for part in ("train", "val", "test"):
        a, b = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
        for row, kind in zip(a, b, strict=True):
            assert label[row.tobytes()] == kind
            found.append(row.tobytes())
    assert len(found) == len(set(found)) == 50
    assert not data.y_train.any()
    assert not data.y_val.any()
    assert data.y_test.sum() == 10
