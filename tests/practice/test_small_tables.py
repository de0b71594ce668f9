"""Splits of a table without a leak, and settings chosen without the test rows."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from companion.networks import many_classifiers, stacked
from companion.practice import small_tables


@pytest.fixture
def parts(rng):
    y = np.arange(100) % 2
    x = 5 + 3 * rng.normal(size=(100, 4))
    x[:, 0] += 6 * y
    return small_tables.splits(x, y, range(3))


def test_splits_share_no_row_and_are_scaled_by_training_rows_only(rng):
    x, y = rng.normal(size=(50, 2)) * 9 + 4, np.arange(50) % 2
    x[:, 1] = np.arange(50)
    parts = small_tables.splits(x, y, [7, 8])
    assert [part[1].shape for part in parts] == [(2, 30), (2, 10), (2, 10)]
    for i in range(2):
        rows = np.concatenate([part[0][i, :, 1] for part in parts])
        assert len(np.unique(rows)) == 50
        np.testing.assert_allclose(parts[0][0][i].mean(axis=0), 0.0, atol=1e-12)
        np.testing.assert_allclose(parts[0][0][i].std(axis=0), 1.0)
    assert np.abs(parts[2][0].mean(axis=1)).max() > 1e-3


def test_linear_scores_are_those_of_scikit_learn(parts):
    scores = small_tables.linear_scores(parts)
    model = LogisticRegression(C=1.0, max_iter=5000).fit(parts[0][0][1], parts[0][1][1])
    expected = model.predict_proba(parts[2][0][1])[:, 1] - 0.5
    np.testing.assert_allclose(scores[1][2, 1], expected)


def test_judge_takes_the_setting_that_validation_prefers():
    labels = np.array([[0, 1, 0, 1]])
    right, wrong = np.where(labels, 1.0, -1.0), np.where(labels, -1.0, 1.0)
    parts = [None, (None, labels), (None, labels)]
    scores = np.array([wrong, right]), np.array([right, wrong])
    accuracy, auc = small_tables.judge(scores, parts)
    assert accuracy.tolist() == [0.0]
    assert auc.tolist() == [0.0]
    accuracy, auc = small_tables.judge((scores[0], scores[0]), parts)
    assert accuracy.tolist() == auc.tolist() == [1.0]


def test_every_method_finds_a_clear_difference(parts):
    for method in ("linear", "forest", "network"):
        scores = getattr(small_tables, f"{method}_scores")(parts)
        accuracy, auc = small_tables.judge(scores, parts)
        assert accuracy.shape == auc.shape == (3,)
        assert accuracy.mean() > 0.75, method
        assert auc.mean() > 0.8, method


@pytest.fixture
def hard_parts(rng):
    y = rng.integers(0, 2, size=100)
    x = 5 + 3 * rng.normal(size=(100, 9))  # root 3, half 4: two kinds of forest
    x[:, 0] += 2 * y
    return small_tables.splits(x, y, range(3))


@pytest.mark.parametrize("method", ["linear", "forest", "network"])
def test_test_rows_enter_no_validation_score(hard_parts, method, rng):
    parts = hard_parts
    scores_of = getattr(small_tables, f"{method}_scores")
    (x_test, y_test) = parts[2]
    other = [*parts[:2], (rng.normal(size=x_test.shape), 1 - y_test)]
    before, after = scores_of(parts), scores_of(other)
    np.testing.assert_allclose(before[0], after[0])
    # Nor do they enter what is fitted: equal rows get equal scores.
    half = [*parts[:2], (x_test, 1 - y_test)]
    np.testing.assert_allclose(before[1], scores_of(half)[1])


def test_forests_are_those_of_scikit_learn_with_both_settings(hard_parts):
    parts = hard_parts
    scores = small_tables.forest_scores(parts, n_trees=5)
    for i, share in enumerate(("sqrt", 0.5)):
        model = RandomForestClassifier(5, max_features=share, random_state=0)
        model.fit(parts[0][0][1], parts[0][1][1])
        expected = model.predict_proba(parts[2][0][1])[:, 1] - 0.5
        np.testing.assert_allclose(scores[1][i, 1], expected)


def test_network_scores_are_differences_of_logits(hard_parts):
    parts = hard_parts
    (x, y), validation, (x_test, _) = parts
    found = small_tables.network_scores(parts, hidden=(5,), epochs=4)[1][0]
    params = stacked.init([9, 5, 2], range(3))
    best = many_classifiers.train(params, x, y, epochs=4, watch=[validation], every=2).best
    logits = many_classifiers.forward(best, x_test)[-1]
    np.testing.assert_allclose(found, logits[..., 1] - logits[..., 0])


def test_judge_ranks_by_the_scores_and_not_by_the_decisions():
    labels = np.array([[0, 0, 1, 1]])
    scores = np.array([[[0.1, 0.4, 0.3, 0.9]]])  # all say class 1; one pair is reversed
    parts = [None, (None, labels), (None, labels)]
    accuracy, auc = small_tables.judge((scores, scores), parts)
    assert accuracy.tolist() == [0.5]
    assert auc.tolist() == [roc_auc_score(labels[0], scores[0, 0])] == [0.75]
