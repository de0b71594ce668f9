"""The reference autoencoder of the course: dense layers around a linear code, in Keras."""

import keras
from keras import layers

from companion.networks.checks import check_counts


class TiedDense(layers.Layer):
    """Use the kernel of another dense layer, transposed: y = act(x @ W.T + b).

    Only the bias is this layer's own. The kernel W stays with its layer, and in training
    it receives the sum of the gradients from both of its uses.

    Args:
        source: The layer that owns W, a built `keras.layers.Dense`.
        activation: Activation of this layer.

    Shapes:
        W is (n_out, n_in); x is (batch, n_in); y is (batch, n_out).
    """

    def __init__(self, source, activation):
        super().__init__()
        # A function, because Keras would count an attribute as a weight of this layer.
        self.borrowed_kernel = lambda: source.kernel
        self.activation = keras.activations.get(activation)
        self.bias = self.add_weight(
            shape=(source.kernel.shape[0],), initializer="zeros", name="bias"
        )
        self.built = True

    def call(self, x):
        kernel = keras.ops.transpose(self.borrowed_kernel())
        return self.activation(keras.ops.matmul(x, kernel) + self.bias)


@keras.saving.register_keras_serializable(package="companion")
class DenseAutoencoder(keras.Model):
    """Encode a flat example as a few numbers, and decode them.

    With one hidden layer of width H on each side:

        h = act(x @ W_1 + b_1)           z = h @ W_2 + b_2
        g = act(z @ W_3 + b_3)       x_hat = out(g @ W_4 + b_4)

    The code z is linear, so that no unit of it can die. The output activation must be
    able to reach the data: "sigmoid" for values in [0, 1], "linear" for standardized.

    With ``tied=True`` the decoder has no kernels of its own: W_3 = W_2.T and W_4 = W_1.T,
    before, during and after training. Its biases stay its own.

    Args:
        n_features: D, the length of a flattened example, at least 1.
        latent_dim: K, the number of code units, at least 1.
        hidden: Widths of the encoder's hidden layers; the decoder mirrors them.
        activation: Activation of the hidden layers.
        output_activation: Activation of the last layer.
        seed: Seed of the initial weights (Glorot uniform; biases start at zero).
        tied: Whether the decoder uses the encoder's kernels, transposed.

    Shapes:
        x and x_hat are (batch, D); z is (batch, K).

    Raises:
        ValueError: If a size is not an integer of at least 1.

    Source:
        Tied weights: Vincent et al. (2010), J. Mach. Learn. Res. 11:3371. Hinton and
        Salakhutdinov (2006), doi:10.1126/science.1127647, start tied and train untied.
    """

    def __init__(
        self,
        n_features,
        latent_dim,
        hidden=(64,),
        activation="relu",
        output_activation="sigmoid",
        seed=0,
        tied=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        widths = {f"hidden[{i}]": width for i, width in enumerate(hidden)}
        check_counts(n_features=n_features, latent_dim=latent_dim, **widths)
        self.n_features, self.latent_dim = int(n_features), int(latent_dim)
        self.hidden = tuple(int(width) for width in hidden)
        self.activation, self.output_activation = activation, output_activation
        self.seed, self.tied = seed, tied
        self.encoder = self._stack(
            "encoder", self.n_features, self.hidden, self.latent_dim, "linear", seed
        )
        self.decoder = self._tied_decoder() if tied else self._untied_decoder()
        self.build((None, self.n_features))

    def _stack(self, name, n_in, hidden, n_out, output_activation, seed):
        widths = [*hidden, n_out]
        activations = [self.activation] * len(hidden) + [output_activation]
        stack = keras.Sequential([keras.Input((n_in,))], name=name)
        for i, (width, activation) in enumerate(zip(widths, activations, strict=True)):
            initializer = keras.initializers.GlorotUniform(seed=seed + i)
            stack.add(layers.Dense(width, activation, kernel_initializer=initializer))
        return stack

    def _untied_decoder(self):
        return self._stack(
            "decoder",
            self.latent_dim,
            self.hidden[::-1],
            self.n_features,
            self.output_activation,
            self.seed + len(self.hidden) + 1,
        )

    def _tied_decoder(self):
        activations = [self.activation] * len(self.hidden) + [self.output_activation]
        stack = keras.Sequential([keras.Input((self.latent_dim,))], name="decoder")
        for source, activation in zip(self.encoder.layers[::-1], activations, strict=True):
            stack.add(TiedDense(source, activation))
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
        config = {name: getattr(self, name) for name in (*names, "seed", "tied")}
        return super().get_config() | config
