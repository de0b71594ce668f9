"""Rules against the gradients of part 3, finite differences, rest and principal axes."""

import numpy as np
import pytest

from companion.brain import learning_rules as rules
from companion.brain import predictive_coding as pc
from reproductions.brain.predictive_coding import backpropagated

WIDTHS = (5, 7, 6, 3)


@pytest.fixture
def task(rng):
    weights = rules.start(WIDTHS, rng)
    return weights, rng.normal(size=(8, 5)), rng.normal(size=(8, 3))


@pytest.fixture
def shallow(rng):
    weights = rules.start((4, 6, 3), rng)
    return weights, rng.normal(size=(9, 4)), rng.normal(size=(9, 3))


def loss(weights, x, target):
    return 0.5 * np.mean(np.sum((target - rules.forward(weights, x)[-1]) ** 2, axis=1))


def test_backpropagation_equals_the_network_of_part_3(task):
    for change, grad in zip(
        rules.backpropagation(*task), backpropagated(*task), strict=True
    ):
        np.testing.assert_allclose(change, -grad)


def test_backpropagation_is_the_slope_of_the_loss(task, rng):
    weights, x, target = task
    for layer, change in enumerate(rules.backpropagation(*task)):
        direction = rng.normal(size=change.shape)
        losses = []
        for sign in (1, -1):
            moved = list(weights)
            moved[layer] = weights[layer] + sign * 1e-5 * direction
            losses.append(loss(moved, x, target))
        slope = (losses[0] - losses[1]) / 2e-5
        assert np.sum(change * direction) == pytest.approx(-slope, rel=1e-6)


def test_feedback_alignment_written_out(task, rng):
    weights, x, target = task
    b_2, b_3 = rules.random_feedback(WIDTHS, rng)
    a_1 = np.tanh(x @ weights[0])
    a_2 = np.tanh(a_1 @ weights[1])
    d_3 = target - a_2 @ weights[2]
    d_2 = (d_3 @ b_3) / np.cosh(np.arctanh(a_2)) ** 2
    d_1 = (d_2 @ b_2) / np.cosh(np.arctanh(a_1)) ** 2
    found = rules.feedback_alignment([b_2, b_3])(*task)
    pairs = ((x, d_1), (a_1, d_2), (a_2, d_3))
    for change, (below, signal) in zip(found, pairs, strict=True):
        np.testing.assert_allclose(change, np.einsum("ni,nj->ij", below, signal) / 8)


def test_last_layer_only_moves_the_readout_as_backpropagation_does(task):
    moved, full = rules.last_layer_only(*task), rules.backpropagation(*task)
    np.testing.assert_allclose(moved[-1], full[-1])
    assert all(not np.any(m) for m in moved[:-1])
    assert [m.shape for m in moved] == [m.shape for m in full]


def test_starts_have_the_stated_spread(rng):
    weights, feedback = (
        rules.start((400, 300, 10), rng),
        rules.random_feedback((400, 300, 10), rng),
    )
    assert weights[0].std() == pytest.approx(1 / 20, rel=0.02)
    assert feedback[0].shape == (10, 300)
    assert feedback[0].std() == pytest.approx(1 / np.sqrt(300), rel=0.05)


def test_train_adds_the_changes_of_the_drawn_batches(task):
    weights, x, target = task
    settings = {"learning_rate": 0.3, "n_steps": 2, "batch_size": 4}
    args = (weights, x, target, rules.backpropagation)
    trained = rules.train(*args, **settings, rng=np.random.default_rng(5))
    draws, expected = np.random.default_rng(5), weights
    for _ in range(2):
        rows = draws.integers(8, size=4)
        moves = rules.backpropagation(expected, x[rows], target[rows])
        expected = [w + 0.3 * m for w, m in zip(expected, moves, strict=True)]
    for found, w in zip(trained, expected, strict=True):
        np.testing.assert_allclose(found, w)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_random_feedback_comes_to_point_downhill(seed):
    # A linear target map, as in the first experiment of Lillicrap et al.
    rng, widths = np.random.default_rng(seed), (10, 20, 5)
    x = rng.normal(size=(300, 10))
    target = x @ rng.normal(size=(10, 5))
    weights, feedback = rules.start(widths, rng), rules.random_feedback(widths, rng)
    rule = rules.feedback_alignment(feedback)
    settings = {"learning_rate": 0.02, "n_steps": 1500, "rng": rng}
    trained = rules.train(weights, x, target, rule, **settings)
    angles = [
        rules.angle_deg(rule(w, x, target)[0], rules.backpropagation(w, x, target)[0])
        for w in (weights, trained)
    ]
    assert angles[1] < min(70.0, angles[0] - 20.0), angles
    assert loss(trained, x, target) < 0.3 * loss(weights, x, target)


