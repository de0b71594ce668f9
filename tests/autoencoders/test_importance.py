"""Bounds against closed forms on the linear-Gaussian world, and against each other."""

import keras
import numpy as np
import pytest
from scipy import integrate, special, stats

from companion import training
from companion.autoencoders import importance
from companion.autoencoders.importance import IWAE
from companion.autoencoders.variational import VAE
from companion.datasets import worlds


def as_numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_log_mean_exp_is_that_of_scipy_where_exp_overflows_or_underflows(rng):
    values = rng.normal(size=(50, 4)) * 5 + [0.0, 800.0, -800.0, 3.0]
    expected = special.logsumexp(values, axis=0) - np.log(50)
    result = as_numpy(importance.log_mean_exp(values.astype("float32")))
    np.testing.assert_allclose(result, expected, rtol=1e-5)
    by_groups = importance.bound_from_weights(values, 50)
    np.testing.assert_allclose(by_groups, expected, rtol=1e-12)


def test_bound_from_weights_averages_over_groups(rng):
    log_w = rng.normal(size=(7, 3))
    expected = [special.logsumexp(log_w[i : i + 3], axis=0) - np.log(3) for i in (0, 3)]
    np.testing.assert_allclose(
        importance.bound_from_weights(log_w, 3), np.mean(expected, axis=0)
    )
    np.testing.assert_allclose(importance.bound_from_weights(log_w, 1), log_w.mean(axis=0))
    with pytest.raises(ValueError, match="n_samples must be at most 7; got 8"):
        importance.bound_from_weights(log_w, 8)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_weights_are_ratios_of_the_densities_of_scipy(likelihood, rng):
    model = VAE(6, 2, hidden=(5,), likelihood=likelihood, sigma=0.4, seed=3)
    x = rng.integers(0, 2, size=(4, 6)).astype("float32")
    eps = rng.normal(size=(3, 4, 2)).astype("float32")
    z_mean, z_log_var = (as_numpy(part).astype(float) for part in model.posterior(x))
    z = z_mean + np.exp(z_log_var / 2) * eps
    x_hat = as_numpy(model.decode(z.reshape(12, 2))).reshape(3, 4, 6).astype(float)
    density = stats.bernoulli(x_hat).logpmf if likelihood == "bernoulli" else None
    log_p = density(x) if density else stats.norm(x_hat, 0.4).logpdf(x)
    log_ratio = stats.norm().logpdf(z) - stats.norm(z_mean, np.exp(z_log_var / 2)).logpdf(z)
    expected = log_p.sum(axis=-1) + log_ratio.sum(axis=-1)
    np.testing.assert_allclose(
        as_numpy(model.log_weights(x, eps)), expected, rtol=1e-4, atol=1e-4
    )


@pytest.fixture(scope="module")
def world():
    x, _, truth = worlds.linear_gaussian(40, seed=1, n_features=6, latent_dim=2)
    return x, truth, worlds.linear_gaussian_log_likelihood(x, truth)


def linear_vae(truth, encoder_kernel, z_log_var):
    """A VAE with the decoder of the world; its encoder reads x - mean linearly."""
    model = VAE(6, 2, hidden=(), likelihood="gaussian", sigma=truth["noise_std"])
    kernel = np.hstack((encoder_kernel, np.zeros((6, 2))))
    bias = np.concatenate((-truth["mean"] @ encoder_kernel, z_log_var))
    model.set_weights([kernel, bias, truth["loadings"].T, truth["mean"]])
    return model


def rotated(truth):
    """The same density of x with orthogonal loadings, so that q can be exact."""
    left, singular_values, _ = np.linalg.svd(truth["loadings"], full_matrices=False)
    return truth | {"loadings": left * singular_values}


def exact_encoder(truth):
    loadings, variance = truth["loadings"], truth["noise_std"] ** 2
    precision = np.eye(2) + loadings.T @ loadings / variance
    return loadings @ np.linalg.inv(precision) / variance, precision


def test_with_the_exact_posterior_every_weight_is_the_likelihood(world):
    x, truth, log_likelihood = world
    truth = rotated(truth)
    kernel, precision = exact_encoder(truth)
    model = linear_vae(truth, kernel, -np.log(np.diag(precision)))
    log_w = importance.log_weights(model, x, 20)
    np.testing.assert_allclose(log_w, np.tile(log_likelihood, (20, 1)), atol=2e-3)
    nll, kl = importance.elbo_terms(model, x, n_samples=300)
    np.testing.assert_allclose(-(nll + kl).mean(), log_likelihood.mean(), atol=0.05)


def test_bounds_rise_with_k_from_the_elbo_to_the_likelihood(world):
    x, truth, log_likelihood = world
    kernel, precision = exact_encoder(truth)
    # The best diagonal posterior, then made too wide: a gap in closed form.
    log_var = -np.log(np.diag(precision)) + 1.0
    model = linear_vae(truth, kernel, log_var)
    covariance, exact = np.diag(np.exp(log_var)), np.linalg.inv(precision)
    gap = 0.5 * (np.trace(precision @ covariance) - 2 + np.log(np.linalg.det(exact)))
    gap -= 0.5 * log_var.sum()

    log_w = importance.log_weights(model, x, 20_000, seed=2)
    bounds = [importance.bound_from_weights(log_w, k).mean() for k in (1, 2, 5, 50, 1000)]
    assert bounds[0] == pytest.approx(log_likelihood.mean() - gap, abs=0.02)
    assert (np.diff(bounds) > 0.0).all()
    assert bounds[-1] < log_likelihood.mean() + 0.01
    assert bounds[-1] == pytest.approx(log_likelihood.mean(), abs=0.02)
    assert gap > 0.5
    nll, kl = importance.elbo_terms(model, x, n_samples=300)
    assert -(nll + kl).mean() == pytest.approx(bounds[0], abs=0.08)


