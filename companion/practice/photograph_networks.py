"""Two networks that clean photographs: one keeps the input in view, one does not.

    residual    x_hat = y + h(y, map)         the network answers with a correction
    code        x_hat = g(f(y, map))          an autoencoder: all passes through a code

In the first every layer is as large as the image, and the input itself is added at the
end, as in DnCNN. In the second three strided convolutions lead to a code with fewer
numbers than pixels, and three transposed ones back.

Source:
    Zhang et al. (2017), doi:10.1109/TIP.2017.2662206, for the residual network; here
    without batch normalization and much smaller.
"""

import keras
from keras import layers, ops

from companion.networks.checks import check_counts

HALVINGS = 3


class PhotographNetwork(keras.Model):
    """What both networks share: their input, and that they are built at once."""

    grid = 1

    def _input(self):
        return keras.Input((None, None, 2))

    def _convolve(self, kind, units, place, activation="relu", size=3, **settings):
        # Seeds of neighboring networks must not share any layer.
        start = keras.initializers.HeNormal(seed=1000 * self.seed + place)
        settings |= {"padding": "same", "data_format": "channels_last"}
        return kind(
            units, size, activation=activation, kernel_initializer=start, **settings
        )

    def build(self, input_shape):
        # The layers know their shapes, so the weights exist before the first call.
        self.built = True


@keras.saving.register_keras_serializable(package="companion")
class ResidualDenoiser(PhotographNetwork):
    """Correct an image by convolutions that never make it smaller.

    Args:
        filters: Feature maps of each hidden layer, at least 1.
        depth: Number of convolutions, at least 2.
        seed: Seed of the initial weights. The last layer starts at zero, so that an
            untrained network returns its input.

    Shapes:
        x is (batch, H, W, 2), image and map; the answer is (batch, H, W, 1).

    Raises:
        ValueError: If a size is not an integer, or too small.
    """

    def __init__(self, filters=12, depth=4, seed=0, **kwargs):
        super().__init__(**kwargs)
        check_counts(filters=filters, depth=depth)
        if depth < 2:
            raise ValueError(f"depth must be at least 2; got {depth}")
        self.filters, self.depth, self.seed = int(filters), int(depth), seed
        self.reach = int(depth)
        stack = keras.Sequential([self._input()])
        for place in range(depth - 1):
            stack.add(self._convolve(layers.Conv2D, filters, place))
        last = layers.Conv2D(1, 3, padding="same", kernel_initializer="zeros")
        stack.add(last)
        self.correction = stack
        self.built = True

    def call(self, x):
        return x[..., :1] + self.correction(x)

    def get_config(self):
        names = ("filters", "depth", "seed")
        return super().get_config() | {name: getattr(self, name) for name in names}


@keras.saving.register_keras_serializable(package="companion")
class CodeDenoiser(PhotographNetwork):
    """Clean an image by way of a code with fewer numbers than pixels.

    Args:
        code_channels: Numbers of the code for each 8 by 8 pixels, at least 1.
        filters: Feature maps of the first convolution; each further one has twice as many.
        seed: Seed of the initial weights.

    Shapes:
        x is (batch, H, W, 2), H and W divisible by 8; z is (batch, H/8, W/8,
        code_channels); the answer is (batch, H, W, 1).

    Raises:
        ValueError: If a size is not an integer of at least 1.
    """

    grid, reach = 2**HALVINGS, 48

    def __init__(self, code_channels=16, filters=8, seed=0, **kwargs):
        super().__init__(**kwargs)
        check_counts(code_channels=code_channels, filters=filters)
        self.code_channels, self.filters = int(code_channels), int(filters)
        self.seed = seed
        widths = [filters * 2**i for i in range(HALVINGS)]
        window = {"size": 4, "strides": 2}
        self.encoder = keras.Sequential([self._input()])
        for place, width in enumerate(widths):
            self.encoder.add(self._convolve(layers.Conv2D, width, place, **window))
        self.encoder.add(
            self._convolve(layers.Conv2D, code_channels, HALVINGS, "linear", size=1)
        )
        self.decoder = keras.Sequential([keras.Input((None, None, code_channels))])
        for i, width in enumerate([*widths[-2::-1], filters]):
            up = self._convolve(layers.Conv2DTranspose, width, HALVINGS + 1 + i, **window)
            self.decoder.add(up)
        last = self._convolve(layers.Conv2D, 1, 2 * HALVINGS + 1, "linear")
        self.decoder.add(last)
        self.built = True

    def encode(self, x):
        """Map images and maps, (batch, H, W, 2), to codes."""
        return self.encoder(x)

    def decode(self, z):
        """Map codes to images, (batch, H, W, 1)."""
        return self.decoder(z)

    def call(self, x):
        return self.decode(self.encode(x))

    def get_config(self):
        names = ("code_channels", "filters", "seed")
        return super().get_config() | {name: getattr(self, name) for name in names}


def parameters(model):
    """Count the numbers that training changes."""
    return sum(int(ops.size(v)) for v in model.trainable_variables)
