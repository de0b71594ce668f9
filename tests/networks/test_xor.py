"""XOR from many starting points."""

import numpy as np
import pytest

from companion.brain import dendrites
from companion.networks import mlp, optimizers, xor


def test_the_four_patterns_are_xor():
    np.testing.assert_array_equal(xor.TARGET[:, 0] > 0, xor.X[:, 0] != xor.X[:, 1])
    np.testing.assert_array_equal(xor.X, dendrites.all_inputs(2))


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_run_is_the_training_of_that_network_alone(activation):
    runs = xor.train(3, activation, 4, n_steps=200)
    names = [activation, "linear"]
    for seed in range(4):
        params, state = mlp.init([2, 3, 1], np.random.default_rng(seed)), None
        for _ in range(200):
            _, grads = mlp.loss_and_grads(params, xor.X, xor.TARGET, names)
            params, state = optimizers.adam(params, grads, state, 0.05)
        _, hidden, output = mlp.forward(params, xor.X, names)
        loss = np.mean((output - xor.TARGET) ** 2)
        assert runs.losses[seed] == pytest.approx(loss, rel=1e-6, abs=1e-9)
        assert runs.solved[seed] == ((output > 0) == (xor.TARGET > 0)).all()
        assert runs.alive[seed] == sum(len(set(unit)) > 1 for unit in hidden.T)


def test_no_run_with_fewer_than_two_living_units_solves_xor():
    # One unit makes the output a function of one sum, which is monotonic: a straight cut.
    for activation in ("relu", "tanh"):
        assert not xor.train(1, activation, 30).solved.any()
    runs = xor.train(2, "relu", 60)
    assert not runs.solved[runs.alive < 2].any()
    assert runs.solved[runs.alive == 2].any()


def test_a_solved_run_has_a_low_loss_and_a_stuck_one_has_not():
    runs = xor.train(2, "tanh", 40)
    assert runs.losses[runs.solved].max() < 0.01 < 0.4 < runs.losses[~runs.solved].min()
    assert 0.5 < runs.solved.mean() < 0.95