def test_measures_by_hand():
    outputs = np.array([[1.0, 5.0, 2.0], [9.0, 8.0, 7.0], [0.0, 1.0, 6.0], [3.0, 4.0, 2.0]])
    assert rules.accuracy([np.eye(3)], outputs, np.array([1, 0, 2, 1])) == 1.0
    assert rules.accuracy([np.eye(3)], outputs, np.array([1, 0, 2, 0])) == 0.75
    assert rules.angle_deg(np.array([1.0, 0.0]), np.array([1.0, 1.0])) == pytest.approx(45)
    assert rules.angle_deg(np.array([1.0, 0.0]), np.array([-2.0, 0.0])) == pytest.approx(
        180
    )


@pytest.mark.parametrize("variances", [(1.0, 1.0), (0.5, 2.0)])
def test_the_rule_is_predictive_coding_at_rest(shallow, variances):
    weights, x, target = shallow
    net = pc.Hierarchy(tuple(weights), ("tanh", "linear"), variances)
    begin = [*pc.forward(net, x)[:-1], target]
    settled, _ = pc.infer(net, begin, rate=0.1, n_steps=2000, clamp_top=True)
    ratio = variances[0] / variances[1]
    z = rules.settled_hidden(weights, x, target, ratio)
    np.testing.assert_allclose(z, settled[1], atol=1e-8)
    found = rules.predictive_coding(ratio)(weights, x, target)
    slopes = pc.weight_gradients(net, settled)
    for change, slope in zip(found, slopes, strict=True):
        np.testing.assert_allclose(change, -variances[1] * slope, atol=1e-8)


def test_a_small_ratio_gives_backpropagation_and_a_large_one_does_not(shallow):
    true = rules.backpropagation(*shallow)

    def angle(ratio):
        found = rules.predictive_coding(ratio)(*shallow)
        return max(rules.angle_deg(f, t) for f, t in zip(found, true, strict=True))

    assert angle(1e-4) < 0.1
    assert angle(1e-2) / angle(1e-3) == pytest.approx(10, rel=0.1)  # linear in g
    assert angle(10.0) > 8.0  # cosine below 0.99


def test_hidden_errors_at_rest_are_the_output_errors_sent_back(shallow):
    weights, x, target = shallow
    z = rules.settled_hidden(weights, x, target, 0.3)
    sent = 0.3 * (target - z @ weights[1]) @ weights[1].T
    np.testing.assert_allclose(z - np.tanh(x @ weights[0]), sent, atol=1e-12)


def test_hebbian_features_are_principal_axes(rng):
    turn, _ = np.linalg.qr(rng.normal(size=(5, 5)))
    x = rng.normal(size=(3000, 5)) * np.array([3.0, 2.0, 1.2, 0.4, 0.2]) @ turn
    x = np.hstack([x, np.ones((3000, 1))])
    w = rules.hebbian_features(x, 2, gain=0.5, learning_rate=0.01, n_passes=3, rng=rng)
    np.testing.assert_array_equal(w[-1], 0.0)
    np.testing.assert_allclose(np.linalg.norm(w, axis=0), 0.5)
    assert np.min(np.abs(np.sum(turn[:2].T * w[:-1], axis=0))) > 0.5 * 0.99


def test_predictive_coding_refuses(shallow):
    weights, x, target = shallow
    with pytest.raises(ValueError, match="weights must be two matrices; got 1"):
        rules.settled_hidden(weights[:1], x, target, 1.0)
    with pytest.raises(ValueError, match="ratio must be above 0; got 0"):
        rules.settled_hidden(weights, x, target, 0.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda w, x, t: rules.start((3,), None), "widths must be at least two"),
        (lambda w, x, t: rules.changes(w, x, t, w[1:]), "feedback must have the shapes"),
        (
            lambda w, x, t: rules.train(
                w, x, t, None, learning_rate=0, n_steps=1, rng=None
            ),
            "learning_rate must be above 0",
        ),
    ],
)
def test_rules_refuse(task, call, message):
    with pytest.raises(ValueError, match=message):
        call(*task)
