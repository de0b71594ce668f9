"""Worlds with planted anomalies: their truth, and the ROC-AUC that it implies."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from companion.datasets import anomaly_worlds, load

MANY = (10, 10, 20_000, 20_000)


@pytest.fixture(scope="module")
def planted():
    return anomaly_worlds.planted_anomalies(sizes=MANY)


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
    assert anomaly_worlds.auc_of_spreads(1.7, 6) == pytest.approx(
        np.trapezoid(inner, b), abs=1e-6
    )
    assert anomaly_worlds.auc_of_spreads(1.0, 3) == pytest.approx(0.5)
    # With two directions the distances are exponential: r^2 / (1 + r^2).
    assert anomaly_worlds.auc_of_spreads(2.0, 2) == pytest.approx(4.0 / 5.0)


def test_planted_anomalies_have_the_auc_of_the_formula(planted):
    off, within = distances(planted)
    expected = {
        (1, "off"): anomaly_worlds.auc_of_spreads(1.5, 12),
        (2, "off"): 0.5,
        (1, "within"): 0.5,
        (2, "within"): anomaly_worlds.auc_of_spreads(2.5, 4),
    }
    for (kind, where), auc in expected.items():
        score = off if where == "off" else within
        # The standard error of an AUC from 20,000 rows of each kind is below 0.003.
        found = auc_against_normal(score, planted.y_test, kind)
        assert found == pytest.approx(auc, abs=0.009)


def test_distance_from_plane_is_that_of_the_projection(planted):
    np.testing.assert_allclose(
        anomaly_worlds.distance_from_plane(planted.x_test, planted.truth),
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
    np.testing.assert_allclose(planted.truth["stds"], [3.0, 7 / 3, 5 / 3, 1.0])
    columns = planted.x_test[normal].var(axis=0)
    np.testing.assert_allclose(columns, columns.mean(), rtol=0.05)


@pytest.mark.parametrize("wave", [0.0, 0.25])
def test_curved_anomalies_have_the_auc_of_the_formula(wave):
    data = anomaly_worlds.curved_anomalies(sizes=MANY, wave=wave)
    arcs = data.x_test.astype(float) @ data.truth["rotation"]
    turn = arcs[:, :3] + 1j * arcs[:, 3:]
    radii = np.abs(turn)
    # cos 3t is the real part of the third power of a turn of length one.
    score = np.sum((radii - 1.0 - wave * ((turn / radii) ** 3).real) ** 2, axis=1)
    found = roc_auc_score(data.y_test, score)
    assert found == pytest.approx(anomaly_worlds.auc_of_spreads(3.0, 3), abs=0.009)
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
    other = getattr(anomaly_worlds, name)(seed=1)
    assert not np.allclose(other.x_train, data.x_train)


BAD = {
    "sizes must be four numbers": {"sizes": (1, 2, 3)},
    "sizes must be four numbers of at least 1": {"sizes": (1, 0, 3, 4)},
    "noise_std must be above 0; got 0": {"noise_std": 0},
    "off_ratio must be above 0; got -1": {"off_ratio": -1},
}


@pytest.mark.parametrize("message", BAD)
@pytest.mark.parametrize(
    "make", [anomaly_worlds.planted_anomalies, anomaly_worlds.curved_anomalies]
)
def test_bad_settings_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make(**BAD[message])


def test_bad_dimensions_are_refused():
    with pytest.raises(ValueError, match="a power of two above 4; got 4"):
        anomaly_worlds.planted_anomalies(n_features=4)
    with pytest.raises(ValueError, match="n_features must be a power of two"):
        anomaly_worlds.planted_anomalies(n_features=12)
    with pytest.raises(ValueError, match="latent_dim must be at least 1; got 0"):
        anomaly_worlds.planted_anomalies(latent_dim=0)
    with pytest.raises(ValueError, match="n_arcs must be at least 1; got 0"):
        anomaly_worlds.curved_anomalies(n_arcs=0)
    with pytest.raises(ValueError, match=r"wave must be in \[0, 1\); got 1"):
        anomaly_worlds.curved_anomalies(wave=1)
    with pytest.raises(ValueError, match="ratio must be above 0; got 0"):
        anomaly_worlds.auc_of_spreads(0, 3)
