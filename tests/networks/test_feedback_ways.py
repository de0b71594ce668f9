"""Ways back: who aligns with the gradient, who does not, and at which angle."""

import numpy as np
import pytest

from companion import datasets
from companion.networks import feedback_alignment as back
from companion.networks import feedback_trials as trials
from companion.networks import feedback_ways as ways
from companion.networks import losses, mlp
from companion.networks.parameters import leaves


@pytest.fixture(scope="module")
def task():
    return trials.classification(datasets.load("digits"))


def first_angle(task):
    def measure(params, steps_of):
        x, target = task.x["train"], task.target["train"]
        return ways.step_angles(params, steps_of, x, target, task.loss)[0]

    return measure


def along(task, name, seed):
    settings = {"learning_rate": 0.8, "n_steps": 300, "every": 75}
    return trials.train_and_measure(task, name, (30,), seed, first_angle(task), **settings)


@pytest.mark.parametrize("name", ["feedback alignment", "direct feedback"])
def test_the_angle_falls_below_90_and_keeps_falling_within_300_steps(task, name):
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
        found = ways.step_angles(params, steps_of, x, target, loss=task.loss)
        assert found[0] == pytest.approx(first, abs=1e-5 if first == 0 else 25)
        assert found[1] == pytest.approx(0, abs=1e-5)


def test_fixed_feedback_stays_and_redrawn_feedback_does_not(task):
    x, target = task.x["val"], task.target["val"]
    for name, same in (("feedback alignment", True), ("redrawn feedback", False)):
        params, steps_of = trials.begin(task, name, (30,), 0)
        one, two = (steps_of(params, x, target)[1][0][0] for _ in "12")
        assert np.allclose(one, two) == same


@pytest.mark.parametrize("fixed", [True, False])
def test_tilted_feedback_keeps_its_angle_and_its_rest(task, fixed, rng):
    # With one output the hidden step of each unit is its feedback weight times one array;
    # units alike in everything else make the angle of the step that of the weights.
    params = [np.ones((2, 50)), rng.normal(size=(50, 1))], [np.zeros(50), np.zeros(1)]
    x, target = rng.normal(size=(8, 2)), np.zeros((8, 1))
    steps_of = ways.tilted_way(65, 3, fixed=fixed)
    for _ in range(2):
        found = ways.step_angles(params, steps_of, x, target)
        assert found[0] == pytest.approx(65, abs=1e-6)
    one, two = (steps_of(params, x, target)[1][0][0] for _ in "12")
    assert np.allclose(one, two) == fixed


def test_sign_concordant_feedback_is_made_of_signs(task):
    params, steps_of = trials.begin(task, "sign-concordant", (30,), 0)
    x, target = task.x["val"], task.target["val"]
    signs = [np.sign(w) * np.linalg.norm(w) / np.sqrt(w.size) for w in params[0]]
    _, expected = back.gradients(params, (signs, params[1]), x, target, loss=task.loss)
    _, found = steps_of(params, x, target)
    for a, b in zip(leaves(found), leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-14)
    _, true = mlp.loss_and_grads(params, x, target, loss=task.loss)
    assert not np.allclose(found[0][0], true[0][0], rtol=0.1)


@pytest.mark.parametrize("loss", [losses.mse, losses.cross_entropy])
def test_a_tilt_of_zero_is_backpropagation_with_the_loss_of_the_task(loss, rng):
    params, x = mlp.init([4, 6, 3], rng), rng.normal(size=(8, 4))
    labels = loss is losses.cross_entropy
    target = rng.integers(3, size=8) if labels else rng.normal(size=(8, 3))
    value, found = ways.tilted_way(0.0, 1, fixed=True, loss=loss)(params, x, target)
    expected, grads = mlp.loss_and_grads(params, x, target, loss=loss)
    assert value == expected
    for a, b in zip(leaves(found), leaves(grads), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-14)


def test_an_unknown_way_is_named(rng):
    with pytest.raises(ValueError, match="name must be one of .* got 'magic'"):
        ways.way("magic", mlp.init([64, 30, 10], rng), rng)
