"""Generated labels against known laws, and trials in which all answers are known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from sklearn.svm import SVC

from companion.datasets import Dataset
from companion.practice import generated_labels as labels


def test_equal_numbers_of_each_class_without_repeats(rng):
    y = np.repeat([3, 5, 9], [10, 20, 7])
    rows = labels.few_of_each(y, 6, rng)
    assert np.unique(rows).size == 18
    assert y[rows].tolist() == [3] * 6 + [5] * 6 + [9] * 6


@pytest.mark.parametrize("n", [0, 8])
def test_more_than_there_are_is_refused(n, rng):
    with pytest.raises(ValueError, match="per_class"):
        labels.few_of_each(np.repeat([0, 1], [7, 9]), n, rng)


def test_drawn_codes_have_the_means_and_the_shared_covariance(rng):
    spread = np.array([[1.0, 0.6], [0.6, 2.0]])
    z = rng.multivariate_normal(np.zeros(2), spread, 8000)
    y = np.repeat([4, 7], 4000)
    z[y == 7] += [10.0, -5.0]
    codes, names = labels.class_codes(z, y, 20000, rng)
    assert np.unique(names, return_counts=True)[1].tolist() == [20000, 20000]
    for name, mean in ((4, [0, 0]), (7, [10, -5])):
        np.testing.assert_allclose(codes[names == name].mean(axis=0), mean, atol=0.1)
        np.testing.assert_allclose(np.cov(codes[names == name].T), spread, atol=0.15)


def test_spread_scales_the_standard_deviations_and_no_mean(rng):
    z, y = rng.normal([5.0, 0.0], size=(400, 2)), np.tile([0, 1], 200)
    codes, names = labels.class_codes(z, y, 5000, rng, spread=0.1)
    np.testing.assert_allclose(
        codes[names == 0].mean(axis=0), z[y == 0].mean(axis=0), atol=0.02
    )
    np.testing.assert_allclose(codes[names == 1].std(axis=0), 0.1, rtol=0.15)


def test_a_class_of_one_is_refused(rng):
    with pytest.raises(ValueError, match="at least 2"):
        labels.class_codes(np.eye(3), [0, 0, 1], 5, rng)


def test_more_examples_are_learned_from(rng):
    x, y = rng.normal(size=(40, 2)), np.repeat([0, 1], 20)
    more, names = rng.normal(size=(40, 2)), np.repeat([1, 0], 20)
    test = rng.normal(size=(100, 2))
    answer = SVC(C=10.0).fit(np.r_[x, more], np.r_[y, names]).predict(test)
    assert labels.accuracy_with(x, y, more, names, test, answer) == 1.0


def test_interval_is_that_of_scipy(rng):
    found = rng.normal(size=12)
    mean, low, high = labels.mean_interval(found, 0.9)
    expected = stats.ttest_1samp(found, 0.0).confidence_interval(0.9)
    np.testing.assert_allclose([mean, low, high], [found.mean(), *expected])


def test_one_difference_has_no_interval():
    with pytest.raises(ValueError, match="n > 1"):
        labels.mean_interval([0.1])


@pytest.fixture
def data(rng):
    y = np.tile(np.arange(5), 60)
    x = rng.random((300, 64)) + np.eye(64)[y] * 3
    parts = [a for rows in np.split(np.arange(300), 3) for a in (x[rows], y[rows])]
    return Dataset(*parts, name="made", source="made", license="none")


def test_five_hundred_images_of_each_kind_with_their_classes(data, rng):
    x, y = data.x_train[:20], data.y_train[:20]
    more = labels.more_of(x, y, lambda v: v - 3.0, lambda z: z + 3.0, rng)
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

    def more_of(x, y, encode, decode, rng):
        seen["few"] = x, y, encode, decode
        return {"generated, so": (x + 1, y), "moved": (x + 2, y)}

    monkeypatch.setattr(labels, "more_of", more_of)
    found = labels.accuracies(data, 4, 0, "encode", "decode")
    x, y, *coder = seen["few"]
    assert coder == ["encode", "decode"]
    assert np.bincount(y).tolist() == [4] * 5
    new, none = (data.x_test, data.y_test), (x[:0], y[:0])
    expected = {
        "labeled only": labels.accuracy_with(x, y, *none, *new),
        "and generated, so": labels.accuracy_with(x, y, x + 1, y, *new),
        "generated, so, alone": labels.accuracy_with(x + 1, y, *none, *new),
        "and moved": labels.accuracy_with(x, y, x + 2, y, *new),
    }
    assert found == expected
    turned = replace(data, x_val=data.x_val[::-1])
    val = labels.accuracies(turned, 4, 0, "encode", "decode", "val")["labeled only"]
    assert val == labels.accuracy_with(x, y, *none, turned.x_val, data.y_val) < 0.5


def test_draws_are_repeated_for_each_seed(data, monkeypatch):
    monkeypatch.setattr(labels, "accuracies", lambda d, k, s, m, w: {"a": 10 * k + s})
    assert labels.over_draws(data, 2, (3, 4), None, None) == {"a": [23, 24]}
