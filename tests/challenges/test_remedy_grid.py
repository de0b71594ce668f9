"""Strengths are chosen by validation images, and never at the end of a grid."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from companion import datasets
from companion.challenges import apart
from companion.challenges import remedy_grid as rg

SMALL = rg.Setting(n=40, width=8, latent_dim=4, n_steps=60)


def test_the_lowest_mean_is_chosen_inside_the_grid_only():
    scores = np.array([[3.0, 3.0], [1.0, 2.0], [2.0, 2.0]])
    assert rg.choose(scores, (1, 2, 3)) == 1
    for order in ([1, 0, 2], [0, 2, 1]):
        with pytest.raises(ValueError, match="strengths must go beyond the best one"):
            rg.choose(scores[order], (1, 2, 3))


def test_linear_rivals_are_those_of_scikit_learn():
    data = datasets.load("digits").flat()
    rows = rg.training_sets(data, 40, [0])
    found = rg._linear(lambda: rg.PCA(4), data, rows)
    x, x_test = (np.asarray(a, dtype=float) for a in (data.x_train, data.x_test))
    pca = PCA(4).fit(x[rows[0]])
    expected = np.mean((pca.inverse_transform(pca.transform(x_test)) - x_test) ** 2)
    assert found["test MSE"][0] == pytest.approx(expected)
    mean = rg._linear(rg.MeanPredictor, data, rows)
    expected = np.mean((x[rows[0]].mean(axis=0) - x_test) ** 2)
    assert mean["test MSE"][0] == pytest.approx(expected)
    assert "probe accuracy" not in mean


def test_each_remedy_reaches_its_own_setting():
    data = datasets.load("digits").flat()
    plain, stopped = rg.fit(data, SMALL, [0])
    errors = apart.errors(plain, np.asarray(data.x_val, dtype=float)).mean()
    best = apart.errors(stopped, np.asarray(data.x_val, dtype=float)).mean()
    assert best <= errors
    for name, (_, strengths) in rg.GRIDS.items():
        other, _ = rg.fit(data, SMALL, [0], name, strengths[-1])
        assert not np.allclose(other[0][0], plain[0][0])


def test_all_methods_are_measured_with_what_validation_chose():
    data = datasets.load("digits").flat()
    grids = {"input noise": ("noise", (1e-6, 0.15, 3.0))}
    setting = rg.Setting(n=40, width=16, latent_dim=8, n_steps=400)
    results, validation, chosen = rg.compare(data, setting, [0, 1], grids)
    assert list(results) == ["mean predictor", "PCA", "no remedy", "early stopping", *grids]
    assert chosen == {"input noise": 0.15}
    params, _ = rg.fit(data, setting, [0, 1], "input noise", 0.15)
    test, val = (
        apart.errors(params, np.asarray(part, dtype=float)).mean(axis=1)
        for part in (data.x_test, data.x_val)
    )
    np.testing.assert_allclose(results["input noise"]["test MSE"], test)
    assert validation["input noise"][1] == pytest.approx(val.mean())


def test_every_remedy_is_the_one_that_is_named():
    data = datasets.load("digits").flat()
    fits = {
        name: rg.fit(data, SMALL, [0], name, 0.1)[0][0][0] for name in ("dropout", "sparse")
    }
    noise = rg.fit(data, SMALL, [0], "input noise", 0.1)[0][0][0]
    assert all(not np.allclose(weights, noise) for weights in fits.values())
    decayed, _ = rg.fit(data, SMALL, [0], "weight decay", 0.9)
    plain, _ = rg.fit(data, SMALL, [0])
    assert np.sum(decayed[0][1] ** 2) < np.sum(plain[0][1] ** 2)
