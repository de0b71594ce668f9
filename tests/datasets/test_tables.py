"""Tables for anomaly detection: their truth, their splits, and the files where cached."""

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import load_wine
from sklearn.metrics import roc_auc_score

from companion.datasets import DatasetError, load, tables
from companion.datasets.cache import cache_folder

MANY = (10, 10, 20_000, 20_000)


@pytest.fixture(scope="module")
def planted():
    return tables.planted_anomalies(sizes=MANY)


def auc_against_normal(score, y, kind):
    chosen = (y == 0) | (y == kind)
    return roc_auc_score(y[chosen] == kind, score[chosen])


def distances(data):
    """Squared distance from the true subspace, and Mahalanobis distance within it."""
    truth, x = data.truth, data.x_test.astype(float) - data.truth["mean"]
    z = x @ truth["basis"]
    off = np.sum((x - z @ truth["basis"].T) ** 2, axis=1)
    return off, np.sum((z / truth["stds"]) ** 2, axis=1)


def test_auc_of_spreads_by_integration():
    # P(t^2 A > s^2 B) for independent chi-squared A and B, as an integral over B.
    b = np.linspace(0.0, 200.0, 400_001)
    inner = stats.chi2.sf(b / 1.7**2, 6) * stats.chi2.pdf(b, 6)
    assert tables.auc_of_spreads(1.7, 6) == pytest.approx(np.trapezoid(inner, b), abs=1e-6)
    assert tables.auc_of_spreads(1.0, 3) == pytest.approx(0.5)
    # With two directions the distances are exponential: r^2 / (1 + r^2).
    assert tables.auc_of_spreads(2.0, 2) == pytest.approx(4.0 / 5.0)


def test_planted_anomalies_have_the_auc_of_the_formula(planted):
    off, within = distances(planted)
    expected = {
        (1, "off"): tables.auc_of_spreads(1.5, 12),
        (2, "off"): 0.5,
        (1, "within"): 0.5,
        (2, "within"): tables.auc_of_spreads(2.5, 4),
    }
    for (kind, where), auc in expected.items():
        score = off if where == "off" else within
        # The standard error of an AUC from 20,000 rows of each kind is below 0.003.
        found = auc_against_normal(score, planted.y_test, kind)
        assert found == pytest.approx(auc, abs=0.009)


def test_distance_from_plane_is_that_of_the_projection(planted):
    np.testing.assert_allclose(
        tables.distance_from_plane(planted.x_test, planted.truth),
        distances(planted)[0],
        atol=1e-9,
    )


def test_planted_normal_rows_have_the_stated_spreads(planted):
    off, within = distances(planted)
    normal = planted.y_test == 0
    assert off[normal].mean() == pytest.approx(12 * 0.3**2, rel=0.02)
    assert within[normal].mean() == pytest.approx(4.0, rel=0.02)
    basis = planted.truth["basis"]
    np.testing.assert_allclose(basis.T @ basis, np.eye(4), atol=1e-12)
    columns = planted.x_test[normal].var(axis=0)
    np.testing.assert_allclose(columns, columns.mean(), rtol=0.05)


def test_curved_anomalies_have_the_auc_of_the_formula():
    data = tables.curved_anomalies(sizes=MANY)
    arcs = data.x_test.astype(float) @ data.truth["rotation"]
    radii = np.hypot(arcs[:, :3], arcs[:, 3:])
    score = np.sum((radii - 1.0) ** 2, axis=1)
    found = roc_auc_score(data.y_test, score)
    assert found == pytest.approx(tables.auc_of_spreads(3.0, 3), abs=0.009)
    angle = np.mod(np.arctan2(arcs[:, 3:], arcs[:, :3]), 2 * np.pi)
    assert angle.max() < 1.5 * np.pi + 1e-4
    # No direction carries much more variance than another: PCA has nothing to leave out.
    spread = np.linalg.eigvalsh(np.cov(data.x_test[data.y_test == 0].T))
    assert spread.max() / spread.min() < 4.0


@pytest.mark.parametrize("name", ["planted_anomalies", "curved_anomalies"])
def test_worlds_train_on_normal_rows_only(name):
    data = load(name)
    assert not data.y_train.any()
    assert not data.y_val.any()
    assert set(data.y_test) == ({0, 1, 2} if name.startswith("planted") else {0, 1})
    other = getattr(tables, name)(seed=1)
    assert not np.allclose(other.x_train, data.x_train)


def test_wine_is_that_of_scikit_learn():
    data, bunch = load("wine"), load_wine()
    assert [len(data.x_train), len(data.x_val), len(data.x_test)] == [106, 36, 36]
    x = np.concatenate((data.x_train, data.x_val, data.x_test))
    y = np.concatenate((data.y_train, data.y_val, data.y_test))
    rows = {row.tobytes(): label for row, label in zip(x, y, strict=True)}
    for row, label in zip(bunch.data.astype("float32"), bunch.target, strict=True):
        assert rows[row.tobytes()] == label


BAD = {
    "sizes must be four numbers": {"sizes": (1, 2, 3)},
    "sizes must be four numbers of at least 1": {"sizes": (1, 0, 3, 4)},
    "noise_std must be above 0; got 0": {"noise_std": 0},
    "off_ratio must be above 0; got -1": {"off_ratio": -1},
}


@pytest.mark.parametrize("message", BAD)
@pytest.mark.parametrize("make", [tables.planted_anomalies, tables.curved_anomalies])
def test_bad_settings_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make(**BAD[message])


def test_bad_dimensions_are_refused():
    with pytest.raises(ValueError, match="a power of two above 4; got 4"):
        tables.planted_anomalies(n_features=4)
    with pytest.raises(ValueError, match="n_features must be a power of two"):
        tables.planted_anomalies(n_features=12)
    with pytest.raises(ValueError, match="latent_dim must be at least 1; got 0"):
        tables.planted_anomalies(latent_dim=0)
    with pytest.raises(ValueError, match="n_arcs must be at least 1; got 0"):
        tables.curved_anomalies(n_arcs=0)
    with pytest.raises(ValueError, match="ratio must be above 0; got 0"):
        tables.auc_of_spreads(0, 3)


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
