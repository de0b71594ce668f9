"""Curves from one hidden layer."""

import numpy as np
import pytest

from companion.networks import approximation, mlp, stacked

X = np.linspace(-1, 1, 41)[:, np.newaxis]


def test_curve_by_hand():
    np.testing.assert_allclose(
        approximation.curve(np.array([0.0, 0.5, 1.0, -0.5])),
        [0.0, -np.exp(-0.5), 0.0, np.exp(0.5)],
        atol=1e-12,
    )


def test_errors_are_those_of_each_network_alone():
    params = stacked.init([1, 4, 1], [np.random.default_rng(i) for i in range(3)])
    found = approximation.errors(params, X)
    for i in range(3):
        output = mlp.forward(stacked.pick(params, i), X)[-1]  # tanh and linear by default
        assert found[i] == pytest.approx(np.mean((output - approximation.curve(X)) ** 2))


def test_best_output_weights_are_those_of_least_squares():
    params = stacked.init([1, 5, 1], [np.random.default_rng(i) for i in range(3)])
    solved = approximation.with_best_output(params, X)
    for i in range(3):
        (first, last), (bias, constant) = stacked.pick(solved, i)
        np.testing.assert_array_equal(first, stacked.pick(params, i)[0][0])
        inputs = np.hstack([np.tanh(X @ first + bias), np.ones_like(X)])
        best = np.linalg.lstsq(inputs, approximation.curve(X), rcond=None)[0][:, 0]
        np.testing.assert_allclose(np.append(last, constant), best, rtol=1e-5)
        residual = inputs @ best - approximation.curve(X)[:, 0]
        assert approximation.errors(solved, X)[i] == pytest.approx(np.mean(residual**2))


def test_training_lowers_the_error_and_solving_the_output_lowers_it_further():
    settings = {"n_steps": 200, "learning_rate": 0.02}
    params, losses = approximation.train(8, 3, X, **settings)
    np.testing.assert_allclose(losses, approximation.errors(params, X))
    start = stacked.init([1, 8, 1], [np.random.default_rng(i) for i in range(3)])
    assert (losses < approximation.errors(start, X)).all()
    solved = approximation.with_best_output(params, X)
    assert (approximation.errors(solved, X) < losses).all()


def test_the_kept_learning_rate_is_the_best_on_the_places_shown():
    rates = (1e-5, 0.02, 1e-4)
    kept = approximation.train_tuned(4, 2, X, n_steps=50, learning_rates=rates)
    best, _ = approximation.train(4, 2, X, n_steps=50, learning_rate=0.02)
    np.testing.assert_array_equal(kept[0][0], best[0][0])
