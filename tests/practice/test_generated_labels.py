import numpy as np
import pytest
from scipy import stats
from sklearn.svm import SVC

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


def test_each_generation_sees_only_the_one_before():
    line = labels.descend(np.ones((2, 1)), lambda x, k: 2 * x + k, 3)
    assert [a[0, 0] for a in line] == [2.0, 5.0, 12.0]
