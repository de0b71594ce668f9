"""The optimizers written out, against those of Keras and against closed forms."""

import keras
import numpy as np
import pytest

from companion.networks import mlp, optimizers
from companion.networks.parameters import map_arrays

KERAS = {
    "gradient descent": lambda rate: keras.optimizers.SGD(rate),
    "momentum": lambda rate: keras.optimizers.SGD(rate, momentum=0.9),
    "nesterov": lambda rate: keras.optimizers.SGD(rate, momentum=0.9, nesterov=True),
    "rmsprop": lambda rate: keras.optimizers.RMSprop(rate),
    "adam": lambda rate: keras.optimizers.Adam(rate),
}


@pytest.mark.parametrize("name", KERAS)
def test_a_hundred_steps_equal_those_of_keras(name, rng):
    params = mlp.init([4, 3, 4], rng)
    grads = [map_arrays(lambda p: rng.normal(size=p.shape), params) for _ in range(100)]
    variables = [keras.Variable(a, dtype="float64") for a in (*params[0], *params[1])]
    reference = KERAS[name](0.005)
    step, state = optimizers.find(name), None
    for grad in grads:
        params, state = step(params, grad, state, 0.005)
        tensors = [keras.ops.convert_to_tensor(g) for g in (*grad[0], *grad[1])]
        reference.apply(tensors, variables)
    # Keras computes Adam's correction in 32 bits.
    for mine, theirs in zip((*params[0], *params[1]), variables, strict=True):
        np.testing.assert_allclose(mine, np.asarray(theirs.value), rtol=1e-6, atol=1e-6)


def test_momentum_steps_grow_tenfold_along_a_constant_gradient():
    params, grads = ([np.zeros((1, 1))], []), ([np.ones((1, 1))], [])
    velocity = None
    for _ in range(300):
        before = params[0][0].item()
        params, velocity = optimizers.momentum(params, grads, velocity, 0.01)
    assert before - params[0][0].item() == pytest.approx(0.01 / (1 - 0.9), rel=1e-6)


def test_an_unknown_optimizer_is_named():
    with pytest.raises(ValueError, match="optimizer must be among .*; got 'sgd'"):
        optimizers.find("sgd")
