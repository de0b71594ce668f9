"""Uses of codes on cases whose answer is known."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from companion import datasets
from companion.datasets import Dataset
from companion.practice import code_uses as cu


def groups(rng, n_each=12):
    """Three far groups in four dimensions, in three parts."""
    centers = 5.0 * np.eye(3, 4)
    parts = []
    for _ in range(3):
        y = np.repeat(np.arange(3), n_each)
        parts += [centers[y] + 0.1 * rng.normal(size=(len(y), 4)), y]
    return Dataset(*parts, name="groups", source="here", license="none")


@pytest.mark.parametrize("n_each", [1, 4])
def test_every_class_gets_the_same_number_of_labels(rng, n_each):
    y = rng.permutation(np.repeat([0, 1, 2], [9, 4, 30]))
    rows = cu.draw_labels(y, n_each, np.random.default_rng(0))
    assert len(set(rows)) == len(rows)
    np.testing.assert_array_equal(np.bincount(y[rows]), [n_each] * 3)


def parts_of(data):
    return [
        (data.x_train, data.y_train),
        (data.x_val, data.y_val),
        (data.x_test, data.y_test),
    ]


def same(x):
    return x


def test_few_labels_are_enough_for_far_groups_and_none_for_noise(rng):
    assert cu.label_accuracies([same], parts_of(groups(rng)), 1, (0, 1)).tolist() == [1, 1]
    coin, many = np.random.default_rng(1), groups(rng, 400)
    blind = [lambda x: coin.normal(size=x.shape)]
    found = cu.label_accuracies(blind, parts_of(many), 4, range(4))
    assert found.mean() == pytest.approx(1 / 3, abs=0.05)


def test_the_strength_is_chosen_over_all_draws_on_validation_images(rng, monkeypatch):
    data = groups(rng)
    fits = []

    class Stub:
        """Weak penalties win one draw of three, strong ones the others; tests disagree."""

        def __init__(self, C, max_iter):
            self.weak = C > 1.0

        def fit(self, z, y):
            self.draw = len(fits) // 2
            fits.append(z)
            return self

        def score(self, z, y):
            if y is data.y_test:
                return float(self.weak)
            return float(self.weak == (self.draw == 0))

    monkeypatch.setattr(cu, "LogisticRegression", Stub)
    found = cu.label_accuracies([same], parts_of(data), 2, (0, 1, 2), strengths=(0.1, 10.0))
    assert found.tolist() == [0.0, 0.0, 0.0]


def test_codes_are_centered_and_divided_by_one_number_of_the_training_part(
    rng, monkeypatch
):
    seen = []

    class Watcher(cu.LogisticRegression):
        def score(self, z, y):
            seen.append(z)
            return super().score(z, y)

    monkeypatch.setattr(cu, "LogisticRegression", Watcher)
    data = groups(rng)
    cu.label_accuracies([same], parts_of(data), 2, (0,), strengths=(1.0,))
    mean, scale = data.x_train.mean(axis=0), data.x_train.std()
    np.testing.assert_allclose(seen[0], (data.x_val - mean) / scale)
    np.testing.assert_allclose(seen[1], (data.x_test - mean) / scale)


def test_each_encoder_takes_its_share_of_the_draws(rng):
    blind = lambda x: 0 * x + rng.normal(size=x.shape)  # noqa: E731
    found = cu.label_accuracies([same, blind], parts_of(groups(rng)), 2, (0, 1, 2))
    assert found[0] == found[2] == 1.0
    assert found[1] < 0.9


def test_the_classifier_may_be_shown_more_than_the_labeled_images(rng):
    data, sizes = groups(rng), []

    def twice(x, y):
        sizes.append(len(x))
        return np.concatenate([x, x]), np.concatenate([y, (y + 1) % 3])

    found = cu.label_accuracies([same], parts_of(data), 3, (0,), shown=twice)
    assert sizes == [9]  # the labeled images, three of each class
    assert found[0] < 1.0  # half of the labels it was shown are wrong


@pytest.mark.tuning
def test_no_setting_that_was_tried_is_ahead_of_the_pixels():
    data = datasets.load("digits").flat()
    parts = parts_of(data)[:2] + [(data.x_val, data.y_val)]

    def accuracy(encoders):
        return cu.label_accuracies(encoders, parts, 2, range(100, 106)).mean()

    pixels = accuracy([same])
    for epochs in (15, 60, 120):
        for rate in (1e-3, 3e-3, 1e-2):
            encoders = cu.train_encoders(data.x_train, 16, range(3), epochs, rate)
            assert accuracy(encoders) < pixels + 0.01, (epochs, rate)


def test_clusters_that_are_classes_agree_fully(rng):
    data = groups(rng)
    assert cu.cluster_agreement(data.x_train, data.y_train, 0, 3) == (1.0, 1.0)
    y = rng.integers(3, size=36)
    rand, information = cu.cluster_agreement(data.x_train, y, 0, 3)
    assert abs(rand) < 0.15
    found = np.repeat(np.arange(3), 12)
    assert information == pytest.approx(normalized_mutual_info_score(y, found))
    assert rand == pytest.approx(adjusted_rand_score(y, found))


def test_the_nearest_neighbor_is_found_by_codes(rng):
    data = groups(rng)
    assert cu.neighbor_accuracy(lambda x: x, data) == 1.0
    data.y_test[:] = (data.y_test + 1) % 3
    assert cu.neighbor_accuracy(lambda x: x, data) == 0.0


def test_multiply_adds_are_counted_by_hand():
    assert cu.neighbor_cost(100, 64) == 6400
    assert cu.neighbor_cost(100, 64, 8) == 64 * 8 + 800
    assert cu.neighbor_cost(100, 64, 8, 32) == 64 * 32 + 32 * 8 + 800


def test_an_encoder_is_the_first_half_of_its_network(rng):
    x = rng.random((40, 6))
    (encode,) = cu.train_encoders(x, 2, (5,), epochs=2)
    weights, biases = cu.many_seeds.init([6, 64, 2, 64, 6], (5,))
    params, _ = cu.many_seeds.train(
        (weights, biases), x, cu.ACTIVATIONS, epochs=2, learning_rate=1e-3
    )
    expected = cu.many_seeds.forward(params, x, cu.ACTIVATIONS)[2][0]
    np.testing.assert_allclose(encode(x), expected)


def test_random_projections_keep_lengths_on_average():
    encoders = cu.random_encoders(64, 200, range(20))
    x = np.ones((1, 64)) / 8.0  # length 1; each coordinate has the variance 1 / 64
    lengths = [np.sum(encode(x) ** 2) for encode in encoders]
    assert np.mean(lengths) == pytest.approx(200 / 64, rel=0.05)
