"""A learned transform of images: overlapping windows, and a network that repairs rounding.

An image is cut into windows of twice the stride that overlap by half. Its colors are mixed
by a matrix, and each of the three components of a window is projected on stride x stride
learned patterns, each the product of a pattern of rows and one of columns. The decoder
adds its own patterns up, and a small convolutional network takes back part of what
rounding did. The first weights are those of a principal component analysis of rows and
columns, whose windows do not overlap, and of a network that does nothing: training starts
at that curve of rate and distortion.

Rounding has no useful gradient. The rate therefore sees uniform noise of the same width,
and the decoder sees the rounded numbers with a gradient that passes straight through.
The loss is the length of the code plus its error, in bits per pixel:

    loss = (bits + sum((x - x_hat)**2) / (step**2 ln(2) / 6)) / number of pixels

Where cells are small the error of a number is step**2 / 12, and one bit more takes away
three quarters of it; at this price both terms then fall at equal rates. The step is drawn
anew for each image, so that one model serves all qualities.
"""

import keras
import numpy as np
from keras import ops

from companion.practice.code_rates import CodeRates

STRIDE = 16
N_COLORS = 3
N_CHANNELS = N_COLORS * STRIDE * STRIDE
STEPS = (0.0125, 0.8)  # narrowest and widest cells of training, in units of x
PRICE = np.log(2) / 6
SLOW = 0.2  # the patterns learn more slowly than the rest, by this factor
PATTERNS = ("rows", "columns", "rows_back", "columns_back")


def channel_order():
    """Channels from low to high: row frequency, column frequency and color, (K, 3)."""
    every = np.stack(
        np.meshgrid(np.arange(STRIDE), np.arange(STRIDE), np.arange(N_COLORS)), axis=-1
    ).reshape(-1, 3)
    return every[np.lexsort((every[:, 0], every[:, 2], every[:, 0] + every[:, 1]))]


def links(order):
    """Which channels forecast which: those of similar frequency that are sent before.

    Args:
        order: Of `channel_order`, (K, 3).

    Returns:
        Two arrays (K, K) of 0 and 1, from row to column, for `CodeRates`.
    """
    apart = np.abs(order[:, np.newaxis, :2] - order[np.newaxis, :, :2]).max(axis=-1)
    return np.triu(apart <= 2, 1), np.triu(apart <= 1, 1)


def axes(rows):
    """Principal axes of rows (n, D) around 0, the largest first, (D, D), signs fixed."""
    found = np.linalg.eigh(rows.T @ rows)[1][:, ::-1].T
    largest = np.argmax(np.abs(found), axis=1)
    return found * np.sign(found[np.arange(len(found)), largest])[:, np.newaxis]


