"""The linear autoencoder in Keras: PCA by gradient descent, if the output is linear."""

import keras
import numpy as np
from keras import ops

from companion.autoencoders.dense import DenseAutoencoder
from companion.autoencoders.losses import squared_error


@keras.saving.register_keras_serializable(package="companion")
class LinearAutoencoder(DenseAutoencoder):
    """One linear map to the code and one map back, with an optional L2 penalty.

        z = x @ E + b,    x_hat = out(z @ F + c)

    Minimized, with the squared error summed over features and averaged over examples::

        loss = mean |x - x_hat|^2 + sum_k penalty_k (|column k of E|^2 + |row k of F|^2)

    With a linear output the minimum spans the principal subspace. One penalty above 0 for
    all units makes the singular vectors of F the principal axes; penalties that grow from
    unit to unit make row k of F point along axis k itself. Tied weights, F = E.T, leave
    the rotation of the code free.

    Args:
        n_features: D, the length of a flattened example, at least 1.
        latent_dim: K, the number of code units, at least 1.
        penalty: One number for all code units, or K numbers; not negative.
        output_activation: "linear", or for example "sigmoid" for a decoder that stays in
            [0, 1].
        tied: Whether the decoder uses the encoder's kernel, transposed.
        seed: Seed of the initial weights.

    Shapes:
        x and x_hat are (batch, D); z is (batch, K); E is (D, K), F is (K, D).

    Raises:
        ValueError: If a size is not an integer of at least 1, or `penalty` is negative or
            not of length K.

    Source:
        Baldi and Hornik (1989), doi:10.1016/0893-6080(89)90014-2; Kunin et al. (2019),
        arXiv:1901.08168.
    """

    def __init__(
        self,
        n_features,
        latent_dim,
        penalty=0.0,
        output_activation="linear",
        tied=False,
        seed=0,
        **kwargs,
    ):
        super().__init__(
            n_features,
            latent_dim,
            hidden=(),
            output_activation=output_activation,
            seed=seed,
            tied=tied,
            **kwargs,
        )
        sizes = np.asarray(penalty, dtype=float)
        if sizes.shape not in ((), (self.latent_dim,)) or not np.all(sizes >= 0):
            raise ValueError(
                f"penalty must be one number or {self.latent_dim} numbers, none negative; "
                f"got {penalty}"
            )
        self.penalty = [float(p) for p in np.broadcast_to(sizes, (self.latent_dim,))]

    @property
    def kernels(self):
        """Encoder kernel E, shape (D, K), and decoder kernel F, shape (K, D)."""
        encoder = self.encoder.layers[0].kernel
        return encoder, ops.transpose(encoder) if self.tied else self.decoder.layers[
            0
        ].kernel

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        encoder, decoder = self.kernels
        sizes = ops.sum(ops.square(encoder), axis=0) + ops.sum(ops.square(decoder), axis=1)
        penalty = ops.cast(ops.convert_to_tensor(self.penalty), sizes.dtype)
        return ops.mean(squared_error(y, y_pred)) + ops.sum(penalty * sizes)

    def get_config(self):
        config = super().get_config() | {"penalty": self.penalty}
        return {k: v for k, v in config.items() if k not in ("hidden", "activation")}
