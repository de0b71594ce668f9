"""The optimizers written out, against those of Keras and against closed forms."""

import keras
import numpy as np
import pytest

from companion.networks import mlp, optimizers

KERAS = {
    "gradient descent": lambda rate: keras.optimizers.SGD(rate),
    "momentum": lambda rate: keras.optimizers.SGD(rate, momentum=0.9),
    "adam": lambda rate: keras.optimizers.Adam(rate),
}


@pytest.mark.parametrize("name", KERAS)
def test_ten_steps_equal_those_of_keras(name, rng):
    params = mlp.init([4, 3, 4], rng)
    grads = [mlp.apply(lambda p: rng.normal(size=p.shape), params) for _ in range(10)]
    variables = [keras.Variable(a, dtype="float64") for a in (*params[0], *params[1])]
    reference = KERAS[name](0.05)
    start, step = optimizers.find(name)
    state = start(params)
    for grad in grads:
        params, state = step(params, grad, state, 0.05)
        tensors = [keras.ops.convert_to_tensor(g) for g in (*grad[0], *grad[1])]
        reference.apply(tensors, variables)
    for mine, theirs in zip((*params[0], *params[1]), variables, strict=True):
        # Keras keeps Adam's step count, and so its correction, in 32 bits.
        np.testing.assert_allclose(mine, np.asarray(theirs.value), rtol=1e-4, atol=1e-6)


def test_momentum_steps_grow_tenfold_along_a_constant_gradient():
    params, grads = ([np.zeros((1, 1))], []), ([np.ones((1, 1))], [])
    velocity = optimizers.momentum_start(params)
    for _ in range(300):
        before = params[0][0].item()
        params, velocity = optimizers.momentum_step(params, grads, velocity, 0.01)
    assert before - params[0][0].item() == pytest.approx(0.01 / (1 - 0.9), rel=1e-6)


def test_an_unknown_optimizer_is_named():
    with pytest.raises(ValueError, match="optimizer must be among .*; got 'sgd'"):
        optimizers.find("sgd")
