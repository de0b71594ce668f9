"""The three experiments: one thing varied at a time, the test part never touched."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from companion import datasets
from companion.datasets import tables
from companion.practice import anomaly_baselines as baselines
from companion.practice import anomaly_cases as cases
from companion.practice import anomaly_trials as trials


@pytest.fixture
def table():
    data = tables.planted_anomalies(sizes=(300, 100, 400, 300))
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
    np.testing.assert_allclose(auc[1], tables.auc_of_spreads(1.5, 12), atol=0.06)
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


def test_best_on_worlds_takes_the_best_setting_of_each_draw():
    def generate(seed):
        return tables.curved_anomalies(sizes=(80, 20, 60, 60), seed=seed)

    makers = [lambda k=k: baselines.NeighborDistance(k) for k in (1, 5)]
    together = cases.best_on_worlds(generate, [0, 1], {"near": makers})["near"]
    alone = [cases.best_on_worlds(generate, [0, 1], {"a": [m]})["a"] for m in makers]
    np.testing.assert_array_equal(together, np.max(alone, axis=0))
    data = generate(1)
    scores = baselines.NeighborDistance(5).fit(data.x_train).score(data.x_test)
    assert alone[1][1] == pytest.approx(roc_auc_score(data.y_test, scores))


def test_best_start_is_judged_on_validation_rows_alone():
    class Fixed:
        def __init__(self, errors):
            self.errors = errors

        def fit(self, x):
            return self

        def score(self, x):
            return self.errors

    made = [np.array(e) for e in ([1.0, 1.0, 90.0], [0.0, 2.0, 2.0], [3.0, 3.0, 3.0])]
    # By the median the first is best; by the mean it would be the second.
    best = cases.best_start(lambda seed: Fixed(made[seed]), None, None, (0, 1, 2))
    assert best.errors is made[0]
