"""How long the code of an image will be, as a function that can be trained.

The layer forecasts the mean and the scale of every number from those sent before it, as
`companion.practice.forecasts` tells; here in floating point and for all numbers at once,
which is possible because training knows them all. A number then has a mixture of three
Laplace distributions of fixed proportions, and its code takes

    bits = -log2 of the mixture's mass between y - 1/2 and y + 1/2.

In training y carries uniform noise instead of being rounded (Balle, Laparra and Simoncelli
2017, section 3), so that this is smooth in y and in the weights; what is known before is
rounded, and no gradient flows back through it.
"""

import keras
import numpy as np
from keras import ops

from companion.practice.forecasts import (
    AROUND,
    FIRST_FINE_ROUND,
    N_GUIDES,
    N_ROUNDS,
    offsets,
    round_map,
)

SMALLEST_SCALE = 0.02
# Sums over many channels learn more slowly than single weights, by these factors.
SLOW_SCALE, SLOW_MEAN = 0.05, 0.1
N_LAPLACE = 3


def laplace_bits(y, scale):
    """Bits for numbers with a Laplace distribution around 0.

    Args:
        y: Numbers, any shape.
        scale: Mean absolute values of the distributions, above 0, as y.

    Returns:
        -log2 of the mass between y - 1/2 and y + 1/2, as y.
    """
    size = ops.abs(y)
    # Both branches stay finite where the other one is taken, for the gradient's sake.
    outer, inner = ops.maximum(size, 0.5), ops.minimum(size, 0.5)
    outside = (0.5 - outer) / scale + ops.log1p(-ops.exp(-1 / scale)) - np.log(2)
    tails = ops.exp((inner - 0.5) / scale) + ops.exp((-inner - 0.5) / scale)
    inside = ops.log1p(-0.5 * tails)
    return -ops.where(size > 0.5, outside, inside) / np.log(2)


def shifted(y, row, column):
    """What stands `row` places below and `column` to the right; 0 outside, (n, h, w, K)."""
    height, width = y.shape[1:3]
    a, b = abs(row), abs(column)
    if a >= height or b >= width:
        return ops.zeros_like(y)
    y = ops.pad(y, ((0, 0), (a, a), (b, b), (0, 0)))
    return y[:, a + row : a + row + height, b + column : b + column + width]


@keras.saving.register_keras_serializable(package="companion")
class CodeRates(keras.layers.Layer):
    """Mean, scale and code length of every number of a code.

    Args:
        lower: Which channels forecast which at the same place, (K, K), 0 or 1, from row
            to column; only above the diagonal.
        around: As `lower`, from the eight places around.
    """

    def __init__(self, lower, around, **kwargs):
        super().__init__(**kwargs)
        self._masks = [np.triu(np.asarray(m, "float32"), 1) for m in (lower, around)]
        k = len(lower)
        late = np.arange(k) >= N_GUIDES
        skipped = (np.arange(N_ROUNDS) > 0) & (np.arange(N_ROUNDS) < FIRST_FINE_ROUND)
        self._rounds_mask = 1.0 - np.outer(skipped, late).astype("float32")
        self._guides_mask = np.tile(np.triu(np.ones((N_GUIDES, k), "float32"), 1), (9, 1))
        positive = keras.constraints.NonNeg()
        self.base = self._weight((k,), 0.02, positive)
        self.floor = self._weight((k,), 0.1, positive)
        self.beside = self._weight((N_ROUNDS, k), 0.02, positive)
        self.lower = self._weight((k, k), 0.0, positive)
        self.around = self._weight((k, k), 0.0, positive)
        self.mean_beside = self._weight((N_ROUNDS, k), 0.0)
        self.mean_guides = self._weight((9 * N_GUIDES, k), 0.0)
        self.spreads = self._weight((N_LAPLACE,), np.log([0.4, 1.0, 2.5]))
        self.shares = self._weight((N_LAPLACE,), np.log([0.35, 0.5, 0.15]))
        self.built = True

    def _weight(self, shape, value, constraint=None):
        weight = self.add_weight(shape=shape, initializer="zeros", constraint=constraint)
        weight.assign(np.broadcast_to(value, shape))
        return weight

    def forget_others(self):
        """Forecast no number from any other: each channel has one distribution."""
        for mask in (*self._masks, self._rounds_mask, self._guides_mask):
            mask[:] = 0.0

    def effective(self):
        """The weights of `companion.practice.forecasts.Forecaster`, by name, as tensors."""
        lower, around = self._masks
        return {
            "floor": self.floor,
            "base": self.base,
            "beside": self.beside * (0.25 * self._rounds_mask),
            "lower": self.lower * (SLOW_SCALE * lower),
            "around": self.around * (SLOW_SCALE / 8 * around),
            "mean_beside": self.mean_beside * (0.25 * self._rounds_mask),
            "mean_guides": self.mean_guides * (SLOW_MEAN * self._guides_mask),
        }

    def effective_weights(self):
        """The same as arrays."""
        return {k: ops.convert_to_numpy(v) for k, v in self.effective().items()}

    def forecast(self, known, log_step):
        """Forecast every number from those that are sent before it.

        Args:
            known: The rounded numbers, (n, h, w, K).
            log_step: Natural logarithm of the step, (n,).

        Returns:
            mean and scale, each (n, h, w, K).
        """
        w, size = self.effective(), ops.abs(known)
        mean = scale = 0.0
        sent_in = round_map(*known.shape[1:3])[np.newaxis, :, :, np.newaxis]
        for which in range(1, N_ROUNDS):
            here = (sent_in == which).astype("float32")
            if here.any():
                four = [shifted(known, *step) for step in offsets(which)]
                mean = mean + here * w["mean_beside"][which] * sum(four)
                scale = scale + here * w["beside"][which] * sum(map(ops.abs, four))
        ring = sum(shifted(size, *step) for step in AROUND if step != (0, 0))
        guides = [shifted(known[..., :N_GUIDES], *step) for step in AROUND]
        mean = mean + ops.matmul(ops.concatenate(guides, axis=-1), w["mean_guides"])
        scale = scale + ops.matmul(size, w["lower"]) + ops.matmul(ring, w["around"])
        scale = scale + w["base"] * ops.exp(-log_step)[:, None, None, None] + w["floor"]
        return mean, ops.maximum(scale, SMALLEST_SCALE)

    def bits(self, excess, scale):
        """Code length of numbers less their means under the mixture, as `excess`."""
        shares = ops.log_softmax(self.shares) / np.log(2)
        parts = [
            shares[i] - laplace_bits(excess, scale * ops.exp(self.spreads[i]))
            for i in range(N_LAPLACE)
        ]
        top = ops.maximum(ops.maximum(parts[0], parts[1]), parts[2])
        mass = sum(ops.exp(np.log(2) * (part - top)) for part in parts)
        return -top - ops.log(mass) / np.log(2)

    def call(self, y, known, log_step):
        """Bits of each example, (n,): y with noise and known rounded, (n, h, w, K)."""
        mean, scale = self.forecast(known, log_step)
        return ops.sum(self.bits(y - mean, scale), axis=(1, 2, 3))
