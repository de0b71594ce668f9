"""The reference autoencoder of the course: dense layers around a linear code, in Keras."""

import keras
from keras import layers

from companion.networks.checks import check_counts


@keras.saving.register_keras_serializable(package="companion")
class DenseAutoencoder(keras.Model):
    """Encode a flat example as a few numbers, and decode them.

    With one hidden layer of width H on each side:

        h = act(x @ W_1 + b_1)           z = h @ W_2 + b_2
        g = act(z @ W_3 + b_3)       x_hat = out(g @ W_4 + b_4)

    The code z is linear, so that no unit of it can die. The output activation must be
    able to reach the data: "sigmoid" for values in [0, 1], "linear" for standardized.

    Args:
        n_features: D, the length of a flattened example, at least 1.
        latent_dim: K, the number of code units, at least 1.
        hidden: Widths of the encoder's hidden layers; the decoder mirrors them.
        activation: Activation of the hidden layers.
        output_activation: Activation of the last layer.
        seed: Seed of the initial weights (Glorot uniform; biases start at zero).

    Shapes:
        x and x_hat are (batch, D); z is (batch, K).

    Raises:
        ValueError: If a size is not an integer of at least 1.
    """

    def __init__(
        self,
        n_features,
        latent_dim,
        hidden=(64,),
        activation="relu",
        output_activation="sigmoid",
        seed=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        widths = {f"hidden[{i}]": width for i, width in enumerate(hidden)}
        check_counts(n_features=n_features, latent_dim=latent_dim, **widths)
        self.n_features, self.latent_dim = int(n_features), int(latent_dim)
        self.hidden = tuple(int(width) for width in hidden)
        self.activation, self.output_activation = activation, output_activation
        self.seed = seed
        self.encoder = self._stack(
            "encoder", self.n_features, self.hidden, self.latent_dim, "linear", seed
        )
        self.decoder = self._stack(
            "decoder",
            self.latent_dim,
            self.hidden[::-1],
            self.n_features,
            output_activation,
            seed + len(self.hidden) + 1,
        )
        self.build((None, self.n_features))

    def _stack(self, name, n_in, hidden, n_out, output_activation, seed):
        widths = [*hidden, n_out]
        activations = [self.activation] * len(hidden) + [output_activation]
        stack = keras.Sequential([keras.Input((n_in,))], name=name)
        for i, (width, activation) in enumerate(zip(widths, activations, strict=True)):
            initializer = keras.initializers.GlorotUniform(seed=seed + i)
            stack.add(layers.Dense(width, activation, kernel_initializer=initializer))
        return stack

    def build(self, input_shape):
        # Both halves know their shapes, so the weights exist before the first call.
        self.built = True

    def encode(self, x):
        """Map x, shape (batch, D), to its code z, shape (batch, K)."""
        return self.encoder(x)

    def decode(self, z):
        """Map codes z, shape (batch, K), to reconstructions, shape (batch, D)."""
        return self.decoder(z)

    def call(self, x):
        return self.decode(self.encode(x))

    def get_config(self):
        names = ("n_features", "latent_dim", "hidden", "activation", "output_activation")
        config = {name: getattr(self, name) for name in (*names, "seed")}
        return super().get_config() | config
