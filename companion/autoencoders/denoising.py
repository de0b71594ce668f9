"""Denoising autoencoder: it sees a damaged example and has to answer the clean one.

With C the corruption, drawn anew for every example in every step:

    x_noisy = C(x, noise)        loss = distance of x and g(f(x_noisy))

The target is x, not x_noisy. For the squared error the best answer is the mean of all
clean examples that x_noisy may have come from, E[x | x_noisy].
"""

import keras
from keras import ops

from companion.autoencoders.corruption import check_corruption, corrupt, draw_noise
from companion.autoencoders.nonlinear_code import NonlinearCodeAutoencoder


@keras.saving.register_keras_serializable(package="companion")
class DenoisingAutoencoder(NonlinearCodeAutoencoder):
    """A dense autoencoder that corrupts its input, in training only.

    Train it with `companion.training.fit(model, x)`: the target is x by default. To stop
    on what matters, give a corrupted `x_val` and the clean `target_val`: validation is
    no training, so the model itself corrupts nothing there.

    Args:
        n_features: D, the length of a flattened example, at least 1.
        latent_dim: K, the number of code units, at least 1; it may exceed D.
        corruption: "gaussian", "masking" or "salt_and_pepper"; see
            `companion.autoencoders.corruption`.
        amount: Standard deviation of Gaussian noise, else the share of entries hit.
        hidden: Widths of the layers between x and the code; none by default.
        activation: Activation of the code and of the hidden layers.
        output_activation: Activation of the last layer.
        tied: Whether the decoder uses the encoder's weights, transposed.
        seed: Seed of the initial weights and of the noise.

    Shapes:
        x, noise and x_hat are (batch, D); z is (batch, K).

    Raises:
        ValueError: If a size is not an integer of at least 1, the corruption is unknown,
            or the amount out of its range.

    Source:
        Vincent et al. (2008), Extracting and composing robust features with denoising
        autoencoders (masking, tied weights); Vincent et al. (2010) for all three.
    """

    def __init__(
        self,
        n_features,
        latent_dim,
        corruption="gaussian",
        amount=0.3,
        hidden=(),
        activation="sigmoid",
        output_activation="sigmoid",
        tied=False,
        seed=0,
        **kwargs,
    ):
        check_corruption(corruption, amount)
        super().__init__(
            n_features,
            latent_dim,
            hidden=hidden,
            activation=activation,
            output_activation=output_activation,
            tied=tied,
            seed=seed,
            **kwargs,
        )
        self.corruption, self.amount = corruption, float(amount)

    def build(self, input_shape):
        # Here, because a model that is built takes no new state.
        if not self.built:
            self.noise_seed = keras.random.SeedGenerator(self.seed)
        super().build(input_shape)

    def corrupt(self, x, noise):
        """Damage x with given noise; both are (batch, D)."""
        return corrupt(x, noise, self.corruption, self.amount)

    def call(self, x, training=False):
        if training and self.amount > 0:
            x = self.corrupt(x, draw_noise(ops.shape(x), self.corruption, self.noise_seed))
        return super().call(x)

    def get_config(self):
        own = {"corruption": self.corruption, "amount": self.amount}
        return super().get_config() | own
