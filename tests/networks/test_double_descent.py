"""Random features against scikit-learn and against the kernel form of their weights."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, Ridge

from companion.networks import double_descent


def test_random_features_fit_exactly_from_as_many_as_examples(rng):
    x, y = rng.normal(size=(30, 5)), rng.normal(size=(30, 2))
    x_test, y_test = rng.normal(size=(40, 5)), rng.normal(size=(40, 2))
    train, test = double_descent.random_feature_errors(
        x, y, x_test, y_test, [5, 15, 30, 300], rng
    )
    assert train[2] < 1e-12
    assert train[3] < 1e-12
    assert train[0] > train[1] > 0.01
    assert test.shape == (4,)


def test_few_random_features_equal_least_squares(rng):
    x, y = rng.normal(size=(30, 5)), rng.normal(size=(30, 2))
    x_test, y_test = rng.normal(size=(40, 5)), rng.normal(size=(40, 2))
    train, test = double_descent.random_feature_errors(
        x, y, x_test, y_test, [10], np.random.default_rng(3)
    )
    a = np.random.default_rng(3).normal(size=(5, 10)) / np.sqrt(5)
    f, f_test = np.maximum(x @ a, 0), np.maximum(x_test @ a, 0)
    model = LinearRegression(fit_intercept=False).fit(f, y)
    assert train[0] == pytest.approx(np.mean((model.predict(f) - y) ** 2))
    assert test[0] == pytest.approx(np.mean((model.predict(f_test) - y_test) ** 2))


def test_of_all_exact_fits_the_shortest_is_taken_and_judged(rng):
    x, y = rng.normal(size=(30, 5)), rng.normal(size=(30, 2))
    x_test, y_test = rng.normal(size=(40, 5)), rng.normal(size=(40, 2))
    _, test = double_descent.random_feature_errors(
        x, y, x_test, y_test, [60, 300], np.random.default_rng(3)
    )
    a = np.random.default_rng(3).normal(size=(5, 300)) / np.sqrt(5)
    f, f_test = (np.maximum(part @ a, 0) for part in (x, x_test))
    for found, k in zip(test, (60, 300), strict=True):
        # Kernel form of the shortest weights: they lie in the span of the examples.
        w = f[:, :k].T @ np.linalg.solve(f[:, :k] @ f[:, :k].T, y)
        assert found == pytest.approx(np.mean((f_test[:, :k] @ w - y_test) ** 2), rel=1e-5)


@pytest.mark.parametrize("k", [10, 80])
def test_random_features_with_a_penalty_equal_ridge_regression(rng, k):
    x, y = rng.normal(size=(30, 5)), rng.normal(size=(30, 2))
    x_test, y_test = rng.normal(size=(40, 5)), rng.normal(size=(40, 2))
    train, test = double_descent.random_feature_errors(
        x, y, x_test, y_test, [k], np.random.default_rng(3), penalty=0.3
    )
    a = np.random.default_rng(3).normal(size=(5, k)) / np.sqrt(5)
    f, f_test = np.maximum(x @ a, 0), np.maximum(x_test @ a, 0)
    model = Ridge(0.3, fit_intercept=False).fit(f, y)
    assert train[0] == pytest.approx(np.mean((model.predict(f) - y) ** 2))
    assert test[0] == pytest.approx(np.mean((model.predict(f_test) - y_test) ** 2))


def test_a_negative_penalty_is_refused(rng):
    x = rng.normal(size=(4, 2))
    with pytest.raises(ValueError, match="penalty must not be negative; got -1.0"):
        double_descent.random_feature_errors(x, x, x, x, [3], rng, penalty=-1.0)
