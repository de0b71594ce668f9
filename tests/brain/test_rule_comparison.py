"""The comparison of rules: its data, its choices and its pairing, by hand."""

import numpy as np
import pytest

from companion import datasets
from companion.brain import feedback_alignment as fa
from companion.brain import rule_comparison as rc


@pytest.fixture(scope="module")
def task():
    return rc.task_of(datasets.load("digits"))


def test_task_is_centered_by_the_training_images_alone(task):
    x = datasets.load("digits").flat()
    mean = x.x_train.astype(float).mean(axis=0)
    np.testing.assert_allclose(task.x["test"][:, :-1], 2 * (x.x_test - mean), atol=1e-12)
    assert np.all(task.x["val"][:, -1] == 1.0)
    np.testing.assert_array_equal(task.target.argmax(axis=1), x.y_train)
    np.testing.assert_array_equal(task.target.sum(axis=1), 1.0)


@pytest.mark.parametrize("name", rc.RULES)
def test_rules_start_alike_and_see_the_same_batches(task, name):
    # One step: the readout of all rules that start from the same features moves alike.
    settings = {"learning_rate": 0.1, "n_steps": 1, "seed": 3}
    weights = rc.trained(task, name, (6,), **settings)
    start = fa.start((65, 6, 10), np.random.default_rng(3))
    if name == rc.HEBB:
        assert not np.any(weights[0][-1])
        start[0] = weights[0]
    rows = np.random.default_rng(3).integers(len(task.target), size=50)
    x, target = task.x["train"][rows], task.target[rows]
    expected = start[-1] + 0.1 * fa.last_layer_only(start, x, target)[-1]
    same = np.allclose(weights[-1], expected)
    assert same == (name != "predictive coding")  # there the hidden activity settles
    assert np.allclose(weights[0], start[0]) == (name in ("last layer only", rc.HEBB))


def test_the_rate_is_chosen_on_validation_images(task):
    settings = {"seeds": (0,), "n_steps": 40}
    rates = (1e-4, 0.1, 50.0)
    scores = [
        rc.accuracies(task, "backpropagation", (8,), "val", learning_rate=r, **settings)[0]
        for r in rates
    ]
    best = rc.choose_rate(task, "backpropagation", (8,), rates=rates, **settings)
    assert best == rates[int(np.argmax(scores))] == 0.1


def test_angles_are_those_of_the_network_on_its_way(task):
    settings = {"learning_rate": 0.1, "seed": 1}
    angles = rc.angles_along(task, (6, 5), n_steps=20, every=10, **settings)
    assert angles.shape == (3, 2)
    weights = rc.trained(task, "feedback alignment", (6, 5), n_steps=20, **settings)
    rng = np.random.default_rng(1)
    fa.start((65, 6, 5, 10), rng)
    feedback = fa.random_feedback((65, 6, 5, 10), rng)
    args = (weights, task.x["train"], task.target)
    found, true = fa.changes(*args, feedback), fa.backpropagation(*args)
    expected = [fa.angle_deg(found[k], true[k]) for k in (0, 1)]
    np.testing.assert_allclose(angles[-1], expected)


def test_an_unknown_rule_is_refused(task):
    with pytest.raises(ValueError, match="name must be one of"):
        rc.trained(task, "evolution", (5,), learning_rate=0.1, n_steps=1, seed=0)
