"""Training from several seeds: each training stands alone, and rows are what they say."""

import numpy as np
import pytest

from companion import training
from companion.datasets.ratings import rating_world
from companion.practice import rating_table
from companion.practice import recommender_trials as trials
from companion.practice.autorec import AutoRec, with_mask
from companion.practice.ranking import measure_users
from companion.practice.rating_baselines import Biases, Factors


@pytest.fixture(scope="module")
def world():
    pairs, ratings, truth = rating_world(60, 40, density=0.5)
    return *rating_table.to_table(pairs, ratings, (60, 40)), truth


def test_the_first_of_equals_is_chosen():
    best, found = trials.choose([3, -2, 2], lambda s: s * s if s != 3 else 4)
    assert best == 3
    assert found == {3: 4.0, -2: 4.0, 2: 4.0}
    with pytest.raises(ValueError, match="settings must hold at least one"):
        trials.choose([], abs)


@pytest.mark.parametrize("kind", trials.KINDS)
def test_autorec_beats_biases_on_a_dense_world(world, kind):
    values, mask, truth = world
    offset = Biases(1.0).fit(values, mask).predict()
    found = trials.autorec_predictions(
        values, mask, kind=kind, offset=offset, latent_dim=8, seeds=(0, 1), n_epochs=60
    )
    assert found.shape == (2, 60, 40)
    assert (found[0] != found[1]).any()
    bound = rating_table.rmse_over_all(offset, truth)
    assert max(rating_table.rmse_over_all(p, truth) for p in found) < 0.95 * bound


def test_the_second_training_is_that_of_its_seed_alone(world):
    values, mask, _ = world
    settings = {"latent_dim": 4, "n_epochs": 3}
    both = trials.autorec_predictions(values, mask, seeds=(0, 1), **settings)
    alone = trials.autorec_predictions(values, mask, seeds=(1,), **settings)
    np.testing.assert_allclose(both[1], alone[0], atol=1e-5)


def test_the_penalty_and_the_mean_reach_the_model(world):
    values, mask, _ = world
    x = with_mask(values.T, mask.T)
    (found,) = trials.autorec_predictions(
        values, mask, latent_dim=4, l2=0.5, seeds=(2,), n_epochs=2
    )
    rng = training.seed_everything(2)
    model = AutoRec(60, 4, l2=0.5, mean=values.sum() / mask.sum(), seed=2)
    again = trials.TrainedAgain(model, 3e-3)
    again.train(x, 4, 32, rng)  # two epochs of two batches
    np.testing.assert_allclose(found, model.predict_on_batch(x).T, atol=1e-5)


def test_each_model_is_tuned_on_the_validation_ratings(world, monkeypatch):
    values, mask, truth = world
    validation = (np.argwhere(mask == 0)[::3], truth["expected"][mask == 0][::3])
    settings = {"I-AutoRec": ("item", False, ((20, 30.0), (20, 0.03), (4, 30.0)))}
    monkeypatch.setattr(trials, "AUTORECS", settings)
    found = trials.tuned_predictions((values, mask), validation, autorecs=["I-AutoRec"])
    assert list(found)[-3:] == ["biases", "factors", "I-AutoRec"]
    biases = [Biases(l2).fit(values, mask).predict() for l2 in trials.BIAS_L2]
    errors = [rating_table.rmse(p, *validation) for p in biases]
    np.testing.assert_array_equal(found["biases"], biases[int(np.argmin(errors))])
    over_all = {k: rating_table.rmse_over_all(p, truth) for k, p in found.items()}
    assert over_all["factors"] < over_all["biases"] < over_all["item mean"]
    # With the large penalty it could say no more than the means of the items.
    assert over_all["I-AutoRec"] < over_all["item mean"]


def test_seed_and_offset_reach_the_factors_and_the_autorecs(world, monkeypatch):
    values, mask, truth = world
    validation = (np.argwhere(mask == 0), truth["expected"][mask == 0])
    monkeypatch.setattr(trials, "BIAS_L2", (2.0,))
    monkeypatch.setattr(trials, "FACTOR_SETTINGS", ((2, 3.0),))
    settings = {"off": ("user", True, ((3, 0.1),)), "raw": ("item", False, ((3, 0.1),))}
    monkeypatch.setattr(trials, "AUTORECS", settings)
    table = values, mask
    found = trials.tuned_predictions(table, validation, 7, settings)
    biases = Biases(2.0).fit(*table).predict()
    factors = Factors(2, 3.0, bias_l2=2.0, seed=7).fit(*table).predict()
    np.testing.assert_array_equal(found["factors"], factors)
    train = {"latent_dim": 3, "l2": 0.1, "seeds": (7,)}
    off = trials.autorec_predictions(*table, kind="user", offset=biases, **train)[0]
    np.testing.assert_allclose(found["off"], off, atol=1e-5)
    raw = trials.autorec_predictions(*table, **train)[0]
    np.testing.assert_allclose(found["raw"], raw, atol=1e-5)


def test_each_seed_of_a_mult_vae_folds_new_users_in_by_itself(rng):
    x = (rng.random((30, 30)) < 0.5).astype(np.float32)
    settings = {"latent_dim": 2, "n_epochs": 1}
    found = trials.mult_vae_users(x, x[:7], (4,), **settings)

    def measure(model, seed):
        return measure_users(model.scores, x[:7], (4,))["NDCG@10"]

    (expected,) = trials.mult_vae_measures(x, measure, seeds=(4,), **settings)
    np.testing.assert_allclose(found["NDCG@10"], expected)
    assert found["Recall@20"].shape == (1, 7)


def test_mult_vae_is_measured_once_for_each_seed(rng):
    x = (rng.random((40, 9)) < 0.4).astype(np.float32)
    found = trials.mult_vae_measures(
        x,
        lambda model, seed: (seed, model.scores(x[:1])[0, 0], model.latent_dim),
        seeds=(3, 5),
        n_epochs=2,
        latent_dim=2,
    )
    assert [row[0] for row in found] == [3, 5]
    assert found[0][1] != found[1][1]
    assert found[0][2] == 2


def test_bad_input(world):
    values, mask, _ = world
    with pytest.raises(ValueError, match="kind must be one of item, user; got 'film'"):
        trials.autorec_predictions(values, mask, kind="film")
    with pytest.raises(ValueError, match="mask must mark at least one rating"):
        trials.autorec_predictions(values, 0 * mask)
