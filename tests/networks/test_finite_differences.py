"""Differences on functions whose slopes are known in closed form."""

import numpy as np
import pytest

from companion.networks import finite_differences, losses, mlp


def cubic(params):
    (a,), (b,) = params
    return float(np.sum(a**3) + np.sum(b) ** 2)


def test_the_gradient_of_a_cubic(rng):
    params = [rng.normal(size=(2, 3))], [rng.normal(size=4)]
    (grad_a,), (grad_b,) = finite_differences.gradient(cubic, params, 1e-7)
    np.testing.assert_allclose(grad_a, 3 * params[0][0] ** 2, atol=1e-5)
    np.testing.assert_allclose(grad_b, 2 * params[1][0].sum(), atol=1e-5)


def test_one_evaluation_for_each_parameter_and_one_more(rng):
    params, calls = mlp.init([4, 5, 3], rng), []
    x, target = rng.normal(size=(6, 4)), rng.normal(size=(6, 3))

    def loss(p):
        calls.append(1)
        return losses.mse(mlp.forward(p, x)[-1], target)[0]

    finite_differences.gradient(loss, params, 1e-6)
    assert len(calls) == 1 + 4 * 5 + 5 + 5 * 3 + 3


def test_parameters_are_left_as_they_were(rng):
    params = [rng.normal(size=(2, 3))], [rng.normal(size=4)]
    for (array,) in params:
        array.setflags(write=False)  # even a change that is taken back would raise
    (grad_a,), _ = finite_differences.gradient(cubic, params, 1e-3)
    assert np.isfinite(grad_a).all()


def test_the_errors_of_a_cubic_are_exact(rng):
    # Along v: forward difference of sum(a^3) is 3 a^2 v + 3 a v^2 h + v^3 h^2,
    # central 3 a^2 v + v^3 h^2. With a = v = 1 and slope 3: errors h + h^2/3 and h^2/3.
    params, ones = [np.ones(1)], [np.ones(1)]
    grads, steps = [3 * np.ones(1)], np.array([0.1, 0.01])

    def loss(p):
        return float(np.sum(p[0] ** 3))

    found = finite_differences.slope_errors(loss, params, grads, ones, steps)
    np.testing.assert_allclose(found, steps**2 / 3, rtol=1e-9)
    found = finite_differences.slope_errors(loss, params, grads, ones, steps, central=False)
    np.testing.assert_allclose(found, steps + steps**2 / 3, rtol=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_best_step_lies_near_the_cube_root_of_the_epsilon(dtype, rng):
    params = mlp.init([6, 8, 5], rng)
    x, target = rng.normal(size=(20, 6)), rng.normal(size=(20, 5))
    _, grads = mlp.loss_and_grads(params, x, target)
    low = tuple([a.astype(dtype) for a in part] for part in params)
    steps = np.logspace(-12, 0, 49)
    errors = np.zeros_like(steps)
    for _ in range(10):
        direction = tuple([rng.normal(size=a.shape) for a in part] for part in params)

        def loss(p):
            return mlp.loss_and_grads(p, x, target)[0]

        errors += finite_differences.slope_errors(loss, low, grads, direction, steps) / 10
    best = steps[np.argmin(errors)]
    predicted = np.finfo(dtype).eps ** (1 / 3)
    assert predicted / 30 < best < predicted * 10


def test_a_step_must_be_above_zero():
    with pytest.raises(ValueError, match="step must be above 0; got 0"):
        finite_differences.gradient(cubic, ([np.ones(1)], [np.ones(1)]), 0)
