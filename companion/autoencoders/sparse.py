"""Sparse autoencoders: an overcomplete code of which few units are active at a time.

The network has one linear map on each side. Row j of the decoder's kernel Phi, the
dictionary, is the atom that code unit j adds to the reconstruction:

    a = x @ W + b,    z = code(a),    x_hat = out(z @ Phi + c)

Minimized per example, in nats up to a constant, then averaged over the batch:

    loss = 1/2 sum_d (x_d - x_hat_d)^2 + penalty(z)

The three models differ in `code` and `penalty` alone.
"""

import math

import keras
from keras import ops

from companion.autoencoders.dense import DenseAutoencoder
from companion.autoencoders.losses import bernoulli_kl, l1_norm, squared_error
from companion.networks.checks import is_count


@keras.saving.register_keras_serializable(package="companion")
class SparseAutoencoder(DenseAutoencoder):
    """What the three sparse autoencoders share; by itself a plain one with ReLU units.

    The norm of every atom is at most `max_norm`, at the start and after each step. A
    penalty on the size of the code needs that bound: without it, z / s and s Phi give
    the same reconstruction for any s at 1 / s of the price.

    Args:
        n_features: D, the length of a flattened example, at least 1.
        latent_dim: K, the number of code units; above D the code is overcomplete.
        output_activation: Activation of the last layer.
        max_norm: Largest Euclidean norm of an atom, above 0, or None for no bound.
        seed: Seed of the initial weights.

    Shapes:
        x and x_hat are (batch, D); a and z are (batch, K); `dictionary` is (K, D).

    Raises:
        ValueError: If a size is not an integer of at least 1, or `max_norm` not above 0.
    """

    def __init__(
        self,
        n_features,
        latent_dim,
        output_activation="linear",
        max_norm=1.0,
        seed=0,
        **kwargs,
    ):
        if max_norm is not None and not max_norm > 0:
            raise ValueError(f"max_norm must be above 0 or None; got {max_norm!r}")
        super().__init__(
            n_features,
            latent_dim,
            hidden=(),
            output_activation=output_activation,
            seed=seed,
            **kwargs,
        )
        self.max_norm = max_norm
        if max_norm is not None:
            # The optimizer applies the constraint of a variable after each of its steps.
            self.dictionary.constraint = keras.constraints.MaxNorm(max_norm, axis=1)
            self.dictionary.assign(self.dictionary.constraint(self.dictionary))

    @property
    def dictionary(self):
        """The decoder's kernel, shape (K, D), with one atom in each row."""
        return self.decoder.layers[0].kernel

    def code(self, a):
        """Turn the encoder's linear outputs a, shape (batch, K), into the code z."""
        return ops.relu(a)

    def penalty(self, z):
        """What a batch of codes, shape (batch, K), adds to the mean loss, in nats."""
        return 0.0

    def encode(self, x):
        """Map x, shape (batch, D), to its sparse code z, shape (batch, K)."""
        return self.code(self.encoder(x))

    def call(self, x):
        z = self.encode(x)
        return {"x_hat": self.decode(z), "z": z}

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        # With PyTorch, train_on_batch hands the target over as a NumPy array.
        y = ops.convert_to_tensor(y)
        error = 0.5 * ops.mean(squared_error(y, y_pred["x_hat"]))
        return error + self.penalty(y_pred["z"])

    def get_config(self):
        config = super().get_config() | {"max_norm": self.max_norm}
        for fixed in ("hidden", "activation", "tied"):
            config.pop(fixed, None)
        return config


