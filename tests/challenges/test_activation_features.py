"""Measures of features in activations, on cases whose answer is known."""

import numpy as np
import pytest

from companion.brain.sparse_autoencoder import SparseAutoencoder, encode
from companion.challenges import activation_features, recovery, saliency


@pytest.fixture
def case(rng):
    params = (
        [rng.normal(size=(6, 5)), rng.normal(size=(5, 3))],
        [
            rng.normal(size=5),
            rng.normal(size=3),
        ],
    )
    h = np.maximum(0, rng.normal(size=(40, 5)))
    model = SparseAutoencoder(
        rng.normal(size=(5, 7)), rng.normal(size=7), rng.normal(size=(7, 5))
    )
    return params, h, (model, activation_features.fit_scale(h))


def test_scaled_activations_are_centered_and_of_mean_squared_length_one(rng):
    h = 3.0 + 2.0 * rng.normal(size=(50, 4))
    x = activation_features.scaled(activation_features.fit_scale(h), h)
    np.testing.assert_allclose(x.mean(axis=0), 0.0, atol=1e-12)
    assert np.mean(np.sum(x**2, axis=1)) == pytest.approx(1.0)


def test_purity_counts_the_top_examples():
    labels = np.array([0, 0, 1, 1, 2, 2])
    activity = np.array(
        [[6, 1, 0.0], [5, 6, 3.0], [4, 5, 0.0], [1, 4, 0.0], [2, 2, 0.0], [3, 3, 0.0]]
    )
    share, classes = activation_features.purity(activity, labels, n_top=3)
    np.testing.assert_allclose(share, [2 / 3, 2 / 3, np.nan])
    np.testing.assert_array_equal(classes[:2], [0, 1])


def test_purity_of_noise_is_that_of_random_draws(rng):
    labels = np.repeat(np.arange(10), 50)
    share, _ = activation_features.purity(rng.random((500, 400)), labels, n_top=10)
    draws = [
        np.bincount(rng.choice(labels, 10, replace=False)).max() / 10 for _ in range(4000)
    ]
    assert share.mean() == pytest.approx(np.mean(draws), abs=0.015)


def test_ablation_equals_the_logits_of_changed_activations(case):
    params, h, learned = case
    model, scale = learned
    effects = activation_features.ablation_effects(params, h, learned)
    z = encode(model, (h - scale.mean) / scale.size)
    for feature in (0, 4):
        less = z.copy()
        less[:, feature] = 0.0
        change = scale.size * (z - less) @ model.dictionary
        falls = (h - (h - change)) @ params[0][-1]
        np.testing.assert_allclose(effects[:, feature], falls, atol=1e-12)


def test_own_and_other_effects_are_the_right_means():
    effects = np.zeros((4, 3, 2))
    labels = np.array([0, 0, 1, 1])
    effects[:2, 0, 0] = [3.0, 5.0]  # feature 0 on class 0
    effects[2:, 1, 1] = [1.0, 3.0]  # feature 1 on class 1
    effects[:2, 1, 0] = 0.5
    effects[:, 2] = 100.0  # has no class
    own, other = activation_features.own_and_other(effects, labels, np.array([0, 1, -1]))
    assert own == pytest.approx((4.0 + 2.0) / 2)
    assert other == pytest.approx((0.5 + 0.0) / 2)


def test_activities_order_examples_as_projections_do(case, rng):
    _, h, learned = case
    found = activation_features.activities(h, h, learned, rng)
    centered = h - h.mean(axis=0)
    _, _, axes = np.linalg.svd(centered, full_matrices=False)
    for k in range(3):
        cosine = np.corrcoef(found["PCA"][:, k], centered @ axes[k])[0, 1]
        assert abs(cosine) == pytest.approx(1.0)
    np.testing.assert_array_equal(found["single units"], h)
    assert found["features"].shape == (40, 7)
    assert found["features"].min() == 0.0
    # Each example direction is most like one of the examples: x_i . x_j / |x_j|.
    x = activation_features.scaled(learned[1], h)
    cosines = x @ (x / np.linalg.norm(x, axis=1, keepdims=True)).T
    for column in found["training examples"].T:
        assert np.abs(cosines - column[:, None]).max(axis=0).min() < 1e-12


def test_planted_features_are_found_in_activations(rng):
    x, atoms = recovery.draw_features(3000, 20, 14, 2, rng)
    h = 5.0 + 30.0 * x
    model, _ = activation_features.train_features(h, 20, seed=1)
    assert recovery.recovered(model.dictionary, atoms) > 0.9


def test_a_trained_classifier_is_read_by_its_last_layer(rng):
    x = rng.random((200, 16))
    labels = (x[:, 2] > x[:, 9]).astype(int)
    trained, _ = saliency.train_classifier(x, labels, 0, n_hidden=12, epochs=5)
    h = np.maximum(0, x @ trained[0][0] + trained[1][0])
    learned = activation_features.train_features(h, 16, seed=0, n_batches=100)
    effects = activation_features.ablation_effects(trained, h, learned)
    assert effects.shape == (200, 16, 2)


def test_rating_finds_units_that_are_classes_pure(rng):
    labels = np.repeat(np.arange(4), 25)
    h = np.eye(4)[labels] + 0.01 * rng.random((100, 4))
    (model, _), rated = activation_features.train_and_rate(h, h, labels, 6, seed=0)
    np.testing.assert_array_equal(rated["single units"][0], 1.0)
    np.testing.assert_array_equal(rated["single units"][1], np.arange(4))
    again, _ = activation_features.train_features(h, 6, seed=0)
    np.testing.assert_array_equal(again.dictionary, model.dictionary)


@pytest.mark.parametrize("n_top", [0, 7])
def test_purity_refuses_a_bad_number_of_examples(n_top):
    with pytest.raises(ValueError, match=f"n_top must be from 1 to 6; got {n_top}"):
        activation_features.purity(np.ones((6, 2)), np.zeros(6, int), n_top=n_top)
