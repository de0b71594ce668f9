"""The linear-Gaussian VAE in closed form: its posterior, ELBO, optimum and rate.

With loadings W (D, K), mean b (D,) and noise of standard deviation sigma, the decoder of
`companion.datasets.worlds.linear_gaussian`, z from N(0, I) and

    x = W z + b + sigma * noise,    p(z | x) = N(M (x - b), P^-1)
    P = I + W^T W / sigma^2,        M = P^-1 W^T / sigma^2

A model is the mapping that the world returns as its truth: loadings, mean, noise_std.
"""

import numpy as np

from companion.autoencoders.pca import PCA
from companion.autoencoders.variational import VAE
from companion.networks.checks import checked_rows


def posterior(x, truth):
    """Compute the exact posterior of the codes.

    Args:
        x: Examples, shape (n, D).
        truth: Mapping with loadings (D, K), mean (D,) and noise_std.

    Returns:
        z_mean: Posterior means, shape (n, K).
        covariance: Posterior covariance, the same for every example, shape (K, K).

    Raises:
        ValueError: If `x` is not (n, D).

    Source:
        Tipping and Bishop (1999), eq. 6 to 8, where M stands for our sigma^2 P.
    """
    x = checked_rows("x", x, len(truth["mean"]))
    kernel, precision = _encoder(truth)
    return (x - truth["mean"]) @ kernel, np.linalg.inv(precision)


def _encoder(truth):
    """The matrix M^T (D, K) of the posterior mean, and the precision P (K, K)."""
    loadings, variance = np.asarray(truth["loadings"], float), truth["noise_std"] ** 2
    precision = np.eye(loadings.shape[1]) + loadings.T @ loadings / variance
    return np.linalg.solve(precision, loadings.T / variance).T, precision


def best_variances(truth):
    """Compute the variances of the best posterior with independent units, shape (K,).

    KL(q || p(z | x)) is smallest where q has the exact mean and the variances 1 / P_kk:
    smaller than the exact ones, wherever the units depend on one another.
    """
    return 1.0 / np.diag(_encoder(truth)[1])


def elbo(x, truth, z_mean, variances):
    """Compute the exact ELBO of a posterior with independent Gaussian units.

    Args:
        x: Examples, shape (n, D).
        truth: The model, as in `posterior`.
        z_mean: Means of q, shape (n, K).
        variances: Variances of q, shape (K,) or (n, K), above 0.

    Returns:
        Nats per example, shape (n,).

    Raises:
        ValueError: If `x` or `z_mean` does not fit the model.
    """
    loadings, sigma = np.asarray(truth["loadings"], float), truth["noise_std"]
    n_features, latent_dim = loadings.shape
    x = checked_rows("x", x, n_features)
    z_mean = checked_rows("z_mean", z_mean, latent_dim)
    variances = np.broadcast_to(np.asarray(variances, float), z_mean.shape)
    squares = np.sum((x - truth["mean"] - z_mean @ loadings.T) ** 2, axis=1)
    squares += variances @ np.sum(loadings**2, axis=0)
    nll = squares / (2 * sigma**2) + 0.5 * n_features * np.log(2 * np.pi * sigma**2)
    kl = 0.5 * np.sum(z_mean**2 + variances - 1.0 - np.log(variances), axis=1)
    return -(nll + kl)


