"""Strengths are chosen by validation images, and never at the end of a grid."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from companion import datasets
from companion.challenges import apart
from companion.challenges import remedy_grid as rg
from companion.metrics import linear_probe_accuracy

SMALL = rg.Setting(n=40, width=8, latent_dim=4, n_steps=60)


def test_the_lowest_mean_is_chosen_inside_the_grid_only():
    # The second row has the lowest mean, the third the lowest median, the fourth the
    # lowest number.
    scores = np.array([[9, 9, 9], [2, 2, 2], [1, 1, 9], [0, 8, 8], [9, 9, 9]])
    assert rg.choose(scores, (1, 2, 3, 4, 5)) == 1
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


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("weight decay", "decay"),
        ("dropout", "dropout"),
        ("input noise", "noise"),
        ("contractive", "contraction"),
        ("sparse", "sparsity"),
    ],
)
def test_each_remedy_reaches_its_own_setting_in_the_order_of_the_strengths(name, setting):
    data = datasets.load("digits").flat()
    x = np.asarray(data.x_train, dtype=float)
    found, _ = rg.fit(data, SMALL, [0, 1], name, (0.0, 0.2))
    everyone = [0, 1, 0, 1]
    expected, _ = apart.train(
        apart.init([64, 8, 4, 8, 64], everyone),
        x,
        x,
        rg.training_sets(data, 40, everyone),
        activations=apart.AUTOENCODER,
        loss="mse",
        n_steps=60,
        learning_rate=1e-2,
        remedies=apart.Remedies(**{setting: [0.0, 0.0, 0.2, 0.2]}),
    )
    for i in range(2):
        for a, b in zip(sum(found[i], []), sum(expected, []), strict=True):
            np.testing.assert_array_equal(a, b[2 * i : 2 * i + 2])
    assert set(rg.GRIDS) == {
        "weight decay",
        "dropout",
        "input noise",
        "contractive",
        "sparse",
    }


def test_training_sets_differ_by_seed_only():
    data = datasets.load("digits").flat()
    first, second, again = rg.training_sets(data, 40, [1, 2, 1])
    np.testing.assert_array_equal(first, again)
    assert set(first) != set(second)
    assert len(set(first)) == 40


def test_early_stopping_keeps_what_was_best_on_validation_images(monkeypatch):
    data = datasets.load("digits").flat()
    setting = rg.Setting(n=40, width=16, latent_dim=8, n_steps=300)
    watched, original = [], apart.train

    def train(*args, watch=None, **settings):
        watched.append(watch)
        return original(*args, watch=watch, **settings)

    monkeypatch.setattr(apart, "train", train)
    (last,), (stopped,) = rg.fit(data, setting, [0, 1, 2])
    ends, best = (
        apart.errors(params, np.asarray(data.x_val, dtype=float)).mean(axis=1)
        for params in (last, stopped)
    )
    np.testing.assert_allclose(watched[0](last), ends)
    assert np.all(best <= ends)
    assert best.mean() < ends.mean()
    results, _, _ = rg.compare(data, setting, [0, 1, 2], {})
    for name, params in (("no remedy", last), ("early stopping", stopped)):
        test = apart.errors(params, np.asarray(data.x_test, dtype=float)).mean(axis=1)
        np.testing.assert_allclose(results[name]["test MSE"], test)


def test_measures_are_those_of_each_members_own_images():
    data = datasets.load("digits").flat()
    (params,), _ = rg.fit(data, SMALL, [0, 1])
    rows = rg.training_sets(data, 40, [0, 1])
    found = rg._measures(params, data, rows)
    for member, own in enumerate(rows):
        few, y = np.asarray(data.x_train, dtype=float)[own], data.y_train[own]
        outputs = apart.forward(params, few, apart.AUTOENCODER)
        expected = np.mean((outputs[-1][member] - few) ** 2)
        assert found["train MSE"][member] == pytest.approx(expected)
        codes = [
            apart.forward(params, x, apart.AUTOENCODER)[2][member]
            for x in (few, np.asarray(data.x_test, dtype=float))
        ]
        expected = linear_probe_accuracy(codes[0], y, codes[1], data.y_test)
        assert found["probe accuracy"][member] == pytest.approx(expected)


def test_all_methods_are_measured_with_what_validation_chose():
    data = datasets.load("digits").flat()
    grids = {"input noise": ("noise", (1e-6, 0.15, 3.0))}
    setting = rg.Setting(n=40, width=16, latent_dim=8, n_steps=400)
    results, validation, chosen = rg.compare(data, setting, [0, 1], grids)
    assert list(results) == ["mean predictor", "PCA", "no remedy", "early stopping", *grids]
    assert chosen == {"input noise": 0.15}
    trained, _ = rg.fit(data, setting, [0, 1], "input noise", (1e-6, 0.15, 3.0))
    test, val = (
        apart.errors(trained[1], np.asarray(part, dtype=float)).mean(axis=1)
        for part in (data.x_test, data.x_val)
    )
    np.testing.assert_allclose(results["input noise"]["test MSE"], test)
    assert validation["input noise"][1] == pytest.approx(val.mean())
    (plain,), _ = rg.fit(data, setting, [0, 1])
    val = apart.errors(plain, np.asarray(data.x_val, dtype=float)).mean()
    assert validation["no remedy"] == pytest.approx(val)
    for seed, rows in enumerate(rg.training_sets(data, 40, [0, 1])):
        few = np.asarray(data.x_train, dtype=float)[rows]
        pca = PCA(8).fit(few)
        expected = np.mean((pca.inverse_transform(pca.transform(few)) - few) ** 2)
        assert results["PCA"]["train MSE"][seed] == pytest.approx(expected)
        mean = results["mean predictor"]["train MSE"][seed]
        assert mean == pytest.approx(few.var(axis=0).mean())
