"""One protocol for few labels: draws, choices on validation images, test results."""

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


def test_fine_tuning_begins_with_the_weights_it_was_given(world, monkeypatch):
    tuning = few_labels.FineTuning(world)
    starts = [pretext.build("plain", 100, seed).get_weights() for seed in (0, 1)]
    begun = []
    begin = tuning._trained.begin
    monkeypatch.setattr(
        tuning._trained, "begin", lambda weights: begun.append(weights) or begin(weights)
    )
    tuning.accuracies(starts, 1, [0, 1, 2])
    assert [w[0] is starts[j % 2][0] for j, w in enumerate(begun)] == [True] * 3
    assert all((w[-2] == 0).all() and w[-2].shape == (48, 10) for w in begun)


def test_fine_tuning_learns_more_from_more_labels_and_repeats(world):
    tuning = few_labels.FineTuning(world)
    starts = [pretext.build("plain", 100).get_weights()]
    few, many = (tuning.accuracies(starts, n, [0, 1]) for n in (2, 20))
    assert 0.1 < few.mean() < many.mean()
    assert many.mean() > 0.5
    everywhere = tuning.accuracies(starts, 2, [0, 1], in_all_places=True)
    assert everywhere.mean() > few.mean() + 0.1
    np.testing.assert_allclose(tuning.accuracies(starts, 2, [0, 1]), few, atol=0.01)
