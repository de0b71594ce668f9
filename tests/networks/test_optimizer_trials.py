"""Races on the digits: what is counted, chosen and stopped."""

import numpy as np
import pytest

from companion import datasets
from companion.networks import losses, mlp, optimizers
from companion.networks import optimizer_trials as trials

SIZES = [64, 8, 10]
SGD = {"optimizer": "gradient descent", "learning_rate": 0.4, "batch_size": 64}


@pytest.fixture(scope="module")
def data():
    return datasets.load("digits").flat()


@pytest.mark.parametrize("name", ["gradient descent", "adam"])  # without and with memory
def test_one_epoch_equals_the_training_of_mlp(data, name):
    settings = {"activations": ["tanh", "linear"], "loss": losses.cross_entropy}
    rng = np.random.default_rng(3)
    expected, _ = mlp.train(
        mlp.init(SIZES, rng), data.x_train, data.y_train, epochs=1, batch_size=64,
        optimizer=optimizers.find(name), learning_rate=0.05, rng=rng, **settings,
    )  # fmt: skip
    n_steps = -(-len(data.x_train) // 64)
    settings = {"optimizer": name, "learning_rate": 0.05, "batch_size": 64}
    found, _ = trials.train_and_watch(
        data, SIZES, n_steps=n_steps, every=5, seed=3, **settings
    )
    for mine, theirs in zip(found[0] + found[1], expected[0] + expected[1], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ["gradient descent", "momentum", "adam"])
def test_an_epoch_that_ends_resets_nothing(data, name):
    # Two epochs and a few steps of a third, each in an order of its own.
    n_steps, names = 2 * -(-len(data.x_train) // 64) + 3, ["tanh", "linear"]
    settings = {"optimizer": name, "learning_rate": 0.05, "batch_size": 64}
    found, _ = trials.train_and_watch(
        data, SIZES, n_steps=n_steps, every=n_steps, seed=3, **settings
    )
    rng, state = np.random.default_rng(3), None
    params = mlp.init(SIZES, rng)
    rows = [r for _ in range(3) for r in mlp.draw_batches(len(data.x_train), 64, rng)]
    for some in rows[:n_steps]:
        x, y = data.x_train[some], data.y_train[some]
        _, grads = mlp.loss_and_grads(params, x, y, names, losses.cross_entropy)
        params, state = optimizers.find(name)(params, grads, state, 0.05)
    for mine, theirs in zip(found[0] + found[1], params[0] + params[1], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-14)


def test_every_part_is_watched_before_the_first_step_and_after_the_last(data):
    params, watched = trials.train_and_watch(
        data, SIZES, n_steps=12, every=4, seed=0, **SGD
    )
    assert {part: len(values) for part, values in watched.items()} == {
        "train": 4, "val": 4, "test": 4,
    }  # fmt: skip
    start = mlp.init(SIZES, np.random.default_rng(0))
    for part in watched:
        x, y = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
        assert watched[part][0] == trials.loss_of(start, x, y)
        assert watched[part][-1] == trials.loss_of(params, x, y)


def test_steps_are_counted_to_the_first_measurement_below_the_goal(data):
    _, watched = trials.train_and_watch(data, SIZES, n_steps=60, every=3, seed=5, **SGD)
    goal = 1.0
    first = 3 * next(i for i, loss in enumerate(watched["test"]) if loss <= goal)
    counts = trials.train_until(
        goal, data, SIZES, part="test", n_steps=60, every=3, seeds=[5], **SGD
    )
    assert counts == [first]
    exactly = watched["test"][4]  # a goal that is met with equality is met
    counts = trials.train_until(
        exactly, data, SIZES, part="test", n_steps=60, every=3, seeds=[5], **SGD
    )
    assert counts == [12]
    counts = trials.train_until(
        1e-9, data, SIZES, part="test", n_steps=6, every=3, seeds=[5], **SGD
    )
    assert counts == [np.inf]


def test_tuning_takes_the_fastest_rate_and_refuses_the_end_of_a_list(data):
    settings = {"optimizer": "gradient descent", "batch_size": 64}
    settings |= {"n_steps": 60, "every": 5, "seeds": [0]}
    best, means = trials.tune(0.9, data, SIZES, [0.1, 0.5, 500.0], **settings)
    assert best == 0.5
    assert means[1] == min(means)
    assert means[2] == np.inf
    with pytest.raises(ValueError, match=r"rates must go on beyond .*; got 0\.5 as best"):
        trials.tune(0.9, data, SIZES, [0.1, 0.5], **settings)


def test_tuning_averages_over_seeds_and_refuses_both_ends(data, monkeypatch):
    steps = {1: [9, 9, 9], 2: [6, 6, 7], 3: [1, 2, 20], 4: [9, 9, np.inf]}
    monkeypatch.setattr(
        trials, "train_until", lambda *_, learning_rate, **more: steps[learning_rate]
    )
    best, means = trials.tune(0.2, data, SIZES, [1, 2, 3, 4])
    assert best == 2  # neither the best run, nor the best run in the middle, is at rate 2
    np.testing.assert_allclose(means, [9, 19 / 3, 23 / 3, np.inf])
    with pytest.raises(ValueError, match="rates must go on beyond .*; got 2 as best"):
        trials.tune(0.2, data, SIZES, [2, 3, 4])


def test_tuning_looks_at_the_validation_data_only(data):
    class Blind:
        x_train, y_train = data.x_train, data.y_train
        x_val, y_val = data.x_val, data.y_val

    settings = {"optimizer": "adam", "batch_size": 64, "seeds": [0]}
    best, _ = trials.tune(
        1.5, Blind, SIZES, [1e-4, 0.03, 1e3], n_steps=20, every=5, **settings
    )
    assert best == 0.03


def test_the_counting_runs_use_the_test_data_and_seeds_of_their_own(data):
    settings = {"optimizer": "adam", "batch_size": 64, "n_steps": 100, "every": 5}
    rates = [1e-4, 0.02, 1e3]
    best, means, counts = trials.train_tuned(
        1.2, data, SIZES, rates, tuning_seeds=[0], seeds=[1, 2], **settings
    )
    assert (best, means) == trials.tune(1.2, data, SIZES, rates, seeds=[0], **settings)
    expected = trials.train_until(
        1.2, data, SIZES, part="test", learning_rate=0.02, seeds=[1, 2], **settings
    )
    np.testing.assert_array_equal(counts, expected)


def test_multiply_adds_by_hand():
    # 3 x 4 and 4 x 2 weights, 6 biases; 10 examples in 5 steps.
    forward, weights, back = 12 + 8, 12 + 8, 8
    expected = 10 * (forward + weights + back) + 5 * (20 + 6)
    assert trials.multiply_adds([3, 4, 2], 10, 5) == expected
