"""Autoencoder against PCA on tables with anomalies, on a small world instead."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from companion import datasets
from companion.datasets import anomaly_worlds
from companion.practice import anomaly_trials as trials
from reproductions import run, sakurada2014
from reproductions.resumable import Progress


@pytest.fixture
def toy(monkeypatch):
    made = anomaly_worlds.planted_anomalies(
        sizes=(60, 20, 30, 25), n_features=8, latent_dim=3
    )
    x, y = trials.pool(made, [1])
    parts = [a[i::3] for i in range(3) for a in (x, y)]
    data = datasets.Dataset(*parts, "toy", "here", "none")
    monkeypatch.setattr(sakurada2014.datasets, "load", lambda name: data)
    monkeypatch.setitem(sakurada2014.RECIPE, "tables", ["toy"])
    monkeypatch.setitem(sakurada2014.RECIPE, "epochs", 3)
    monkeypatch.setattr(sakurada2014, "RIVALS", ("Mahalanobis", "one-class SVM"))
    return sakurada2014


def test_value_is_the_mean_difference_in_points(toy, tmp_path):
    value, extras = toy.run(1, Progress(1, tmp_path))
    ours, pca = (extras[f"ROC-AUC in %, {n}, toy"] for n in ("autoencoder", "PCA"))
    assert value == pytest.approx(ours - pca)
    part = toy.divided("toy", 1)
    scaler = StandardScaler().fit(part.x_train)
    z, new = scaler.transform(part.x_train), scaler.transform(part.x_test)
    model = PCA(extras["code units, toy"]).fit(z)
    residual = np.sum((new - model.inverse_transform(model.transform(new))) ** 2, axis=1)
    assert pca == pytest.approx(100 * roc_auc_score(part.y_test, residual))
    svm = trials.candidates(*part.x_train.shape)["one-class SVM"][2]()
    expected = 100 * roc_auc_score(part.y_test, svm.fit(part.x_train).score(part.x_test))
    assert extras["ROC-AUC in %, one-class SVM, toy"] == pytest.approx(expected)


def test_code_holds_the_share_of_variance(toy, rng):
    x = rng.normal(size=(200, 3)) @ rng.normal(size=(3, 12)) + 0.3 * rng.normal(
        size=(200, 12)
    )
    expected = PCA(0.9, svd_solver="full").fit(StandardScaler().fit_transform(x))
    assert toy.code_size(x) == expected.n_components_
    assert toy.code_size(rng.normal(size=(500, 12))) == 6  # never above D / 2


def test_trains_every_epoch_on_all_rows(toy, tmp_path):
    calls = []

    class Noted:
        def fit(self, part, model, epoch_data, *, epochs, batch_size, **settings):
            noisy, clean = epoch_data(np.random.default_rng(0))
            calls.append((part, epochs, batch_size, noisy, clean))

    x = np.random.default_rng(0).normal(size=(400, 8))
    toy.Resumable("toy", Noted(), latent_dim=3, noise=0.2).fit(x)
    (part, epochs, batch_size, noisy, clean), z = calls[0], (x - x.mean(0)) / x.std(0)
    assert (part, epochs, batch_size) == ("toy", 3, 32)
    assert sorted(map(bytes, clean)) == sorted(map(bytes, z.astype("float32")))
    assert np.std(noisy - clean) == pytest.approx(0.2, rel=0.05)


def test_all_four_files_are_named_by_their_checksums():
    found = run.data_checksums(sakurada2014.PAPER.dataset)
    assert list(found.values()) == sakurada2014.PAPER.recipe["files_sha256"]
    assert len(found) == 4