def principal_start(images):
    """Find color axes and patterns of rows and columns by principal components.

    Args:
        images: Whole images, each (height, width, 3).

    Returns:
        colors: Orthonormal rows, (3, 3), the first close to brightness.
        patterns: Orthonormal rows, (STRIDE, STRIDE), from slow to fast.
    """
    colors = axes(np.concatenate([image.reshape(-1, 3) for image in images]) - 0.5)
    planes = [(image - 0.5) @ colors[0] for image in images]
    runs = [
        p[:, : p.shape[1] // STRIDE * STRIDE].reshape(-1, STRIDE)
        for plane in planes
        for p in (plane, plane.T)
    ]
    return colors, axes(np.concatenate(runs))


def lapped(patterns):
    """Put patterns of one stride in the middle of windows of two, (STRIDE, 2 STRIDE)."""
    return np.pad(patterns, ((0, 0), (STRIDE // 2, STRIDE // 2)))


def noisy_rate(rates, y, log_step, noise):
    """Bits under noise, and the rounded numbers with a gradient straight through.

    Args:
        rates: A `CodeRates`.
        y: Coefficients divided by the step, (n, h, w, K).
        log_step: Natural logarithm of the step, (n,).
        noise: Between -1/2 and 1/2, as y.
    """
    rounded = ops.stop_gradient(ops.round(y))
    return rates(y + noise, rounded, log_step), y + ops.stop_gradient(rounded - y)


def draw(shape, seed):
    """Draw a step for each example and noise for each number, from a seed generator."""
    low, high = np.log(STEPS)
    log_step = keras.random.uniform(shape[:1], low, high, seed=seed)
    return log_step, keras.random.uniform(shape, -0.5, 0.5, seed=seed)


def windows(x, axis):
    """Pair neighboring blocks on an axis into windows: (..., n + 1, S) to (..., n, 2 S).

    Args:
        x: Shape with the number of blocks at `axis` and their places behind it.
        axis: Axis of the blocks.
    """
    before = [slice(None)] * len(x.shape)
    after = list(before)
    before[axis], after[axis] = slice(None, -1), slice(1, None)
    return ops.concatenate([x[tuple(before)], x[tuple(after)]], axis=axis + 1)


def overlap(x, axis):
    """Add up windows that overlap by half, the transpose of `windows`."""
    first, second = ops.split(x, 2, axis=axis + 1)
    nothing = [(0, 0)] * len(x.shape)
    behind, ahead = list(nothing), list(nothing)
    behind[axis], ahead[axis] = (0, 1), (1, 0)
    return ops.pad(first, behind) + ops.pad(second, ahead)


@keras.saving.register_keras_serializable(package="companion")
class LappedCoder(keras.Model):
    """Analysis, synthesis, repair and rate, trained together.

    Args:
        width: Channels in the two hidden layers of the repairing network.
        seed: Seed of its first weights, of the steps and of the noise.

    Shapes:
        x is (n, H, W, 3) in [0, 1], sides divisible by 16; z is (n, H / 16, W / 16, 768).
    """

    def __init__(self, width=24, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.width, self.seed = width, seed
        self._draws = keras.random.SeedGenerator(seed)
        order = channel_order()
        self.rates = CodeRates(*links(order))
        self._take = np.ravel_multi_index(order.T, (STRIDE, STRIDE, N_COLORS))
        shapes = {name: (STRIDE, 2 * STRIDE) for name in PATTERNS}
        shapes |= {"colors": (N_COLORS, N_COLORS), "colors_back": (N_COLORS, N_COLORS)}
        self._slow = {name: self._weight(shape) for name, shape in shapes.items()}
        self.start_from(np.eye(N_COLORS), np.eye(STRIDE))
        sizes = [4 * N_COLORS, width, width, 4 * N_COLORS]
        pairs = list(zip(sizes[:-1], sizes[1:], strict=True))
        self.kernels = [self._weight((3, 3, a, b)) for a, b in pairs]
        self.biases = [self._weight((b,)) for _, b in pairs]
        self.tilts = [self._weight((b,)) for _, b in pairs]
        rng = np.random.default_rng(seed)
        for kernel in self.kernels[:-1]:  # the last is 0: no repair to begin with
            fan_in = np.prod(kernel.shape[:3])
            kernel.assign(rng.normal(size=kernel.shape) * np.sqrt(2.0 / fan_in))
        self.built = True

    def _weight(self, shape):
        return self.add_weight(shape=shape, initializer="zeros")

    def get_config(self):
        """The arguments of the constructor."""
        return super().get_config() | {"width": self.width, "seed": self.seed}

    def start_from(self, colors, patterns):
        """Take over the axes of `principal_start`, for both directions."""
        for name, weight in self._slow.items():
            start = colors if name.startswith("colors") else lapped(patterns)
            weight.assign(start / SLOW)

    def patterns(self):
        """Patterns and colors of both directions, by name, as arrays."""
        return {k: SLOW * ops.convert_to_numpy(v) for k, v in self._slow.items()}

    def encode(self, x):
        """Coefficients of images: before division by the step and rounding."""
        n, height, width, _ = x.shape
        h, w, half = height // STRIDE, width // STRIDE, STRIDE // 2
        x = SLOW * ops.matmul(x - 0.5, ops.transpose(self._slow["colors"]))
        x = ops.pad(x, ((0, 0), (half, half), (half, half), (0, 0)), mode="symmetric")
        x = windows(ops.reshape(x, (-1, h + 1, STRIDE, (w + 1) * STRIDE * N_COLORS)), 1)
        x = SLOW * ops.einsum("nhix,ui->nhux", x, self._slow["rows"])
        x = windows(ops.reshape(x, (-1, h, STRIDE, w + 1, STRIDE, N_COLORS)), 3)
        x = SLOW * ops.einsum("nhuwjc,vj->nhwuvc", x, self._slow["columns"])
        return ops.take(ops.reshape(x, (-1, h, w, N_CHANNELS)), self._take, axis=-1)

    def add_up(self, z):
        """Add up the decoder's patterns: images around 0, before the repair."""
        _, h, w, _ = z.shape
        half = STRIDE // 2
        z = ops.take(z, np.argsort(self._take), axis=-1)
        z = ops.reshape(z, (-1, h, w, STRIDE, STRIDE, N_COLORS))
        z = SLOW * ops.einsum("nhwuvc,vj->nhuwjc", z, self._slow["columns_back"])
        z = ops.reshape(overlap(z, 3), (-1, h, STRIDE, (w + 1) * STRIDE * N_COLORS))
        z = SLOW * ops.einsum("nhux,ui->nhix", z, self._slow["rows_back"])
        z = ops.reshape(overlap(z, 1), (-1, (h + 1) * STRIDE, (w + 1) * STRIDE, N_COLORS))
        return SLOW * ops.matmul(z[:, half:-half, half:-half], self._slow["colors_back"])

    def repair(self, x, log_step):
        """Add what the network makes of images around 0, in units of the step."""
        _, h, w, c = x.shape
        y = ops.reshape(x, (-1, h // 2, 2, w // 2, 2, c))
        y = ops.reshape(ops.transpose(y, (0, 1, 3, 2, 4, 5)), (-1, h // 2, w // 2, 4 * c))
        level = log_step[:, None, None, None]
        for i, kernel in enumerate(self.kernels):
            y = ops.conv(y, kernel, padding="same") + self.biases[i] + self.tilts[i] * level
            y = ops.relu(y) if i < len(self.kernels) - 1 else y
        y = ops.reshape(y, (-1, h // 2, w // 2, 2, 2, c))
        y = ops.reshape(ops.transpose(y, (0, 1, 3, 2, 4, 5)), (-1, h, w, c))
        return x + y * ops.exp(log_step)[:, None, None, None]

    def decode(self, z, log_step):
        """Images of coefficients; the logarithm of the step (n,) steers the repair."""
        return self.repair(self.add_up(z), log_step) + 0.5

    def measure(self, x, log_step, noise):
        """Bits and summed squared error of each image, each (n,), for given noise."""
        step = ops.exp(log_step)[:, None, None, None]
        bits, rounded = noisy_rate(self.rates, self.encode(x) / step, log_step, noise)
        x_hat = self.decode(rounded * step, log_step)
        return bits, ops.sum((x - x_hat) ** 2, axis=(1, 2, 3))

    def call(self, x, training=False):
        """Bits of images and their error in bits, each (n,), at random steps."""
        shape = (ops.shape(x)[0], x.shape[1] // STRIDE, x.shape[2] // STRIDE, N_CHANNELS)
        log_step, noise = draw(shape, self._draws)
        bits, error = self.measure(x, log_step, noise)
        return {"bits": bits, "error": error * ops.exp(-2.0 * log_step) / PRICE}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Length of the code plus error, in bits per pixel."""
        n_pixels = x.shape[1] * x.shape[2]
        return ops.mean(y_pred["bits"] + y_pred["error"]) / n_pixels
