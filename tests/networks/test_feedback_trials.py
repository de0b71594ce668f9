"""Learning along different ways back: who aligns, who does not, and who only reads out."""

import numpy as np
import pytest

from companion import datasets
from companion.networks import feedback_trials as trials
from companion.networks import losses, mlp
from companion.networks.parameters import leaves

SETTINGS = {"learning_rate": 0.8, "n_steps": 300}


@pytest.fixture(scope="module")
def task():
    return trials.classification(datasets.load("digits"))


def angles_of(task, steps_of_other=None):
    def measure(params, steps_of):
        x, target = task.x["train"], task.target["train"]
        return trials.step_angles(params, steps_of, x, target, loss=task.loss)[0]

    return measure


def along(task, name, seed):
    return trials.train_and_measure(
        task, name, (30,), seed, angles_of(task), every=75, **SETTINGS
    )


@pytest.mark.parametrize("name", ["feedback alignment", "direct feedback"])
def test_the_angle_falls_below_90_and_keeps_falling(task, name):
    found = np.array([along(task, name, seed) for seed in range(5)])
    assert np.all(found[:, 1:] < 75)  # each of five networks, at every later time
    assert np.all(found[:, -1] < found[:, 1])
    assert np.all(np.diff(found.mean(axis=0)) < 0)


def test_redrawn_feedback_never_aligns(task):
    # 90 degrees with a spread of about 6: the mean of 5 x 5 angles lies within 5.
    found = np.array([along(task, "redrawn feedback", seed) for seed in range(5)])
    assert found.mean() == pytest.approx(90, abs=5)


def test_angles_are_zero_for_backpropagation_and_for_the_last_layer(task):
    for name, first in (("backpropagation", 0.0), ("feedback alignment", 90.0)):
        params, steps_of = trials.begin(task, name, (30,), 0)
        x, target = task.x["val"], task.target["val"]
        found = trials.step_angles(params, steps_of, x, target, loss=task.loss)
        assert found[0] == pytest.approx(first, abs=1e-5 if first == 0 else 25)
        assert found[1] == pytest.approx(0, abs=1e-5)


def test_every_way_starts_from_the_network_of_its_seed(task):
    starts = [trials.begin(task, name, (30, 20), 3)[0] for name in trials.WAYS]
    expected = mlp.init([64, 30, 20, 10], np.random.default_rng(3))
    for params in starts:
        for a, b in zip(leaves(params), leaves(expected), strict=True):
            np.testing.assert_array_equal(a, b)


def test_last_layer_only_leaves_the_hidden_layers(task):
    start, _ = trials.begin(task, "last layer only", (30,), 1)
    end = trials.trained(task, "last layer only", (30,), 1, **SETTINGS)
    np.testing.assert_array_equal(end[0][0], start[0][0])
    np.testing.assert_array_equal(end[1][0], start[1][0])
    assert not np.allclose(end[0][1], start[0][1])


def test_backpropagation_takes_the_steps_of_gradient_descent(task):
    params, steps_of = trials.begin(task, "backpropagation", (30,), 2)
    x, target = task.x["train"], task.target["train"]
    end = trials.train_by(
        params, steps_of, x, target, learning_rate=0.3, n_steps=2,
        rng=np.random.default_rng(7), batch_size=11,
    )  # fmt: skip
    batches, expected = np.random.default_rng(7), params
    for _ in range(2):
        rows = batches.integers(len(x), size=11)
        _, grads = mlp.loss_and_grads(
            expected, x[rows], target[rows], loss=losses.cross_entropy
        )
        expected = tuple(
            [w - 0.3 * g for w, g in zip(p, q, strict=True)]
            for p, q in zip(expected, grads, strict=True)
        )
    for a, b in zip(leaves(end), leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-14)


def test_fixed_feedback_stays_and_redrawn_feedback_does_not(task):
    x, target = task.x["val"], task.target["val"]
    for name, same in (("feedback alignment", True), ("redrawn feedback", False)):
        params, steps_of = trials.begin(task, name, (30,), 0)
        one, two = (steps_of(params, x, target)[1][0][0] for _ in "12")
        assert np.allclose(one, two) == same


