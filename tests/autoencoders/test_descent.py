"""Descent with batches of any size: against a closed form and the training of mlp."""

import numpy as np
import pytest

from companion.autoencoders.descent import descend, steps_to_reach
from companion.networks import mlp

SETTINGS = {"learning_rate": 0.05, "n_steps": 6, "every": 2}


def linear(scale):
    """A one-unit linear autoencoder of scalars with fixed biases of zero."""
    return [np.array([[scale]]), np.array([[1.0]])], [np.zeros(1), np.zeros(1)]


def test_a_full_batch_step_is_the_gradient_step_by_hand(rng):
    x = np.array([[1.0], [-1.0]])
    params, losses = descend(
        linear(0.5), x, ("linear", "linear"), optimizer="gradient descent",
        batch_size=2, learning_rate=0.1, n_steps=1, every=1, rng=rng,
    )  # fmt: skip
    # L = (w v - 1)^2 with w = 0.5, v = 1: both slopes are 2 (w v - 1) times the other.
    np.testing.assert_allclose(params[0][0], 0.5 + 0.1 * 1.0 * 1.0)
    np.testing.assert_allclose(params[0][1], 1.0 + 0.1 * 1.0 * 0.5)
    np.testing.assert_allclose(losses, [0.25, (0.6 * 1.05 - 1) ** 2])


def test_adam_with_batches_is_the_training_of_mlp(rng):
    x = rng.uniform(size=(10, 4))
    params, names = mlp.init([4, 2, 4], rng), ("tanh", "linear")
    mine, _ = descend(
        params, x, names, optimizer="adam", batch_size=5,
        rng=np.random.default_rng(1), **SETTINGS,
    )  # fmt: skip
    theirs, _ = mlp.train(
        params, x, x, activations=names, epochs=3, batch_size=5, learning_rate=0.05,
        rng=np.random.default_rng(1),
    )  # fmt: skip
    for a, b in zip((*mine[0], *mine[1]), (*theirs[0], *theirs[1]), strict=True):
        np.testing.assert_allclose(a, b)


def test_the_mean_gradient_of_single_examples_is_the_gradient_of_the_batch(rng):
    x = rng.uniform(size=(5, 4))
    params, names = mlp.init([4, 2, 4], rng), ("tanh", "linear")
    _, whole = mlp.loss_and_grads(params, x, x, names)
    single = [mlp.loss_and_grads(params, row[None], row[None], names)[1] for row in x]
    mean = mlp.apply(lambda *grads: np.mean(grads, axis=0), *single)
    for a, b in zip((*whole[0], *whole[1]), (*mean[0], *mean[1]), strict=True):
        np.testing.assert_allclose(a, b)


def test_measurements_come_before_the_first_step_and_every_so_often(rng):
    x = rng.uniform(size=(10, 4))
    params = mlp.init([4, 2, 4], rng)
    _, losses = descend(
        params, x, ("tanh", "linear"), optimizer="momentum", batch_size=3, rng=rng,
        **SETTINGS,
    )  # fmt: skip
    assert len(losses) == 4
    assert losses[0] == mlp.loss_and_grads(params, x, x, ("tanh", "linear"))[0]


def test_a_rate_that_is_too_large_is_measured_and_does_not_warn(rng):
    _, losses = descend(
        linear(0.5), np.array([[3.0]]), ("linear", "linear"), batch_size=1,
        optimizer="gradient descent", learning_rate=9.0, n_steps=20, every=20, rng=rng,
    )  # fmt: skip
    assert not losses[-1] < losses[0]
    assert steps_to_reach(0.1, losses, every=20) == np.inf


def test_steps_to_reach_counts_the_steps_between_measurements():
    assert steps_to_reach(0.5, [0.9, 0.6, 0.5, 0.2], every=10) == 20
    assert steps_to_reach(0.1, [0.9, 0.6, 0.5, 0.2], every=10) == np.inf


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"batch_size": 0}, "batch_size must be an integer of at least 1; got 0"),
        ({"n_steps": 2.5}, "n_steps must be an integer of at least 1; got 2.5"),
        ({"every": 0}, "every must be an integer of at least 1; got 0"),
        ({"learning_rate": -1.0}, "learning_rate must be above 0 and finite; got -1"),
        ({"optimizer": "sgd"}, "optimizer must be among .*; got 'sgd'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(bad, message, rng):
    settings = SETTINGS | {"optimizer": "adam", "batch_size": 2} | bad
    with pytest.raises(ValueError, match=message):
        descend(linear(0.5), np.ones((3, 1)), ("linear", "linear"), rng=rng, **settings)
