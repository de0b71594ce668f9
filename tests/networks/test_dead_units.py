"""Dead ReLU units: counted by hand, and without a gradient."""

import numpy as np
import pytest

from companion import datasets
from companion.networks import dead_units, initializers, losses, mlp, starts


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


def test_shares_are_those_of_the_training_data_and_accuracy_of_the_validation_data():
    data = datasets.load("digits").flat()
    sizes, names = [64, 48, 10], ["relu", "linear"]
    settings = {"scheme": "he", "epochs": 1}
    found = dead_units.share_after_training(
        data, sizes, learning_rate=2.0, seed=0, **settings
    )
    rng = np.random.default_rng(0)
    params = initializers.draw_network(sizes, "he", rng)
    drawn = params
    params, _ = starts.train_from(params, data, learning_rate=2.0, epochs=1, rng=rng)
    logits = mlp.forward(params, data.x_val, names)[-1]
    assert found[2] == np.mean(logits.argmax(axis=1) == data.y_val)
    for share, weights in zip(found, (drawn, params), strict=False):
        sums = data.x_train @ weights[0][0] + weights[1][0]
        assert share == np.mean(sums.max(axis=0) <= 0)


def test_the_units_that_are_dead_before_are_counted_on_the_training_data(rng):
    # Among opposite examples one lifts each unit above zero; all zeros lift none.
    class Lit:
        x_train = np.vstack([np.zeros((3, 2)), np.eye(2), -np.eye(2)])
        y_train = np.array([0, 1, 0, 1, 0, 1, 0])
        x_val, y_val = np.zeros((2, 2)), np.array([0, 1])

    settings = {"scheme": "he", "learning_rate": 0.1, "epochs": 1, "seed": 0}
    before, _, _ = dead_units.share_after_training(Lit, [2, 20, 2], **settings)
    assert before == 0.0


def test_shares_hold_every_run_at_its_place():
    data = datasets.load("digits").flat()
    settings = {"scheme": "he", "epochs": 1}
    before, after, accuracy = dead_units.shares_after_training(
        data, [64, 16, 10], rates=[0.1, 6.0], seeds=[3, 4, 5], **settings
    )
    assert before.shape == (3,)
    assert after.shape == (2, 3)
    one = dead_units.share_after_training(
        data, [64, 16, 10], learning_rate=6.0, seed=4, **settings
    )
    assert (before[1], after[1, 1], accuracy[1, 1]) == one
