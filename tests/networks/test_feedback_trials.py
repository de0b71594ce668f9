"""Trainings along different ways back: equal terms, fair rates, and who only reads out."""

import numpy as np
import pytest

from companion import datasets
from companion.networks import feedback_alignment as back
from companion.networks import feedback_trials as trials
from companion.networks import feedback_ways as ways
from companion.networks import losses, mlp
from companion.networks.parameters import leaves

SETTINGS = {"learning_rate": 0.8, "n_steps": 300}


@pytest.fixture(scope="module")
def task():
    return trials.classification(datasets.load("digits"))


def test_every_way_starts_from_the_network_of_its_seed(task):
    starts = [trials.begin(task, name, (30, 20), 3)[0] for name in ways.WAYS]
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


def test_only_ways_that_teach_the_hidden_layer_tell_odd_from_even(task):
    parity = trials.parity(task)
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
    worst = trials.train_and_score(
        copy, "backpropagation", (8,), "val", seeds=[0], learning_rate=1e3, n_steps=200
    )
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


def test_bad_arguments_are_named(rng):
    params = mlp.init([64, 30, 10], rng)
    with pytest.raises(ValueError, match="learning_rate must be above 0 .* got 0, 5"):
        trials.train_by(params, None, None, None, learning_rate=0, n_steps=5, rng=rng)


def test_odd_labels_are_ones(task):
    odd = trials.parity(task)
    assert odd.x is task.x
    assert odd.score is task.score
    for part, labels in task.target.items():
        expected = [int(str(label)[-1] in "13579") for label in labels]
        np.testing.assert_array_equal(odd.target[part], expected)


def test_a_rate_is_chosen_without_a_look_at_the_test_images(task):
    def without_test(parts):
        return {part: parts[part] for part in ("train", "val")}

    x, target = without_test(task.x), without_test(task.target)
    blind = trials.Task(x, target, task.loss, task.score)
    best = trials.choose_rate(
        blind, "backpropagation", (30,), rates=(0.8, 1e6), seeds=[0], n_steps=50
    )
    assert best == 0.8


def test_of_equal_rates_the_smallest_is_chosen(task):
    equal = trials.Task(task.x, task.target, task.loss, lambda output, target: 0.5)
    best = trials.choose_rate(
        equal, "backpropagation", (), rates=(0.1, 0.2), seeds=[0], n_steps=1
    )
    assert best == 0.1


@pytest.mark.parametrize(
    "name", ["backpropagation", "feedback alignment", "direct feedback"]
)
def test_a_way_uses_the_activations_of_its_task(name):
    copy = trials.reconstruction(datasets.load("digits"))
    x = copy.x["val"]
    params, steps_of = trials.begin(copy, name, (8,), 0)
    _, (steps, _) = steps_of(params, x, x)
    # A linear network's last step is code^T error, whatever the way of the hidden layer.
    code = x @ params[0][0]
    x_hat = code @ params[0][1]
    np.testing.assert_allclose(steps[1], code.T @ (2 * (x_hat - x) / x.size), atol=1e-12)
    assert copy.score_of(params, "val") == pytest.approx(-np.mean((x_hat - x) ** 2))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_a_linear_autoencoder_under_feedback_alignment_ends_as_a_random_projection(seed):
    copy = trials.reconstruction(datasets.load("digits"))
    draw, x = np.random.default_rng(seed), copy.x["train"]
    feedback = back.draw(mlp.init([64, 8, 64], draw), draw)[0][1]
    decoder = np.linalg.lstsq(x @ feedback.T, x, rcond=None)[0]
    goal = np.mean((x @ feedback.T @ decoder - x) ** 2)
    score = trials.train_and_score(
        copy, "feedback alignment", (8,), "train", seeds=[seed], learning_rate=4.0,
        n_steps=3000,
    )  # fmt: skip
    assert -score[0] == pytest.approx(goal, rel=0.02)
