"""A sparse convolutional autoencoder that cleans photographs, and starts from a filter.

The encoder multiplies every window of n by n pixels by n * n filters. The code is made
sparse by a shrinkage whose threshold follows the noise, and the decoder adds up what is
left::

    z = A * y                          A: the filters; a window every second pixel
    s = z max(0, 1 - (t sigma / z)^2)  t: one threshold for each filter
    x_hat = (B *^T w s) / (1 *^T w)    windows overlap, so their answers are averaged
    w = 1 / (1 + number of s != 0)     and those with a sparse code count more

With A the cosines of JPEG this is the shrinkage of cosines in sliding windows. Here that
is only where training begins: A, B and t are all learned. The code has n * n / 4 numbers
for each pixel; what keeps it from copying is not its size but the shrinkage.

Source:
    Yu and Sapiro (2011), doi:10.5201/ipol.2011.ys-dct, for the filter without training.
"""

import keras
import numpy as np
from keras import ops
from scipy.fft import dct

from companion.practice.photograph_networks import PhotographNetwork

STRIDE = 2
STARTS = ("cosines", "random")


def cosines(size=8):
    """Return orthonormal cosines of two dimensions, shape (size, size, 1, size**2)."""
    matrix = dct(np.eye(size), axis=0, norm="ortho")
    waves = np.einsum("ai,bj->ijab", matrix, matrix)
    return waves.reshape(size, size, 1, size**2).astype(np.float32)


def shrink(z, threshold):
    """Pull small numbers to 0 and leave large ones almost as they are.

    Args:
        z: Codes, any shape.
        threshold: Not negative, of a shape that fits z.

    Returns:
        ``z - threshold**2 / z`` where the size of z exceeds the threshold, else 0.
    """
    power = ops.maximum(ops.square(z), 1e-12)
    return z * ops.relu(1.0 - ops.square(threshold) / power)


@keras.saving.register_keras_serializable(package="companion")
class ShrinkageDenoiser(PhotographNetwork):
    """Encode overlapping windows, shrink the code by the noise level, decode, average.

    Args:
        threshold: All thresholds at the beginning, in units of the noise; the first
            filter, the mean of the window under cosines, starts at 0.
        window: n, the side of a window in pixels; even, from 4 to 16.
        start: "cosines", or "random" for orthonormal filters that are drawn.
        seed: Seed of the random filters.

    Shapes:
        x is (batch, H, W, 2), image and noise level, H and W even and at least 16; z is
        (batch, H/2 + n/2 - 1, W/2 + n/2 - 1, n * n); the answer is (batch, H, W, 1).

    Raises:
        ValueError: If the start is unknown, the threshold negative or the window odd or
            out of its range.
    """

    grid = STRIDE

    def __init__(self, threshold=2.0, window=8, start="cosines", seed=0, **kwargs):
        super().__init__(**kwargs)
        if start not in STARTS:
            raise ValueError(f"start must be one of {STARTS}; got {start!r}")
        if not threshold >= 0:
            raise ValueError(f"threshold must not be negative; got {threshold!r}")
        if window not in range(4, 17, 2):
            raise ValueError(f"window must be even and from 4 to 16; got {window!r}")
        self.threshold, self.start, self.seed = float(threshold), start, seed
        self.window, self.reach = int(window), 2 * int(window)
        filters = cosines(self.window)
        thresholds = np.full(window**2, threshold, np.float32)
        if start == "random":
            draws = np.random.default_rng(seed).standard_normal((window**2, window**2))
            filters = np.linalg.qr(draws)[0].reshape(filters.shape).astype(np.float32)
        else:
            thresholds[0] = 0.0
        self.analysis = self._weight("analysis", filters)
        self.synthesis = self._weight("synthesis", filters)
        self.thresholds = self._weight("thresholds", thresholds)
        self.built = True

    def _weight(self, name, value):
        weight = self.add_weight(shape=value.shape, initializer="zeros", name=name)
        weight.assign(value)
        return weight

    def encode(self, x):
        """Map images and levels, (batch, H, W, 2), to sparse codes."""
        edge = (self.window - STRIDE, self.window - STRIDE)
        x = ops.pad(x, ((0, 0), edge, edge, (0, 0)), mode="reflect")
        settings = {"strides": STRIDE, "data_format": "channels_last"}
        z = ops.conv(x[..., :1], self.analysis, padding="valid", **settings)
        level = ops.average_pool(x[..., 1:], self.window, padding="valid", **settings)
        return shrink(z, level * self.thresholds)

    def decode(self, z):
        """Map sparse codes to images, (batch, H, W, 1)."""
        active = ops.cast(ops.not_equal(z, 0.0), z.dtype)
        weight = 1.0 / (1.0 + ops.sum(active, axis=-1, keepdims=True))
        ones = ops.ones((self.window, self.window, 1, 1), z.dtype)
        settings = {"strides": STRIDE, "padding": "valid", "data_format": "channels_last"}
        total = ops.conv_transpose(z * weight, self.synthesis, **settings)
        x_hat = total / ops.conv_transpose(weight, ones, **settings)
        edge = self.window - STRIDE
        return x_hat[:, edge:-edge, edge:-edge]

    def call(self, x):
        return self.decode(self.encode(x))

    def get_config(self):
        names = ("threshold", "window", "start", "seed")
        return super().get_config() | {name: getattr(self, name) for name in names}
