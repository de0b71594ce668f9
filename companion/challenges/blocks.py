"""Blocks that image classifiers brought, as exchangeable parts of a small autoencoder.

Every block maps C channels to C channels of the same height and width, and rectifies its
input first. With c(k) the weights of a convolution of k places from C to C channels,
k C^2, and one bias for each channel that a convolution makes:

    plain         relu, 3x3                                      Simonyan, Zisserman 2015
    factorized    relu, 1x3, relu, 3x1                           Szegedy et al. 2016
    residual      the input, plus a plain block of it            He et al. 2016
    dense         relu, 3x3 to C/2, beside the input, 1x1        Huang et al. 2017
    separable     relu, 3x3 in each channel alone, 1x1           Howard et al. 2017
    squeezed      a plain block, each channel times a gate       Hu et al. 2018
    shuffled      relu, 3x3 in two halves, channels interleaved  Zhang et al. 2018

Each is one idea of its paper and no more. None normalizes over the batch, which all but the
first did; and Zhang et al. split 1x1 convolutions, beside a 3x3 in each channel alone.
"""

import keras
from keras import layers, ops

SIDE = 8
BLOCKS = (
    "plain",
    "factorized",
    "residual",
    "dense",
    "separable",
    "squeezed",
    "shuffled",
)
REDUCTION = 4  # channels for one unit of the gate's hidden layer


def _check(block, width):
    if block not in BLOCKS:
        raise ValueError(f"block must be one of {', '.join(BLOCKS)}; got {block!r}")
    if width < REDUCTION or width % 2:
        raise ValueError(f"width must be even and at least {REDUCTION}; got {width}")


@keras.saving.register_keras_serializable(package="companion")
class BlockAutoencoder(keras.Model):
    """A convolutional autoencoder of 8x8 images with one kind of block on either side.

    Encoder: 3x3 of step 2 to 4x4 places with C channels, block, K numbers. Decoder: back
    to 4x4 with C channels, block, doubled to 8x8, 3x3 to one channel, sigmoid.

    Args:
        block: One of `BLOCKS`.
        width: C, even and at least 4.
        latent_dim: K, at least 1.
        seed: Seed of the initial weights, drawn by the rule of He et al. (2015).

    Shapes:
        x and x_hat are (batch, 8, 8, 1), in [0, 1]; z is (batch, K).

    Raises:
        ValueError: If the block is unknown or a size does not fit.
    """

    def __init__(self, block, width, latent_dim, seed=0, **kwargs):
        super().__init__(**kwargs)
        _check(block, width)
        if latent_dim < 1:
            raise ValueError(f"latent_dim must be at least 1; got {latent_dim}")
        self.block, self.width = block, int(width)
        self.latent_dim, self.seed = int(latent_dim), seed
        self._seeds = iter(range(1000 * seed, 1000 * seed + 1000))
        x = keras.Input((SIDE, SIDE, 1))
        h = self._put(self._convolve(x, (3, 3), strides=2))
        z = self._connect(layers.Flatten()(ops.relu(h)), latent_dim)
        self.encoder = keras.Model(x, z, name="encoder")
        code = keras.Input((latent_dim,))
        h = self._connect(code, SIDE // 2 * SIDE // 2 * width)
        h = layers.Reshape((SIDE // 2, SIDE // 2, width))(h)
        h = layers.UpSampling2D()(ops.relu(self._put(h)))
        h = self._convolve(h, (3, 3), channels=1)
        self.decoder = keras.Model(code, ops.sigmoid(h), name="decoder")
        self.built = True

    def _he(self):
        return keras.initializers.HeNormal(seed=next(self._seeds))

    def _connect(self, h, units):
        return layers.Dense(units, kernel_initializer=self._he())(h)

    def _convolve(self, h, places, channels=None, strides=1):
        return layers.Conv2D(
            channels or self.width,
            places,
            strides=strides,
            padding="same",
            kernel_initializer=self._he(),
        )(h)

    def _put(self, h):
        """Put a block of the chosen kind on the channels h."""
        a, half = ops.relu(h), self.width // 2
        match self.block:
            case "plain":
                return self._convolve(a, (3, 3))
            case "factorized":
                return self._convolve(ops.relu(self._convolve(a, (1, 3))), (3, 1))
            case "residual":
                return h + self._convolve(a, (3, 3))
            case "dense":
                beside = layers.Concatenate()([h, self._convolve(a, (3, 3), half)])
                return self._convolve(beside, (1, 1))
            case "separable":
                alone = layers.DepthwiseConv2D(
                    3, padding="same", depthwise_initializer=self._he()
                )(a)
                return self._convolve(alone, (1, 1))
            case "squeezed":
                out = self._convolve(a, (3, 3))
                gate = layers.GlobalAveragePooling2D(keepdims=True)(out)
                gate = ops.relu(self._connect(gate, self.width // REDUCTION))
                return out * ops.sigmoid(self._connect(gate, self.width))
            case "shuffled":
                parts = [self._convolve(p, (3, 3), half) for p in ops.split(a, 2, axis=-1)]
                return shuffle(ops.concatenate(parts, axis=-1), 2)

    def call(self, x):
        return self.decoder(self.encoder(x))

    def get_config(self):
        names = ("block", "width", "latent_dim", "seed")
        return super().get_config() | {name: getattr(self, name) for name in names}


def shuffle(h, n_groups):
    """Interleave the channels of groups, so that the next groups hold some of each.

    Args:
        h: Channels last, their number a multiple of `n_groups`.
        n_groups: Groups, one after another.

    Returns:
        As `h`: the first channel of each group, then the second of each, and so on.

    Source:
        Zhang et al. (2018), arXiv:1707.01083, section 3.1.
    """
    *places, channels = h.shape
    grouped = ops.reshape(h, (-1, *places[1:], n_groups, channels // n_groups))
    return ops.reshape(ops.swapaxes(grouped, -1, -2), (-1, *places[1:], channels))


def block_cost(block, width, places=1):
    """Count the parameters of a block, and its multiply-adds.

    Args:
        block: One of `BLOCKS`.
        width: C, even and at least 4.
        places: Height times width of the channels.

    Returns:
        parameters: Weights and biases.
        multiply_adds: For one image; those of a gate's means and products left out.

    Raises:
        ValueError: If the block is unknown or the width does not fit.
    """
    _check(block, width)
    c, half, hidden = width, width // 2, width // REDUCTION
    weights, biases = {
        "plain": (9 * c * c, c),
        "residual": (9 * c * c, c),
        "factorized": (2 * 3 * c * c, 2 * c),
        "dense": (9 * c * half + (c + half) * c, half + c),
        "separable": (9 * c + c * c, 2 * c),
        "squeezed": (9 * c * c, c),
        "shuffled": (2 * 9 * half * half, c),
    }[block]
    gate = 2 * c * hidden if block == "squeezed" else 0
    gate_biases = hidden + c if block == "squeezed" else 0
    return weights + biases + gate + gate_biases, weights * places + gate


def width_for(block, latent_dim, n_parameters):
    """Return the width whose autoencoder comes nearest to a number of parameters."""

    def distance(width):
        return abs(parameters(block, width, latent_dim) - n_parameters)

    return min(range(REDUCTION, 129, 2), key=distance)


def parameters(block, width, latent_dim):
    """Count the parameters of a `BlockAutoencoder`."""
    c, k, corner = width, latent_dim, (SIDE // 2) ** 2 * width
    convolutions = 9 * c + c + 9 * c + 1
    return convolutions + corner * k + k + k * corner + corner + 2 * block_cost(block, c)[0]
