"""Splits of a table without a leak, and settings chosen without the test rows."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

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
