"""An autoencoder for images: convolutions down to a code, transposed convolutions up.

A strided convolution looks at a small window of the image, with the same weights at every
place, and keeps every second place only. Stacked, the windows see more and more of the
image while the feature maps shrink. The decoder goes the same way backwards; what its
layers have to do with those of the encoder stands in
`companion.autoencoders.transposed_convolution`.
"""

import keras
from keras import layers

from companion.networks.checks import check_counts

STRIDE = 2


def check_image_shape(image_shape, n_layers):
    """Refuse an image that cannot be halved once for each layer.

    Args:
        image_shape: (height, width, channels).
        n_layers: Number of strided convolutions.

    Raises:
        ValueError: If it is not three integers of at least 1, or a side is not divisible
            by 2**n_layers, so that the decoder would give back another size.
    """
    if len(tuple(image_shape)) != 3:
        raise ValueError(
            f"image_shape must be (height, width, channels); got {tuple(image_shape)}"
        )
    names = ("height", "width", "channels")
    check_counts(**{f"image_shape {n}": s for n, s in zip(names, image_shape, strict=True)})
    factor = STRIDE**n_layers
    for name, side in zip(names[:2], image_shape[:2], strict=True):
        if side % factor:
            raise ValueError(
                f"image_shape {name} must be divisible by {factor}, the product of "
                f"{n_layers} strides of {STRIDE}; got {side}"
            )


@keras.saving.register_keras_serializable(package="companion")
class ConvolutionalAutoencoder(keras.Model):
    """Encode an image by strided convolutions, decode it by transposed ones.

    With two layers, ``*`` for a convolution of stride 2 and ``*^T`` for its transpose::

        a_1 = act(x * W_1 + b_1)                 (H/2, W/2, F_1)
        a_2 = act(a_1 * W_2 + b_2)               (H/4, W/4, F_2), the feature map
        z = flat(a_2) @ W_3 + b_3                (K,), linear: no unit of it can die
        g_2 = act(z @ W_4 + b_4)                 (H/4, W/4, F_2) after a reshape
        g_1 = act(g_2 *^T W_5 + b_5)             (H/2, W/2, F_1)
        x_hat = out(g_1 *^T W_6 + b_6)           (H, W, C)

    The image is padded with zeros, so that a layer halves the sides exactly.

    Args:
        image_shape: (H, W, C); both sides divisible by 2**len(filters).
        latent_dim: K, the number of code units, at least 1.
        filters: Feature maps of each convolution; the decoder mirrors them.
        kernel_size: Side of the windows in pixels, at least 2, for otherwise a stride of
            2 skips pixels. An even one lets all output pixels receive equally often.
        activation: Activation of the hidden layers.
        output_activation: Activation of the last layer.
        seed: Seed of the initial weights (Glorot uniform; biases start at zero).

    Shapes:
        x and x_hat are (batch, H, W, C); z is (batch, K).

    Raises:
        ValueError: If a size is not an integer of at least 1, or does not fit.

    Source:
        Masci et al. (2011), doi:10.1007/978-3-642-21735-7_7, for the idea; theirs pools
        instead of striding, and its code is the feature map.
    """

    def __init__(
        self,
        image_shape,
        latent_dim,
        filters=(8, 16),
        kernel_size=4,
        activation="relu",
        output_activation="sigmoid",
        seed=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        widths = {f"filters[{i}]": width for i, width in enumerate(filters)}
        check_counts(latent_dim=latent_dim, kernel_size=kernel_size, **widths)
        if not widths:
            raise ValueError("filters must name at least one layer; got none")
        if kernel_size < STRIDE:
            raise ValueError(
                f"kernel_size must be at least {STRIDE}, the stride; got {kernel_size}"
            )
        check_image_shape(image_shape, len(widths))
        self.image_shape = tuple(int(side) for side in image_shape)
        self.latent_dim, self.kernel_size = int(latent_dim), int(kernel_size)
        self.filters = tuple(int(width) for width in filters)
        self.activation, self.output_activation = activation, output_activation
        self.seed = seed
        self.encoder, self.decoder = self._encoder(), self._decoder()
        self.build((None, *self.image_shape))

    def _layer(self, kind, place, units, activation, **settings):
        initializer = keras.initializers.GlorotUniform(seed=self.seed + place)
        return kind(
            units, activation=activation, kernel_initializer=initializer, **settings
        )

    def _window(self):
        return {
            "kernel_size": self.kernel_size,
            "strides": STRIDE,
            "padding": "same",
            "data_format": "channels_last",
        }

    def _encoder(self):
        stack = keras.Sequential([keras.Input(self.image_shape)], name="encoder")
        for i, width in enumerate(self.filters):
            stack.add(
                self._layer(layers.Conv2D, i, width, self.activation, **self._window())
            )
        stack.add(layers.Flatten(data_format="channels_last"))
        stack.add(self._layer(layers.Dense, len(self.filters), self.latent_dim, "linear"))
        return stack

    def _decoder(self):
        n_layers, (height, width, channels) = len(self.filters), self.image_shape
        factor = STRIDE**n_layers
        smallest = (height // factor, width // factor, self.filters[-1])
        n_features = smallest[0] * smallest[1] * smallest[2]
        stack = keras.Sequential([keras.Input((self.latent_dim,))], name="decoder")
        stack.add(self._layer(layers.Dense, n_layers + 1, n_features, self.activation))
        stack.add(layers.Reshape(smallest))
        widths = [*self.filters[-2::-1], channels]
        activations = [self.activation] * (n_layers - 1) + [self.output_activation]
        for i, (n_maps, activation) in enumerate(zip(widths, activations, strict=True)):
            place = n_layers + 2 + i
            stack.add(
                self._layer(
                    layers.Conv2DTranspose, place, n_maps, activation, **self._window()
                )
            )
        return stack

    def build(self, input_shape):
        # Both halves know their shapes, so the weights exist before the first call.
        self.built = True

    def feature_map(self, x):
        """Map x, (batch, H, W, C), to the last convolution's output, (batch, h, w, F)."""
        for layer in self.encoder.layers[: len(self.filters)]:
            x = layer(x)
        return x

    def encode(self, x):
        """Map x, shape (batch, H, W, C), to its code z, shape (batch, K)."""
        return self.encoder(x)

    def decode(self, z):
        """Map codes z, shape (batch, K), to reconstructions, shape (batch, H, W, C)."""
        return self.decoder(z)

    def call(self, x):
        return self.decode(self.encode(x))

    def get_config(self):
        names = ("image_shape", "latent_dim", "filters", "kernel_size", "activation")
        config = {n: getattr(self, n) for n in (*names, "output_activation", "seed")}
        return super().get_config() | config
