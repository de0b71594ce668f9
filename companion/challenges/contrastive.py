"""Contrastive learning: two views of one example belong together, all others apart.

A batch has n examples and two views of each, so 2n codes z. With the cosine s(z, z') of
two codes and a temperature T, the loss of a code z_i whose partner is z_p is the
cross-entropy of finding the partner among all other codes::

    loss_i = -log( exp(s(z_i, z_p) / T) / sum_(j != i) exp(s(z_i, z_j) / T) )

and the loss of the batch is the mean over its 2n codes, in nats. Codes that are all alike
leave nothing but guessing: log(2n - 1).
"""

import keras
import numpy as np
from keras import layers, ops

from companion.networks.checks import check_counts, check_same_shape

FAR = 1e9  # takes a code out of the list of its own candidates


def nt_xent(z_a, z_b, temperature):
    """Normalized cross-entropy of finding each code's partner, on any backend.

    Args:
        z_a: Codes of the first views, shape (n, K); their length does not count.
        z_b: Codes of the second views, in the same order, shape (n, K).
        temperature: T, above 0.

    Returns:
        Nats, the mean over all 2n codes: one number.

    Raises:
        ValueError: If the shapes differ, or `temperature` is not above 0.

    Source:
        Chen et al. (2020), arXiv:2002.05709, eq. 1; van den Oord et al. (2018),
        arXiv:1807.03748, eq. 4, with one partner among many candidates.
    """
    check_same_shape("z_b", z_b, "z_a", z_a)
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0; got {temperature}")
    n = ops.shape(z_a)[0]
    z = unit_length(ops.concatenate([z_a, z_b]))
    similar = ops.matmul(z, ops.transpose(z)) / temperature
    similar = similar - FAR * ops.eye(2 * n, dtype=similar.dtype)
    partner = ops.concatenate([ops.arange(n) + n, ops.arange(n)])
    right = ops.sum(similar * ops.one_hot(partner, 2 * n, dtype=similar.dtype), axis=1)
    return ops.mean(ops.logsumexp(similar, axis=1) - right)


def alignment(z_a, z_b):
    """Squared distance of partners on the unit sphere, 2 - 2 s: no other code counts.

    Args:
        z_a: Codes of the first views, shape (n, K).
        z_b: Codes of the second views, shape (n, K).

    Returns:
        The mean over the n pairs: one number, 0 where all partners agree.

    Source:
        Wang and Isola (2020), arXiv:2005.10242, section 4, with the exponent 2.
    """
    difference = unit_length(z_a) - unit_length(z_b)
    return ops.mean(ops.sum(ops.square(difference), axis=1))


def unit_length(z):
    """Divide each code, a row of (n, K), by its length."""
    return z / ops.sqrt(ops.sum(ops.square(z), axis=1, keepdims=True) + 1e-12)


@keras.saving.register_keras_serializable(package="companion")
class ContrastiveModel(keras.Model):
    """An encoder and a projection that are trained on pairs of views.

    The projection is for the training only; later steps use the encoder. Train it with
    ``TrainedAgain(model, learning_rate)`` on the pairs, which are their own targets.

    Args:
        n_features: D, the length of a flattened view.
        hidden: Widths of the encoder's layers, all ReLU; the last is the code's.
        projected: K, the length of the codes that are compared.
        temperature: T of `nt_xent`, above 0.
        negatives: Whether other examples count; without them the loss is `alignment`.
        seed: Seed of the initial weights.

    Shapes:
        x is (n, 2, D); the answer is (n, 2, K).

    Raises:
        ValueError: If a size is no integer of at least 1, or `temperature` not above 0.

    Source:
        Chen et al. (2020), arXiv:2002.05709, section 2.1.
    """

    def __init__(
        self,
        n_features,
        hidden=(96, 48),
        projected=32,
        temperature=0.2,
        negatives=True,
        seed=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        widths = {f"hidden[{i}]": width for i, width in enumerate(hidden)}
        check_counts(n_features=n_features, projected=projected, **widths)
        if not temperature > 0:
            raise ValueError(f"temperature must be above 0; got {temperature}")
        self.n_features, self.hidden, self.projected = n_features, tuple(hidden), projected
        self.temperature, self.negatives, self.seed = temperature, negatives, seed
        n, width = len(self.hidden), self.hidden[-1]
        self.encoder = _dense((n_features, *self.hidden), ["relu"] * n, seed)
        self.projection = _dense((width, width, projected), ["relu", "linear"], seed + n)
        self.build((None, 2, self.n_features))

    def build(self, input_shape):
        # Both parts know their shapes, so the weights exist before the first call.
        self.built = True

    def encode(self, x):
        """Map views, (n, D), to their codes before the projection, (n, hidden[-1])."""
        return self.encoder(x)

    def call(self, x):
        views = ops.reshape(x, (-1, self.n_features))
        return ops.reshape(self.projection(self.encoder(views)), (-1, 2, self.projected))

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        z_a, z_b = y_pred[:, 0], y_pred[:, 1]
        return (
            nt_xent(z_a, z_b, self.temperature) if self.negatives else alignment(z_a, z_b)
        )

    def get_config(self):
        names = ("n_features", "hidden", "projected", "temperature", "negatives", "seed")
        return super().get_config() | {name: getattr(self, name) for name in names}


def effective_dimension(z):
    """Count the directions in which codes vary, each by its share of the variance.

    Args:
        z: Codes, shape (n, K).

    Returns:
        exp of the entropy of the shares of the principal variances: K if all are equal, 1
        if one direction has everything; and the total variance.

    Raises:
        ValueError: If `z` is no table of at least two codes.

    Source:
        Roy and Vetterli (2007), The effective rank, applied to the covariance.
    """
    z = np.asarray(z, dtype=float)
    if z.ndim != 2 or len(z) < 2:
        raise ValueError(f"z must be (n, K) with n of at least 2; got shape {z.shape}")
    variances = np.linalg.svd(z - z.mean(axis=0), compute_uv=False) ** 2 / len(z)
    total = variances.sum()
    shares = variances[variances > 1e-12 * total] / total if total else np.ones(1)
    return float(np.exp(-np.sum(shares * np.log(shares)))), float(total)


def _dense(sizes, activations, seed):
    """Dense layers of the given sizes, the first that of the input."""
    stack = keras.Sequential([keras.Input((sizes[0],))])
    for i, (width, name) in enumerate(zip(sizes[1:], activations, strict=True)):
        initializer = keras.initializers.GlorotUniform(seed=seed + i)
        stack.add(layers.Dense(width, name, kernel_initializer=initializer))
    return stack
