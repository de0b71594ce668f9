"""The dense autoencoder with a nonlinear code, as denoising and contraction want it.

The code units have the activation of the hidden layers. With no hidden layer, as in the
papers that introduced both methods,

    z = act(x @ W + b)        x_hat = out(z @ V + c)        V = W.T if tied
"""

import keras

from companion.autoencoders.dense import DenseAutoencoder


@keras.saving.register_keras_serializable(package="companion")
class NonlinearCodeAutoencoder(DenseAutoencoder):
    """A `DenseAutoencoder` whose code units are nonlinear; by default the only layer.

    Args:
        n_features: D, the length of a flattened example, at least 1.
        latent_dim: K, the number of code units, at least 1; it may exceed D.
        hidden: Widths of the layers between x and the code; none by default.
        activation: Activation of the code and of the hidden layers.
        output_activation: Activation of the last layer.
        tied: Whether the decoder uses the encoder's kernels, transposed.
        seed: Seed of the initial weights.

    Shapes:
        x and x_hat are (batch, D); z is (batch, K).

    Raises:
        ValueError: If a size is not an integer of at least 1.
    """

    def __init__(
        self,
        n_features,
        latent_dim,
        hidden=(),
        activation="sigmoid",
        output_activation="sigmoid",
        tied=False,
        seed=0,
        **kwargs,
    ):
        super().__init__(
            n_features,
            latent_dim,
            hidden=hidden,
            activation=activation,
            output_activation=output_activation,
            seed=seed,
            tied=tied,
            **kwargs,
        )

    def _stack(self, name, n_in, hidden, n_out, output_activation, seed):
        if name == "encoder":
            output_activation = self.activation
        return super()._stack(name, n_in, hidden, n_out, output_activation, seed)
