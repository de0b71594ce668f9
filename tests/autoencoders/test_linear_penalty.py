"""What an L2 penalty recovers, against PCA and against the loss itself."""

import numpy as np
import pytest

from companion import metrics
from companion.autoencoders import linear_penalty
from companion.autoencoders.linear_landscape import (
    covariance,
    descend,
    loss_and_grads,
)
from companion.autoencoders.pca import PCA

GROWING = (0.1, 0.2, 0.4)


@pytest.fixture
def x(rng):
    turn, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    return rng.normal(size=(300, 6)) * [2.0, 1.6, 1.2, 0.5, 0.4, 0.3] @ turn


@pytest.mark.parametrize("seed", range(3))
def test_without_a_penalty_training_finds_the_subspace_of_pca(x, seed):
    rng = np.random.default_rng(seed)
    (encoder, decoder), _ = linear_penalty.fit(covariance(x), 3, rng=rng)
    pca = PCA(3).fit(x)
    assert metrics.principal_angles(decoder.T, pca.components.T).max() < 1e-3
    x_hat = (x - pca.mean) @ encoder @ decoder + pca.mean
    error = metrics.mse(x, pca.reconstruct(x))
    assert metrics.mse(x, x_hat) == pytest.approx(error, rel=1e-8)
    # ... and no axes: neither in the rows of the decoder nor as its singular vectors.
    for axes in (decoder, linear_penalty.decoder_axes(decoder)):
        assert linear_penalty.axis_angles(axes, pca.components).max() > 0.1


@pytest.mark.parametrize("seed", range(3))
def test_one_penalty_makes_the_singular_vectors_the_ordered_axes(x, seed):
    rng = np.random.default_rng(seed)
    (encoder, decoder), _ = linear_penalty.fit(covariance(x), 3, penalty=0.1, rng=rng)
    axes = PCA(3).fit(x).components
    found = linear_penalty.decoder_axes(decoder)
    assert linear_penalty.axis_angles(found, axes).max() < 1e-3
    assert linear_penalty.axis_angles(decoder, axes).max() > 0.1
    np.testing.assert_allclose(encoder, decoder.T, atol=1e-5)
    variances = np.linalg.eigvalsh(covariance(x))[::-1][:3]
    strengths = np.linalg.svd(decoder, compute_uv=False)
    np.testing.assert_allclose(strengths**2, 1 - 0.1 / variances, rtol=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_penalties_that_grow_give_each_unit_its_axis_in_order(x, seed):
    rng = np.random.default_rng(seed)
    (encoder, decoder), _ = linear_penalty.fit(covariance(x), 3, penalty=GROWING, rng=rng)
    axes = PCA(3).fit(x).components
    assert linear_penalty.axis_angles(decoder, axes).max() < 1e-3
    assert linear_penalty.axis_angles(encoder.T, axes).max() < 1e-3


def test_order_of_the_penalties_is_the_order_of_the_axes(x, rng):
    shuffled = (0.4, 0.1, 0.2)
    (_, decoder), _ = linear_penalty.fit(covariance(x), 3, penalty=shuffled, rng=rng)
    axes = PCA(3).fit(x).components[[2, 0, 1]]
    assert linear_penalty.axis_angles(decoder, axes).max() < 1e-3
    _, closed = linear_penalty.minimum(covariance(x), 3, shuffled)
    assert linear_penalty.axis_angles(closed, axes).max() < 1e-6


def test_gradient_descent_finds_the_same_axes(x, rng):
    start = tuple(0.3 * rng.normal(size=shape) for shape in ((6, 3), (3, 6)))
    (_, decoder), _ = descend(
        start, covariance(x), learning_rate=0.05, n_steps=15_000, penalty=(0.2, 0.5, 0.9)
    )
    axes = PCA(3).fit(x).components
    assert linear_penalty.axis_angles(decoder, axes).max() < 1e-3


@pytest.mark.parametrize("penalty", [0.0, 0.1, GROWING, (0.1, 0.2, 3.0)])
def test_closed_form_is_critical_and_no_training_gets_lower(x, penalty):
    c = covariance(x)
    weights = linear_penalty.minimum(c, 3, penalty)
    least, grads = loss_and_grads(weights, c, penalty)
    assert max(np.abs(grad).max() for grad in grads) < 1e-12
    for seed in range(4):
        rng = np.random.default_rng(seed)
        found, _ = linear_penalty.fit(c, 3, penalty=penalty, rng=rng)
        loss, _ = loss_and_grads(found, c, penalty)
        assert loss == pytest.approx(least, rel=1e-7)


def test_axes_with_less_variance_than_the_penalty_are_shut_off(x):
    c = covariance(x)
    between = np.linalg.eigvalsh(c)[::-1][2:4].mean()
    (_, decoder), _ = linear_penalty.fit(
        c, 5, penalty=between, rng=np.random.default_rng(0)
    )
    strengths = np.linalg.svd(decoder, compute_uv=False)
    assert (strengths[:3] > 0.3).all()
    np.testing.assert_allclose(strengths[3:], 0, atol=1e-2)


def test_angle_to_an_axis_ignores_sign_and_length():
    true_axes = np.eye(3)[:2]
    axes = np.array([[-2.0, 0, 0], [0, 3.0, 3.0]])
    np.testing.assert_allclose(
        linear_penalty.axis_angles(axes, true_axes), [0, np.pi / 4], atol=1e-15
    )


@pytest.mark.parametrize("penalty", [-0.1, (0.1, 0.2), (0.1, -0.1, 0.2), np.nan])
def test_bad_penalties_are_named(x, penalty, rng):
    with pytest.raises(ValueError, match="penalty must be one number or 3 numbers"):
        linear_penalty.minimum(covariance(x), 3, penalty)
    with pytest.raises(ValueError, match="penalty must be one number or 3 numbers"):
        linear_penalty.fit(covariance(x), 3, penalty=penalty, rng=rng)


def test_more_units_than_axes_are_refused(x):
    with pytest.raises(ValueError, match="latent_dim must be at most 6; got 7"):
        linear_penalty.minimum(covariance(x), 7, 0.1)
