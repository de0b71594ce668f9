"""XOR from many starting points."""

import numpy as np
import pytest

from companion.brain import dendrites
from companion.networks import mlp, optimizers, xor


def test_the_four_patterns_are_xor():
    np.testing.assert_array_equal(xor.TARGET[:, 0] > 0, xor.X[:, 0] != xor.X[:, 1])
    np.testing.assert_array_equal(xor.X, dendrites.all_inputs(2))


def alone(seed, activation, n_steps, learning_rate):
    """The hidden units and the output of one trained network, (4, 3) and (4,)."""
    names = [activation, "linear"]
    params, state = mlp.init([2, 3, 1], np.random.default_rng(seed)), None
    for _ in range(n_steps):
        _, grads = mlp.loss_and_grads(params, xor.X, xor.TARGET, names)
        params, state = optimizers.adam(params, grads, state, learning_rate)
    _, hidden, output = mlp.forward(params, xor.X, names)
    return hidden, output[:, 0]


@pytest.mark.parametrize(
    ("activation", "settings"),
    [
        ("relu", {"n_steps": 200}),
        ("relu", {"n_steps": 20, "learning_rate": 0.01}),
        ("tanh", {}),
    ],
)
def test_a_run_is_the_training_of_that_network_alone(activation, settings):
    runs = xor.train(3, activation, 4, **settings)
    for seed in range(4):
        hidden, output = alone(
            seed, activation, **{"n_steps": 1000, "learning_rate": 0.05} | settings
        )
        np.testing.assert_allclose(runs.output[seed], output, rtol=1e-6, atol=1e-9)
        assert runs.solved[seed] == ((output > 0) == (xor.TARGET[:, 0] > 0)).all()
        np.testing.assert_array_equal(runs.silent[seed], hidden.max(axis=1) == 0)


def test_one_hidden_unit_never_solves_xor():
    # One unit makes the output a function of one sum, which is monotonic: a straight cut.
    for activation in ("relu", "tanh"):
        assert not xor.train(1, activation, 30).solved.any()


def test_a_trapped_run_has_one_output_for_two_targets_and_never_solves_xor():
    runs = xor.train(2, "relu", 60)
    assert 0 < runs.solved.sum() < 60
    assert not runs.solved[runs.trapped].any()
    output = runs.output[runs.trapped]
    same = [len(set(row[[0, 3]]) & set(row[[1, 2]])) > 0 for row in output]
    assert all(same)
    assert not xor.train(2, "tanh", 10, n_steps=1).silent[:, 1:].any()


def test_trapped_needs_silence_on_both_sides():
    silent = np.array(
        [[1, 0, 0, 1], [0, 1, 1, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 0], [1, 1, 1, 1]]
    )
    runs = xor.Runs(np.zeros(6), np.zeros((6, 4)), silent.astype(bool))
    np.testing.assert_array_equal(runs.trapped, [False, False, True, True, False, True])
