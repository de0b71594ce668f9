"""Bounds on the log-likelihood of a VAE from several samples, and training on them.

With k samples z_1 .. z_k of q(z | x) and their weights w_i = p(x, z_i) / q(z_i | x):

    IWAE-k(x) = E[log((w_1 + ... + w_k) / k)]
    ELBO(x) = IWAE-1(x)  <=  IWAE-k(x)  <=  IWAE-(k+1)(x)  <=  log p(x)

For large k, 5000 in the papers, its one-sample estimate is what is reported as the
log-likelihood of a VAE. It is still a bound: too low, never too high, on average.
"""

import keras
import numpy as np
from keras import ops

from companion.autoencoders.losses import gaussian_kl
from companion.autoencoders.variational import VAE
from companion.networks.checks import check_counts, checked_rows

# Decoded at a time, so that 5000 samples of 10,000 images need little memory.
ROWS_AT_A_TIME = 20_000


def log_mean_exp(values, axis=0):
    """Compute log(mean(exp(values))) without overflow or underflow, on any backend.

    Args:
        values: Tensor or array of logarithms.
        axis: The axis to average over.

    Returns:
        A tensor without that axis.
    """
    largest = ops.max(values, axis=axis, keepdims=True)
    shifted = ops.log(ops.mean(ops.exp(values - largest), axis=axis))
    return shifted + ops.squeeze(largest, axis=axis)


@keras.saving.register_keras_serializable(package="companion")
class IWAE(VAE):
    """A VAE that is trained on the importance-weighted bound with several samples.

    Minimized, in nats per example, with the mean taken over the batch, is minus IWAE-k.
    With one sample it is the ELBO, with the KL estimated by sampling too.

    Args:
        n_features: D, the length of a flattened example.
        latent_dim: K, the number of code units.
        hidden: As in `VAE`.
        activation: As in `VAE`.
        likelihood: As in `VAE`.
        sigma: As in `VAE`.
        n_samples: k, the number of samples of each code.
        seed: Seed of the initial weights and of the sampling noise.

    Raises:
        ValueError: If `n_samples` is no integer of at least 1, or as in `VAE`.

    Source:
        Burda et al. (2016), arXiv:1509.00519, eq. 8.
    """

    def __init__(
        self,
        n_features,
        latent_dim,
        hidden=(64,),
        activation="tanh",
        likelihood="bernoulli",
        sigma=1.0,
        n_samples=5,
        seed=0,
        **kwargs,
    ):
        check_counts(n_samples=n_samples)
        super().__init__(
            n_features,
            latent_dim,
            hidden,
            activation,
            likelihood,
            sigma,
            seed=seed,
            **kwargs,
        )
        self.n_samples = int(n_samples)

    def call(self, x, training=False):
        # The samples are drawn where the loss is computed.
        return super().call(x, training=False)

    def loss_with(self, x, eps):
        """Compute minus the bound, averaged over the batch, with the noise given.

        Args:
            x: Data, shape (batch, D).
            eps: Noise from N(0, I), shape (n_samples, batch, K).

        Returns:
            One number, in nats.
        """
        return -ops.mean(log_mean_exp(self.log_weights(x, eps)))

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        shape = (self.n_samples, *ops.shape(y_pred["z_mean"]))
        seed = self.noise if training else self.seed
        return self.loss_with(x, keras.random.normal(shape, seed=seed))

    def get_config(self):
        config = super().get_config() | {"n_samples": self.n_samples}
        for name in ("beta", "free_bits", "warm_up_steps"):
            del config[name]
        return config


