"""The linear-Gaussian VAE: closed forms against densities, Monte Carlo and training."""

import keras
import numpy as np
import pytest
from scipy import stats
from sklearn.decomposition import PCA as SklearnPCA

from companion import training
from companion.autoencoders import importance, linear_vae
from companion.autoencoders.variational import VAE, active_units
from companion.datasets import worlds


@pytest.fixture(scope="module")
def world():
    x, _, truth = worlds.linear_gaussian(300, seed=1, n_features=6, latent_dim=2)
    return x.astype(float), truth


def test_posterior_is_the_joint_density_divided_by_the_likelihood(world, rng):
    x, truth = world
    z_mean, covariance = linear_vae.posterior(x[:5], truth)
    for row, mean in zip(x[:5], z_mean, strict=True):
        z = rng.normal(size=2)
        x_hat = truth["loadings"] @ z + truth["mean"]
        joint = stats.norm(x_hat, truth["noise_std"]).logpdf(row).sum()
        joint += stats.norm().logpdf(z).sum()
        evidence = worlds.linear_gaussian_log_likelihood(row[None], truth)[0]
        density = stats.multivariate_normal(mean, covariance).logpdf(z)
        assert density == pytest.approx(joint - evidence, rel=1e-9)


def test_elbo_is_the_likelihood_minus_the_kl_to_the_posterior(world, rng):
    x, truth = world
    exact_mean, exact = linear_vae.posterior(x[:4], truth)
    z_mean = exact_mean + rng.normal(size=(4, 2))
    variances = np.array([0.3, 0.02])
    precision, shift = np.linalg.inv(exact), z_mean - exact_mean
    kl = 0.5 * (
        np.trace(precision @ np.diag(variances))
        - 2
        + np.einsum("ni,ij,nj->n", shift, precision, shift)
        + np.log(np.linalg.det(exact))
        - np.log(variances).sum()
    )
    evidence = worlds.linear_gaussian_log_likelihood(x[:4], truth)
    np.testing.assert_allclose(
        linear_vae.elbo(x[:4], truth, z_mean, variances), evidence - kl, rtol=1e-9
    )


def test_best_variances_cannot_be_improved(world):
    x, truth = world
    z_mean, exact = linear_vae.posterior(x, truth)
    best = linear_vae.best_variances(truth)
    top = linear_vae.elbo(x, truth, z_mean, best).mean()
    for unit in range(2):
        for factor in (0.9, 1.1):
            other = best * np.where(np.arange(2) == unit, factor, 1.0)
            assert linear_vae.elbo(x, truth, z_mean, other).mean() < top
    assert (best < np.diag(exact)).all()


def test_vae_with_these_weights_has_this_elbo(world):
    x, truth = world
    model = linear_vae.as_vae(truth)
    z_mean, _ = linear_vae.posterior(x, truth)
    expected = linear_vae.elbo(x, truth, z_mean, linear_vae.best_variances(truth)).mean()
    nll, kl = importance.elbo_terms(model, x, n_samples=200)
    assert -(nll + kl).mean() == pytest.approx(expected, abs=0.05)
    found = linear_vae.from_vae(model)
    np.testing.assert_allclose(found["loadings"], truth["loadings"], rtol=1e-6)
    np.testing.assert_allclose(found["mean"], truth["mean"], rtol=1e-6)


def test_probabilistic_pca_has_the_likelihood_of_scikit_learn(world):
    x, _ = world
    model = linear_vae.probabilistic_pca(x, 3)
    reference = SklearnPCA(3).fit(x)
    # scikit-learn divides the covariance by n - 1.
    scale = (len(x) - 1) / len(x)
    assert model["noise_std"] ** 2 == pytest.approx(reference.noise_variance_ * scale)
    covariance = model["loadings"] @ model["loadings"].T
    covariance += model["noise_std"] ** 2 * np.eye(6)
    np.testing.assert_allclose(covariance, reference.get_covariance() * scale, rtol=1e-9)


def test_no_other_linear_model_is_more_likely(world, rng):
    x, _ = world
    model = linear_vae.probabilistic_pca(x, 2, noise_std=0.4)
    top = worlds.linear_gaussian_log_likelihood(x, model).mean()
    for _ in range(20):
        moved = model["loadings"] + 0.05 * rng.normal(size=(6, 2))
        likelihood = worlds.linear_gaussian_log_likelihood(x, model | {"loadings": moved})
        assert likelihood.mean() < top


