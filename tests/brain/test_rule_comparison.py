"""The comparison of rules: its data, its choices and its pairing, by hand."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from companion import datasets
from companion.brain import learning_rules as rules
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
    widths = (65, 10) if name == "no hidden layer" else (65, 6, 10)
    start = rules.start(widths, np.random.default_rng(3))
    assert len(weights) == len(start)
    if name in rc.FIXED_FEATURES[2:]:
        assert not np.any(weights[0][-1])
        np.testing.assert_allclose(np.linalg.norm(weights[0], axis=0), 0.5)
        start[0] = weights[0]
    rows = np.random.default_rng(3).integers(len(task.target), size=50)
    x, target = task.x["train"][rows], task.target[rows]
    expected = start[-1] + 0.1 * rules.last_layer_only(start, x, target)[-1]
    same = np.allclose(weights[-1], expected)
    assert same == (name != "predictive coding")  # there the hidden activity settles
    if len(start) == 2:
        assert np.allclose(weights[0], start[0]) == (name in rc.FIXED_FEATURES)


def test_principal_axes_are_those_of_scikit_learn(task):
    axes = rc.principal_axes(task.x["train"], 5)[:-1].T
    expected = PCA(5).fit(task.x["train"][:, :-1]).components_
    np.testing.assert_allclose(np.abs(np.sum(axes * expected, axis=1)), 0.5)


def test_predictive_coding_is_compared_outside_the_limit(task):
    settings = {"learning_rate": 0.1, "n_steps": 3}
    found = rc.trained(task, "predictive coding", (6,), **settings, seed=2)
    start = rules.start((65, 6, 10), np.random.default_rng(2))
    args = (start, task.x["train"], task.target, rules.predictive_coding(1.0))
    expected = rules.train(*args, **settings, rng=np.random.default_rng(2))
    for w, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(w, wanted)


def test_rates_are_chosen_on_validation_and_tried_once_on_test_images(monkeypatch):
    asked = []
    scores = {0.1: [0.906] * 2, 0.2: [0.908] * 2, 0.4: [0.908] * 2, 0.8: [1.0, 0.1]}

    def accuracies(task, name, hidden, part, *, seeds, learning_rate, n_steps):
        asked.append((part, seeds, learning_rate))
        return scores[learning_rate]

    monkeypatch.setattr(rc, "accuracies", accuracies)
    settings = {"rates": tuple(scores), "choice_seeds": (0, 1), "seeds": (2, 3, 4)}
    chosen, found = rc.compare(None, ["backpropagation"], (5,), **settings, n_steps=1)
    assert chosen == {"backpropagation": 0.2}  # the mean, and the smaller of equal ones
    assert found == {"backpropagation": [0.908, 0.908]}
    assert asked == [("val", (0, 1), rate) for rate in scores] + [("test", (2, 3, 4), 0.2)]


@pytest.mark.parametrize("part", ["val", "test"])
def test_accuracies_are_those_of_every_seed_on_the_named_part(task, part):
    settings = {"learning_rate": 0.2, "n_steps": 60}
    found = rc.accuracies(task, "backpropagation", (8,), part, seeds=(0, 1), **settings)
    for seed, share in zip((0, 1), found, strict=True):
        w = rc.trained(task, "backpropagation", (8,), seed=seed, **settings)
        outputs = np.tanh(task.x[part] @ w[0]) @ w[1]
        assert share == np.mean(outputs.argmax(axis=1) == task.labels[part])
    assert found[0] != found[1]


def test_a_rate_at_which_learning_runs_away_counts_as_chance(task):
    found = rc.accuracies(
        task, "backpropagation", (8,), "val", seeds=(0,), learning_rate=50.0, n_steps=100
    )
    assert found[0] < 0.2


def test_angles_are_those_of_the_network_on_its_way(task):
    settings = {"learning_rate": 0.1, "seed": 1}
    angles = rc.angles_along(task, (6, 5), n_steps=20, every=10, **settings)
    assert angles.shape == (3, 2)
    weights = rc.trained(task, "feedback alignment", (6, 5), n_steps=20, **settings)
    rng = np.random.default_rng(1)
    rules.start((65, 6, 5, 10), rng)
    feedback = rules.random_feedback((65, 6, 5, 10), rng)
    args = (weights, task.x["train"], task.target)
    found, true = rules.changes(*args, feedback), rules.backpropagation(*args)
    expected = [rules.angle_deg(found[k], true[k]) for k in (0, 1)]
    np.testing.assert_allclose(angles[-1], expected)


def test_an_unknown_rule_is_refused(task):
    with pytest.raises(ValueError, match="name must be one of"):
        rc.trained(task, "evolution", (5,), learning_rate=0.1, n_steps=1, seed=0)
