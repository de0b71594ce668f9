"""The optimizers written out, against those of Keras and PyTorch and closed forms."""

import numpy as np
import pytest

from companion.networks import optimizers
from companion.networks.parameters import leaves, map_arrays
from reproductions.networks import optimizers as twins

NAMES = list(optimizers.OPTIMIZERS)


@pytest.fixture(scope="module")
def problem():
    return twins.problem()


@pytest.mark.parametrize("name", NAMES)
def test_a_hundred_steps_equal_those_of_keras(name, problem):
    eps = {"eps": 2**-23} if name in twins.TORCH_NAMES else {}
    mine, theirs = twins.ours(name, *problem, **eps), twins.keras_steps(name, *problem)
    for a, b in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-12)  # rounding of 100 steps


@pytest.mark.parametrize("name", NAMES)
def test_a_hundred_steps_equal_those_of_pytorch_without_epsilon(name, problem):
    eps = {"eps": 0.0} if name in twins.TORCH_NAMES else {}
    mine, theirs = twins.ours(name, *problem, **eps), twins.torch_steps(name, *problem)
    for a, b in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-12)


def test_pytorch_puts_the_epsilon_of_rmsprop_outside_of_the_root():
    rate, eps, g = 0.1, 1e-2, 0.3
    params, _ = optimizers.rmsprop([np.zeros(1)], [np.full(1, g)], None, rate, eps=eps)
    tensor = twins.torch.zeros(1, dtype=twins.torch.float64, requires_grad=True)
    tensor.grad = twins.torch.full((1,), g, dtype=twins.torch.float64)
    twins.torch.optim.RMSprop([tensor], rate, alpha=0.9, eps=eps).step()
    s = 0.1 * g**2
    assert params[0].item() == pytest.approx(-rate * g / np.sqrt(s + eps), rel=1e-12)
    assert tensor.item() == pytest.approx(-rate * g / (np.sqrt(s) + eps), rel=1e-12)


def test_the_epsilons_of_adam_differ_by_the_correction():
    # PyTorch adds eps to the corrected root, Keras to the root before the correction.
    rate, eps, g = 0.1, 1e-2, 0.3
    params, _ = optimizers.adam([np.zeros(1)], [np.full(1, g)], None, rate, eps=eps)
    tensor = twins.torch.zeros(1, dtype=twins.torch.float64, requires_grad=True)
    tensor.grad = twins.torch.full((1,), g, dtype=twins.torch.float64)
    twins.torch.optim.Adam([tensor], rate, eps=eps).step()
    root = np.sqrt(1e-3)  # of 1 - beta_2
    assert params[0].item() == pytest.approx(-rate * g * root / (g * root + eps), rel=1e-9)
    assert tensor.item() == pytest.approx(-rate * g / (g + eps), rel=1e-9)


def test_the_defaults_are_those_of_keras():
    adam, rmsprop = twins.keras.optimizers.Adam(), twins.keras.optimizers.RMSprop()
    g, rate = [np.array([0.3, -2e-4])], 0.5
    mine, state = [np.zeros(2)], None
    for _ in range(3):
        mine, state = optimizers.adam(mine, g, state, rate)
    settings = {"beta_1": adam.beta_1, "beta_2": adam.beta_2, "eps": adam.epsilon}
    theirs, state = [np.zeros(2)], None
    for _ in range(3):
        theirs, state = optimizers.adam(theirs, g, state, rate, **settings)
    np.testing.assert_array_equal(mine[0], theirs[0])
    a, _ = optimizers.rmsprop([np.zeros(2)], g, None, rate)
    b, _ = optimizers.rmsprop([np.zeros(2)], g, None, rate, rmsprop.rho, rmsprop.epsilon)
    np.testing.assert_array_equal(a[0], b[0])


@pytest.mark.parametrize("name", NAMES)
def test_a_step_changes_nothing_that_it_was_given(name, rng):
    params = ([rng.normal(size=(3, 2))], [rng.normal(size=2)])
    grads = map_arrays(np.ones_like, params)
    _, state = optimizers.find(name)(params, grads, None, 0.1)
    given = (params, grads) if state is None else (params, grads, state)
    before = [np.copy(array) for array in leaves(given)]
    optimizers.find(name)(params, grads, state, 0.1)
    for array, copy in zip(leaves(given), before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_momentum_steps_grow_tenfold_along_a_constant_gradient():
    params, grads = ([np.zeros((1, 1))], []), ([np.ones((1, 1))], [])
    velocity = None
    for _ in range(300):
        before = params[0][0].item()
        params, velocity = optimizers.momentum(params, grads, velocity, 0.01)
    assert before - params[0][0].item() == pytest.approx(0.01 / (1 - 0.9), rel=1e-6)


def test_nesterov_is_the_lookahead_of_sutskever(rng):
    # v <- mu v - eta g(w + mu v), w <- w + v; ours keeps the point ahead, w + mu v.
    curvature, rate, mu = np.array([1.0, 30.0]), 0.02, 0.9
    w, v = rng.normal(size=2), np.zeros(2)
    ahead, velocity = [w.copy()], None
    for _ in range(50):
        v = mu * v - rate * curvature * (w + mu * v)
        w = w + v
        grads = [curvature * ahead[0]]
        ahead, velocity = optimizers.nesterov(ahead, grads, velocity, rate, mu)
        np.testing.assert_allclose(ahead[0], w + mu * v, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
def test_the_first_steps_of_adam_have_the_length_of_the_learning_rate(size):
    # At a constant gradient both corrected means are exact: every step is eta sign(g).
    params, state = [np.zeros(2)], None
    grads = [np.array([size, -size])]
    for n_done in range(1, 6):
        params, state = optimizers.adam(params, grads, state, 0.01, eps=0.0)
        np.testing.assert_allclose(params[0], [-0.01 * n_done, 0.01 * n_done], rtol=1e-12)


def test_an_unknown_optimizer_is_named():
    with pytest.raises(ValueError, match="optimizer must be among .*; got 'sgd'"):
        optimizers.find("sgd")
