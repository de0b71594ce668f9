"""Detectors that reconstruct: an autoencoder's error, its code, and a VAE's bound.

The autoencoder has one hidden layer on each side and a linear output, and is trained on
standardized normal rows with a little noise on its input::

    minimize  mean |r(x + noise e) - x|^2,    score(x) = |r(x) - x|^2,

with e from N(0, I), drawn anew for every example that is seen. Models of one shape are
compiled once and lent to all detectors; a trained detector is arrays of NumPy.
"""

from functools import lru_cache

import keras
import numpy as np

from companion.autoencoders.dense import DenseAutoencoder
from companion.autoencoders.importance import elbo_terms
from companion.autoencoders.variational import VAE
from companion.networks import mlp
from companion.networks.checks import check_counts
from companion.practice.anomaly import Detector, check_latent_dim
from companion.practice.shift_trials import Falling, new_weights
from companion.training.again import TrainedAgain, draw_epochs

BATCH_SIZE = 32
LEARNING_RATE = 5e-3
SHARED_WIDTH = 64  # codes up to this size share one compiled model
SCORES = ("residual", "code", "both")
ACTIVATIONS = ("tanh", "relu")


@lru_cache(maxsize=32)
def _trainer(n_features, width, hidden, activation):
    """Compile one model for all sizes of the code up to a width; see `_padded`."""
    model = DenseAutoencoder(
        n_features,
        width,
        hidden=(hidden,),
        activation=activation,
        output_activation="linear",
    )
    rate = Falling()
    return TrainedAgain(model, rate, "mse"), rate


def _padded(params, width):
    """Add code units to an autoencoder whose weights in and out are zero.

    Such a unit is zero for every row, and so are the gradients of its weights: it stays
    as it is, and the network is the one with the smaller code.
    """
    weights, biases = ([np.array(a) for a in arrays] for arrays in params)
    more = width - len(biases[1])
    weights[1] = np.pad(weights[1], ((0, 0), (0, more)))
    biases[1] = np.pad(biases[1], (0, more))
    weights[2] = np.pad(weights[2], ((0, more), (0, 0)))
    return [a for pair in zip(weights, biases, strict=True) for a in pair]


def _cut(arrays, latent_dim):
    """Undo `_padded`."""
    weights, biases = ([np.asarray(a, float) for a in arrays[i::2]] for i in (0, 1))
    weights[1], biases[1] = weights[1][:, :latent_dim], biases[1][:latent_dim]
    weights[2] = weights[2][:latent_dim]
    return weights, biases


def _squared(distance):
    return np.sum(distance**2, axis=1)


