"""Splits that keep what is normal apart, settings chosen by rules, ranks over tables."""

import numpy as np
import pytest
from scipy.stats import friedmanchisquare

from companion import datasets
from companion.practice import anomaly_baselines as baselines
from companion.practice import anomaly_trials as trials


@pytest.fixture
def table(rng):
    x = rng.normal(size=(200, 6))
    x[:, 1] = x[:, 0] + 0.1 * x[:, 1]
    y = np.zeros(200, int)
    y[:40] = 1
    x[:40, 1] = -x[:40, 0]
    return x, y


def keys(x):
    return {row.tobytes() for row in x}


def test_parts_of_a_split_are_disjoint_and_normal_where_they_should_be(table):
    x, y = table
    part = trials.split(x, y, 3)
    parts = part.x_train, part.x_val, part.x_test, part.x_known
    assert [len(p) for p in parts] == [80, 32, 48 + 30, 10]
    assert sum(len(keys(p)) for p in parts) == len(keys(np.concatenate(parts))) == 200
    assert not (keys(part.x_train) | keys(part.x_val)) & keys(x[:40])
    assert keys(part.x_known) < keys(x[:40])
    assert keys(part.x_test[part.y_test == 1]) == keys(x[:40]) - keys(part.x_known)
    assert part.prevalence == pytest.approx(30 / 78)
    assert keys(trials.split(x, y, 4).x_train) != keys(part.x_train)


def test_pool_keeps_rows_and_labels_together():
    data = datasets.load("wine")
    x, y = trials.pool(data, [0, 2])
    assert x.shape == (178, 13)
    known = {
        row.astype(float).tobytes(): label
        for rows, labels in ((data.x_train, data.y_train), (data.x_test, data.y_test))
        for row, label in zip(rows, labels, strict=True)
    }
    for row, label in zip(x, y, strict=True):
        if row.tobytes() in known:
            assert label == (known[row.tobytes()] != 1)


def test_pseudo_anomalies_change_a_share_and_keep_the_columns(rng):
    x = rng.normal(size=(50, 9))
    mixed = trials.pseudo_anomalies(x, 0)
    np.testing.assert_array_equal((mixed != x).sum(axis=1), 3)
    for column, new in zip(x.T, mixed.T, strict=True):
        assert set(new) <= set(column)
    assert (trials.pseudo_anomalies(x, 0, share=0.01) != x).sum() == 50
    np.testing.assert_array_equal(trials.pseudo_anomalies(x, 0), mixed)


def test_pseudo_anomalies_need_dependence_to_be_seen(table):
    # Nothing distinguishes them where columns are independent; here two are not.
    rng = np.random.default_rng(0)
    for x, low, high in ((rng.normal(size=(4000, 6)), 0.45, 0.55), (None, 0.6, 1.0)):
        if x is None:
            x = rng.normal(size=(4000, 6))
            x[:, 1] = x[:, 0] + 0.1 * x[:, 1]
        detector = baselines.Mahalanobis().fit(x[:2000])
        fake = trials.pseudo_anomalies(x[2000:], 1)
        normal, strange = detector.score(x[2000:]), detector.score(fake)
        assert low < np.mean(strange[:, None] > normal[None]) < high


def test_each_rule_takes_what_it_says(table):
    part = trials.split(*table, 0)
    makers = [lambda k=k: baselines.PCAResidual(k) for k in (1, 2, 3, 4, 5)]
    found = trials.measure(part, makers)
    alone = [trials.measure(part, [make])["oracle"] for make in makers]
    assert found["middle"] == alone[2]
    assert found["oracle"][0] == max(auc for auc, _ in alone)
    assert all(found[rule] in alone for rule in trials.RULES)
    # The anomalies break the one dependence there is, so ten labels find a good size.
    assert found["known"][0] > 0.9


def test_rules_do_not_see_the_test_part(table):
    part = trials.split(*table, 0)
    makers = [lambda k=k: baselines.PCAResidual(k) for k in (1, 3, 5)]
    other = trials.Split(
        part.x_train, part.x_val, part.x_test[:, ::-1], part.y_test, part.x_known
    )
    alone = [trials.measure(other, [make])["oracle"] for make in makers]
    for rule in ("pseudo", "known"):
        chosen = [trials.measure(part, [make])["oracle"] for make in makers].index(
            trials.measure(part, makers)[rule]
        )
        assert trials.measure(other, makers)[rule] == alone[chosen]


def test_compare_holds_every_method_rule_and_split(table):
    methods = ("Mahalanobis", "neighbor distance")
    found = trials.compare(table, [0, 1, 2], methods)
    assert set(found) == set(methods)
    assert all(values.shape == (3, 4, 2) for values in found.values())
    part = trials.split(*table, 1)
    detector = baselines.Mahalanobis().fit(part.x_train)
    expected = trials.roc_auc(part.y_test, detector.score(part.x_test))
    np.testing.assert_allclose(found["Mahalanobis"][1, :, 0], expected)


def test_code_sizes_are_below_the_number_of_columns():
    assert trials.code_sizes(100, 30) == [4, 8, 15, 23]
    assert trials.code_sizes(20, 600) == [3, 5, 10, 15]
    for n_columns in range(2, 9):
        sizes = trials.code_sizes(50, n_columns)
        assert sizes
        assert 1 <= min(sizes) <= max(sizes) < n_columns


def test_candidates_of_a_tiny_table_can_all_be_fitted(rng):
    x = rng.normal(size=(6, 3))
    for name, makers in trials.candidates(*x.shape).items():
        if name in ("autoencoder", "VAE"):
            continue
        for make in makers:
            assert np.isfinite(make().fit(x).score(x)).all(), name


def test_mean_ranks_by_hand():
    ranks = trials.mean_ranks({"a": [0.9, 0.5], "b": [0.8, 0.7], "c": [0.8, 0.6]})
    assert ranks == {"a": 2.0, "b": 1.75, "c": 2.25}


def test_ranks_carry_the_statistic_of_friedman(rng):
    values = {name: rng.normal(size=12) for name in "abcd"}
    n, k = 12, 4
    ranks = np.array(list(trials.mean_ranks(values).values()))
    statistic = 12 * n / (k * (k + 1)) * np.sum((ranks - (k + 1) / 2) ** 2)
    assert statistic == pytest.approx(friedmanchisquare(*values.values()).statistic)


def test_paired_p_value_is_exact():
    # Five tables, all won: of the 32 patterns of signs two are as extreme.
    assert trials.paired_p_value([5, 4, 3, 2, 1], [0] * 5) == pytest.approx(2 / 32)
    assert trials.paired_p_value([1, 2], [1, 2]) == 1.0
    assert trials.paired_p_value([1, -2, 3], [0, 0, 0]) == pytest.approx(6 / 8)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x, y: trials.split(x, y, 0, n_known=40), "n_known must be below 40"),
        (lambda x, y: trials.split(x, np.ones(200), 0), "at least 10 normal rows; got 0"),
        (lambda x, y: trials.split(x, np.zeros(200), 0), "n_known must be below 0"),
        (lambda x, y: trials.pseudo_anomalies(x[:1], 0), "x must have at least 2 rows"),
        (lambda x, y: trials.pseudo_anomalies(x, 0, 0.0), r"share must be in \(0, 1\]"),
    ],
)
def test_bad_arguments(table, call, message):
    with pytest.raises(ValueError, match=message):
        call(*table)