@keras.saving.register_keras_serializable(package="companion")
class L1Autoencoder(SparseAutoencoder):
    """Rectified units that pay for their size: ``sparsity * mean_n sum_j |z_nj|``.

    Args:
        n_features: D, as in `SparseAutoencoder`.
        latent_dim: K, as in `SparseAutoencoder`.
        sparsity: The page's lambda, the price of one unit of activity, not negative.
        **settings: Further arguments of `SparseAutoencoder`.

    Raises:
        ValueError: As `SparseAutoencoder`, or if `sparsity` is negative.
    """

    def __init__(self, n_features, latent_dim, sparsity=0.1, **settings):
        if not sparsity >= 0:
            raise ValueError(f"sparsity must not be negative; got {sparsity!r}")
        super().__init__(n_features, latent_dim, **settings)
        self.sparsity = float(sparsity)

    def penalty(self, z):
        return self.sparsity * ops.mean(l1_norm(z))

    def get_config(self):
        return super().get_config() | {"sparsity": self.sparsity}


@keras.saving.register_keras_serializable(package="companion")
class KLAutoencoder(SparseAutoencoder):
    """Sigmoid units whose mean activity over the batch is drawn to a target rate.

    With rate_j the mean of z_nj over the batch,

        penalty = weight * sum_j KL(Bernoulli(target_rate) || Bernoulli(rate_j)).

    It sees the means alone: a unit that always answers target_rate pays nothing. The
    encoder's biases start at the log-odds of target_rate, so that the means start there.

    Args:
        n_features: D, as in `SparseAutoencoder`.
        latent_dim: K, as in `SparseAutoencoder`.
        target_rate: Wanted mean activity of each unit, strictly between 0 and 1.
        weight: Factor of the penalty, not negative.
        **settings: Further arguments of `SparseAutoencoder`.

    Raises:
        ValueError: As `SparseAutoencoder`, or if `target_rate` or `weight` is out of range.
    """

    def __init__(self, n_features, latent_dim, target_rate=0.05, weight=1.0, **settings):
        if not 0 < target_rate < 1:
            raise ValueError(f"target_rate must be between 0 and 1; got {target_rate!r}")
        if not weight >= 0:
            raise ValueError(f"weight must not be negative; got {weight!r}")
        super().__init__(n_features, latent_dim, **settings)
        self.target_rate, self.weight = float(target_rate), float(weight)
        log_odds = math.log(target_rate / (1.0 - target_rate))
        self.encoder.layers[0].bias.assign(ops.full((self.latent_dim,), log_odds))

    def code(self, a):
        return ops.sigmoid(a)

    def penalty(self, z):
        # In float32 a sigmoid can round to 0 or 1, where the divergence is infinite.
        rate = ops.clip(ops.mean(z, axis=0), 1e-6, 1.0 - 1e-6)
        return self.weight * ops.sum(bernoulli_kl(self.target_rate, rate))

    def get_config(self):
        config = {"target_rate": self.target_rate, "weight": self.weight}
        return super().get_config() | config


@keras.saving.register_keras_serializable(package="companion")
class KSparseAutoencoder(SparseAutoencoder):
    """Linear units of which the k largest are kept and all others set to zero.

    There is no penalty and nothing to tune but k. The gradient reaches the kept units
    alone, so that a unit that is never kept learns nothing.

    Args:
        n_features: D, as in `SparseAutoencoder`.
        latent_dim: K, as in `SparseAutoencoder`.
        k: Number of units kept for each example, from 1 to K.
        **settings: Further arguments of `SparseAutoencoder`.

    Raises:
        ValueError: As `SparseAutoencoder`, or if `k` is not an integer from 1 to K.

    Source:
        Makhzani and Frey (2013), arXiv:1312.5663, section 2.
    """

    def __init__(self, n_features, latent_dim, k=8, **settings):
        super().__init__(n_features, latent_dim, **settings)
        if not is_count(k) or k > self.latent_dim:
            raise ValueError(f"k must be an integer from 1 to {latent_dim}; got {k!r}")
        self.k = int(k)

    def code(self, a):
        # Of equal outputs top_k takes the first, so ties never let in one unit more.
        _, kept = ops.top_k(a, self.k)
        return a * ops.sum(ops.one_hot(kept, self.latent_dim, dtype=a.dtype), axis=-2)

    def get_config(self):
        return super().get_config() | {"k": self.k}
