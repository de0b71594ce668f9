"""Splits that keep what is normal apart, settings chosen by rules."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

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
    expected = roc_auc_score(part.y_test, detector.score(part.x_test))
    np.testing.assert_allclose(found["Mahalanobis"][1, :, 0], expected)


def test_code_sizes_are_below_the_number_of_columns():
    assert trials.code_sizes(100, 30) == [2, 4, 8, 15, 23]
    assert trials.code_sizes(20, 600) == [2, 3, 5, 10, 15]
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


def test_pseudo_anomalies_take_each_column_from_a_row_of_its_own():
    x = np.arange(50 * 9.0).reshape(50, 9)  # an entry tells its row
    mixed = trials.pseudo_anomalies(x, 0)
    donors = (mixed // 9).astype(int)
    foreign = [set(row[row != i]) for i, row in enumerate(donors)]
    assert all(len(rows) >= 1 for rows in foreign)
    # Three columns from one and the same other row would keep their dependence.
    assert np.mean([len(rows) for rows in foreign]) > 2.5


def test_measure_fits_on_training_and_judges_on_validation_and_known_rows(table):
    seen = []

    class Recorder:
        def fit(self, x):
            seen.append(x)
            return self

        def score(self, x):
            seen.append(x)
            return x[:, 0]

    part = trials.split(*table, 0)
    trials.measure(part, [Recorder], seed=3)
    fake = trials.pseudo_anomalies(part.x_val, 3)
    judged = np.concatenate((part.x_val, part.x_test, fake, part.x_known))
    expected = [part.x_train, judged]
    assert len(seen) == len(expected)
    for found, wanted in zip(seen, expected, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_the_middle_of_an_even_list_is_the_lower_one(table):
    part = trials.split(*table, 0)
    makers = [lambda k=k: baselines.PCAResidual(k) for k in (1, 2, 3, 4)]
    alone = [trials.measure(part, [make])["oracle"] for make in makers]
    assert trials.measure(part, makers)["middle"] == alone[1]


def test_compare_gives_each_split_its_own_seed(table, monkeypatch):
    given, judged = [], []

    def noted_candidates(n_rows, n_columns, seed=0):
        given.append(seed)
        return {"maha": [baselines.Mahalanobis]}

    def noted_measure(part, makers, seed=0):
        judged.append(seed)
        return {rule: (0.5, 0.5) for rule in trials.RULES}

    monkeypatch.setattr(trials, "candidates", noted_candidates)
    monkeypatch.setattr(trials, "measure", noted_measure)
    trials.compare(table, [4, 7])
    assert given == judged == [4, 7]


def test_candidates_are_those_of_the_page():
    made = trials.candidates(100, 30, seed=6)
    networks = [make() for make in made["autoencoder"]]
    assert [(d.latent_dim, d.activation, d.seed) for d in networks] == [
        (k, "tanh", 6) for k in (2, 4, 8, 15, 23)
    ]
    assert [make().latent_dim for make in made["PCA residual"]] == [2, 4, 8, 15, 23]
    assert [(make().latent_dim, make().seed) for make in made["VAE"]] == [(8, 6)]
    forests = [make() for make in made["isolation forest"]]
    assert [(d.n_rows, d.seed) for d in forests] == [(64, 6), (100, 6)]
    assert len(trials.candidates(50, 30)["isolation forest"]) == 1
    assert [make().n_neighbors for make in made["local outliers"]] == [3, 5, 10, 20]
    widths = [make().width for make in made["one-class SVM"]]
    assert trials.middle_of(widths) == 0.3


def test_measure_reports_scikit_learns_average_precision_and_the_rule_maximizes(table):
    part = trials.split(*table, 0)
    makers = [lambda k=k: baselines.PCAResidual(k) for k in (1, 2, 3, 4, 5)]
    found, judged = trials.measure(part, makers, seed=2), []
    fake = trials.pseudo_anomalies(part.x_val, 2)
    for make in makers:
        detector = make().fit(part.x_train)
        scores = np.concatenate([detector.score(part.x_val), detector.score(fake)])
        labels = np.repeat((0, 1), len(fake))
        judged.append(roc_auc_score(labels, scores))
    best = makers[int(np.argmax(judged))]().fit(part.x_train).score(part.x_test)
    expected = roc_auc_score(part.y_test, best), average_precision_score(part.y_test, best)
    np.testing.assert_allclose(found["pseudo"], expected)


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
