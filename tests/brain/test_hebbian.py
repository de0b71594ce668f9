"""Hebbian rules against eigenvectors, gradients and the closed bound of stability."""

import numpy as np
import pytest

from companion.autoencoders import linear_landscape
from companion.brain import hebbian


@pytest.fixture
def x(rng):
    turn, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    x = rng.normal(size=(3000, 6)) * np.sqrt([6.0, 4.0, 2.5, 1.5, 0.5, 0.2]) @ turn
    return x - x.mean(axis=0)


@pytest.fixture
def covariance(x):
    return np.cov(x.T, ddof=0)


def leading_axes(covariance, k):
    return np.linalg.eigh(covariance)[1][:, ::-1].T[:k]


def test_oja_settles_on_the_leading_eigenvector(rng, covariance):
    w = hebbian.settle(
        rng.normal(size=(1, 6)), covariance, learning_rate=0.02, n_steps=2000
    )
    assert abs(w[0] @ leading_axes(covariance, 1)[0]) == pytest.approx(1.0, abs=1e-9)
    assert np.linalg.norm(w) == pytest.approx(1.0, abs=1e-9)


def test_sanger_settles_on_the_eigenvectors_in_their_order(rng, covariance):
    start = 0.3 * rng.normal(size=(4, 6))
    weights = hebbian.settle(start, covariance, learning_rate=0.02, n_steps=4000)
    cosines = weights @ leading_axes(covariance, 4).T
    np.testing.assert_allclose(np.abs(cosines), np.eye(4), atol=1e-6)


def test_updates_from_examples_and_from_their_covariance_agree(rng, x, covariance):
    weights = rng.normal(size=(3, 6))
    expected = hebbian.mean_update(weights, covariance)
    np.testing.assert_allclose(hebbian.sanger_update(weights, x), expected, atol=1e-10)
    w = weights[:1]
    expected = hebbian.mean_update(w, covariance)[0]
    np.testing.assert_allclose(hebbian.oja_update(w[0], x), expected, atol=1e-10)


def test_sanger_written_unit_by_unit(rng, x):
    weights, one = rng.normal(size=(3, 6)), x[:1]
    y = weights @ one[0]
    expected = [
        y[k] * (one[0] - sum(y[j] * weights[j] for j in range(k + 1))) for k in range(3)
    ]
    np.testing.assert_allclose(hebbian.sanger_update(weights, one), expected)


def test_oja_is_half_the_descent_of_the_tied_autoencoder_at_unit_length(rng, covariance):
    w = rng.normal(size=6)
    for length in (1.0, 0.7):
        w *= length / np.linalg.norm(w)
        _, (encoder, decoder) = linear_landscape.loss_and_grads(
            (w[:, None], w[None, :]), covariance
        )
        descent = -0.5 * (encoder[:, 0] + decoder[0])
        rest = (1.0 - length**2) * covariance @ w
        update = hebbian.mean_update(w[None, :], covariance)[0]
        np.testing.assert_allclose(descent, update + rest, atol=1e-12)


@pytest.mark.parametrize(("share", "stays"), [(0.98, True), (1.02, False)])
def test_oja_is_stable_up_to_one_over_the_largest_variance(covariance, share, stays):
    # Linearized at the rest point, a change of length is multiplied by 1 - 2 eta v_1.
    axis, variance = leading_axes(covariance, 1), np.linalg.eigvalsh(covariance)[-1]
    w = hebbian.settle(
        1.001 * axis, covariance, learning_rate=share / variance, n_steps=400
    )
    assert (abs(np.linalg.norm(w) - 1.0) < 1e-4) == stays


def test_learning_from_single_inputs_comes_near(rng, x, covariance):
    start = 0.1 * rng.normal(size=(2, 6))
    weights = hebbian.train(start, x, learning_rate=0.005, n_passes=6, rng=rng)
    cosines = np.abs(np.sum(weights * leading_axes(covariance, 2), axis=1))
    # Not at rest after so few inputs.
    assert np.all(cosines > np.cos(np.deg2rad(3.0)))


def test_the_step_falls_in_a_line_to_zero():
    # x = 1, w = 2: dw = eta y (x - y w) = -6 eta; two steps at eta = 0.1 and 0.05.
    first = 2.0 + 0.1 * (2.0 - 2.0**3)
    second = first + 0.05 * (first - first**3)
    rng = np.random.default_rng(0)
    w = hebbian.train([[2.0]], np.ones((2, 1)), learning_rate=0.1, n_passes=1, rng=rng)
    assert w.item() == pytest.approx(second)


def test_train_draws_the_order_of_the_inputs():
    def by_hand(inputs, w=0.5):
        for x, eta in zip(inputs, (0.1, 0.05), strict=True):
            w += eta * w * x * (x - w * x * w)
        return w

    settings = {"learning_rate": 0.1, "n_passes": 1}
    found = [
        hebbian.train([[0.5]], [[1.0], [2.0]], rng=np.random.default_rng(s), **settings)
        for s in range(20)
    ]
    for order in ((1.0, 2.0), (2.0, 1.0)):
        assert np.isclose(found, by_hand(order), rtol=1e-12).any()


def test_the_start_is_left_unchanged(rng):
    start = np.full((1, 2), 0.5)
    hebbian.train(start, np.ones((3, 2)), learning_rate=0.1, n_passes=1, rng=rng)
    hebbian.settle(start, np.eye(2), learning_rate=0.1, n_steps=3)
    np.testing.assert_array_equal(start, 0.5)


