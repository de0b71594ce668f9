"""Classifiers side by side: each member is the single network, and none sees another."""

import numpy as np
import pytest

from companion.networks import (
    dropout,
    losses,
    many_classifiers,
    mlp,
    optimizers,
    penalties,
    stacked,
)
from companion.networks.parameters import leaves

SIZES = [6, 5, 4, 3]
ACTIVATIONS = ["relu", "relu", "linear"]


@pytest.fixture
def data(rng):
    x = rng.normal(size=(3, 20, 6))
    return x, rng.integers(0, 3, size=(3, 20))


@pytest.fixture
def params():
    return stacked.init(SIZES, seeds=[0, 1, 2])


def assert_close(ours, theirs, atol=2e-6):
    for a, b in zip(leaves(ours), leaves(theirs), strict=True):
        np.testing.assert_allclose(np.squeeze(a), np.squeeze(b), atol=atol)


def test_members_start_as_single_networks(params):
    assert_close(stacked.member(params, 1), mlp.init(SIZES, np.random.default_rng(1)), 1e-7)


def test_measure_equals_the_single_network(params, data):
    x, labels = data
    loss, accuracy = many_classifiers.measure(params, x, labels)
    for i in range(3):
        logits = mlp.forward(stacked.member(params, i), x[i], ACTIVATIONS)[-1]
        assert loss[i] == pytest.approx(
            losses.cross_entropy(logits, labels[i])[0], rel=1e-5
        )
        assert accuracy[i] == np.mean(logits.argmax(axis=1) == labels[i])


def test_gradients_equal_those_of_the_single_network_with_its_masks(params, data, rng):
    x, labels = data
    masks = [dropout.draw_mask((3, 20, n), 0.4, rng) for n in (5, 4)]
    found = many_classifiers.gradients(params, x, labels, masks)
    for i in range(3):
        _, expected = dropout.loss_and_grads(
            stacked.member(params, i), x[i], labels[i], [m[i] for m in masks],
            ACTIVATIONS,
        )  # fmt: skip
        assert_close(([w[i] for w in found[0]], [b[i] for b in found[1]]), expected)


def test_training_equals_that_of_the_single_network(params, data):
    x, labels = data
    trained = many_classifiers.train(params, x, labels, epochs=4, batch_size=8, seed=5)
    for i in range(3):
        expected, _ = mlp.train(
            stacked.member(params, i), x[i], labels[i], activations=ACTIVATIONS,
            loss=losses.cross_entropy, epochs=4, batch_size=8, learning_rate=3e-3,
            rng=np.random.default_rng(5),
        )  # fmt: skip
        assert_close(stacked.member(trained.last, i), expected, 1e-5)


def test_penalties_enter_the_gradient_of_their_own_member(params, data):
    x, labels = data
    l1, l2 = [0.0, 0.05, 0.0], [0.0, 0.0, 0.03]
    plain = many_classifiers.train(params, x, labels, epochs=1, batch_size=20)
    found = many_classifiers.train(params, x, labels, epochs=1, batch_size=20, l1=l1, l2=l2)
    same, other = (stacked.member(t.last, 0) for t in (plain, found))
    assert_close(same, other, 1e-7)
    # Only over several steps does Adam tell more of a gradient than its sign.
    for i, (penalty, strength) in enumerate(
        [(penalties.l1, 0.05), (penalties.l2, 0.03)], 1
    ):
        member = stacked.member(params, i)
        state, current = None, member
        rng = np.random.default_rng(0)
        for _ in range(3):
            rows = rng.permutation(20)
            _, grads = mlp.loss_and_grads(
                current, x[i][rows], labels[i][rows], ACTIVATIONS, losses.cross_entropy
            )
            _, extra = penalty(current, strength)
            grads = ([g + e for g, e in zip(grads[0], extra[0], strict=True)], grads[1])
            current, state = optimizers.adam(current, grads, state, 3e-3)
        three = many_classifiers.train(
            params, x, labels, epochs=3, batch_size=20, l1=l1, l2=l2
        )
        assert_close(stacked.member(three.last, i), current, 2e-5)


def test_dropout_acts_on_the_members_with_a_rate_only(params, data):
    x, labels = data
    plain = many_classifiers.train(params, x, labels, epochs=3)
    found = many_classifiers.train(params, x, labels, epochs=3, rate=[0.0, 0.5, 0.0])
    # Few examples make one batch, so that its order, which the masks change, is all one.
    for i in (0, 2):
        assert_close(
            stacked.member(plain.last, i), stacked.member(found.last, i),
            1e-5,
        )  # fmt: skip
    gap = np.abs(plain.last[0][0][1] - found.last[0][0][1]).max()
    assert gap > 1e-3


