"""A dense autoencoder that computes with integers only, from the input to the output.

A layer multiplies 8-bit inputs with 8-bit weights and adds up in 32 bits. With the scales
S of input, weight and output, and their zero points Z (0 for weights)::

    a   =  sum_i (q_i - Z_in) w_ij + b_j             exact, in 32 bits
    q_j =  clip(Z_out + round(M_j a)),               M_j = S_in S_w,j / S_out

The factor M is no integer. It is written as m 2^-n with an integer m of 31 bits, so that
the rounding is a product in 64 bits and a shift. The sigmoid is a table of 256 entries.
"""

from dataclasses import dataclass

import numpy as np

from companion.challenges.integers import (
    Grid,
    affine_grid,
    dequantize,
    quantize,
    symmetric_grid,
)
from companion.networks import checks

# The sigmoid's outputs lie on a grid of their own, in steps of 1/256 from 0 on.
PIXELS = Grid(np.float32(1 / 256), -128, 8, False)


def fixed_point(factors):
    """Write factors as m 2^-n with integers m of 31 bits.

    Args:
        factors: Numbers above 0 and below 2**30, shape (n_out,).

    Returns:
        m: int64 from 2^30 to 2^31 - 1, shape (n_out,).
        n: int64, shape (n_out,).

    Raises:
        ValueError: If a factor has no such form.

    Source:
        Jacob et al. (2018), doi:10.1109/CVPR.2018.00286, eq. 6.
    """
    factors = np.asarray(factors, float)
    if not ((factors > 0) & (factors < 2.0**30)).all():
        raise ValueError(f"factors must lie above 0 and below 2**30; got {factors}")
    fraction, exponent = np.frexp(factors)
    m = np.rint(fraction * 2**31).astype(np.int64)
    full = m == 2**31  # the fraction was rounded up to 1
    return np.where(full, 2**30, m), 31 - (exponent.astype(np.int64) + full)


def rescale(a, m, n):
    """Compute round(a m 2^-n) with integers alone; halves are rounded up.

    Args:
        a: Sums, int32 or int64, shape (batch, n_out).
        m: As `fixed_point` returns them.
        n: As `fixed_point` returns them; a number far above 31 leaves 0.

    Returns:
        int64, as a.
    """
    n = np.minimum(n, 62)
    return (np.asarray(a, np.int64) * m + (np.int64(1) << (n - 1))) >> n


@dataclass(frozen=True)
class IntegerLayer:
    """One dense layer, computed as in the head of this module.

    Args:
        kernel: w, int8 values in int32, shape (n_in, n_out).
        bias: b, int32, shape (n_out,), in units of S_in S_w.
        weight_grid: Grid of the weights.
        grid_in: Grid of the inputs.
        grid_out: Grid of the outputs.
        relu: Whether what is negative becomes 0, that is, Z_out.
    """

    kernel: np.ndarray
    bias: np.ndarray
    weight_grid: Grid
    grid_in: Grid
    grid_out: Grid
    relu: bool

    def __call__(self, q):
        """Map integers (batch, n_in) to integers (batch, n_out)."""
        sums = (q - self.grid_in.zero_point) @ self.kernel + self.bias
        scales = np.asarray(self.weight_grid.scale, float) * self.grid_in.scale
        factors = np.broadcast_to(scales / self.grid_out.scale, self.bias.shape)
        q_out = rescale(sums, *fixed_point(factors)) + self.grid_out.zero_point
        low = self.grid_out.zero_point if self.relu else self.grid_out.lowest
        return np.clip(q_out, low, self.grid_out.highest).astype(np.int32)


def sigmoid_table(grid):
    """Tabulate the sigmoid: for every integer of a grid, an integer of `PIXELS`.

    Args:
        grid: Grid of the inputs, 8 bits.

    Returns:
        int32, shape (256,); the first entry belongs to the integer -128.
    """
    x = dequantize(np.arange(grid.lowest, grid.highest + 1), grid)
    return quantize(1 / (1 + np.exp(-x)), PIXELS)


class IntegerNetwork:
    """Dense layers, and a sigmoid behind them, on integers.

    Args:
        layers: `IntegerLayer` objects; each takes what the one before gives.
    """

    def __init__(self, layers):
        self.layers = list(layers)
        self.table = sigmoid_table(self.layers[-1].grid_out)

    def outputs(self, q):
        """Run integers (batch, D) through, and keep the output of every layer in a list."""
        outputs = [q]
        for layer in self.layers:
            outputs.append(layer(outputs[-1]))
        outputs.append(self.table[outputs[-1] + 128])
        return outputs

    def reconstruct(self, x):
        """Map numbers (n, D) to reconstructions (n, D) in [0, 1)."""
        x = checks.checked_rows("x", x, len(self.layers[0].kernel))
        return dequantize(self.outputs(quantize(x, self.layers[0].grid_in))[-1], PIXELS)


def quantize_network(kernels, biases, relus, x, per_channel=True):
    """Make an integer network of a trained one, with ranges seen on examples.

    Weights take the symmetric grid that holds them all. Inputs and outputs of layers take
    the range that they have on the examples: whatever leaves it later is clipped.

    Args:
        kernels: Weights of the layers, each (n_in, n_out).
        biases: Biases, each (n_out,).
        relus: One bool for each layer; False for a linear one. A sigmoid follows the last.
        x: Examples to measure ranges on, shape (n, D).
        per_channel: One scale for each output unit, or one for each layer.

    Returns:
        An `IntegerNetwork`.

    Raises:
        ValueError: If `x` does not fit the first layer or is not finite.

    Source:
        Jacob et al. (2018), doi:10.1109/CVPR.2018.00286, section 2.
    """
    a = checks.checked_rows("x", x, len(kernels[0]))
    checks.check_finite("x", a)
    grid_in, layers = affine_grid(a.min(), a.max()), []
    for kernel, bias, relu in zip(kernels, biases, relus, strict=True):
        a = a @ np.asarray(kernel, float) + bias
        a = np.maximum(a, 0) if relu else a
        weight_grid = symmetric_grid(kernel, per_channel=per_channel)
        grid_out = affine_grid(a.min(), a.max())
        unit = np.asarray(weight_grid.scale, float) * grid_in.scale
        layers.append(
            IntegerLayer(
                quantize(kernel, weight_grid),
                np.rint(np.asarray(bias, float) / unit).astype(np.int32),
                weight_grid,
                grid_in,
                grid_out,
                relu,
            )
        )
        grid_in = grid_out
    return IntegerNetwork(layers)


def rescale_units(kernels, biases, factors):
    """Give hidden ReLU units other scales, which leaves a network of floats as it is.

    For k > 0, relu(k s) = k relu(s): what comes into a unit is multiplied by k, and what
    goes out is divided by it.

    Args:
        kernels: Weights of the layers, each (n_in, n_out).
        biases: Biases, each (n_out,).
        factors: Maps a layer whose units are ReLU, from 0 on, to k, shape (n_out,).

    Returns:
        kernels: The new weights.
        biases: The new biases.
    """
    kernels, biases = list(kernels), list(biases)
    for layer, k in factors.items():
        kernels[layer], biases[layer] = kernels[layer] * k, biases[layer] * k
        kernels[layer + 1] = kernels[layer + 1] / np.reshape(k, (-1, 1))
    return kernels, biases