@pytest.mark.parametrize(("share", "shrinks"), [(0.98, True), (1.02, False)])
def test_a_start_along_the_axis_may_be_this_long_and_no_longer(covariance, share, shrinks):
    # r <- r (1 + eta v_1 (1 - r^2)) only turns round, r <- -r, at r^2 = 1 + 2 / (eta v_1).
    variance = np.linalg.eigvalsh(covariance)[-1]
    far = np.sqrt(share * (1.0 + 2.0 / (0.1 * variance))) * leading_axes(covariance, 1)
    w = hebbian.settle(far, covariance, learning_rate=0.1, n_steps=1)
    assert (np.linalg.norm(w) < np.linalg.norm(far)) == shrinks


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate must be above 0; got 0.0"),
        ({"n_steps": 0}, "n_steps must be at least 1; got 0"),
        ({"covariance": np.eye(5)}, r"weights must be \(K, D\)"),
    ],
)
def test_settle_refuses(settings, message):
    settings = {"covariance": np.eye(6), "learning_rate": 0.1, "n_steps": 1} | settings
    with pytest.raises(ValueError, match=message):
        hebbian.settle(np.ones((1, 6)), **settings)


def test_hebb_grows_along_each_axis_as_a_power_of_the_steps(rng, x):
    correlation = x.T @ x / len(x)
    values, axes = np.linalg.eigh(correlation)
    w = rng.normal(size=6)
    path = hebbian.follow_hebb(w, correlation, learning_rate=0.03, n_steps=50)
    steps = np.arange(51)[:, None]
    expected = (axes.T @ w) * (1.0 + 0.03 * values) ** steps @ axes.T
    np.testing.assert_allclose(path, expected, rtol=1e-9)


def test_hebb_diverges_at_the_rate_of_the_largest_eigenvalue(rng, x):
    path = hebbian.follow_hebb(
        rng.normal(size=6), x.T @ x / len(x), learning_rate=0.03, n_steps=400
    )
    slope = np.diff(np.log(np.linalg.norm(path, axis=1)))[-1]
    largest = np.linalg.svd(x, compute_uv=False)[0] ** 2 / len(x)
    assert slope == pytest.approx(np.log1p(0.03 * largest), rel=1e-9)


def test_hebb_is_the_mean_of_single_products(rng, x):
    w = rng.normal(size=6)
    expected = sum(np.dot(w, row) * row for row in x[:7]) / 7
    np.testing.assert_allclose(hebbian.hebb_update(w, x[:7]), expected)


def test_hebb_on_inputs_with_a_large_mean_turns_to_the_mean(rng, x, covariance):
    mean = 20.0 * leading_axes(covariance, 6)[5]
    shifted = x + mean
    path = hebbian.follow_hebb(
        rng.normal(size=6), shifted.T @ shifted / len(x), learning_rate=0.01, n_steps=100
    )
    direction = path[-1] / np.linalg.norm(path[-1])
    # Q = C + m m^T, and m was put along an eigenvector of C, so it is one of Q.
    assert abs(direction @ mean) / 20.0 == pytest.approx(1.0, abs=1e-9)


def test_single_inputs_bring_oja_within_1_and_sanger_within_5_degrees(rng, x, covariance):
    for k, limit in ((1, 1.0), (5, 5.0)):
        weights = hebbian.train_axes(x, k, learning_rate=0.005, n_passes=12, seed=0)
        angles = hebbian.degrees_between(weights, leading_axes(covariance, k))
        assert angles.shape == (k,)
        assert angles.max() < limit


def test_the_seed_draws_start_and_order(x):
    settings = {"learning_rate": 1e-12, "n_passes": 1}
    starts = [hebbian.train_axes(x, 40, seed=s, **settings) for s in (0, 0, 1)]
    np.testing.assert_array_equal(starts[0], starts[1])
    assert starts[0].std() == pytest.approx(0.1, rel=0.2)
    assert np.abs(starts[0] - starts[2]).max() > 0.1


def test_angles_between_lines_by_hand():
    lines = [[2.0, 0.0], [0.0, -3.0], [-1.0, -1.0], [-1.0, np.sqrt(3.0)]]
    found = hebbian.degrees_between([5.0, 0.0], lines)
    np.testing.assert_allclose(found, [0.0, 90.0, 45.0, 60.0], atol=1e-6)
    found = hebbian.degrees_between([[0.0, 1.0], [2.0, 2.0]], [[0.0, 2.0], [1.0, 0.0]])
    np.testing.assert_allclose(found, [0.0, 45.0], atol=1e-6)


def test_contrast_patches_lose_their_mean_and_keep_the_middle(rng):
    images = rng.random((3, 16, 16, 1)).astype(np.float32)
    patches = hebbian.contrast_patches(images)
    middle = images[1, 4:12, 4:12, 0].astype(float)
    np.testing.assert_allclose(patches[1].reshape(8, 8), middle - middle.mean())
    np.testing.assert_allclose(patches.sum(axis=1), 0.0, atol=1e-12)
    assert patches.dtype == np.float64


def test_follow_hebb_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="n_steps must be at least 1; got 0"):
        hebbian.follow_hebb(np.ones(3), np.eye(3), learning_rate=0.1, n_steps=0)
