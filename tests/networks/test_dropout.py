"""Dropout in NumPy: its expectation, its gradient, and the penalty that it amounts to."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import minimize

from companion.networks import dropout, losses, mlp
from companion.networks.gradient_check import largest_error


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.75])
def test_mask_holds_two_values_and_keeps_the_mean(rng, rate):
    mask = dropout.draw_mask((400, 500), rate, rng)
    values = np.unique(mask)
    expected = [1.0] if rate == 0 else [0.0, 1 / (1 - rate)]
    np.testing.assert_allclose(values, expected, rtol=1e-12)
    # The mean of 200,000 draws with variance p / (1 - p): five standard errors.
    slack = 5 * np.sqrt(rate / (1 - rate) / mask.size)
    assert mask.mean() == pytest.approx(1.0, abs=slack + 1e-12)
    assert np.mean(mask == 0) == pytest.approx(rate, abs=5 * np.sqrt(0.25 / mask.size))


def test_every_entry_of_a_mask_is_drawn_by_itself(rng):
    mask = dropout.draw_mask((300, 200), 0.5, rng)
    # Under whole-row or whole-column masks these means would spread like single draws.
    assert mask.mean(axis=0).std() < 0.12
    assert mask.mean(axis=1).std() < 0.12


def test_gradients_equal_slopes_of_the_loss(rng):
    params = mlp.init([6, 5, 4, 3], rng)
    x, target = rng.normal(size=(9, 6)), rng.integers(0, 3, size=9)
    masks = [dropout.draw_mask((9, n), 0.4, rng) for n in (5, 4)]
    arguments = (x, target, masks, ["tanh", "sigmoid", "linear"])
    _, grads = dropout.loss_and_grads(params, *arguments)
    error = largest_error(
        lambda p: dropout.loss_and_grads(p, *arguments)[0], params, grads, rng
    )
    assert error < 1e-7


def test_masks_of_ones_leave_the_plain_network(rng):
    params = mlp.init([6, 5, 3], rng)
    x, target = rng.normal(size=(9, 6)), rng.integers(0, 3, size=9)
    activations = ["relu", "linear"]
    found = dropout.loss_and_grads(params, x, target, [np.ones((9, 5))], activations)
    expected = mlp.loss_and_grads(params, x, target, activations, losses.cross_entropy)
    assert found[0] == pytest.approx(expected[0], rel=1e-12)
    for ours, theirs in zip(found[1], expected[1], strict=True):
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)


def test_a_silenced_unit_gets_no_gradient(rng):
    params = mlp.init([6, 5, 3], rng)
    mask = np.ones((9, 5))
    mask[:, 2] = 0.0
    _, (grad_weights, grad_biases) = dropout.loss_and_grads(
        params, rng.normal(size=(9, 6)), rng.integers(0, 3, size=9), [mask]
    )
    assert not grad_weights[0][:, 2].any()
    assert not grad_weights[1][2].any()
    assert grad_biases[0][2] == 0
    assert grad_weights[0][:, 3].any()


def test_penalty_is_the_exact_mean_over_all_masks(rng):
    x, target, weights = rng.normal(size=(6, 4)), rng.normal(size=6), rng.normal(size=4)
    rate, total = 0.3, 0.0
    # One input row at a time sees 2**4 masks, each with its own probability.
    for row, y in zip(x, target, strict=True):
        for alive in product([0.0, 1.0], repeat=4):
            alive = np.array(alive)
            p = np.prod(np.where(alive, 1 - rate, rate))
            total += p * ((row * alive / (1 - rate)) @ weights - y) ** 2
    expected = total / len(x)
    assert sum(dropout.expected_linear_loss(weights, x, target, rate)) == pytest.approx(
        expected, rel=1e-12
    )


def test_closed_form_minimum_equals_a_numerical_one(rng):
    x, target = rng.normal(size=(30, 5)) * [1, 2, 3, 4, 5], rng.normal(size=30)
    found = dropout.linear_minimum(x, target, 0.4)
    numeric = minimize(
        lambda w: sum(dropout.expected_linear_loss(w, x, target, 0.4)), np.zeros(5)
    ).x
    np.testing.assert_allclose(found, numeric, atol=1e-5)


def test_closed_form_minimum_without_dropout_is_least_squares(rng):
    x, target = rng.normal(size=(30, 5)), rng.normal(size=30)
    expected = np.linalg.lstsq(x, target, rcond=None)[0]
    np.testing.assert_allclose(dropout.linear_minimum(x, target, 0.0), expected)


@pytest.mark.parametrize("rate", [-0.1, 1.0, 2.0, float("nan")])
def test_impossible_rates_are_refused(rng, rate):
    with pytest.raises(ValueError, match="rate must be at least 0 and below 1; got"):
        dropout.draw_mask((2, 2), rate, rng)


def test_a_missing_mask_is_refused(rng):
    params = mlp.init([3, 4, 2], rng)
    with pytest.raises(ValueError, match="masks must hold one mask for each of the 1"):
        dropout.loss_and_grads(params, np.ones((2, 3)), np.zeros(2, int), [])
