"""Predictive coding as a rule against its own dynamics; Hebbian features against PCA."""

import numpy as np
import pytest

from companion.brain import feedback_alignment as fa
from companion.brain import learning_rules
from companion.brain import predictive_coding as pc


@pytest.fixture
def task(rng):
    return fa.start((4, 6, 3), rng), rng.normal(size=(9, 4)), rng.normal(size=(9, 3))


@pytest.mark.parametrize("variances", [(1.0, 1.0), (0.5, 2.0)])
def test_the_rule_is_predictive_coding_at_rest(task, variances):
    weights, x, target = task
    net = pc.Hierarchy(tuple(weights), ("tanh", "linear"), variances)
    begin = [*pc.forward(net, x)[:-1], target]
    settled, _ = pc.infer(net, begin, rate=0.1, n_steps=2000, clamp_top=True)
    ratio = variances[0] / variances[1]
    z = learning_rules.settled_hidden(weights, x, target, ratio)
    np.testing.assert_allclose(z, settled[1], atol=1e-8)
    found = learning_rules.predictive_coding(ratio)(weights, x, target)
    slopes = pc.weight_gradients(net, settled)
    for change, slope in zip(found, slopes, strict=True):
        np.testing.assert_allclose(change, -variances[1] * slope, atol=1e-8)


def test_a_small_ratio_gives_backpropagation_and_a_large_one_does_not(task):
    true = fa.backpropagation(*task)

    def angle(ratio):
        found = learning_rules.predictive_coding(ratio)(*task)
        return max(fa.angle_deg(f, t) for f, t in zip(found, true, strict=True))

    assert angle(1e-4) < 0.1
    assert angle(1e-2) / angle(1e-3) == pytest.approx(10, rel=0.1)  # linear in g
    assert angle(10.0) > 8.0  # cosine below 0.99


def test_hidden_errors_at_rest_are_the_output_errors_sent_back(task):
    weights, x, target = task
    z = learning_rules.settled_hidden(weights, x, target, 0.3)
    sent = 0.3 * (target - z @ weights[1]) @ weights[1].T
    np.testing.assert_allclose(z - np.tanh(x @ weights[0]), sent, atol=1e-12)


def test_hebbian_features_are_principal_axes(rng):
    turn, _ = np.linalg.qr(rng.normal(size=(5, 5)))
    x = rng.normal(size=(3000, 5)) * np.array([3.0, 2.0, 1.2, 0.4, 0.2]) @ turn
    x = np.hstack([x, np.ones((3000, 1))])
    w = learning_rules.hebbian_features(
        x, 2, gain=0.5, learning_rate=0.01, n_passes=3, rng=rng
    )
    np.testing.assert_array_equal(w[-1], 0.0)
    np.testing.assert_allclose(np.linalg.norm(w, axis=0), 0.5)
    assert np.min(np.abs(np.sum(turn[:2].T * w[:-1], axis=0))) > 0.5 * 0.99


def test_rules_refuse(task):
    weights, x, target = task
    with pytest.raises(ValueError, match="weights must be two matrices; got 1"):
        learning_rules.settled_hidden(weights[:1], x, target, 1.0)
    with pytest.raises(ValueError, match="ratio must be above 0; got 0"):
        learning_rules.settled_hidden(weights, x, target, 0.0)
