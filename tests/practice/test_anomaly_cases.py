"""The four experiments: one thing varied at a time, the test part never touched."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from companion import datasets
from companion.datasets import anomaly_worlds as worlds
from companion.practice import anomaly_baselines as baselines
from companion.practice import anomaly_cases as cases
from companion.practice import anomaly_trials as trials


@pytest.fixture
def table():
    data = worlds.planted_anomalies(sizes=(300, 100, 400, 300))
    return trials.pool(data, [1])


def test_the_sweep_finds_the_true_dimension(table):
    x, y = table
    kept = y == 1
    kept[: len(y) - 600] = True  # everything but the anomalies of the other kind
    auc, error = cases.sweep_code_sizes(
        (x[kept], y[kept]), lambda k, seed: baselines.PCAResidual(k), [1, 4, 15], [0, 1]
    )
    assert auc.shape == (3, 2)
    # The residual off the true subspace has the analytic value; fewer and more know less.
    np.testing.assert_allclose(auc[1], worlds.auc_of_spreads(1.5, 12), atol=0.06)
    assert (auc[1] > auc[[0, 2]]).all()
    # Medians of sigma^2 chi^2_12, for normal rows and for anomalies.
    np.testing.assert_allclose(error[1, :, 0], 11.34 * 0.09 / 1.3, rtol=0.5)
    assert (error[1, :, 1] > 1.5 * error[1, :, 0]).all()


def test_contaminate_adds_known_anomalies_to_training_only(table):
    part = trials.split(*table, 0, n_known=100)
    more = cases.contaminate(part, 0.1)
    n = len(part.x_train)
    assert len(more.x_train) - n == round(n / 9)
    np.testing.assert_array_equal(more.x_train[:n], part.x_train)
    np.testing.assert_array_equal(more.x_train[n:], part.x_known[: len(more.x_train) - n])
    np.testing.assert_array_equal(more.x_test, part.x_test)
    assert len(cases.contaminate(part, 0.0).x_train) == n
    for share, message in ((1.0, r"share must be in \[0, 1\)"), (0.5, "at most 100 rows")):
        with pytest.raises(ValueError, match=message):
            cases.contaminate(part, share)


def test_contaminated_detectors_get_worse(table):
    found = cases.compare_contaminated(
        table, [0.0, 0.2], [0, 1], {"maha": lambda seed: baselines.Mahalanobis()}, 150
    )
    assert set(found) == {"maha"}
    assert found["maha"].shape == (2, 2)
    assert (found["maha"][1] < found["maha"][0]).all()
    part = trials.split(*table, 1, 150)
    alone = baselines.Mahalanobis().fit(part.x_train).score(part.x_test)
    assert found["maha"][0, 1] == pytest.approx(roc_auc_score(part.y_test, alone))


def test_one_class_each_on_digits():
    data = datasets.load("digits")
    auc, overall = cases.one_class_each(data, lambda seed: baselines.Mahalanobis())
    assert auc.shape == (10, 10)
    assert np.isnan(np.diag(auc)).all()
    assert np.isfinite(auc).sum() == 90
    # The chance against all others is the mean over them, weighted by their numbers.
    labels = np.concatenate((data.y_train, data.y_val, data.y_test))
    counts = np.bincount(labels)
    for normal in range(10):
        others = np.arange(10) != normal
        expected = np.average(auc[normal, others], weights=counts[others])
        assert overall[normal] == pytest.approx(expected)
    assert overall.min() > 0.8


def test_one_class_each_tells_rows_from_columns():
    # A class at the origin and one spread around it: the wide one hides the narrow one.
    rng = np.random.default_rng(0)
    x = np.concatenate((0.01 * rng.normal(size=(60, 2)), rng.normal(size=(60, 2))))
    y = np.repeat((0, 1), 60)
    data = datasets.Dataset(
        x[::3], y[::3], x[1::3], y[1::3], x[2::3], y[2::3], "toy", "here", "none"
    )
    auc, _ = cases.one_class_each(data, lambda seed: baselines.Mahalanobis())
    assert auc[0, 1] > 0.95
    assert auc[1, 0] < 0.05


def test_every_detector_is_given_the_seed_of_its_division(table):
    given = []

    def make(*arguments):
        given.append(arguments)
        return baselines.Mahalanobis()

    cases.sweep_code_sizes(table, make, [1, 2], [3, 5])
    assert given == [(1, 3), (1, 5), (2, 3), (2, 5)]
    given.clear()
    cases.compare_contaminated(table, [0.0, 0.1], [3, 5], {"maha": make}, 100)
    assert given == [(3,), (3,), (5,), (5,)]


def test_the_error_is_the_median_of_normal_rows_then_of_anomalies(table):
    _, error = cases.sweep_code_sizes(
        table, lambda k, seed: baselines.PCAResidual(k), [2], [4]
    )
    part = trials.split(*table, 4)
    scores = baselines.PCAResidual(2).fit(part.x_train).score(part.x_test)
    expected = [np.median(scores[part.y_test == kind]) for kind in (0, 1)]
    np.testing.assert_allclose(error[0, 0], expected)


def test_one_class_each_measures_on_rows_that_training_never_saw():
    # Distance to the nearest training row is zero for every row that was trained on.
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(160, 4)), np.repeat((0, 1), 80)
    data = datasets.Dataset(
        x[::3], y[::3], x[1::3], y[1::3], x[2::3], y[2::3], "toy", "here", "none"
    )
    auc, overall = cases.one_class_each(data, lambda seed: baselines.NeighborDistance(1))
    # Both classes are draws of one distribution: nothing can be told.
    assert overall.mean() == pytest.approx(0.5, abs=0.12)


def test_asymmetry_by_hand():
    auc = np.array([[np.nan, 0.9, 0.8], [0.6, np.nan, 0.7], [0.5, 0.95, np.nan]])
    np.testing.assert_allclose(cases.asymmetry(auc), [0.3, 0.3, -0.25])


def small_circles(seed):
    return worlds.curved_anomalies(sizes=(80, 20, 60, 60), seed=seed)


def test_grid_fits_every_setting_on_training_rows():
    data, made = small_circles(0), cases.grid(baselines.OneClassSVM, (0.1, 1.0), (0.2,))
    assert list(made) == [(0.1, 0.2), (1.0, 0.2)]
    found = made[0.1, 0.2](data)
    assert (found.width, found.nu) == (0.1, 0.2)
    np.testing.assert_allclose(found.mean, data.x_train.mean(axis=0), rtol=1e-6)


def test_measures_on_worlds_are_those_of_each_draw():
    fits = cases.grid(baselines.NeighborDistance, (5,))
    (found,) = cases.measure_on_worlds(small_circles, [0, 3], fits).values()
    data = small_circles(3)
    scores = baselines.NeighborDistance(5).fit(data.x_train).score(data.x_test)
    assert found[1] == pytest.approx(roc_auc_score(data.y_test, scores))
    assert len(found) == 2


def test_the_setting_with_the_best_mean_is_chosen():
    class Fixed:
        def __init__(self, values):
            self.values = values

        def fit(self, x):
            return self

        def score(self, x):
            # The first draw has 5 anomalies and the second 6: as many are seen as stated.
            seen = self.values[len(x) - 10]
            return np.repeat([0.0, 1.0, -1.0], [5, seen, len(x) - 5 - seen])

    def world(seed):
        return worlds.curved_anomalies(sizes=(9, 9, 5, 5 + seed), seed=seed)

    makers = cases.grid(Fixed, ((5, 0), (4, 4), (2, 6)))
    chosen = cases.choose_on_worlds(world, [0, 1], {"fixed": makers})
    # Means 1/2, (4/5 + 4/6) / 2 and (2/5 + 1) / 2: neither the first draw nor the last.
    assert chosen == {"fixed": ((4, 4),)}


def test_starts_are_ranked_by_the_median_on_validation_rows():
    class Distance:
        def __init__(self, seed):
            self.place = seed

        def fit(self, x):
            return self

        def score(self, x):
            return np.abs(np.asarray(x)[:, 0] - self.place)

    # By training or test rows 0 or 9 would be first, by the mean 6.
    x = [np.zeros((5, 1)), np.array([[3.0], [3.0], [20.0]]), 9 * np.ones((5, 1))]
    y = [np.zeros(len(rows), int) for rows in x]
    parts = [array for pair in zip(x, y, strict=True) for array in pair]
    data = datasets.Dataset(*parts, "toy", "here", "none")
    ranked = cases.ranked_starts(Distance, data, (0, 9, 3, 6))
    assert [d.place for d in ranked] == [3, 0, 6, 9]
