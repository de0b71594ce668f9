"""Descent with batches of any size: against a closed form and the training of mlp."""

import numpy as np
import pytest

from companion.autoencoders.descent import count_steps, descend, settle, steps_to_reach
from companion.networks import mlp, optimizers
from companion.networks.parameters import map_arrays

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
    mean = map_arrays(lambda *grads: np.mean(grads, axis=0), *single)
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


def test_steps_are_counted_with_all_examples_in_each_batch():
    x = np.random.default_rng(1).uniform(size=(12, 4))
    sizes, names = (4, 2, 4), ("tanh", "linear")
    rates = {"gradient descent": (0.5, 1.0), "adam": (0.05,)}
    counts = count_steps(
        x, sizes, names, rates, goal=0.1, seeds=(0, 3), n_steps=40, every=5
    )
    assert list(counts) == [("gradient descent", r) for r in (0.5, 1.0)] + [("adam", 0.05)]
    # By hand: plain steps along the gradient of the whole set.
    for place, seed in enumerate((0, 3)):
        params, losses = mlp.init(sizes, np.random.default_rng(seed)), []
        for _ in range(41):
            loss, grads = mlp.loss_and_grads(params, x, x, names)
            losses.append(loss)
            params, _ = optimizers.gradient_descent(params, grads, None, 0.5)
        first = next(n for n in range(0, 41, 5) if losses[n] <= 0.1)
        assert first > 0
        assert counts["gradient descent", 0.5][place] == first


def test_a_goal_that_is_not_reached_counts_as_infinity():
    x = np.random.default_rng(1).uniform(size=(12, 4))
    counts = count_steps(
        x, (4, 2, 4), ("tanh", "linear"), {"adam": (1e-6,)}, goal=1e-9, seeds=(0,),
        n_steps=10,
    )  # fmt: skip
    assert counts == {("adam", 1e-6): [np.inf]}


def test_settling_goes_on_from_the_end_at_a_tenth_of_the_rate():
    x = np.random.default_rng(1).uniform(size=(12, 4))
    sizes, names = (4, 2, 4), ("tanh", "linear")
    curves, lower = settle(
        x, sizes, names, batch_size=12, learning_rate=0.5, epochs=24, seeds=(0, 3)
    )
    assert curves.shape == (2, 25)
    # With one batch for all, an epoch is a step, and shuffling does not matter.
    for place, seed in enumerate((0, 3)):
        params, losses = mlp.init(sizes, np.random.default_rng(seed)), []
        for rate in [0.5] * 24 + [0.05] * 2:
            losses.append(mlp.loss_and_grads(params, x, x, names)[0])
            _, grads = mlp.loss_and_grads(params, x, x, names)
            params, _ = optimizers.gradient_descent(params, grads, None, rate)
        final = mlp.loss_and_grads(params, x, x, names)[0]
        np.testing.assert_allclose(curves[place, :24], losses[:24])
        assert lower[place] == pytest.approx(final, rel=1e-9)


def test_an_epoch_of_settling_has_as_many_steps_as_there_are_batches():
    x = np.random.default_rng(1).uniform(size=(12, 4))
    sizes, names = (4, 2, 4), ("tanh", "linear")
    curves, _ = settle(
        x, sizes, names, batch_size=3, learning_rate=0.5, epochs=2, seeds=(0,)
    )
    rng = np.random.default_rng(0)
    _, losses = descend(
        mlp.init(sizes, rng), x, names, optimizer="gradient descent", batch_size=3,
        learning_rate=0.5, n_steps=8, every=4, rng=rng,
    )  # fmt: skip
    np.testing.assert_allclose(curves[0], losses)


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
