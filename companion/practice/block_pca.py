"""The linear rival: principal components of blocks, coded like the learned transform.

Blocks do not overlap, and the axes are those of all their numbers at once, rows, columns
and colors. Rounding, forecasts, tables and range coder are those of the learned coder, and
the forecasts are trained by the same steps. So only the transform differs.
"""

from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

from companion.practice import transform
from companion.practice.code_rates import CodeRates
from companion.practice.entropy_model import EntropyModel
from companion.practice.forecasts import FORECASTER, Forecaster
from companion.practice.image_model import PRICE, fixed_steps
from companion.practice.train_codec import (
    RECIPE,
    count_tables,
    forecaster_arrays,
    tiles,
    train,
)


def to_grid(image, side):
    """Cut an image, continued at its edges, into blocks: (h, w, side * side * 3)."""
    below, right = (-s % side for s in image.shape[:2])
    image = np.pad(image, ((0, below), (0, right), (0, 0)), mode="edge")
    h, w = image.shape[0] // side, image.shape[1] // side
    return image.reshape(h, side, w, side, 3).swapaxes(1, 2).reshape(h, w, -1)


def from_grid(blocks, side, size):
    """Put blocks together and cut to size: the inverse of `to_grid`."""
    h, w, _ = blocks.shape
    image = blocks.reshape(h, w, side, side, 3).swapaxes(1, 2)
    return image.reshape(h * side, w * side, 3)[: size[0], : size[1]]


class RatesOnly(keras.Model):
    """Train the forecasts of fixed coefficients; x is (n, h, w, K).

    Args:
        rates: A `CodeRates`.
        seed: Seed of the steps and of the noise.
    """

    def __init__(self, rates, seed=0):
        super().__init__()
        self.rates = rates
        self._draws = keras.random.SeedGenerator(seed)
        self.built = True

    def call(self, x, training=False):
        """Bits of each example at a random step, (n,)."""
        log_step, noise = transform.draw((ops.shape(x)[0], *x.shape[1:]), self._draws)
        step = ops.exp(log_step)[:, None, None, None]
        return transform.noisy_rate(self.rates, x / step, log_step, noise)[0]

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Bits for a number."""
        return ops.mean(y_pred) / (x.shape[1] * x.shape[2] * x.shape[3])


@dataclass(frozen=True, eq=False)
class BlockPCA:
    """Axes of blocks and the entropy model of their codes.

    Args:
        axes: Orthonormal rows, (K, side * side * 3), the largest variance first.
        mean: Mean block, (side * side * 3,).
        side: Side of a block in pixels.
        entropy: An `EntropyModel`.
    """

    axes: np.ndarray
    mean: np.ndarray
    side: int
    entropy: EntropyModel

    def analyze(self, image):
        """Coefficients of an image in [0, 1]: (K, h, w)."""
        return np.moveaxis((to_grid(image, self.side) - self.mean) @ self.axes.T, -1, 0)

    def measure(self, image, quality, price=PRICE):
        """Code one image in [0, 1].

        Returns:
            codes: (K, h, w).
            bits: Their length under the tables.
            restored: uint8, shaped as the image.
        """
        fixed = fixed_steps()
        step, per_step = fixed["step"][quality] / 2.0**16, int(fixed["per_step"][quality])
        codes, bits = self.entropy.choose(self.analyze(image) / step, per_step, price)
        blocks = np.moveaxis(codes, 0, -1) * step @ self.axes + self.mean
        restored = from_grid(blocks, self.side, image.shape[:2])
        return codes, bits, np.rint(255 * np.clip(restored, 0, 1)).astype(np.uint8)


def fit_axes(images, side, every=4):
    """Mean and principal axes of blocks at every `every`-th place of the images."""
    shifts = [(a, b) for a in range(0, side, every) for b in range(0, side, every)]
    blocks = np.concatenate(
        [
            to_grid(_whole(image[a:, b:], side), side).reshape(-1, 3 * side * side)
            for image in images
            for a, b in shifts
        ]
    )
    mean = blocks.mean(axis=0)
    return mean, transform.axes(blocks - mean)


def _whole(image, side):
    """Cut what does not fill a block."""
    height, width = (s // side * side for s in image.shape[:2])
    return image[:height, :width]


def fit(images, side, seed=0, recipe=RECIPE, context=True):
    """Fit axes and entropy model on photographs.

    Args:
        images: Whole images, each (height, width, 3).
        side: Side of a block in pixels; divides the side of a tile.
        seed: Seed of tiles, steps and noise.
        recipe: As that of the learned coder.
        context: Whether numbers are forecast from others at all.

    Returns:
        A `BlockPCA`.
    """
    mean, axes = fit_axes(images, side)
    k = len(axes)
    rates = CodeRates(*[np.full((k, k), float(context))] * 2)
    if not context:
        rates.forget_others()
    x = tiles(images, recipe["n_tiles"], recipe["tile"], seed)
    x = np.stack([(to_grid(tile, side) - mean) @ axes.T for tile in x]).astype("float32")
    settings = (recipe[name] for name in ("n_steps", "batch_size", "learning_rate"))
    train(RatesOnly(rates, seed), x, *settings, seed)
    arrays = forecaster_arrays(rates)
    unfinished = BlockPCA(axes, mean, side, None)
    frequencies = count_tables(arrays, [unfinished.analyze(i) for i in images], recipe)
    parts = {name: arrays[name].astype(float) for name in FORECASTER}
    return BlockPCA(axes, mean, side, EntropyModel(Forecaster(**parts), frequencies))
