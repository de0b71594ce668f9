"""The thread's helpers against closed forms and the models of the other chapters."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from companion import metrics
from companion.autoencoders import linear_vae, natural_patches, thread
from companion.autoencoders.sparse import L1Autoencoder
from companion.brain import predictive_coding, sparse_coding


def test_patches_have_the_square_root_of_their_variances():
    x_train, x_test = natural_patches.load(2000, 100)
    assert x_train.shape == (2000, 64)
    assert x_test.shape == (100, 64)
    assert np.mean(x_train**2) == pytest.approx(1.0)
    np.testing.assert_allclose(x_train.mean(axis=0), 0.0, atol=1e-10)
    np.testing.assert_allclose(x_train.sum(axis=1), 0.0, atol=1e-9)


def test_quarters_are_the_four_corners_of_an_image(rng):
    images = rng.normal(size=(3, 16, 16, 1))
    found = natural_patches._quarters(images).reshape(3, 4, 8, 8)
    corners = [images[:, a : a + 8, b : b + 8, 0] for a in (0, 8) for b in (0, 8)]
    np.testing.assert_array_equal(found, np.stack(corners, axis=1))


def test_test_patches_are_treated_with_the_numbers_of_training(rng, monkeypatch):
    images = rng.normal(size=(60, 16, 16, 1)).cumsum(axis=1)
    twin = SimpleNamespace(x_train=images, x_test=images[:15])  # test is part of train
    monkeypatch.setattr(natural_patches.datasets, "load", lambda name: twin)
    x_train, x_test = natural_patches.load(240, 60)
    gaps = np.abs(x_test[:, None] - x_train[None]).max(axis=2).min(axis=1)
    np.testing.assert_allclose(gaps, 0.0, atol=1e-9)


def test_half_whitening_keeps_axes_and_takes_square_roots(rng):
    turn, _ = np.linalg.qr(rng.normal(size=(4, 4)))
    x = rng.normal(size=(500, 4)) * [3.0, 2.0, 1.0, 0.0] @ turn
    before = np.linalg.eigvalsh(np.cov(x.T, ddof=0))
    after = np.cov((x @ natural_patches.half_whitening(x)).T, ddof=0)
    np.testing.assert_allclose(
        np.linalg.eigvalsh(after), np.sqrt(np.maximum(before, 0.0)), atol=1e-7
    )
    np.testing.assert_allclose(
        after @ np.cov(x.T, ddof=0), np.cov(x.T, ddof=0) @ after, atol=1e-9
    )


def test_patches_refuse_more_than_there_are():
    with pytest.raises(ValueError, match="n_test must be at most 4160; got 4161"):
        natural_patches.load(10, 4161)


def test_coherence_of_gratings_and_of_an_egg_crate():
    row, column = np.mgrid[:8, :8]
    grating = np.cos(0.9 * row + 0.4 * column)
    crate = np.cos(0.8 * (row - 3.5)) + np.cos(0.8 * (column - 3.5))
    found = natural_patches.orientation_coherence(
        np.array([grating, crate, np.ones((8, 8))])
    )
    np.testing.assert_allclose(found, [1.0, 0.0, 0.0], atol=1e-12)


def test_spread_of_a_pixel_of_two_pixels_and_of_a_plane():
    pair = np.zeros((8, 8))
    pair[1, 2], pair[4, 6] = 1.0, -1.0  # a distance of 5
    found = natural_patches.spatial_spread([np.eye(64)[9], pair.ravel(), np.full(64, -2.0)])
    np.testing.assert_allclose(found, [0.0, 2.5, np.sqrt(2 * (8**2 - 1) / 12)], atol=1e-7)


def test_strongest_orders_by_use():
    z = np.array([[0.1, -5.0, 2.0]])
    found = natural_patches.strongest(np.arange(192).reshape(3, 64), z, 2)
    np.testing.assert_array_equal(found[:, 0, 0], [64, 128])


def test_overlap_of_planes_that_share_one_line():
    axes = np.eye(4)
    tilted = [[0.0, 0.5, np.sqrt(0.75), 0.0], [3.0, 0.0, 0.0, 0.0]]  # at 60 degrees
    assert thread.overlap(tilted, axes) == pytest.approx((1.0 + 0.25) / 2)


def test_one_step_autoencoder_is_the_first_step_of_ista(rng):
    atoms, x = rng.normal(size=(20, 9)), rng.normal(size=(30, 9))
    model = thread.one_step_autoencoder(atoms, 0.7)
    z = sparse_coding.ista(x, atoms, 0.7, n_steps=1, nonnegative=True)
    np.testing.assert_allclose(model.encode(x.astype("float32")), z, atol=1e-6)  # float32
    np.testing.assert_allclose(
        model(x.astype("float32"))["x_hat"], z @ atoms, rtol=1e-4, atol=1e-5
    )


def test_search_and_loss_of_the_model_mean_the_same(rng):
    x = rng.normal(size=(30, 9))
    model = L1Autoencoder(9, 20, sparsity=0.3)
    weights = model.get_weights()
    model.set_weights([*weights[:3], rng.normal(size=9).astype("float32")])
    encoded, searched = thread.search_instead(model, x, 500)
    batch = x.astype("float32")
    loss = float(model.compute_loss(batch, batch, model(batch)))
    assert encoded == pytest.approx(loss, rel=1e-5)
    assert searched < encoded


def test_backpropagation_matches_a_central_difference(rng):
    weights = (rng.normal(size=(4, 3)), rng.normal(size=(3, 5)))
    top, target = rng.normal(size=(6, 4)), rng.normal(size=(6, 5))

    def loss(first):
        out = np.tanh(top @ first) @ weights[1]
        return 0.5 * np.mean(np.sum((target - out) ** 2, axis=1))

    net = predictive_coding.Hierarchy(weights, ("tanh", "linear"))
    grad, _ = thread.backpropagation_gradients(net, top, target)
    direction = rng.normal(size=(4, 3))
    up, down = (loss(weights[0] + h * direction) for h in (1e-5, -1e-5))
    assert np.sum(grad * direction) == pytest.approx((up - down) / 2e-5, rel=1e-7)


def test_cosines_reach_one_as_the_output_loosens(rng):
    x = rng.normal(size=(40, 12))
    tight, loose = (
        thread.cosines_with_backpropagation(x, v, 0, n_hidden=4) for v in (1.0, 1e4)
    )
    assert loose.min() > 0.9999
    assert tight.min() < 0.99


@pytest.mark.parametrize("scale", [1.0, 0.1])
def test_cosines_are_those_of_the_hidden_level_at_rest(scale, rng):
    x, variance, draw = rng.normal(size=(40, 12)), 3.0, np.random.default_rng(0)
    up, down = draw.normal(size=(12, 4)) / np.sqrt(12), draw.normal(size=(4, 12)) / 2.0
    mu = np.tanh(x @ up)
    miss = scale * (x - mu @ down)
    # The energy is quadratic in z_1 (variance 1), so its rest point is a linear solve.
    z = mu + miss @ down.T @ np.linalg.inv(variance * np.eye(4) + down @ down.T)
    settled = x.T @ ((z - mu) * (1 - mu**2)), z.T @ (miss - (z - mu) @ down)
    exact = x.T @ (miss @ down.T * (1 - mu**2)), mu.T @ miss
    expected = [
        np.sum(a * b) / np.linalg.norm(a) / np.linalg.norm(b)
        for a, b in zip(settled, exact, strict=True)
    ]
    found = thread.cosines_with_backpropagation(
        x, variance, 0, n_hidden=4, error_scale=scale
    )
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_em_reaches_the_closed_form_of_probabilistic_pca(rng):
    x = rng.normal(size=(400, 6)) * [4.0, 3.0, 2.0, 0.6, 0.5, 0.4]
    c = np.cov(x.T, ddof=0)
    weights, variance = thread.expectation_maximization(c, 3, n_steps=2000, rng=rng)
    best = linear_vae.probabilistic_pca(x, 3)
    assert np.sqrt(variance) == pytest.approx(best["noise_std"], rel=1e-8)
    assert metrics.principal_angles(weights.T, best["loadings"]).max() < 1e-6
    np.testing.assert_allclose(
        weights.T @ weights, best["loadings"] @ best["loadings"].T, atol=1e-6
    )


def test_energy_at_rest_is_the_likelihood_up_to_what_does_not_depend_on_x(rng):
    weights, variance, x = rng.normal(size=(3, 7)), 0.6, rng.normal(size=(5, 7))
    net = predictive_coding.Hierarchy((weights,), variances=(variance,))
    z = predictive_coding.posterior_mean(weights, variance, x)
    _, log_det = np.linalg.slogdet(np.eye(3) + weights @ weights.T / variance)
    minus_log = predictive_coding.energy(net, [z, x]) + 0.5 * log_det
    minus_log += 3.5 * np.log(2 * np.pi * variance)
    density = multivariate_normal(np.zeros(7), weights.T @ weights + variance * np.eye(7))
    np.testing.assert_allclose(-minus_log, density.logpdf(x))


def test_em_refuses_a_code_as_wide_as_the_data(rng):
    with pytest.raises(ValueError, match="latent_dim must be below 6; got 6"):
        thread.expectation_maximization(np.eye(6), 6, n_steps=1, rng=rng)