def _chunks(n_rows, n_samples):
    """Slices of the examples, and the samples to draw at a time for each of them."""
    samples = min(n_samples, 100)
    rows = max(1, ROWS_AT_A_TIME // samples)
    for start in range(0, n_rows, rows):
        counts = [samples] * (n_samples // samples)
        if n_samples % samples:
            counts.append(n_samples % samples)
        yield slice(start, start + rows), counts


def _checked(model, x, n_samples):
    check_counts(n_samples=n_samples)
    return checked_rows("x", x, model.n_features).astype("float32")


def log_weights(model, x, n_samples, seed=0):
    """Draw the logarithms of importance weights, log p(x, z) - log q(z | x).

    Args:
        model: A `VAE`.
        x: Examples, shape (n, D).
        n_samples: Number of samples of each code.
        seed: Seed of the noise, the same on every backend.

    Returns:
        Nats, shape (n_samples, n), float64.

    Raises:
        ValueError: If `x` is not (n, D) or `n_samples` no integer of at least 1.
    """
    x, rng = _checked(model, x, n_samples), np.random.default_rng(seed)
    blocks = []
    for rows, counts in _chunks(len(x), n_samples):
        part, drawn = ops.convert_to_tensor(x[rows]), []
        for count in counts:
            shape = (count, len(x[rows]), model.latent_dim)
            eps = rng.standard_normal(shape, dtype=np.float32)
            drawn.append(ops.convert_to_numpy(model.log_weights(part, eps)))
        blocks.append(np.concatenate(drawn).astype(float))
    return np.concatenate(blocks, axis=1)


def bound_from_weights(log_w, n_samples):
    """Estimate IWAE-k from many more than k weights, split into groups of k.

    Args:
        log_w: Logarithms of importance weights, shape (n_drawn, n).
        n_samples: k, at most n_drawn; what does not fill a group is left out.

    Returns:
        Nats, the mean over the groups, shape (n,).

    Raises:
        ValueError: If `n_samples` is no integer from 1 to n_drawn.
    """
    check_counts(n_samples=n_samples)
    log_w = np.asarray(log_w, dtype=float)
    if n_samples > len(log_w):
        raise ValueError(f"n_samples must be at most {len(log_w)}; got {n_samples}")
    n_groups = len(log_w) // n_samples
    groups = log_w[: n_groups * n_samples].reshape(n_groups, n_samples, -1)
    largest = groups.max(axis=1, keepdims=True)
    means = np.log(np.mean(np.exp(groups - largest), axis=1)) + largest[:, 0]
    return means.mean(axis=0)


def iwae_bound(model, x, n_samples, seed=0):
    """Estimate IWAE-k of each example: with k = 5000 the "log-likelihood" of the papers.

    The decoder sees at most `ROWS_AT_A_TIME` codes at once, so that memory stays small.

    Args:
        model: A `VAE`.
        x: Examples, shape (n, D).
        n_samples: k, the number of samples of each code.
        seed: Seed of the noise, the same on every backend.

    Returns:
        Nats, shape (n,), float64. Minus its mean over a test set is the NLL of the
        papers; its standard deviation divided by sqrt(n) is the error of that mean.

    Raises:
        ValueError: If `x` is not (n, D) or `n_samples` no integer of at least 1.

    Source:
        Burda et al. (2016), arXiv:1509.00519, eq. 8 and section 5.
    """
    x = _checked(model, x, n_samples)
    rows = max(1, ROWS_AT_A_TIME // 100)
    parts = [
        bound_from_weights(
            log_weights(model, x[i : i + rows], n_samples, [seed, i]), n_samples
        )
        for i in range(0, len(x), rows)
    ]
    return np.concatenate(parts)


def elbo_terms(model, x, n_samples=1, seed=0):
    """Estimate the two terms of the ELBO of each example; the KL is exact.

    Args:
        model: A `VAE`; its beta and free bits play no part.
        x: Examples, shape (n, D).
        n_samples: Number of samples of each code for the reconstruction.
        seed: Seed of the noise, the same on every backend.

    Returns:
        nll: E_q[-log p(x | z)], the distortion, nats, shape (n,).
        kl: KL(q(z | x) || N(0, I)), the rate, nats, shape (n,). ELBO = -(nll + kl).

    Raises:
        ValueError: If `x` is not (n, D) or `n_samples` no integer of at least 1.
    """
    x, rng = _checked(model, x, n_samples), np.random.default_rng(seed)
    nll, x = np.zeros(len(x)), ops.convert_to_tensor(x)
    z_mean, z_log_var = model.posterior(x)
    for _ in range(n_samples):
        eps = rng.standard_normal((len(x), model.latent_dim), dtype=np.float32)
        output = model.decoder(model.sample(z_mean, z_log_var, eps))
        nll += ops.convert_to_numpy(model.reconstruction_nll(x, output)) / n_samples
    return nll, ops.convert_to_numpy(gaussian_kl(z_mean, z_log_var)).astype(float)