def test_masks_of_a_training_have_their_rates(params):
    rate = np.array([0.0, 0.25, 0.8]).reshape(-1, 1, 1)
    masks = many_classifiers._masks(params, 4000, rate, np.random.default_rng(0))
    for mask in masks:
        np.testing.assert_allclose((mask == 0).mean(axis=(1, 2)), rate.ravel(), atol=0.02)
        np.testing.assert_allclose(mask.mean(axis=(1, 2)), 1.0, atol=0.1)
        assert mask.dtype == float


def test_best_parameters_are_those_of_the_lowest_watched_loss(params, data, rng):
    x, labels = data
    x_val, y_val = rng.normal(size=(30, 6)), rng.integers(0, 3, size=30)
    watch = [(x_val, y_val), (x, labels)]
    trained = many_classifiers.train(
        params, x, labels, epochs=60, learning_rate=0.02, watch=watch, every=5
    )
    assert trained.epochs.tolist() == list(range(5, 61, 5))
    assert trained.loss.shape == trained.accuracy.shape == (12, 2, 3)
    loss, _ = many_classifiers.measure(trained.best, x_val, y_val)
    np.testing.assert_allclose(loss, trained.loss[:, 0].min(axis=0), rtol=1e-6)
    last, _ = many_classifiers.measure(trained.last, x, labels)
    np.testing.assert_allclose(last, trained.loss[-1, 1], rtol=1e-6)
    assert (loss < trained.loss[-1, 0]).all()  # random labels: the last is overfitted


def test_augmentation_sees_every_batch_and_leaves_the_data(params, data):
    x, labels = data
    seen, before = [], x.copy()

    def augment(batch, rng):
        seen.append(batch.shape)
        return batch + 1.0

    moved = many_classifiers.train(
        params, x, labels, epochs=2, batch_size=8, augment=augment
    )
    shifted = many_classifiers.train(params, x + 1.0, labels, epochs=2, batch_size=8)
    assert seen == [(3, 8, 6), (3, 8, 6), (3, 4, 6)] * 2
    assert_close(moved.last, shifted.last, 1e-6)
    np.testing.assert_array_equal(x, before)


def test_training_leaves_its_start_unchanged(params, data):
    before = [array.copy() for array in leaves(params)]
    many_classifiers.train(params, *data, epochs=2, watch=[data])
    for a, b in zip(leaves(params), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_settings_that_make_no_sense_are_refused(params, data):
    x, labels = data
    with pytest.raises(ValueError, match="rate must not be negative, and a rate below 1"):
        many_classifiers.train(params, x, labels, epochs=1, rate=1.0)
    with pytest.raises(ValueError, match="l2 must be one number or 3 of them"):
        many_classifiers.train(params, x, labels, epochs=1, l2=[0.1, 0.2])
    with pytest.raises(ValueError, match=r"x must be \(3, n, 6\)"):
        many_classifiers.train(params, x[0], labels[0], epochs=1)
    with pytest.raises(ValueError, match="every must be an integer of at least 1; got 0"):
        many_classifiers.train(params, x, labels, epochs=1, every=0)


def test_members_and_examples_get_masks_of_their_own(params):
    rate = np.full((3, 1, 1), 0.5)
    mask = many_classifiers._masks(params, 400, rate, np.random.default_rng(0))[0]
    # Two masks drawn apart agree at half of their entries.
    assert np.mean(mask[0] == mask[1]) == pytest.approx(0.5, abs=0.06)
    assert np.mean(mask[:, 0] == mask[:, 1]) < 0.95
    assert np.mean(mask[:, :, 0] == mask[:, :, 1]) == pytest.approx(0.5, abs=0.07)


def test_the_last_epoch_is_measured_whatever_the_interval(params, data):
    found = many_classifiers.train(params, *data, epochs=7, watch=[data], every=5)
    assert found.epochs.tolist() == [5, 7]
    loss, accuracy = many_classifiers.measure(found.last, *data)
    np.testing.assert_allclose(found.loss[-1, 0], loss)
    np.testing.assert_array_equal(found.accuracy[-1, 0], accuracy)


def test_augmentation_draws_anew_for_every_batch(params, data):
    drawn = []

    def augment(batch, rng):
        drawn.append(rng.random())
        return batch

    many_classifiers.train(params, *data, epochs=3, batch_size=8, augment=augment)
    assert len(set(drawn)) == len(drawn) == 9


def test_every_member_has_its_own_learning_rate(params, data):
    rates = [1e-3, 5e-3, 2e-2]
    together = many_classifiers.train(params, *data, epochs=3, learning_rate=rates)
    for i, rate in enumerate(rates):
        alone = many_classifiers.train(params, *data, epochs=3, learning_rate=rate)
        np.testing.assert_allclose(together.last[0][0][i], alone.last[0][0][i])
