"""Counts against the arithmetic of matrix products."""

import numpy as np
import pytest

from companion.networks import mlp
from companion.networks.operation_counts import multiply_adds
from companion.networks.parameters import leaves


def test_a_product_takes_rows_times_inner_times_columns(rng):
    a, b = rng.normal(size=(3, 4)), rng.normal(size=(4, 5))
    count, (found,) = multiply_adds(lambda a, b: [a @ b], a, b)
    assert count == 3 * 4 * 5
    np.testing.assert_array_equal(found, a @ b)
    assert type(found) is np.ndarray


def test_products_of_what_was_computed_are_counted_too(rng):
    a, b = rng.normal(size=(3, 4)), rng.normal(size=(4, 5))
    count, _ = multiply_adds(lambda a, b: [np.tanh(a @ b + 1.0).T @ (2 * a)], a, b)
    assert count == 3 * 4 * 5 + 5 * 3 * 4


def test_other_operations_cost_nothing(rng):
    a = rng.normal(size=(3, 4))
    count, (total,) = multiply_adds(lambda a: [(a * a + np.exp(a)).sum(axis=0)], a)
    assert count == 0
    np.testing.assert_allclose(total, (a * a + np.exp(a)).sum(axis=0))


@pytest.mark.parametrize("name", ["relu", "tanh", "sigmoid", "linear"])
def test_backward_takes_twice_the_products_of_forward_but_for_the_input(name, rng):
    sizes, n = [6, 5, 4, 3], 7
    params, x = mlp.init(sizes, rng), rng.normal(size=(n, 6))
    activations = [name] * 3
    forward, outputs = multiply_adds(lambda p, x: mlp.forward(p, x, activations), params, x)
    products = [n * a * b for a, b in zip(sizes[:-1], sizes[1:], strict=True)]
    assert forward == sum(products)
    backward, grads = multiply_adds(
        lambda p, o, g: mlp.backward(p, o, g, activations), params, outputs, outputs[-1]
    )
    assert backward == 2 * sum(products) - products[0]
    expected = mlp.backward(params, outputs, outputs[-1], activations)
    for a, b in zip(leaves(grads), leaves(expected), strict=True):
        np.testing.assert_array_equal(a, b)