def probabilistic_pca(x, latent_dim, noise_std=None):
    """Fit the linear-Gaussian model with the highest likelihood.

    With the eigenvalues lambda_i and orthonormal axes u_i of the covariance of x, column
    i of W is sqrt(max(lambda_i - sigma^2, 0)) u_i, and sigma^2 is the mean of the D - K
    eigenvalues left out, or given. A unit with lambda_i below sigma^2 stays unused.

    Args:
        x: Training examples, shape (n, D).
        latent_dim: K, below D unless `noise_std` is given.
        noise_std: Standard deviation of the noise, or None to fit it.

    Returns:
        The model: loadings (D, K), orthogonal columns, mean (D,) and noise_std.

    Raises:
        ValueError: If `x` or `latent_dim` does not suit `PCA`, `noise_std` is not above
            0, or there is no noise left to fit.

    Source:
        Tipping and Bishop (1999), doi:10.1111/1467-9868.00196, eq. 14 and 15.
    """
    pca = PCA(latent_dim).fit(x)
    variances = pca.singular_values**2 / len(x)
    if noise_std is None:
        n_left = len(pca.mean) - latent_dim
        noise_std = np.sqrt(variances[latent_dim:].sum() / n_left) if n_left else 0.0
    if not noise_std > 0:
        raise ValueError(f"noise_std must be above 0; got {noise_std}")
    scales = np.sqrt(np.maximum(variances[:latent_dim] - noise_std**2, 0.0))
    return {
        "loadings": pca.components.T * scales,
        "mean": pca.mean,
        "noise_std": float(noise_std),
    }


def as_vae(truth, sigma=None, beta=1.0):
    """Put a linear-Gaussian model and its best encoder into a `VAE` without hidden layers.

    The encoder answers the exact posterior mean and `best_variances`. The optimum of a
    linear VAE with weight beta is that of plain noise sqrt(beta) * sigma: fit
    `probabilistic_pca` with that noise, and give sigma and beta here.

    Args:
        truth: The model, as in `posterior`.
        sigma: Standard deviation in the VAE's own likelihood; by default noise_std.
        beta: Weight of the KL in the loss of the VAE.

    Returns:
        A `VAE` with the Gaussian likelihood.
    """
    loadings, mean = np.asarray(truth["loadings"], float), np.asarray(truth["mean"], float)
    n_features, latent_dim = loadings.shape
    sigma = truth["noise_std"] if sigma is None else sigma
    model = VAE(n_features, latent_dim, (), likelihood="gaussian", sigma=sigma, beta=beta)
    kernel, _ = _encoder(truth)
    z_log_var = np.log(best_variances(truth))
    wide = np.hstack((kernel, np.zeros_like(kernel)))
    bias = np.concatenate((-mean @ kernel, z_log_var))
    model.set_weights([wide, bias, loadings.T, mean])
    return model


def from_vae(model):
    """Read the decoder of a `VAE` without hidden layers as a linear-Gaussian model.

    Args:
        model: A `VAE` with ``hidden=()`` and the Gaussian likelihood.

    Returns:
        The model: loadings (D, K), mean (D,) and noise_std.

    Raises:
        ValueError: If the VAE has hidden layers or another likelihood.
    """
    if model.hidden or model.likelihood != "gaussian":
        raise ValueError(
            "model must be a linear VAE with the Gaussian likelihood; "
            f"got hidden={model.hidden}, likelihood={model.likelihood!r}"
        )
    loadings, mean = (np.array(w, float) for w in model.decoder.get_weights())
    return {"loadings": loadings.T, "mean": mean, "noise_std": model.sigma}


def rate_distortion(variances, latent_dim, level):
    """Compute rate and distortion of the best linear VAE with beta sigma^2 = level.

    A component of variance lambda above the level is kept up to a squared error of
    `level`, at the price of log(lambda / level) / 2 nats; one below it is given up.

    Args:
        variances: Variances of the principal components, in descending order, (D,).
        latent_dim: K, the number of code units.
        level: beta sigma^2, above 0.

    Returns:
        rate: Nats per example, the mean KL.
        distortion: Expected squared error per example, summed over the features, of
            decoded samples of the code.

    Raises:
        ValueError: If `level` is not above 0.
    """
    if not level > 0:
        raise ValueError(f"level must be above 0; got {level}")
    variances = np.asarray(variances, dtype=float)
    kept, left_out = variances[:latent_dim], variances[latent_dim:]
    rate = 0.5 * np.sum(np.log(np.maximum(kept / level, 1.0)))
    return float(rate), float(np.minimum(kept, level).sum() + left_out.sum())
