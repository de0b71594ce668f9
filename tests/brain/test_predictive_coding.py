"""Predictive coding against finite differences, ridge regression and backpropagation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.linear_model import Ridge

from companion.brain import fixed_predictions
from companion.brain import predictive_coding as pc
from reproductions.brain.predictive_coding import backpropagated, cosine

WIDTHS, ACTIVATIONS, VARIANCES = (3, 5, 4), ("tanh", "linear"), (0.5, 2.0)


@pytest.fixture
def net(rng):
    shapes = zip(WIDTHS, WIDTHS[1:], strict=False)
    weights = tuple(0.7 * rng.normal(size=shape) for shape in shapes)
    return pc.Hierarchy(weights, ACTIVATIONS, VARIANCES)


@pytest.fixture
def activities(rng):
    return [rng.normal(size=(6, width)) for width in WIDTHS]


def test_energy_is_minus_the_log_density(net, activities):
    z_0, z_1, z_2 = activities
    w_1, w_2 = net.weights
    log_density = norm.logpdf(z_0).sum(axis=1)
    log_density += norm.logpdf(z_1, np.tanh(z_0 @ w_1), np.sqrt(0.5)).sum(axis=1)
    log_density += norm.logpdf(z_2, z_1 @ w_2, np.sqrt(2.0)).sum(axis=1)
    constant = -0.5 * (12 * np.log(2 * np.pi) + 5 * np.log(0.5) + 4 * np.log(2.0))
    np.testing.assert_allclose(-pc.energy(net, activities), log_density - constant)


def test_gradients_match_central_differences(net, activities, rng):
    def total():
        return pc.energy(net, activities).sum()

    slopes = pc.activity_gradients(net, activities)
    weight_slopes = [6 * g for g in pc.weight_gradients(net, activities)]  # sum, not mean
    arrays = [*activities, *net.weights]
    for array, slope in zip(arrays, [*slopes, *weight_slopes], strict=True):
        direction = rng.normal(size=array.shape)
        array += 1e-5 * direction
        up = total()
        array -= 2e-5 * direction
        down = total()
        array += 1e-5 * direction
        assert np.sum(slope * direction) == pytest.approx((up - down) / 2e-5, rel=1e-6)


def test_inference_lowers_the_energy_and_ends_at_rest(net, activities):
    settled, energies = pc.infer(net, activities, rate=0.1, n_steps=2000)
    assert np.all(np.diff(energies) <= 1e-12)
    np.testing.assert_array_equal(settled[-1], activities[-1])
    for slope in pc.activity_gradients(net, settled)[:-1]:
        np.testing.assert_allclose(slope, 0.0, atol=1e-8)


def test_infer_takes_n_steps_of_the_stated_size(net, activities):
    found, energies = pc.infer(net, activities, rate=0.03, n_steps=2)
    expected = activities
    for _ in range(2):
        slopes = pc.activity_gradients(net, expected)
        moved = [z - 0.03 * g for z, g in zip(expected[:2], slopes[:2], strict=True)]
        expected = [*moved, expected[2]]
    for z, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(z, wanted)
    assert energies.shape == (3,)
    np.testing.assert_allclose(energies[-1], pc.energy(net, expected).mean())


@given(
    widths=st.lists(st.integers(1, 5), min_size=2, max_size=4),
    kind=st.sampled_from(["linear", "tanh"]),
    variance=st.floats(0.2, 5.0),
    clamp_top=st.booleans(),
    seed=st.integers(0, 10**6),
)
def test_energy_never_rises_in_any_hierarchy(widths, kind, variance, clamp_top, seed):
    rng = np.random.default_rng(seed)
    shapes = list(zip(widths, widths[1:], strict=False))
    weights = tuple(rng.normal(size=shape) for shape in shapes)
    net = pc.Hierarchy(weights, (kind,) * len(shapes), (variance,) * len(shapes))
    begin = [rng.normal(size=(2, width)) for width in widths]
    # A step is safe below 2 / (largest curvature); this bound on it covers tanh's bend.
    norms = [np.linalg.norm(w) for w in weights]
    pull = 1 + max(map(np.abs, (z for zs in begin for z in zs.ravel())))
    rate = 0.2 / (1 + (1 + max(norms) ** 2 * (2 + pull)) / variance)
    _, energies = pc.infer(net, begin, rate=rate, n_steps=30, clamp_top=clamp_top)
    assert np.all(np.diff(energies) <= 1e-12 * energies[0])


def test_one_linear_level_settles_on_ridge_regression(rng):
    weights, x = rng.normal(size=(3, 7)), rng.normal(size=(9, 7))
    net = pc.Hierarchy((weights,), variances=(0.4,))
    (z, _), energies = pc.infer(net, [np.zeros((9, 3)), x], rate=0.02, n_steps=3000)
    ridge = Ridge(alpha=0.4, fit_intercept=False).fit(weights.T, x.T)
    np.testing.assert_allclose(z, ridge.coef_, atol=1e-8)
    np.testing.assert_allclose(pc.posterior_mean(weights, 0.4, x), ridge.coef_, atol=1e-8)
    # Woodbury: the energy at rest is 1/2 x^T (W^T W + variance I)^-1 x.
    precision = np.linalg.inv(weights.T @ weights + 0.4 * np.eye(7))
    at_rest = 0.5 * np.einsum("nd,de,ne->n", x, precision, x)
    np.testing.assert_allclose(energies[-1], at_rest.mean())


@pytest.mark.parametrize("variances", [(1.0, 1.0), VARIANCES])
def test_fixed_predictions_give_backpropagation_exactly(net, activities, variances):
    top, target = activities[0], activities[-1]
    net = pc.Hierarchy(net.weights, net.activations, variances)
    grads = fixed_predictions.weight_gradients(net, top, target, rate=0.3, n_steps=200)
    # The error that is sent back is divided by the variance of the output, and by no other.
    for grad, expected in zip(grads, backpropagated(net.weights, top, target), strict=True):
        np.testing.assert_allclose(grad, expected / variances[-1], atol=1e-10)


def test_a_loose_output_gives_backpropagation_in_the_limit(net, activities):
    # The output variance grows, so that the target pulls weakly and the other activities
    # stay at their forward values.
    top, target = activities[0], activities[-1]
    off = []
    for variance in (1e1, 1e2, 1e3):
        net = pc.Hierarchy(net.weights, net.activations, (1.0, variance))
        start = [*pc.forward(net, top)[:-1], target]
        settled, _ = pc.infer(net, start, rate=0.3, n_steps=400, clamp_top=True)
        pairs = list(
            zip(
                pc.weight_gradients(net, settled),
                backpropagated(net.weights, top, target),
                strict=True,
            )
        )
        off.append([np.linalg.norm(variance * g - e) / np.linalg.norm(e) for g, e in pairs])
    assert min(cosine(g, e) for g, e in pairs) > 0.9999
    # The rest is of the order of 1 / variance.
    np.testing.assert_allclose(np.array(off[1]) / off[2], 10.0, rtol=0.1)


def test_a_small_output_error_alone_does_not_give_backpropagation(net, activities):
    # At rest the output keeps only the share (I + W^T W)^-1 of its error, however small
    # the error is; the rest has moved to the levels above.
    net = pc.Hierarchy(net.weights, net.activations)
    forward = pc.forward(net, activities[0])
    miss = 1e-3 * (activities[-1] - forward[-1])
    start = [*forward[:-1], forward[-1] + miss]
    settled, _ = pc.infer(net, start, rate=0.1, n_steps=1500, clamp_top=True)
    share = np.linalg.inv(np.eye(4) + net.weights[1].T @ net.weights[1])
    np.testing.assert_allclose(pc.errors(net, settled)[-1], miss @ share, atol=1e-9)
    expected = backpropagated(net.weights, activities[0], start[-1])
    cosines = map(cosine, pc.weight_gradients(net, settled), expected)
    assert max(cosines) < 0.99


def test_one_step_of_learning_is_down_the_energy_and_down_the_decay(rng):
    w, x, variance = 0.5 * rng.normal(size=(2, 5)), rng.normal(size=(30, 5)), 0.6
    net = pc.Hierarchy((w,), variances=(variance,))
    settings = {"rate": 0.1, "n_inference": 500, "learning_rate": 0.01, "n_steps": 1}
    settings |= {"weight_decay": 0.3, "batch_size": 30}
    moved = pc.train(net, x, **settings, rng=np.random.default_rng(4))
    batch = x[np.random.default_rng(4).integers(30, size=30)]
    z = batch @ w.T @ np.linalg.inv(w @ w.T + variance * np.eye(2))  # ridge: at rest
    expected = w + 0.01 * (z.T @ (batch - z @ w) / variance / 30 - 0.3 * w)
    np.testing.assert_allclose(moved.weights[0], expected, atol=1e-9)


@pytest.mark.slow
def test_learning_finds_the_principal_subspace_and_the_decay_bounds_the_weights(rng):
    scales = np.array([3.0, 2.5, 2.0, 0.3, 0.2, 0.1])
    turn, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    x = rng.normal(size=(2000, 6)) * scales @ turn
    start = pc.Hierarchy((0.1 * rng.normal(size=(3, 6)),), variances=(0.5,))
    settings = {"rate": 0.05, "n_inference": 40, "learning_rate": 0.02, "rng": rng}
    net = pc.train(start, x, weight_decay=0.1, n_steps=800, **settings)
    _, singular_values, axes = np.linalg.svd(net.weights[0])
    overlap = np.linalg.svd(axes[:3] @ turn[:3].T, compute_uv=False)
    assert overlap.min() > np.cos(np.deg2rad(2.0))
    longer = pc.train(net, x, weight_decay=0.0, n_steps=800, **settings).weights[0]
    assert np.linalg.norm(longer) > 1.2 * np.linalg.norm(singular_values)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"weights": ()}, "weights must fit one another"),
        ({"weights": (np.ones((2, 3)), np.ones((4, 3)))}, "weights must fit one another"),
        ({"activations": ("relu",)}, "activations must be of"),
        ({"variances": (0.0,)}, "variances must be above 0"),
        ({"variances": (1.0, 1.0)}, "variances must have 1 entries"),
    ],
)
def test_hierarchy_refuses(settings, message):
    with pytest.raises(ValueError, match=message):
        pc.Hierarchy(**({"weights": (np.ones((2, 3)),)} | settings))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rate": 0.0}, "rate must be above 0; got 0.0"),
        ({"n_steps": 0}, "n_steps must be at least 1; got 0"),
        ({"activities": [np.ones((2, 3))] * 3}, "activities must have widths"),
    ],
)
def test_inference_refuses(net, activities, settings, message):
    settings = {"activities": activities, "rate": 0.1, "n_steps": 1} | settings
    with pytest.raises(ValueError, match=message):
        pc.infer(net, **settings)