def test_only_ways_that_teach_the_hidden_layer_tell_odd_from_even(task):
    parity = trials.Task(
        task.x, {k: v % 2 for k, v in task.target.items()}, task.loss, task.score
    )
    args, seeds = {"learning_rate": 1.6, "n_steps": 600}, range(3)
    found = {
        name: np.mean(
            trials.train_and_score(parity, name, hidden, "val", seeds=seeds, **args)
        )
        for name, hidden in [
            ("backpropagation", (30,)),
            ("feedback alignment", (30,)),
            ("last layer only", (30,)),
        ]
    }
    linear = np.mean(
        trials.train_and_score(parity, "backpropagation", (), "val", seeds=seeds, **args)
    )
    assert found["last layer only"] < linear + 0.02
    assert min(found["backpropagation"], found["feedback alignment"]) > linear + 0.03


def test_a_rate_is_chosen_by_validation_and_a_broken_run_is_last(task):
    rates = (1e-6, 0.8, 1e6)
    best = trials.choose_rate(
        task, "backpropagation", (30,), rates=rates, seeds=[0], n_steps=50
    )
    assert best == 0.8
    copy = trials.reconstruction(datasets.load("digits"))
    activations = ["linear", "linear"]
    worst = trials.train_and_score(
        copy, "backpropagation", (8,), "val", seeds=[0], learning_rate=1e3, n_steps=200,
        activations=activations,
    )  # fmt: skip
    assert worst == [-np.inf]


def test_a_reconstruction_is_scored_by_minus_the_error_of_centered_images():
    data = datasets.load("digits").flat()
    copy = trials.reconstruction(datasets.load("digits"))
    centered = data.x_test - data.x_train.mean(axis=0)
    score = copy.score(np.zeros_like(copy.x["test"]), copy.target["test"])
    assert score == pytest.approx(-np.mean(centered**2), rel=1e-5)


def test_along_measures_before_the_first_step_and_after_every_few(task):
    def count(params, steps_of):
        return params[1][1].copy()

    found = trials.train_and_measure(
        task, "backpropagation", (30,), 4, count, every=20, n_steps=60, learning_rate=0.1
    )
    assert len(found) == 4
    assert not found[0].any()
    end = trials.trained(task, "backpropagation", (30,), 4, learning_rate=0.1, n_steps=60)
    np.testing.assert_allclose(found[-1], end[1][1], atol=1e-14)


def test_bad_arguments_are_named(task, rng):
    params = mlp.init([64, 30, 10], rng)
    with pytest.raises(ValueError, match="name must be one of .* got 'magic'"):
        trials.way("magic", params, rng)
    with pytest.raises(ValueError, match="learning_rate must be above 0 .* got 0, 5"):
        trials.train_by(params, None, None, None, learning_rate=0, n_steps=5, rng=rng)


def test_the_part_that_is_asked_for_is_scored(task):
    args = (task, "backpropagation", (30,))
    params = trials.trained(*args, 5, learning_rate=0.8, n_steps=100)
    for part in ("train", "val", "test"):
        found = trials.train_and_score(
            *args, part, seeds=[5], learning_rate=0.8, n_steps=100
        )
        output = mlp.forward(params, task.x[part])[-1]
        expected = np.mean(output.argmax(axis=1) == task.target[part])
        assert found == [pytest.approx(expected)]


@pytest.mark.parametrize("fixed", [True, False])
def test_tilted_feedback_keeps_its_angle_and_its_rest(task, fixed, rng):
    # With one output the hidden step of each unit is its feedback weight times one array;
    # units alike in everything else make the angle of the step that of the weights.
    params = [np.ones((2, 50)), rng.normal(size=(50, 1))], [np.zeros(50), np.zeros(1)]
    x, target = rng.normal(size=(8, 2)), np.zeros((8, 1))
    names = ["tanh", "linear"]
    steps_of = trials.tilted_way(65, 3, fixed=fixed, activations=names)
    for _ in range(2):
        found = trials.step_angles(params, steps_of, x, target, names)
        assert found[0] == pytest.approx(65, abs=1e-6)
    one, two = (steps_of(params, x, target)[1][0][0] for _ in "12")
    assert np.allclose(one, two) == fixed
