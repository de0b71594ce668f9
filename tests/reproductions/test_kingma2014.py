"""Few labels on the codes of a VAE, with small digits instead of MNIST."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.svm import SVC

from companion import datasets
from reproductions import kingma2014
from reproductions.resumable import Progress


@pytest.fixture
def small(monkeypatch):
    data = datasets.load("digits")
    monkeypatch.setattr(datasets, "load", lambda name: data)
    for key, value in {
        "hidden": [64],
        "activation": "relu",
        "latent_dim": 8,
        "batch_size": 50,
        "learning_rate": 4e-3,
        "epochs": 12,
        "draws_of_labels": 5,
    }.items():
        monkeypatch.setitem(kingma2014.RECIPE, key, value)
    monkeypatch.setattr(kingma2014, "PUBLISHED", {100: 11.82, 600: 5.72})
    return data.flat()


def test_labels_are_drawn_evenly_and_only_once(rng):
    y = rng.permutation(np.repeat(np.arange(10), 40))
    chosen = kingma2014.draw_labels(y, 200, rng)
    assert np.unique(chosen).size == 200
    assert np.bincount(y[chosen]).tolist() == [20] * 10
    with pytest.raises(ValueError, match="n_labels must be divisible by 10; got 105"):
        kingma2014.draw_labels(y, 105, rng)


def test_the_machine_has_the_kernel_that_its_recipe_says(rng):
    x, y = rng.normal(size=(60, 3)) * [1.0, 2.0, 3.0], np.arange(60) % 2
    machine = kingma2014.svm(x, y)
    kernel = np.exp(-cdist(x, machine.support_vectors_, "sqeuclidean") / np.var(x, 0).sum())
    score = kernel @ machine.dual_coef_[0] + machine.intercept_[0]
    np.testing.assert_allclose(machine.decision_function(x), score, rtol=1e-9)
    assert np.abs(machine.dual_coef_).max() == kingma2014.RECIPE["C"]


def test_the_error_is_a_percentage_of_test_examples_over_the_draws(monkeypatch):
    class Constant:
        def predict(self, x):
            return np.full(len(x), 3)

    monkeypatch.setitem(kingma2014.RECIPE, "draws_of_labels", 4)
    labels = []
    y, y_test = np.repeat(np.arange(10), 20), np.array([3, 3, 3, 7])
    fit = lambda x, y: labels.append(y) or Constant()  # noqa: E731
    error = kingma2014.mean_error(fit, (y[:, None], y), (y_test[:, None], y_test), 50, 0)
    assert error == 25.0
    assert [len(drawn) for drawn in labels] == [50] * 4


def test_unlabeled_examples_carry_the_labels_along_their_strip(monkeypatch):
    """Two strips lie side by side, and only their left ends are labeled."""
    monkeypatch.setitem(kingma2014.RECIPE, "graph_neighbors", 3)
    along = np.linspace(0.0, 3.0, 15)
    strips = np.concatenate([np.c_[along, 0.0 * along], np.c_[along, 0.0 * along + 1.0]])
    truth = np.repeat([0, 1], 15)
    ends, y = np.array([[0.0, 0.05], [0.0, 0.95]]), np.array([0, 1])
    graph = kingma2014.spreading(strips)
    assert (graph(ends, y).predict(strips) == truth).all()
    assert (graph(ends, y[::-1]).predict(strips) == 1 - truth).all()
    monkeypatch.setitem(kingma2014.RECIPE, "graph_images", 15)
    assert len(kingma2014.spreading(strips)(ends, y).transduction_) == 17


def test_the_errors_are_those_of_the_codes(small, tmp_path, monkeypatch):
    models, train = [], kingma2014.train
    monkeypatch.setattr(kingma2014, "train", lambda *a: models.append(a[0]) or train(*a))
    error, extras = kingma2014.run(0, Progress(0, tmp_path))
    assert extras["600 labels"] < error < 60
    z_train, z_test = (
        np.asarray(models[0].encode(x)) for x in (small.x_train, small.x_test)
    )
    rng, wrong = np.random.default_rng([0, 600]), []
    for _ in range(kingma2014.RECIPE["draws_of_labels"]):
        chosen = kingma2014.draw_labels(small.y_train, 600, rng)
        z, y = z_train[chosen], small.y_train[chosen]
        machine = SVC(C=10.0, gamma=1.0 / z.var(axis=0).sum()).fit(z, y)
        wrong.append(100 - 100 * machine.score(z_test, small.y_test))
    assert extras["600 labels"] == pytest.approx(np.mean(wrong))
    assert kingma2014.run(0, Progress(0, tmp_path)) == (error, extras)


def test_baselines_are_named_and_are_better_than_chance(small):
    found = kingma2014.baselines()
    assert len(found) == 4
    assert all(0 < value < 50 for value in found.values())
