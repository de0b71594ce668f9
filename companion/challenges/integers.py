"""Numbers as small integers: an affine grid, and what rounding to it costs.

A grid has a scale S, the width of a cell, and a zero point Z, the integer that stands for
the number 0, so that zeros (padding, silent units) are exact::

    x  =  S (q - Z),        q = clip(round(x / S) + Z)

With b bits q runs from -2^(b-1) to 2^(b-1) - 1. A symmetric grid has Z = 0 and gives up
the lowest integer. Units: those of x.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from companion.networks import checks

MOST_BITS = 16


class Grid(NamedTuple):
    """Where integers lie on the line of numbers.

    Args:
        scale: S, above 0: a float32, or an array for one scale per column.
        zero_point: Z, an int.
        bits: b.
        symmetric: Whether the lowest integer is left out.
    """

    scale: np.ndarray
    zero_point: int
    bits: int
    symmetric: bool

    @property
    def lowest(self):
        """The smallest integer in use."""
        return -(2 ** (self.bits - 1)) + self.symmetric

    @property
    def highest(self):
        """The largest integer in use."""
        return 2 ** (self.bits - 1) - 1


def check_bits(bits):
    """Refuse a number of bits that no grid here has.

    Raises:
        ValueError: If `bits` is no integer from 2 to 16.
    """
    if not checks.is_count(bits) or not 2 <= bits <= MOST_BITS:
        raise ValueError(f"bits must be an integer from 2 to {MOST_BITS}; got {bits!r}")


def affine_grid(low, high, bits=8):
    """Lay a grid over a range, widened to hold 0.

    Args:
        low: Smallest number to hold.
        high: Largest number to hold.
        bits: b, from 2 to 16.

    Returns:
        A `Grid`. Its ends may lie up to half a cell off `low` and `high`, because 0 must
        fall on an integer.

    Raises:
        ValueError: If the range is empty or not finite.

    Source:
        Jacob et al. (2018), doi:10.1109/CVPR.2018.00286, eq. 1 and section 3.
    """
    check_bits(bits)
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise ValueError(f"low must be at most high, both finite; got {low} and {high}")
    low, high = min(float(low), 0.0), max(float(high), 0.0)
    if low == high:
        raise ValueError(f"high must lie above low or off 0; got {low} and {high}")
    scale = (high - low) / (2**bits - 1)
    lowest, highest = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    zero_point = int(np.clip(round(lowest - low / scale), lowest, highest))
    return Grid(np.float32(scale), zero_point, bits, False)


def symmetric_grid(kernel, bits=8, per_channel=True):
    """Lay a grid around 0 that holds all weights of a layer.

    Args:
        kernel: Weights, shape (n_in, n_out).
        bits: b, from 2 to 16.
        per_channel: One scale for each output unit, shape (n_out,), or one for all.

    Returns:
        A `Grid` with zero point 0. A column of zeros has the scale 1.

    Raises:
        ValueError: If the weights are no table, or one is not finite.
    """
    check_bits(bits)
    kernel = np.asarray(kernel, float)
    if kernel.ndim != 2 or kernel.size == 0:
        raise ValueError(f"kernel must be a table, not empty; got shape {kernel.shape}")
    checks.check_finite("kernel", kernel)
    largest = np.abs(kernel).max(axis=0 if per_channel else None)
    scale = np.where(largest > 0, largest, 2 ** (bits - 1) - 1) / (2 ** (bits - 1) - 1)
    return Grid(scale.astype(np.float32), 0, bits, True)


def quantize(x, grid):
    """Round numbers to the integers of a grid; what lies outside is clipped.

    Args:
        x: Numbers, any shape; a last axis of n_out if the grid has one scale per column.
        grid: A `Grid`.

    Returns:
        Integers, int32, as x.
    """
    q = np.rint(np.asarray(x, float) / grid.scale) + grid.zero_point
    return np.clip(q, grid.lowest, grid.highest).astype(np.int32)


def dequantize(q, grid):
    """Return the numbers, float64, that integers of a grid stand for."""
    return np.asarray(grid.scale, float) * (np.asarray(q) - grid.zero_point)


def round_to(x, grid):
    """Round numbers to those that a grid stands for, float64, as x."""
    return dequantize(quantize(x, grid), grid)


def signal_to_noise(x, x_hat):
    """Ratio of the mean square of x to that of the error, in dB."""
    x = np.asarray(x, float)
    return float(10 * np.log10(np.mean(x**2) / np.mean((x - x_hat) ** 2)))


def uniform_signal_to_noise(bits):
    """Ratio in dB for a uniform signal that fills the grid: 20 log10(2) = 6.02 per bit.

    The signal has the variance (2^b S)^2 / 12, and rounding the variance S^2 / 12.
    """
    return 20 * math.log10(2) * bits


def gaussian_error(clip, bits):
    """Mean squared error of a standard normal number in 2^b cells from -clip to clip.

    The first part is rounding within the range, the second what lies beyond it and is
    given the middle m of the last cell::

        S^2 / 12 P(|x| < c) + 2 ((1 + m^2) Q(c) + (c - 2 m) phi(c))
        S = 2 c / 2^b,    m = c - S / 2

    with the density phi and the upper tail Q. The first part takes the density to be
    constant within a cell.

    Args:
        clip: c, above 0; numbers or an array.
        bits: b, from 2 to 16.

    Returns:
        The error, as `clip`.

    Raises:
        ValueError: If `clip` is not above 0.
    """
    check_bits(bits)
    c = np.asarray(clip, float)
    if not (c > 0).all():
        raise ValueError(f"clip must be above 0; got {clip}")
    step, tail = 2 * c / 2**bits, ndtr(-c)
    middle, density = c - step / 2, np.exp(-(c**2) / 2) / math.sqrt(2 * math.pi)
    beyond = (1 + middle**2) * tail + (c - 2 * middle) * density
    return step**2 / 12 * (1 - 2 * tail) + 2 * beyond
