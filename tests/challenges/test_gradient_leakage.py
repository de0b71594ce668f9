"""The closed form, the label, the defenses: against formulas, brute force, and metrics."""

from itertools import permutations

import numpy as np
import pytest

from companion import datasets, metrics
from companion.challenges import gradient_leakage as leakage
from companion.challenges.leakage_trials import (
    attack_one_by_one,
    attack_pruned,
    batch_psnr,
    gradient_of,
)
from companion.networks import losses, mlp


@pytest.fixture(scope="module")
def digits():
    data = datasets.load("digits").flat()
    return data.x_test.astype(float), data.y_test.astype(int)


@pytest.fixture
def params(rng):
    return mlp.init([64, 32, 10], rng)


@pytest.mark.parametrize("hidden", ["tanh", "relu", "sigmoid"])
def test_one_image_is_found_exactly_whatever_the_layer_does(digits, params, hidden):
    x, labels = digits
    grads = gradient_of(params, x[:1], labels[:1], [hidden, "linear"])
    np.testing.assert_allclose(leakage.image_from_gradient(grads), x[0], atol=1e-9)
    found = leakage.quotients(grads)
    np.testing.assert_allclose(found, np.tile(x[0], (len(found), 1)), atol=1e-7)


def test_an_autoencoder_gives_a_photograph_away(rng):
    patch = datasets.load("photographs_gray").flat().x_test[:1].astype(float)
    params = mlp.init([256, 8, 256], rng)
    _, grads = mlp.loss_and_grads(params, patch, patch)
    found = leakage.image_from_gradient(grads)
    np.testing.assert_allclose(found, patch[0], atol=1e-9)


def test_without_defense_above_25_db_and_with_noise_below_12(digits, params, rng):
    x, labels = digits[0][:8], digits[1][:8]
    bare = attack_one_by_one(params, x, labels, lambda grads: grads)
    assert leakage.psnr_each(x, bare).min() > 25.0

    def noise(grads):
        return leakage.noisy(grads, 0.1 * leakage.norm(grads), rng)

    hidden = leakage.psnr_each(x, attack_one_by_one(params, x, labels, noise))
    assert hidden.max() < 12.0
    single = batch_psnr(params, x[:1], labels[:1], how="squared", rng=rng)
    assert single.shape == (1,)
    assert single[0] > 25.0


def test_the_estimate_uses_all_units_and_beats_single_quotients(digits, params, rng):
    x, labels = digits[0][:10], digits[1][:10]
    both = []
    for i in range(10):
        grads = leakage.noisy(gradient_of(params, x[[i]], labels[[i]]), 1e-3, rng)
        single = np.clip(leakage.quotients(grads), 0, 1)
        errors = np.mean((single - x[i]) ** 2, axis=1)
        both.append([np.mean((leakage.image_from_gradient(grads) - x[i]) ** 2), errors])
    assert all(joint < np.median(single) for joint, single in both)


def test_quotients_of_a_batch_are_means_weighed_by_slopes(digits, params):
    x, labels = digits[0][:5], digits[1][:5]
    outputs = mlp.forward(params, x)
    slope = losses.cross_entropy(outputs[-1], labels)[1] @ params[0][1].T
    slope *= 1.0 - outputs[1] ** 2
    shares = slope / slope.sum(axis=0)
    expected = shares.T @ x
    found = leakage.quotients(gradient_of(params, x, labels))
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


def test_the_label_stands_at_the_one_negative_entry(digits, params):
    x, labels = digits
    found = [
        leakage.label_from_gradient(gradient_of(params, x[[i]], labels[[i]]))
        for i in range(100)
    ]
    assert found == labels[:100].tolist()


def test_clipping_bounds_the_length_and_changes_no_quotient(digits, params):
    x, labels = digits
    grads = gradient_of(params, x[:1], labels[:1])
    short = leakage.clipped(grads, 0.01)
    assert leakage.norm(short) == pytest.approx(0.01, rel=1e-12)
    np.testing.assert_allclose(leakage.quotients(short), leakage.quotients(grads))
    same = leakage.clipped(grads, 1e6)
    np.testing.assert_array_equal(same[0][0], grads[0][0])


def test_the_length_is_that_of_all_entries_together(digits, params):
    grads = gradient_of(params, digits[0][:3], digits[1][:3])
    entries = np.concatenate([g.ravel() for g in [*grads[0], *grads[1]]])
    assert leakage.norm(grads) == pytest.approx(np.linalg.norm(entries), rel=1e-12)


def test_pruning_removes_the_smallest_and_an_aware_attacker_reads_the_rest(digits, params):
    x, labels = digits[0][:5], digits[1][:5]
    grads = ([np.array([[3.0, -1.0], [0.5, -4.0]])], [np.array([2.0, -0.1])])
    left = leakage.pruned(grads, 0.5)
    np.testing.assert_array_equal(left[0][0], [[3.0, 0.0], [0.0, -4.0]])
    np.testing.assert_array_equal(left[1][0], [2.0, 0.0])
    blind = attack_one_by_one(params, x, labels, lambda g: leakage.pruned(g, 0.8))
    aware = leakage.psnr_each(x, attack_pruned(params, x, labels, 0.8))
    assert (aware > leakage.psnr_each(x, blind)).all()


def test_noise_has_the_stated_spread(rng):
    zeros = ([np.zeros((200, 200))], [np.zeros(10)])
    assert leakage.noisy(zeros, 0.3, rng)[0][0].std() == pytest.approx(0.3, rel=0.02)


def test_psnr_agrees_with_the_metric_of_the_course(rng):
    x, y = rng.uniform(size=(4, 9)), rng.uniform(size=(4, 9))
    expected = [
        metrics.psnr(a.reshape(1, 3, 3, 1), b.reshape(1, 3, 3, 1))
        for a, b in zip(x, y, strict=True)
    ]
    np.testing.assert_allclose(leakage.psnr_each(x, y), expected)


def test_matching_is_the_best_of_all_orders(rng):
    x, found = rng.uniform(size=(4, 6)), rng.uniform(size=(5, 6))
    error = min(
        np.mean((x - found[list(order)]) ** 2) for order in permutations(range(5), 4)
    )
    assert np.mean((x - leakage.best_match(x, found)) ** 2) == pytest.approx(error)


def test_the_nearest_known_image_is_one_of_them(rng):
    known = rng.uniform(size=(7, 3))
    found = leakage.nearest(known[[4, 1]] + 1e-6, known)
    np.testing.assert_array_equal(found, known[[4, 1]])


def test_batches_hold_different_rows(rng):
    rows = leakage.draw_rows(9, 8, 5, rng)
    assert rows.shape == (5, 8)
    assert all(len(set(batch)) == 8 for batch in rows.tolist())


def test_bad_settings_are_named(rng):
    grads = ([np.ones((2, 2))], [np.ones(2)])
    with pytest.raises(ValueError, match="bound must be above 0; got 0"):
        leakage.clipped(grads, 0)
    with pytest.raises(ValueError, match="noise_std must not be negative; got -1"):
        leakage.noisy(grads, -1, rng)
    with pytest.raises(ValueError, match="share must be at least 0 and below 1; got 1"):
        leakage.pruned(grads, 1)
    with pytest.raises(ValueError, match="found must hold 3 candidates; got 2"):
        leakage.best_match(np.ones((3, 2)), np.ones((2, 2)))
