"""Attacks against closed forms: the linear score, the ball, the singular vector."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.challenges import apart, attacks


@pytest.mark.parametrize("norm", attacks.NORMS)
@pytest.mark.parametrize("attack", [attacks.fgsm, attacks.pgd])
def test_a_linear_score_falls_as_the_closed_form_says(rng, norm, attack):
    w, x = rng.normal(size=10), np.full((4, 10), 0.5)  # far from 0 and 1
    margin = x @ w + 0.3
    gradient = lambda changed: np.broadcast_to(-w, changed.shape)  # noqa: E731
    found = attack(x, gradient, 0.2, norm) @ w + 0.3
    np.testing.assert_allclose(found, attacks.linear_margin(margin, w, 0.2, norm))


def test_the_dual_norms_of_a_linear_score_by_hand():
    w = np.array([3.0, -4.0])
    assert attacks.linear_margin(10.0, w, 0.5, "linf") == pytest.approx(10 - 0.5 * 7)
    assert attacks.linear_margin(10.0, w, 0.5, "l2") == pytest.approx(10 - 0.5 * 5)


@given(
    seed=st.integers(0, 1000), epsilon=st.floats(0, 3), norm=st.sampled_from(["linf", "l2"])
)
def test_what_is_projected_is_allowed_and_projecting_again_changes_nothing(
    seed, epsilon, norm
):
    rng = np.random.default_rng(seed)
    x, change = rng.random((5, 8)), rng.normal(size=(5, 8))
    allowed = attacks.project(x, change, epsilon, norm)
    assert np.all(attacks.length(allowed, norm) <= epsilon + 1e-12)
    assert np.all((x + allowed >= -1e-15) & (x + allowed <= 1 + 1e-15))
    again = attacks.project(x, allowed, epsilon, norm)
    np.testing.assert_allclose(again, allowed, atol=1e-12)


def test_projection_by_hand():
    x = np.array([[0.5, 0.95]])
    assert attacks.project(x, np.array([[0.3, 0.4]]), 0.25, "l2") == pytest.approx(
        np.array([[0.15, 0.05]])  # (0.3, 0.4) has the length 0.5; then 0.95 + 0.2 is cut
    )
    assert attacks.project(x, np.array([[0.3, -0.4]]), 0.1, "linf") == pytest.approx(
        np.array([[0.1, -0.1]])
    )


@pytest.mark.parametrize("norm", attacks.NORMS)
def test_attacks_stay_within_the_ball_and_the_box(rng, norm):
    params = apart.init([8, 6, 3], range(2))
    x, labels = rng.random((7, 8)), rng.integers(0, 3, 7)
    gradient = attacks.loss_gradient(params, labels)
    for found in (
        attacks.fgsm(x, gradient, 0.4, norm),
        attacks.pgd(x, gradient, 0.4, norm, n_steps=7, rng=rng),
        attacks.at_random(x, 0.4, norm, rng),
    ):
        assert np.all((found >= -1e-15) & (found <= 1 + 1e-15))
        assert np.all(attacks.length(found - x, norm) <= 0.4 + 1e-12)


def test_many_steps_raise_the_loss_at_least_as_one_step_on_average(rng):
    params = apart.init([8, 30, 3], range(3))
    params = [w * 3 for w in params[0]], params[1]
    x, labels = rng.random((50, 8)), rng.integers(0, 3, 50)
    gradient = attacks.loss_gradient(params, labels)

    def loss(inputs):
        logits = apart.forward(params, inputs, apart.CLASSIFIER)[-1]
        p = np.exp(logits - logits.max(-1, keepdims=True))
        p /= p.sum(-1, keepdims=True)
        return -np.log(p[:, np.arange(50), labels]).mean()

    plain, one = loss(x), loss(attacks.fgsm(x, gradient, 0.2, "l2"))
    many = loss(attacks.pgd(x, gradient, 0.2, "l2", n_steps=20))
    assert plain < one < many
    assert abs(loss(attacks.at_random(x, 0.2, "l2", rng)) - plain) < 0.5 * (one - plain)


def test_random_changes_have_the_asked_length_where_nothing_is_cut(rng):
    x = np.full((4, 6), 0.5)
    for norm in attacks.NORMS:
        change = attacks.at_random(x, 0.2, norm, rng) - x
        np.testing.assert_allclose(attacks.length(change, norm), 0.2)
    np.testing.assert_allclose(np.abs(attacks.at_random(x, 0.2, "linf", rng) - x), 0.2)


def test_the_loss_gradient_matches_a_central_difference(rng):
    params = apart.init([4, 5, 3], [0])
    x, labels, eps = rng.random((1, 4)), np.array([2]), 1e-6
    scale = 2.5

    def loss(inputs):
        logits = scale * apart.forward(params, inputs, apart.CLASSIFIER)[-1][0, 0]
        return np.log(np.exp(logits).sum()) - logits[2]

    found = attacks.loss_gradient(params, labels, scale=scale)(x)[0, 0]
    for pixel in range(4):
        step = eps * np.eye(4)[pixel]
        numeric = (loss(x + step) - loss(x - step)) / (2 * eps)
        assert found[pixel] == pytest.approx(numeric, rel=1e-6, abs=1e-8)


def test_the_worst_change_of_a_linear_map_is_its_first_singular_vector(rng):
    left, right = (np.linalg.qr(rng.normal(size=(5, 5)))[0] for _ in range(2))
    weights = (left * [4.0, 1.0, 0.5, 0.2, 0.1] @ right)[None]
    params, x = ([weights], [np.zeros((1, 1, 5))]), np.full((1, 5), 0.5)
    gradient = attacks.movement_gradient(params, x, ("linear",))
    changed = attacks.pgd(x, gradient, 0.1, "l2", n_steps=200, rng=rng)
    moved = np.linalg.norm((changed - x) @ weights[0])
    assert moved == pytest.approx(0.1 * 4.0, rel=1e-2)


def test_bad_calls_are_refused():
    x = np.full((1, 2), 0.5)
    with pytest.raises(ValueError, match="norm must be one of linf, l2; got 'l1'"):
        attacks.project(x, x, 0.1, "l1")
    with pytest.raises(ValueError, match="epsilon must be finite and not negative; got -1"):
        attacks.fgsm(x, lambda a: a, -1.0)
    with pytest.raises(ValueError, match="n_steps must be at least 1; got 0"):
        attacks.pgd(x, lambda a: a, 0.1, n_steps=0)
