"""Updates against the gradients of part 3 and finite differences; alignment measured."""

import numpy as np
import pytest

from companion.brain import feedback_alignment as fa
from companion.networks import mlp

WIDTHS = (5, 7, 6, 3)


@pytest.fixture
def task(rng):
    weights = fa.start(WIDTHS, rng)
    return weights, rng.normal(size=(8, 5)), rng.normal(size=(8, 3))


def test_backpropagation_equals_the_network_of_part_3(task):
    weights, x, target = task
    params = (weights, [np.zeros(w.shape[1]) for w in weights])
    _, (grads, _) = mlp.loss_and_grads(params, x, target)
    for change, grad in zip(fa.backpropagation(*task), grads, strict=True):
        np.testing.assert_allclose(change, -grad * 3 / 2)  # mse: mean over 3 outputs


def test_backpropagation_is_the_slope_of_the_loss(task, rng):
    weights, x, target = task
    for layer, change in enumerate(fa.backpropagation(*task)):
        direction = rng.normal(size=change.shape)
        losses = []
        for sign in (1, -1):
            moved = list(weights)
            moved[layer] = weights[layer] + sign * 1e-5 * direction
            losses.append(fa.loss(moved, x, target))
        slope = (losses[0] - losses[1]) / 2e-5
        assert np.sum(change * direction) == pytest.approx(-slope, rel=1e-6)


def test_feedback_alignment_written_out(task, rng):
    weights, x, target = task
    b_2, b_3 = fa.random_feedback(WIDTHS, rng)
    a_1 = np.tanh(x @ weights[0])
    a_2 = np.tanh(a_1 @ weights[1])
    d_3 = target - a_2 @ weights[2]
    d_2 = (d_3 @ b_3) / np.cosh(np.arctanh(a_2)) ** 2
    d_1 = (d_2 @ b_2) / np.cosh(np.arctanh(a_1)) ** 2
    found = fa.feedback_alignment([b_2, b_3])(*task)
    pairs = ((x, d_1), (a_1, d_2), (a_2, d_3))
    for change, (below, signal) in zip(found, pairs, strict=True):
        np.testing.assert_allclose(change, np.einsum("ni,nj->ij", below, signal) / 8)


def test_last_layer_only_moves_the_readout_as_backpropagation_does(task):
    moved, full = fa.last_layer_only(*task), fa.backpropagation(*task)
    np.testing.assert_allclose(moved[-1], full[-1])
    assert all(not np.any(m) for m in moved[:-1])
    assert [m.shape for m in moved] == [m.shape for m in full]


def test_starts_have_the_stated_spread(rng):
    weights, feedback = (
        fa.start((400, 300, 10), rng),
        fa.random_feedback((400, 300, 10), rng),
    )
    assert weights[0].std() == pytest.approx(1 / 20, rel=0.02)
    assert feedback[0].shape == (10, 300)
    assert feedback[0].std() == pytest.approx(1 / np.sqrt(300), rel=0.05)


def test_train_adds_the_changes_of_the_drawn_batches(task):
    weights, x, target = task
    settings = {"learning_rate": 0.3, "n_steps": 2, "batch_size": 4}
    args = (weights, x, target, fa.backpropagation)
    trained = fa.train(*args, **settings, rng=np.random.default_rng(5))
    draws, expected = np.random.default_rng(5), weights
    for _ in range(2):
        rows = draws.integers(8, size=4)
        moves = fa.backpropagation(expected, x[rows], target[rows])
        expected = [w + 0.3 * m for w, m in zip(expected, moves, strict=True)]
    for found, w in zip(trained, expected, strict=True):
        np.testing.assert_allclose(found, w)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_random_feedback_comes_to_point_downhill(seed):
    # A linear target map, as in the first experiment of Lillicrap et al.
    rng, widths = np.random.default_rng(seed), (10, 20, 5)
    x = rng.normal(size=(300, 10))
    target = x @ rng.normal(size=(10, 5))
    weights, feedback = fa.start(widths, rng), fa.random_feedback(widths, rng)
    rule = fa.feedback_alignment(feedback)
    settings = {"learning_rate": 0.02, "n_steps": 1500, "rng": rng}
    trained = fa.train(weights, x, target, rule, **settings)
    angles = [
        fa.angle_deg(rule(w, x, target)[0], fa.backpropagation(w, x, target)[0])
        for w in (weights, trained)
    ]
    assert angles[1] < min(70.0, angles[0] - 20.0), angles
    assert fa.loss(trained, x, target) < 0.3 * fa.loss(weights, x, target)


def test_measures_by_hand():
    weights = [np.array([[1.0, 0.0], [0.0, 2.0]])]
    x = np.array([[3.0, 1.0], [1.0, 2.0]])
    assert fa.accuracy(weights, x, np.array([0, 0])) == 0.5
    assert fa.accuracy(weights, x, np.array([0, 1])) == 1.0
    # Outputs (3, 2) and (1, 4): half of 4 + 0 and of 0 + 9, averaged.
    assert fa.loss(weights, x, np.array([[1.0, 2.0], [1.0, 1.0]])) == pytest.approx(3.25)
    assert fa.angle_deg(np.array([1.0, 0.0]), np.array([1.0, 1.0])) == pytest.approx(45)
    assert fa.angle_deg(np.array([1.0, 0.0]), np.array([-2.0, 0.0])) == pytest.approx(180)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda w, x, t: fa.start((3,), None), "widths must be at least two"),
        (lambda w, x, t: fa.changes(w, x, t, w[1:]), "feedback must have the shapes"),
        (
            lambda w, x, t: fa.train(w, x, t, None, learning_rate=0, n_steps=1, rng=None),
            "learning_rate must be above 0",
        ),
    ],
)
def test_feedback_alignment_refuses(task, call, message):
    with pytest.raises(ValueError, match=message):
        call(*task)
