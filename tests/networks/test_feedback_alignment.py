"""Other ways back: the same changes as the brain's module, and exact angles."""

import numpy as np
import pytest

from companion.brain import learning_rules
from companion.networks import feedback_alignment as back
from companion.networks import losses, mlp
from companion.networks.parameters import leaves
from reproductions.networks import backpropagation as twins

SIZES = [5, 7, 6, 4]


def network(rng, biases=True):
    weights, zeros = mlp.init(SIZES, rng)
    return weights, [rng.normal(size=b.shape) if biases else b for b in zeros]


@pytest.mark.parametrize("case", list(twins.cases()))
def test_with_the_forward_weights_it_is_backpropagation_bit_for_bit(case):
    value, steps = back.gradients(case[0], *case)
    expected, grads = mlp.loss_and_grads(*case)
    assert value == expected
    for step, grad in zip(leaves(steps), leaves(grads), strict=True):
        np.testing.assert_array_equal(step, grad)


def test_steps_are_the_changes_of_the_learning_rules_of_the_brain(rng):
    # Those stand for |target - output|^2 / 2 per example, uphill; ours for the mean over
    # four outputs, downhill: minus 2 / 4 times the change.
    params = network(rng, biases=False)
    x, target = rng.normal(size=(9, 5)), rng.normal(size=(9, 4))
    feedback = back.draw(params, rng)
    changes = learning_rules.changes(params[0], x, target, [w.T for w in feedback[0][1:]])
    _, (steps, _) = back.gradients(params, feedback, x, target)
    for step, change in zip(steps, changes, strict=True):
        np.testing.assert_allclose(step, -change * 2 / 4, atol=1e-14)


@pytest.mark.parametrize("case", list(twins.cases()))
def test_both_ways_agree_with_autograd(case, rng):
    pytest.importorskip("torch")
    feedback, direct = back.draw(case[0], rng), back.draw_direct(case[0], rng)
    pairs = [
        (
            back.gradients(case[0], feedback, *case[1:]),
            twins.torch_gradients(*case, feedback),
        ),
        (
            back.direct_gradients(case[0], direct, *case[1:]),
            twins.torch_direct(*case, direct),
        ),
    ]
    for (_, ours), theirs in pairs:
        for a, b in zip(leaves(ours), leaves(theirs), strict=True):
            np.testing.assert_allclose(a, b, atol=1e-13)


def test_direct_and_chained_feedback_are_one_with_one_hidden_layer(rng):
    params = mlp.init([5, 7, 4], rng)
    x, labels = rng.normal(size=(9, 5)), rng.integers(4, size=9)
    feedback = back.draw(params, rng)
    chained = back.gradients(params, feedback, x, labels, loss=losses.cross_entropy)
    direct = back.direct_gradients(
        params, [feedback[0][1].T], x, labels, loss=losses.cross_entropy
    )
    assert direct[0] == chained[0]
    for a, b in zip(leaves(direct[1]), leaves(chained[1]), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-15)


def test_the_last_layer_gets_its_true_gradient_along_every_way(rng):
    params = network(rng)
    x, target = rng.normal(size=(9, 5)), rng.normal(size=(9, 4))
    _, true = mlp.loss_and_grads(params, x, target)
    ways = [
        back.gradients(params, back.draw(params, rng), x, target)[1],
        back.direct_gradients(params, back.draw_direct(params, rng), x, target)[1],
    ]
    for steps in ways:
        for part in (0, 1):
            np.testing.assert_allclose(steps[part][-1], true[part][-1], atol=1e-15)
            assert not np.allclose(steps[part][0], true[part][0], rtol=0.1)


def test_signs_agree_and_norms_stay(rng):
    params = network(rng)
    for kept, w in zip(back.sign_concordant(params)[0], params[0], strict=True):
        np.testing.assert_array_equal(np.sign(kept), np.sign(w))
        assert np.linalg.norm(kept) == pytest.approx(np.linalg.norm(w), rel=1e-12)
        assert np.ptp(np.abs(kept)) < 1e-12


@pytest.mark.parametrize("angle", [0, 30, 90, 135, 180])
def test_tilted_weights_have_the_angle_and_the_norm(angle, rng):
    params = network(rng)
    for turned, w in zip(back.tilted(params, angle, rng)[0], params[0], strict=True):
        cosine = np.sum(turned * w) / np.sum(w * w)  # equal norms
        assert cosine == pytest.approx(np.cos(np.deg2rad(angle)), abs=1e-12)
        assert np.linalg.norm(turned) == pytest.approx(np.linalg.norm(w), rel=1e-12)


def test_drawn_feedback_has_the_scale_of_a_fresh_network_and_is_independent(rng):
    params = mlp.init([300, 200, 100], rng)
    feedback = back.draw(params, rng)
    direct = back.draw_direct(params, rng)
    for w, f in zip(params[0], feedback[0], strict=True):
        assert f.var() == pytest.approx(2 / sum(w.shape), rel=0.05)  # Glorot
        # Independent entries: the cosine has a standard deviation of 1 / sqrt(20,000).
        assert abs(np.sum(w * f)) < 0.03 * np.linalg.norm(w) * np.linalg.norm(f)
    assert [b.shape for b in direct] == [(100, 200)]
    assert direct[0].var() == pytest.approx(2 / 300, rel=0.05)


def test_direct_feedback_is_drawn_from_the_generator_it_is_given():
    params = mlp.init(SIZES, np.random.default_rng(0))
    one, two = (back.draw_direct(params, np.random.default_rng(seed)) for seed in (1, 2))
    for a, b in zip(one, two, strict=True):
        assert not np.allclose(a, b)
    assert not np.allclose(one[0][:, :6], one[1])  # nor twice the same for two layers


def test_direct_feedback_refuses_a_list_without_activations(rng):
    params = mlp.init([5, 7, 4], rng)
    direct, x = back.draw_direct(params, rng), np.zeros((2, 5))
    with pytest.raises(ValueError, match="one activation for each of the 2 layers"):
        back.direct_gradients(params, direct, x, np.zeros((2, 4)), [])


def test_wrong_shapes_are_named(rng):
    params, x, target = mlp.init([5, 7, 4], rng), np.zeros((2, 5)), np.zeros((2, 4))
    with pytest.raises(ValueError, match=r"feedback must have weights of the shapes"):
        back.gradients(params, mlp.init([5, 6, 4], rng), x, target)
    with pytest.raises(
        ValueError, match=r"feedback must have the shapes \[\(4, 7\)\]; got"
    ):
        back.direct_gradients(params, [np.zeros((7, 4))], x, target)
