"""AutoRec: an autoencoder of rows of ratings, most of which are missing."""

import keras
import numpy as np
from keras import layers, ops

from companion.autoencoders.losses import masked_squared_error
from companion.networks.checks import check_counts


def with_mask(values, mask):
    """Stack ratings and mask into the inputs of an `AutoRec`.

    Args:
        values: Ratings, (n, D), 0 where there is none: users by items for U-AutoRec, and
            the transpose for I-AutoRec.
        mask: 1 where there is a rating, otherwise 0, (n, D).

    Returns:
        float32 array, (n, 2, D).
    """
    return np.stack([values * mask, mask], axis=1).astype(np.float32)


@keras.saving.register_keras_serializable(package="companion")
class AutoRec(keras.Model):
    """Reconstruct all ratings of an item (or of a user) from those that are there.

    Minimized, with the mean over the rows of a batch::

        loss = mean(sum over observed (r - r_hat)**2) + l2 / 2 (|W|**2 + |V|**2)

    where r_hat = V sigmoid(W r + b) + c and missing ratings enter r as zeros. Only
    observed ratings appear in the first term. W and V are the kernels of the two layers.

    Train it with ``training.fit(model, with_mask(values, mask), ..., loss=None)``.

    Args:
        n_features: D, the length of a row: the number of users for I-AutoRec, of items
            for U-AutoRec.
        latent_dim: K, the number of hidden units.
        l2: Weight of the penalty, not negative.
        mean: What the output's biases begin at: the mean of the training ratings.
        seed: Seed of the initial weights.

    Shapes:
        x is (batch, 2, D), ratings and mask (`with_mask`); x_hat is (batch, D); z is
        (batch, K).

    Raises:
        ValueError: If a size is no integer of at least 1, or `l2` is negative.

    Source:
        Sedhain et al. (2015), AutoRec, equations 1 and 2. The paper's penalty is added
        once to the sum over all n rows, so its lambda is n times this `l2`.
    """

    def __init__(self, n_features, latent_dim=50, l2=0.0, mean=0.0, seed=0, **kwargs):
        super().__init__(**kwargs)
        check_counts(n_features=n_features, latent_dim=latent_dim)
        if not l2 >= 0:
            raise ValueError(f"l2 must not be negative; got {l2}")
        self.n_features, self.latent_dim = int(n_features), int(latent_dim)
        self.l2, self.mean, self.seed = float(l2), float(mean), int(seed)
        glorot = keras.initializers.GlorotUniform
        self.encoder = layers.Dense(
            self.latent_dim, "sigmoid", kernel_initializer=glorot(seed), name="encoder"
        )
        self.decoder = layers.Dense(
            self.n_features,
            kernel_initializer=glorot(seed + 1),
            bias_initializer=keras.initializers.Constant(self.mean),
            name="decoder",
        )
        # A weight, so that one compiled model can be trained with one penalty or another.
        self.penalty_weight = self.add_weight(
            (), keras.initializers.Constant(self.l2), trainable=False, name="l2"
        )
        self.encoder.build((None, self.n_features))
        self.decoder.build((None, self.latent_dim))
        self.build((None, 2, self.n_features))

    def build(self, input_shape):
        # Both layers know their shapes, so the weights exist before the first call.
        self.built = True

    def encode(self, x):
        """Map rows with their masks, (batch, 2, D), to codes, (batch, K)."""
        return self.encoder(ops.convert_to_tensor(x)[:, 0])

    def decode(self, z):
        """Map codes, (batch, K), to all ratings, (batch, D)."""
        return self.decoder(z)

    def call(self, x, training=False):
        return self.decode(self.encode(x))

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        ratings, mask = x[:, 0], x[:, 1]
        error = masked_squared_error(ratings[..., None], y_pred[..., None], mask)
        return ops.mean(error) + 0.5 * self.penalty_weight * self.penalty()

    def penalty(self):
        """Sum of the squares of both kernels, a scalar."""
        return sum(ops.sum(ops.square(d.kernel)) for d in (self.encoder, self.decoder))

    def get_config(self):
        names = ("n_features", "latent_dim", "l2", "mean", "seed")
        return super().get_config() | {name: getattr(self, name) for name in names}