@pytest.mark.parametrize("beta", [0.5, 1.0, 8.0])
def test_optimum_of_the_linear_beta_vae_has_this_rate_and_distortion(beta, rng):
    x = rng.normal(size=(3000, 5)) * [2.0, 1.2, 0.8, 0.5, 0.3]
    sigma, variances = 0.4, np.linalg.eigvalsh(np.cov(x.T, bias=True))[::-1]
    truth = linear_vae.probabilistic_pca(x, 3, noise_std=np.sqrt(beta) * sigma)
    model = linear_vae.as_vae(truth, sigma, beta)
    rate, distortion = linear_vae.rate_distortion(variances, 3, beta * sigma**2)
    nll, kl = importance.elbo_terms(model, x, n_samples=50)
    squares = 2 * sigma**2 * (nll.mean() - 2.5 * np.log(2 * np.pi * sigma**2))
    assert kl.mean() == pytest.approx(rate, rel=1e-4)
    assert squares == pytest.approx(distortion, rel=0.02)
    # And it is an optimum: no step of gradient descent finds anything to change.
    best = nll.mean() + beta * kl.mean()
    for _ in range(10):
        weights = model.get_weights()
        moved = linear_vae.as_vae(truth, sigma, beta)
        moved.set_weights([w + 0.05 * rng.normal(size=w.shape) for w in weights])
        other_nll, other_kl = importance.elbo_terms(moved, x, n_samples=50)
        assert other_nll.mean() + beta * other_kl.mean() > best


def test_units_below_the_level_are_given_up(rng):
    x = rng.normal(size=(500, 5)) * [2.0, 1.2, 0.8, 0.5, 0.3]
    truth = linear_vae.probabilistic_pca(x, 4, noise_std=1.0)
    model = linear_vae.as_vae(truth)
    z_mean = keras.ops.convert_to_numpy(model.encode(x))
    np.testing.assert_array_equal(active_units(z_mean), [True, True, False, False])


@pytest.mark.slow
def test_training_finds_the_principal_axes_and_the_exact_likelihood(rng):
    scales = np.array([2.0, 1.2, 0.3, 0.3, 0.3])
    rotation = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    x = (rng.normal(size=(2000, 5)) * scales) @ rotation.T
    model = VAE(5, 2, hidden=(), likelihood="gaussian", sigma=0.3)
    for rate in (1e-2, 1e-3):  # the second lets the noise of the first die out
        training.fit(model, x.astype("float32"), epochs=50, learning_rate=rate, loss=None)
    optimum = linear_vae.probabilistic_pca(x, 2, noise_std=0.3)
    found = linear_vae.from_vae(model)
    exact, reached = (
        worlds.linear_gaussian_log_likelihood(x, m).mean() for m in (optimum, found)
    )
    assert exact - 0.02 < reached <= exact + 1e-9
    # Independent units make the columns orthogonal, so the bound closes.
    first, second = found["loadings"].T
    cosine = first @ second / np.linalg.norm(first) / np.linalg.norm(second)
    assert abs(cosine) < 0.2
    nll, kl = importance.elbo_terms(model, x, n_samples=20)
    assert reached + (nll + kl).mean() == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda x, t: linear_vae.posterior(x[:, :5], t),
            r"x must have shape \(batch, 6\)",
        ),
        (
            lambda x, t: linear_vae.elbo(x, t, np.zeros((3, 1)), 1.0),
            r"z_mean must have shape \(batch, 2\)",
        ),
        (
            lambda x, t: linear_vae.probabilistic_pca(x, 6),
            "noise_std must be above 0; got 0.0",
        ),
        (
            lambda x, t: linear_vae.rate_distortion(np.ones(3), 2, 0.0),
            "level must be above 0; got 0.0",
        ),
        (
            lambda x, t: linear_vae.from_vae(VAE(6, 2)),
            r"model must be a linear VAE .*; got hidden=\(64,\), likelihood='bernoulli'",
        ),
    ],
)
def test_bad_arguments_are_named(world, call, message):
    with pytest.raises(ValueError, match=message):
        call(*world)
