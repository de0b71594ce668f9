"""The judge of images against hand counts and a classifier that is known."""

import numpy as np
import pytest

from companion.autoencoders.samples import frechet_distance
from companion.practice import sample_quality
from companion.practice.sample_judge import class_score, over_batches, train_judge


@pytest.fixture(scope="module")
def judge():
    rng = np.random.default_rng(0)
    y = np.repeat([3, 8], 60)
    x = np.clip(rng.normal(0.2, 0.1, (120, 40)) + 0.5 * (y == 8)[:, None], 0, 1)
    order = rng.permutation(120)
    return train_judge(x[order[:80]], y[order[:80]], x[order[80:]])


def test_score_by_hand():
    assert class_score(np.eye(4)) == pytest.approx(4.0)
    assert class_score(np.full((5, 3), 1 / 3)) == pytest.approx(1.0)
    assert class_score([[1, 0, 0]] * 3) == pytest.approx(1.0)
    # p(y) = (3/4, 1/4): half of log(4/3), half of log 2 - (log(3/2) + log(1/2)) / 2 ...
    first = np.log(1 / 0.75)
    second = 0.5 * np.log(0.5 / 0.75) + 0.5 * np.log(0.5 / 0.25)
    assert class_score([[1, 0], [0.5, 0.5]]) == pytest.approx(np.exp((first + second) / 2))


@pytest.mark.parametrize(
    "shares", [[0.5, 0.5], [[0.5, 0.6]], [[1.5, -0.5]], np.ones((0, 2))]
)
def test_what_is_no_share_is_refused(shares):
    with pytest.raises(ValueError, match="shares must"):
        class_score(shares)


def test_hidden_units_and_classes_are_those_of_the_network(judge):
    x, net = judge.x_real, judge.net
    hidden = np.maximum(x @ net.coefs_[0] + net.intercepts_[0], 0)
    logit = hidden @ net.coefs_[1] + net.intercepts_[1]
    np.testing.assert_allclose(judge.features(x), hidden)
    expected = np.where(logit[:, 0] > 0, 8, 3)
    np.testing.assert_array_equal(judge.classes(x), expected)


def test_unseen_noise_changes_no_hidden_unit_and_is_all_that_does_so(judge, rng):
    noise = rng.normal(size=(20, 40))
    unseen = judge.unseen(noise)
    np.testing.assert_allclose(judge.features(judge.x_real[:20] + unseen),
                               judge.features(judge.x_real[:20]))  # fmt: skip
    assert np.linalg.matrix_rank(unseen) == 40 - 32
    np.testing.assert_allclose(judge.unseen(unseen), unseen)


def test_measures_are_those_of_their_functions_in_the_right_order(judge, rng):
    images = np.clip(judge.x_real + rng.normal(0, 0.05, judge.x_real.shape), 0, 1)
    images[0] += 9.0
    found = judge.measure(images)
    features = judge.features(judge.x_real), judge.features(images)
    assert found["Fréchet, features"] == pytest.approx(frechet_distance(*features))
    assert found["Fréchet, pixels"] == pytest.approx(frechet_distance(judge.x_real, images))
    pair = sample_quality.precision_recall(judge.x_real, images)
    assert (found["precision"], found["recall"]) == pair
    assert found["class score"] == class_score(judge.net.predict_proba(images))


def test_number_of_images_must_be_that_of_the_real_ones(judge):
    with pytest.raises(ValueError, match="images must be 40, as many as real; got 39"):
        judge.measure(judge.x_real[1:])


def test_copies_and_real_images_are_told_apart(judge, rng):
    same = judge.copies(judge.x_real)
    assert same["distance"] == 1.0
    assert same["copied"] == pytest.approx(0.05, abs=0.03)
    near = judge.copies(judge.x_train + 1e-4 * rng.normal(size=judge.x_train.shape))
    assert near["distance"] < 0.01
    assert near["copied"] == 1.0
    far = judge.copies(judge.x_real + 5.0)
    assert far["distance"] > 5


def test_values_of_batches_are_listed_by_name():
    found = over_batches(lambda b: {"a": b, "b": -b}, [1, 5])
    assert found == {"a": [1, 5], "b": [-1, -5]}
