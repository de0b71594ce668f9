"""The gradient check accepts a right gradient and sees each kind of wrong one."""

from itertools import chain

import numpy as np
import pytest

from companion.networks.gradient_check import largest_error


def loss(params):
    # A cubic, so that the central difference is not exact; its gradient is known.
    return sum(float(np.sum(array**3)) for array in chain(*params))


@pytest.fixture
def params(rng):
    return [rng.normal(size=(3, 2)), rng.normal(size=(2, 3))], [rng.normal(size=2)]


@pytest.fixture
def grads(params):
    weights, biases = params
    return [3 * w**2 for w in weights], [3 * b**2 for b in biases]


def test_a_right_gradient_passes_and_the_parameters_stay(params, grads, rng):
    before = [array.copy() for array in chain(*params)]
    assert largest_error(loss, params, grads, rng) < 1e-8
    for array, old in zip(chain(*params), before, strict=True):
        np.testing.assert_array_equal(array, old)


@pytest.mark.parametrize("factor", [-1.0, 0.5, 1.001, 0.0])
@pytest.mark.parametrize("part", [0, 1])
def test_a_wrong_factor_in_any_one_array_is_seen(part, factor, params, grads, rng):
    grads[part][-1] = factor * grads[part][-1]
    expected = abs(1 - factor) / max(1, abs(factor))
    assert largest_error(loss, params, grads, rng) == pytest.approx(expected, rel=1e-4)


def test_one_wrong_entry_is_seen(params, grads, rng):
    grads[0][1][1, 2] += 0.01
    assert largest_error(loss, params, grads, rng) > 1e-5


def test_an_array_is_put_back_before_the_next_one_is_checked(rng):
    # In a product of arrays the slope of the second depends on where the first stands.
    params = [rng.normal(size=3), rng.normal(size=3)]
    grads = [3 * params[0] ** 2 * params[1] ** 3, 3 * params[1] ** 2 * params[0] ** 3]
    found = largest_error(lambda p: float(np.sum((p[0] * p[1]) ** 3)), params, grads, rng)
    assert found < 1e-7
