"""Trials with few labels, on a coder and data in which all answers are known."""

import numpy as np
import pytest

from companion.datasets import Dataset
from companion.practice import label_trials
from companion.practice.generated_labels import accuracy_with


class Same:
    """A coder whose codes are the images, whatever its weights."""

    def set_weights(self, weights):
        self.weights = weights

    def encode(self, x):
        return np.asarray(x)

    def decode(self, z):
        return np.asarray(z)


@pytest.fixture
def data(rng):
    y = np.tile(np.arange(5), 60)
    x = rng.random((300, 64)) + np.eye(64)[y] * 3
    parts = [a for rows in np.split(np.arange(300), 3) for a in (x[rows], y[rows])]
    return Dataset(*parts, name="made", source="made", license="none")


def test_five_hundred_images_of_each_kind_with_their_classes(data, rng):
    x, y = data.x_train[:20], data.y_train[:20]
    more = label_trials.more_of(x, y, Same(), None, rng)
    assert list(more) == [
        "generated, spread 1",
        "generated, spread 0.1",
        "shifted",
        "elastic",
    ]
    for images, names in more.values():
        assert images.shape == (500, 64)
        assert np.unique(names, return_counts=True)[1].tolist() == [100] * 5
    for kind in ("generated, spread 0.1", "elastic"):
        images, names = more[kind]
        means = np.array([images[names == c].mean(axis=0) for c in range(5)])
        own = np.array([x[y == c].mean(axis=0) for c in range(5)])
        distances = np.linalg.norm(means[:, None] - own, axis=2)
        assert distances.argmin(axis=1).tolist() == [0, 1, 2, 3, 4]
    wide, narrow = (more[f"generated, spread {s}"][0] for s in ("1", "0.1"))
    center = np.repeat([x[y == c].mean(axis=0) for c in range(5)], 100, axis=0)
    ratio = (narrow - center).std() / (wide - center).std()
    assert ratio == pytest.approx(0.1, rel=0.1)


def test_each_way_is_a_classifier_of_its_own(data, monkeypatch):
    seen = {}

    def more_of(x, y, model, weights, rng):
        seen["few"] = x, y, weights
        return {"generated, so": (x + 1, y), "moved": (x + 2, y)}

    monkeypatch.setattr(label_trials, "more_of", more_of)
    found = label_trials.accuracies(data, 4, 0, Same(), "w")
    x, y, weights = seen["few"]
    assert weights == "w"
    assert np.bincount(y).tolist() == [4] * 5
    new, none = (data.x_test, data.y_test), (x[:0], y[:0])
    expected = {
        "labeled only": accuracy_with(x, y, *none, *new),
        "and generated, so": accuracy_with(x, y, x + 1, y, *new),
        "generated, so, alone": accuracy_with(x + 1, y, *none, *new),
        "and moved": accuracy_with(x, y, x + 2, y, *new),
    }
    assert found == expected
    val = label_trials.accuracies(data, 4, 0, Same(), "w", "val")["labeled only"]
    assert val == accuracy_with(x, y, *none, data.x_val, data.y_val)


def test_draws_are_repeated_for_each_seed(data, monkeypatch):
    monkeypatch.setattr(label_trials, "accuracies", lambda d, k, s, m, w: {"a": 10 * k + s})
    assert label_trials.over_draws(data, 2, (3, 4), None, None) == {"a": [23, 24]}
