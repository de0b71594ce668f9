"""One protocol for few labels: draws, choices on validation images, test results."""

import keras
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import pairwise_distances

from companion.challenges import few_labels, pretext


@pytest.fixture(scope="module")
def world():
    return pretext.moved_digits()


def pixels(x):
    return x


def test_settings_are_chosen_on_validation_and_judged_on_test():
    found = np.array(
        [[[0.5, 0.9], [0.7, 0.8]], [[0.6, 0.1], [0.8, 0.2]], [[0.9, 0.6], [0.3, 0.7]]]
    )
    np.testing.assert_array_equal(few_labels.chosen(found), [0.1, 0.2])


def test_labels_are_drawn_evenly(world):
    x, y = few_labels.labeled(world, 4, 0)
    assert np.bincount(y).tolist() == [4] * 10
    again, _ = few_labels.labeled(world, 4, 0)
    other, _ = few_labels.labeled(world, 4, 1)
    np.testing.assert_array_equal(x, again)
    assert (x != other).any()
    x, y = few_labels.labeled(world, 4, 0, in_all_places=True)
    assert np.bincount(y).tolist() == [36] * 10
    assert len(few_labels.labeled(world, None, 0)[0]) == 1077
    assert len(few_labels.labeled(world, None, 0, True)[0]) == 9 * 1077


def test_probe_is_a_linear_classifier_on_standardized_codes(world, monkeypatch):
    monkeypatch.setattr(few_labels, "STRENGTHS", (2.0,))
    found = few_labels.probe([pixels, np.sqrt], world, 3, [5, 6])
    for j, encode in enumerate((pixels, np.sqrt)):
        z = [encode(x) for x, _ in world.parts]
        mean, scale = z[0].mean(axis=0), z[0].std()
        x, y = few_labels.labeled(world, 3, (5, 6)[j])
        model = LogisticRegression(C=2.0, max_iter=1000)
        model.fit((encode(x) - mean) / scale, y)
        expected = model.score((z[2] - mean) / scale, world.parts[2][1])
        assert found[j] == pytest.approx(expected)


@pytest.mark.parametrize("everywhere", [False, True])
def test_nearest_takes_the_class_of_the_closest_labeled_code(world, everywhere):
    [found] = few_labels.nearest([np.sqrt], world, 2, [3], everywhere)
    x, y = few_labels.labeled(world, 2, 3, everywhere)
    x_test, y_test = world.parts[2]
    distances = pairwise_distances(np.sqrt(x_test), np.sqrt(x), metric="euclidean")
    assert found == pytest.approx(np.mean(y[distances.argmin(axis=1)] == y_test), abs=0.003)


def test_probes_take_turns_with_the_encoders(world):
    def blind(x):
        return np.zeros((len(x), 2)) + 1e-9 * x[:, :2]

    found = few_labels.probe([np.sqrt, blind], world, 5, [0, 1, 2])
    assert found[1] < 0.2 < min(found[0], found[2])


def test_each_setting_keeps_its_own_draws(world):
    judged = {
        0: [(0.1, 0.2), (0.9, 0.3)],
        1: [(0.2, 0.4), (0.8, 0.5)],
        2: [(0.3, 0.6), (0.7, 0.7)],
    }
    found = few_labels._accuracies(
        lambda j, x, y: iter(judged[j]), world, 1, [0, 1, 2], False
    )
    np.testing.assert_array_equal(found, [0.3, 0.5, 0.7])


def keras_accuracy(world, start, n_each, seed, n_steps):
    """Fine-tune in Keras, one batch after the other, and judge on the test images."""
    dense = [keras.layers.Dense(width, "relu") for width in pretext.HIDDEN]
    last = keras.layers.Dense(10, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((100,)), *dense, last])
    model.set_weights([*start[:4], *model.get_weights()[-2:]])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(few_labels.LEARNING_RATE), loss)
    x, y = few_labels.labeled(world, n_each, seed)
    rng, rows = np.random.default_rng(seed), []
    while len(rows) < 32 * n_steps:
        rows += [*rng.permutation(len(x))]
    for i in range(n_steps):
        batch = rows[32 * i : 32 * (i + 1)]
        model.train_on_batch(x[batch], y[batch])
    x_test, y_test = world.parts[2]
    return np.mean(model.predict(x_test, verbose=0).argmax(axis=1) == y_test)


@pytest.mark.parametrize("n_steps", [1, 12])
def test_fine_tuning_takes_the_steps_of_keras(world, monkeypatch, n_steps):
    monkeypatch.setattr(few_labels, "STEPS", (n_steps,))
    starts = [pretext.build("plain", 100, seed).get_weights() for seed in (0, 1)]
    found = few_labels.fine_tune(starts, world, 5, [4, 5, 6])
    expected = [keras_accuracy(world, starts[j % 2], 5, 4 + j, n_steps) for j in range(3)]
    np.testing.assert_allclose(found, expected, atol=0.003)  # one image


def test_fine_tuning_learns_more_from_more_labels_and_repeats(world):
    starts = [pretext.build("plain", 100).get_weights()]
    few, many = (few_labels.fine_tune(starts, world, n, [0, 1]) for n in (2, 20))
    assert 0.1 < few.mean() < many.mean()
    assert many.mean() > 0.5
    everywhere = few_labels.fine_tune(starts, world, 2, [0, 1], in_all_places=True)
    assert everywhere.mean() > few.mean() + 0.1
    np.testing.assert_array_equal(few_labels.fine_tune(starts, world, 2, [0, 1]), few)


def test_fine_tuning_keeps_its_most_valid_step(world, monkeypatch):
    starts = [pretext.build("plain", 100).get_weights()]
    alone = {}
    for n_steps in (1, 60):
        monkeypatch.setattr(few_labels, "STEPS", (n_steps,))
        alone[n_steps] = few_labels.fine_tune(starts, world, 10, [0, 1])
    monkeypatch.setattr(few_labels, "STEPS", (1, 60))
    found = few_labels.fine_tune(starts, world, 10, [0, 1])
    np.testing.assert_array_equal(found, alone[60])
    assert (alone[1] < found).all()


def test_many_labels_are_trained_for_more_steps(world, monkeypatch):
    monkeypatch.setattr(few_labels, "STEPS", (1,))
    monkeypatch.setattr(few_labels, "STEPS_OF_MANY", (80,))
    starts = [pretext.build("plain", 100).get_weights()]
    ten, eleven, everything = (
        few_labels.fine_tune(starts, world, n, [0])[0] for n in (10, 11, None)
    )
    assert ten + 0.15 < eleven < everything