def test_many_samples_find_the_integral_over_the_code(rng):
    # One code unit and a nonlinear decoder: log p(x) by quadrature.
    model = VAE(4, 1, hidden=(6,), seed=2)
    x = rng.integers(0, 2, size=(3, 4)).astype("float32")

    def joint(z, row):
        x_hat = as_numpy(model.decode(np.array([[z]], "float32")))[0].astype(float)
        return stats.bernoulli(x_hat).pmf(row).prod() * stats.norm.pdf(z)

    exact = [np.log(integrate.quad(joint, -8, 8, args=(row,))[0]) for row in x]
    estimate = importance.iwae_bound(model, x, 20_000)
    np.testing.assert_allclose(estimate, exact, atol=0.02)


def test_chunks_change_nothing_but_the_noise(rng, monkeypatch):
    model = VAE(6, 2, hidden=(5,))
    x = rng.uniform(size=(11, 6))
    assert importance.log_weights(model, x, 7).shape == (7, 11)
    whole = importance.iwae_bound(model, x, 3000)
    monkeypatch.setattr(importance, "ROWS_AT_A_TIME", 300)  # three examples at a time
    assert importance.log_weights(model, x, 250).shape == (250, 11)
    np.testing.assert_allclose(importance.iwae_bound(model, x, 3000), whole, atol=0.05)


def test_every_block_of_examples_has_noise_of_its_own(rng, monkeypatch):
    monkeypatch.setattr(importance, "ROWS_AT_A_TIME", 200)  # two examples in a block
    x = np.tile(rng.uniform(size=(1, 6)), (4, 1))
    bounds = importance.iwae_bound(VAE(6, 2), x, 3)
    assert len(set(bounds.round(6))) == 4


def test_bound_is_the_same_on_every_call(rng):
    model, x = VAE(6, 2), rng.uniform(size=(5, 6))
    first, second = (importance.iwae_bound(model, x, 10, seed=4) for _ in "ab")
    np.testing.assert_array_equal(first, second)


def test_loss_of_the_iwae_is_minus_the_log_of_the_mean_weight(rng):
    model = IWAE(6, 2, hidden=(5,), n_samples=4, seed=7)
    x = rng.uniform(size=(3, 6)).astype("float32")
    eps = as_numpy(keras.random.normal((4, 3, 2), seed=keras.random.SeedGenerator(7)))
    log_w = as_numpy(model.log_weights(x, eps)).astype(float)
    expected = -(special.logsumexp(log_w, axis=0) - np.log(4)).mean()
    assert float(model.loss_with(x, eps)) == pytest.approx(expected, rel=1e-5)
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss=None)
    before = model.get_weights()
    loss = float(np.ravel(model.train_on_batch(x, x))[0])
    assert loss == pytest.approx(expected, rel=1e-5)
    for old, new in zip(before, model.get_weights(), strict=True):
        assert not np.array_equal(old, new)


def test_iwae_step_is_a_weighted_mean_of_steps(rng):
    # Burda et al. (2016), eq. 13: the gradient of log-mean-exp weighs the samples.
    model = IWAE(6, 2, hidden=(), likelihood="gaussian", n_samples=3, seed=1)
    x = rng.normal(size=(1, 6)).astype("float32")
    eps = as_numpy(keras.random.normal((3, 1, 2), seed=keras.random.SeedGenerator(1)))
    log_w = as_numpy(model.log_weights(x, eps)).astype(float)[:, 0]
    shares = np.exp(log_w - special.logsumexp(log_w))
    kernel, bias, loadings, mean = model.get_weights()
    z_mean, z_log_var = np.split(x @ kernel + bias, 2, axis=1)
    z = (z_mean + np.exp(z_log_var / 2) * eps)[:, 0]
    residuals = z @ loadings + mean - x  # d nll / d x_hat, sigma 1
    expected = mean - 0.01 * shares @ residuals
    model.compile(optimizer=keras.optimizers.SGD(0.01), loss=None)
    model.train_on_batch(x, x)
    np.testing.assert_allclose(model.get_weights()[-1], expected, rtol=1e-4, atol=1e-6)


def test_saved_and_reloaded_iwae_answers_the_same(rng, tmp_path):
    x = rng.uniform(size=(5, 6)).astype("float32")
    model = IWAE(6, 2, hidden=(5,), n_samples=3, seed=8)
    training.fit(model, x, x_val=x, epochs=2, loss=None)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert isinstance(loaded, IWAE)
    assert loaded.n_samples == 3
    np.testing.assert_array_equal(as_numpy(loaded.encode(x)), as_numpy(model.encode(x)))
    bounds = [importance.iwae_bound(m, x, 50) for m in (model, loaded)]
    np.testing.assert_array_equal(*bounds)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda model: IWAE(6, 2, n_samples=0), "n_samples must be an integer .*; got 0"),
        (
            lambda model: importance.iwae_bound(model, np.zeros((3, 6)), 0),
            "n_samples must be an integer of at least 1; got 0",
        ),
        (
            lambda model: importance.log_weights(model, np.zeros((3, 5)), 2),
            r"x must have shape \(batch, 6\) with at least one row; got shape \(3, 5\)",
        ),
        (
            lambda model: importance.elbo_terms(model, np.zeros((0, 6))),
            r"x must have shape \(batch, 6\) with at least one row; got shape \(0, 6\)",
        ),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(VAE(6, 2))
