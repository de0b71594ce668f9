"""Dead ReLU units: counted by hand, and without a gradient."""

import numpy as np
import pytest

from companion import datasets
from companion.networks import dead_units, initializers, losses, mlp


def test_a_unit_is_dead_if_it_answers_to_no_example():
    # Four ReLU units with the weights 1, -1, 0 and 2 see the numbers 3, -3 and 0.
    params = [np.array([[1.0, -1.0, 0.0, 2.0]])], [np.array([0.0, 0.0, -1.0, -9.0])]
    x = np.array([[3.0], [-3.0], [0.0]])
    assert dead_units.dead_share(params, x, ["relu"]) == 0.5


def test_only_relu_layers_count():
    weights = [np.array([[1.0, -1.0, 0.0, 2.0]]), np.zeros((4, 3))]
    params = weights, [np.zeros(4), np.zeros(3)]
    x = np.array([[1.0], [2.0]])
    assert dead_units.dead_share(params, x, ["relu", "linear"]) == 0.5
    assert dead_units.dead_share(params, x, ["relu", "relu"]) == 5 / 7
    with pytest.raises(ValueError, match="activations must name a relu layer"):
        dead_units.dead_share(params, x, ["tanh", "linear"])


def test_a_dead_unit_gets_no_gradient(rng):
    params = initializers.draw_network([5, 8, 3], "he", rng)
    params[1][0][:3] = -100.0  # no example can lift these sums above zero
    x, y = rng.normal(size=(40, 5)), rng.integers(3, size=40)
    names = ["relu", "linear"]
    assert dead_units.dead_share(params, x, names) == 3 / 8
    _, grads = mlp.loss_and_grads(params, x, y, names, losses.cross_entropy)
    assert not grads[0][0][:, :3].any()
    assert not grads[1][0][:3].any()
    assert grads[0][0][:, 3:].any(axis=0).all()


def test_a_high_rate_kills_units_and_a_low_one_does_not():
    data = datasets.load("digits").flat()
    settings = {"scheme": "he", "epochs": 5, "seed": 0}
    low = dead_units.share_after_training(data, [64, 32, 10], learning_rate=0.1, **settings)
    high = dead_units.share_after_training(data, [64, 32, 10], learning_rate=5, **settings)
    assert low[0] == high[0]  # the same weights, before training
    assert low[1] <= low[0] + 1 / 32
    assert high[1] > 0.2
    assert low[2] > 0.8 > high[2]