class AutoencoderDetector(Detector):
    """Score rows by what an autoencoder, trained on normal rows, does with them.

    ``score_by="residual"`` is the squared error ``|r(x) - x|^2``. It cannot see a row
    that is reconstructed well. "code" is the squared Mahalanobis distance of the code from
    the training codes, which sees nothing else than the code. "both" adds that distance
    to the residual, divided by its mean on training rows and times D - K: for Gaussian
    rows near a plane, and enough of them, this is the Mahalanobis distance of the row. With
    few rows the mean is too small, because training fitted them, and the residual counts
    for more than its share.

    Args:
        latent_dim: K, the number of code units.
        hidden: Width of the hidden layer on either side.
        noise: Standard deviation of the noise on the input, in those of the columns.
        activation: Of the hidden layers, one of `ACTIVATIONS`.
        score_by: One of `SCORES`.
        n_steps: Updates by Adam on batches of 32, with a rate that falls to zero.
        seed: Seed of weights, order and noise.

    Raises:
        ValueError: If a setting is out of range, or (in `fit`) K is not below D.

    Source:
        Hawkins et al. (2002), doi:10.1007/3-540-46145-0_17, and Sakurada and Yairi
        (2014), doi:10.1145/2689746.2689747, for the residual.
    """

    def __init__(
        self,
        latent_dim=4,
        hidden=64,
        noise=0.1,
        activation="tanh",
        score_by="residual",
        n_steps=500,
        seed=0,
    ):
        check_counts(latent_dim=latent_dim, hidden=hidden, n_steps=n_steps)
        if not noise >= 0:
            raise ValueError(f"noise must not be negative; got {noise}")
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation must be one of {ACTIVATIONS}; got {activation!r}")
        if score_by not in SCORES:
            raise ValueError(f"score_by must be one of {SCORES}; got {score_by!r}")
        self.latent_dim, self.hidden, self.noise = latent_dim, hidden, noise
        self.activation, self.score_by = activation, score_by
        self.n_steps, self.seed = n_steps, seed

    def _check_columns(self, n_columns):
        check_latent_dim(self.latent_dim, n_columns)

    def _fit(self, x):
        rng = np.random.default_rng([self.seed, 1])
        self._start(x, rng)
        self._train(x, self.n_steps, rng)
        self._learn_scales(x)

    def _start(self, x, rng):
        sizes = [x.shape[1], self.hidden, self.latent_dim, self.hidden, x.shape[1]]
        self.params = mlp.init(sizes, rng)

    def _train(self, x, n_steps, rng):
        """Go on from `params`, and keep what comes out as arrays of NumPy."""
        width = min(x.shape[1], max(SHARED_WIDTH, self.latent_dim))
        trainer, rate = _trainer(x.shape[1], width, self.hidden, self.activation)
        rate.set(LEARNING_RATE, n_steps)
        trainer.begin(_padded(self.params, width))
        target = x[draw_epochs(len(x), n_steps * BATCH_SIZE, rng)].astype("float32")
        noisy = target + self.noise * rng.standard_normal(target.shape, np.float32)
        trainer.steps.run(noisy, target, np.arange(len(target)), BATCH_SIZE)
        self.params = _cut(trainer.model.get_weights(), self.latent_dim)

    def _learn_scales(self, x):
        z, residual = self._code_and_residual(x)
        self.code_mean, self.residual_mean = z.mean(axis=0), residual.mean()
        covariance = np.cov(z, rowvar=False).reshape(self.latent_dim, self.latent_dim)
        # A unit that never moves would have no distance; the ridge is far below the rest.
        ridge = 1e-6 * max(np.trace(covariance) / self.latent_dim, 1e-12)
        factor = np.linalg.cholesky(covariance + ridge * np.eye(self.latent_dim))
        self.whiten = np.linalg.inv(factor).T

    def _layers(self, x):
        names = [self.activation, "linear", self.activation, "linear"]
        return mlp.forward(self.params, x, names)

    def _code_and_residual(self, x):
        layers = self._layers(x)
        return layers[2], _squared(layers[4] - x)

    def reconstruct(self, x):
        """Reconstruct rows, shape (n, D), in the units of the columns."""
        standardized = self._standardize(np.asarray(x, dtype=float))
        return self._layers(standardized)[-1] * self.scale + self.mean

    def _score(self, x):
        z, residual = self._code_and_residual(x)
        if self.score_by == "residual":
            return residual
        distance = _squared((z - self.code_mean) @ self.whiten)
        if self.score_by == "code":
            return distance
        n_left = x.shape[1] - self.latent_dim
        return distance + n_left * residual / max(self.residual_mean, 1e-12)


@lru_cache(maxsize=32)
def _vae_trainer(n_features, latent_dim, hidden, sigma):
    model = VAE(
        n_features, latent_dim, hidden=(hidden,), likelihood="gaussian", sigma=sigma
    )
    rate = Falling()
    return TrainedAgain(model, rate), rate


class VAEDetector(Detector):
    """Score rows by minus the ELBO of a variational autoencoder, in nats.

    The bound adds a Gaussian residual, in units of sigma, and the divergence of the code
    from its prior: rows that are reconstructed well but lie far out are strange too.

    Args:
        latent_dim: K, the number of code units.
        sigma: Standard deviation of each standardized column, given the code.
        hidden: Width of the hidden layer on either side.
        n_steps: As in `AutoencoderDetector`.
        n_samples: Samples of each code at scoring.
        seed: Seed of weights, order and noise.

    Raises:
        ValueError: If a setting is out of range, or (in `fit`) K is not below D.
    """

    def __init__(
        self, latent_dim=4, sigma=0.5, hidden=64, n_steps=500, n_samples=10, seed=0
    ):
        check_counts(
            latent_dim=latent_dim, hidden=hidden, n_steps=n_steps, n_samples=n_samples
        )
        if not sigma > 0:
            raise ValueError(f"sigma must be above 0; got {sigma}")
        self.latent_dim, self.sigma, self.hidden = latent_dim, sigma, hidden
        self.n_steps, self.n_samples, self.seed = n_steps, n_samples, seed

    def _check_columns(self, n_columns):
        check_latent_dim(self.latent_dim, n_columns)

    def _fit(self, x):
        trainer, rate = self._trainer(x)
        rng = np.random.default_rng([self.seed, 1])
        rate.set(LEARNING_RATE, self.n_steps)
        # Whatever was trained before, the noise begins where this seed says.
        fresh = keras.random.SeedGenerator(self.seed).state
        trainer.model.noise.state.assign(fresh)
        variables = [new_weights(trainer.model.encoder, rng)]
        variables.append(new_weights(trainer.model.decoder, rng))
        trainer.begin([*variables[0], *variables[1]])
        self.weights = trainer.train(x.astype("float32"), self.n_steps, BATCH_SIZE, rng)

    def _trainer(self, x):
        return _vae_trainer(x.shape[1], self.latent_dim, self.hidden, self.sigma)

    def _score(self, x):
        model = self._trainer(x)[0].model
        model.set_weights(self.weights)
        nll, kl = elbo_terms(model, x, self.n_samples, self.seed)
        return nll + kl
