"""EASE against an example solved by hand, ridge regressions, and its own optimality."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from companion.practice.ease import EASE


def table(seed, n_users=20, n_items=6):
    return (np.random.default_rng(seed).random((n_users, n_items)) < 0.4).astype(float)


def test_two_items_by_hand():
    x = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]])
    # Item 1 from item 0: two users have both and four have item 0, so b = 2 / (4 + 2);
    # item 0 from item 1: three have item 1, so b = 2 / (3 + 2).
    weights = EASE(l2=2.0).fit(x).weights
    np.testing.assert_allclose(weights, [[0.0, 2 / 6], [2 / 5, 0.0]])
    np.testing.assert_allclose(EASE(2.0).fit(x).scores([[1.0, 0.0]]), [[0.0, 2 / 6]])


def test_each_column_is_a_ridge_regression_on_the_others():
    x = table(1)
    weights = EASE(l2=3.0).fit(x).weights
    for item in range(x.shape[1]):
        others = np.arange(x.shape[1]) != item
        ridge = Ridge(alpha=3.0, fit_intercept=False, solver="cholesky")
        ridge.fit(x[:, others], x[:, item])
        np.testing.assert_allclose(weights[others, item], ridge.coef_, atol=1e-8)


@given(st.integers(0, 1000), st.sampled_from([0.1, 1.0, 50.0]))
def test_the_conditions_of_lagrange(seed, l2):
    x = table(seed)
    weights = EASE(l2).fit(x).weights
    assert not np.diag(weights).any()
    # The slope of the objective, 2 (X^T (X B - X) + l2 B), may differ from zero only on
    # the diagonal, where the multiplier of the constraint balances it.
    slope = x.T @ (x @ weights - x) + l2 * weights
    off_diagonal = slope[~np.eye(len(slope), dtype=bool)]
    np.testing.assert_allclose(off_diagonal, 0.0, atol=1e-8)


def test_no_other_weights_with_an_empty_diagonal_are_better(rng):
    x, l2 = table(2), 2.0
    weights = EASE(l2).fit(x).weights

    def objective(b):
        return np.sum((x - x @ b) ** 2) + l2 * np.sum(b**2)

    for _ in range(20):
        step = rng.normal(size=weights.shape) * 0.1
        np.fill_diagonal(step, 0.0)
        assert objective(weights + step) > objective(weights)


def test_an_item_that_nobody_has_scores_nothing():
    x = table(3)
    x[:, 2] = 0.0
    model = EASE(1.0).fit(x)
    assert not model.weights[2].any()
    assert not model.weights[:, 2].any()


@pytest.mark.parametrize("l2", [0.0, -1.0, float("nan")])
def test_a_penalty_that_is_none(l2):
    with pytest.raises(ValueError, match=f"l2 must be above 0; got {l2}"):
        EASE(l2)


@pytest.mark.parametrize("x", [np.ones(3), np.ones((0, 3)), np.array([[np.nan, 1.0]])])
def test_a_table_that_is_none(x):
    with pytest.raises(ValueError, match="x must be a finite table"):
        EASE().fit(x)
