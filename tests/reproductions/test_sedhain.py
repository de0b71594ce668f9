"""AutoRec's paper on a small world of stars: the split, the clipping, and its course."""

import dataclasses

import numpy as np
import pytest

from companion import datasets, training
from companion.datasets.ratings import rating_world
from reproductions import sedhain2015
from reproductions.resumable import Progress


@pytest.fixture
def small(monkeypatch):
    pairs, ratings, _ = rating_world(60, 40, density=0.4, noise_std=0.3)
    stars = np.clip(np.rint(ratings), 1, 5).astype(np.float32)
    world = datasets.load("ratings")
    cut = {"x_train": pairs[:-100], "x_val": pairs[-100:-50], "x_test": pairs[-50:]}
    cut |= {"y_train": stars[:-100], "y_val": stars[-100:-50], "y_test": stars[-50:]}
    data = dataclasses.replace(world, **cut)
    monkeypatch.setattr(datasets, "load", lambda name: data)
    settings = {"latent_dim": 8, "epochs": 30, "batch_size": 8, "penalties": [0.03, 9.0]}
    for key, value in (settings | {"learning_rate": 0.02}).items():
        monkeypatch.setitem(sedhain2015.RECIPE, key, value)
    return pairs, stars


def test_every_rating_is_in_one_part_and_the_test_is_a_tenth():
    train, val, test = sedhain2015.parts(1000, 3)
    assert (len(train), len(val), len(test)) == (810, 90, 100)
    np.testing.assert_array_equal(
        np.sort(np.concatenate([train, val, test])), np.arange(1000)
    )
    assert set(test) != set(sedhain2015.parts(1000, 4)[2])


def test_all_ratings_of_the_data_set_are_used(small):
    pairs, ratings, shape = sedhain2015.all_ratings()
    np.testing.assert_array_equal(pairs, small[0])
    np.testing.assert_array_equal(ratings, small[1])
    assert shape == (60, 40)


def test_it_beats_the_means_and_chooses_by_validation(small, tmp_path):
    training.seed_everything(0)
    value, extras = sedhain2015.run(0, Progress(0, tmp_path))
    assert extras["penalty"] == 0.03
    assert value < sedhain2015.baselines()["film mean"]


def test_the_error_is_that_of_the_held_out_tenth(small, tmp_path, monkeypatch):
    def predict(*_):
        return np.full((60, 40), 3.0)

    monkeypatch.setattr(sedhain2015, "train_and_predict", predict)
    value, extras = sedhain2015.run(1, Progress(1, tmp_path))
    _, val, test = sedhain2015.parts(len(small[1]), 1)
    expected = [np.sqrt(np.mean((small[1][part] - 3.0) ** 2)) for part in (test, val)]
    assert [value, extras["validation RMSE"]] == pytest.approx(expected)


def test_without_the_ratings_the_program_says_so_and_has_no_result(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPANION_DATA", str(tmp_path))
    with pytest.raises(datasets.DatasetError, match=r"movielens_1m: cannot load ml-1m.zip"):
        sedhain2015.run(0, Progress(0, tmp_path / "work"))


def test_baselines_are_in_order(small):
    found = sedhain2015.baselines()
    assert found["biases"] < found["film mean"] < found["mean of all"]


def test_predictions_keep_to_the_scale_and_unknown_ones_are_3(small, tmp_path):
    values, mask = np.zeros((60, 40)), np.zeros((60, 40))
    values[:50, :30], mask[:50, :30] = 5.0, 1.0
    progress = Progress(1, tmp_path)
    found = sedhain2015.train_and_predict("toy", (values, mask), 0.03, progress)
    assert found.shape == (60, 40)
    assert 1.0 <= found.min() <= found.max() <= 5.0
    assert (found[50:] == 3.0).all()
    assert (found[:, 30:] == 3.0).all()
    assert found[:50, :30].min() > 4.5


def test_an_interrupted_training_ends_the_same(small, tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    mask = (rng.random((60, 40)) < 0.5).astype(float)
    table = (rng.integers(1, 6, (60, 40)) * mask, mask)
    monkeypatch.setitem(sedhain2015.RECIPE, "epochs", 4)
    whole = sedhain2015.train_and_predict("a", table, 0.1, Progress(2, tmp_path / "one"))

    class Cut(Exception):
        pass

    def cut(self, *key):
        if key == (2,):
            raise Cut
        return np.random.default_rng([self.seed, *key])

    with monkeypatch.context() as patch:
        patch.setattr(Progress, "rng", cut)
        with pytest.raises(Cut):
            sedhain2015.train_and_predict("a", table, 0.1, Progress(2, tmp_path / "two"))
    again = sedhain2015.train_and_predict("a", table, 0.1, Progress(2, tmp_path / "two"))
    np.testing.assert_array_equal(whole, again)
