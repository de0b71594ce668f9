"""Clipped sums against one example at a time; sensitivity; noise; sampling."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.challenges import private_sgd as private
from companion.challenges.federated import flat
from companion.challenges.gradient_leakage import clipped, norm
from companion.challenges.leakage_trials import gradient_of
from companion.networks import losses, mlp, optimizers
from companion.networks.parameters import leaves, map_arrays


@pytest.fixture
def setting(rng):
    params = mlp.init([5, 6, 4, 3], rng)
    return params, rng.normal(size=(8, 5)), rng.integers(0, 3, 8)


@pytest.mark.parametrize("hidden", ["tanh", "relu", "sigmoid"])
def test_norms_are_those_of_single_gradients(setting, hidden):
    params, x, labels = setting
    names = [hidden, hidden, "linear"]
    found = private.gradient_norms(*private.slopes_of_examples(params, x, labels, names))
    single = [norm(gradient_of(params, x[[i]], labels[[i]], names)) for i in range(8)]
    np.testing.assert_allclose(found, single, rtol=1e-10)


@pytest.mark.parametrize("bound", [0.05, 0.5, np.inf])
def test_the_sum_is_that_of_gradients_clipped_one_by_one(setting, bound):
    params, x, labels = setting
    found = flat(private.clipped_sum(params, x, labels, bound))
    single = [gradient_of(params, x[[i]], labels[[i]]) for i in range(8)]
    expected = sum(flat(clipped(g, bound) if bound < np.inf else g) for g in single)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-14)


@given(seed=st.integers(0, 10**6), bound=st.floats(1e-3, 10.0), scale=st.floats(0.1, 100.0))
def test_one_example_moves_the_sum_by_at_most_the_bound(seed, bound, scale):
    rng = np.random.default_rng(seed)
    params = mlp.init([4, 3, 3], rng)
    x, labels = scale * rng.normal(size=(6, 4)), rng.integers(0, 3, 6)
    more = flat(private.clipped_sum(params, x, labels, bound))
    less = flat(private.clipped_sum(params, x[:-1], labels[:-1], bound))
    assert np.linalg.norm(more - less) <= bound * (1 + 1e-9)


def test_a_large_example_reaches_the_bound(setting):
    params, x, labels = setting
    more = flat(private.clipped_sum(params, 50 * x, labels, 0.01))
    less = flat(private.clipped_sum(params, 50 * x[:-1], labels[:-1], 0.01))
    assert np.linalg.norm(more - less) == pytest.approx(0.01, rel=1e-6)


def test_an_empty_batch_gives_zeros_of_the_right_shape(setting):
    params, x, labels = setting
    found = private.clipped_sum(params, x[:0], labels[:0], 1.0)
    for g, w in zip(leaves(found), leaves(params), strict=True):
        assert g.shape == w.shape
        assert not g.any()


def test_noise_has_the_spread_of_multiplier_times_bound(rng):
    zeros = ([np.zeros((300, 300))], [np.zeros(5)])
    noisy = private.noisy_sum(zeros, 2.0, 1.5, rng)
    assert noisy[0][0].std() == pytest.approx(3.0, rel=0.02)
    assert abs(noisy[0][0].mean()) < 0.05
    assert private.noisy_sum(zeros, 2.0, 0.0, rng) is zeros


def test_sampling_takes_each_row_on_its_own(rng):
    counts, sizes = np.zeros(50), []
    for _ in range(2000):
        rows = private.poisson_rows(50, 0.2, rng)
        counts[rows] += 1
        sizes.append(len(rows))
    # Binomial: a standard error of 0.2 in the mean size, and its variance 50 q (1 - q).
    assert np.mean(sizes) == pytest.approx(10.0, abs=0.3)
    assert np.var(sizes) == pytest.approx(8.0, rel=0.15)
    np.testing.assert_allclose(counts / 2000, 0.2, atol=0.05)


def test_without_noise_and_bound_it_is_gradient_descent_on_the_mean(setting, rng):
    params, x, labels = setting
    settings = {"steps": 3, "rate": 1.0, "bound": np.inf, "noise_multiplier": 0.0}
    found = private.train(params, x, labels, learning_rate=0.3, rng=rng, **settings)
    for _ in range(3):
        _, grads = mlp.loss_and_grads(params, x, labels, loss=losses.cross_entropy)
        params, _ = optimizers.gradient_descent(params, grads, None, 0.3)
    np.testing.assert_allclose(flat(found), flat(params), rtol=1e-10)


def test_the_step_is_divided_by_the_expected_size_and_not_the_true_one(setting):
    params, x, labels = setting
    settings = {"steps": 1, "rate": 0.5, "bound": 1.0, "noise_multiplier": 0.0}
    rows = private.poisson_rows(8, 0.5, np.random.default_rng(3))
    assert len(rows) != 4
    found = private.train(
        params, x, labels, learning_rate=1.0, rng=np.random.default_rng(3), **settings
    )
    total = private.clipped_sum(params, x[rows], labels[rows], 1.0)
    np.testing.assert_allclose(flat(params) - flat(found), flat(total) / 4.0)


def test_single_precision_stays_single(setting, rng):
    params, x, labels = setting
    params = map_arrays(lambda a: a.astype(np.float32), params)
    settings = {"steps": 2, "rate": 0.5, "bound": 1.0, "noise_multiplier": 1.0}
    found = private.train(
        params, x.astype(np.float32), labels, learning_rate=0.1, rng=rng, **settings
    )
    assert {array.dtype for array in leaves(found)} == {np.dtype("float32")}


def test_bad_settings_are_named(setting, rng):
    params, x, labels = setting
    with pytest.raises(ValueError, match="bound must be above 0; got 0"):
        private.clipped_sum(params, x, labels, 0)
    with pytest.raises(ValueError, match="noise_multiplier must not be negative; got -1"):
        private.noisy_sum(params, 1.0, -1, rng)
    with pytest.raises(ValueError, match="rate must be above 0 and at most 1; got 1.5"):
        private.poisson_rows(4, 1.5, rng)
    settings = {"steps": 1, "rate": 0.5, "learning_rate": 0.1, "rng": rng}
    with pytest.raises(ValueError, match="bound must be finite where noise is added"):
        private.train(params, x, labels, bound=np.inf, noise_multiplier=1.0, **settings)
