"""What decoder and encoder know of a number before it is sent, in whole numbers alone.

The codes of an image are K channels of h x w whole numbers. They are sent channel by
channel, and within a channel from coarse to fine: in round 0 every eighth place in both
directions, then the places halfway between those, and so on, so that from round 1 on each
number lies between four that are known. From these and from the channels sent before
follow a mean and a scale:

    scale = floor + base / step + weighted sum of absolute values known before
    mean  = weighted sum of the four places, and of the first channels around

The scale picks one of the tables of `companion.practice.entropy_model`. If decoder and
encoder picked different tables, everything after would be noise. So both compute in
fixed point: every product and sum is a whole number below 2**53, which a float64 holds
exactly, whatever the machine and the order of summation.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from tqdm import tqdm

POINT = 12  # binary digits after the point
ONE = 1 << POINT
SPACING = 8
N_ROUNDS = 7
N_GUIDES = 3  # channels that help to forecast the means of all later ones
FIRST_FINE_ROUND = 5  # later channels are sent in round 0 (every second place), 5 and 6
AROUND = tuple((a, b) for a in (-1, 0, 1) for b in (-1, 0, 1))

FORECASTER = (
    "floor",
    "base",
    "beside",
    "lower",
    "around",
    "mean_beside",
    "mean_guides",
    "thresholds",
)


@dataclass(frozen=True, eq=False)
class Forecaster:
    """The whole numbers that forecast means and scales; K is the number of channels.

    Args:
        floor: Added to every scale, (K,).
        base: Divided by the step and added, (K,).
        beside: Weights of the four places around, by round, (N_ROUNDS, K).
        lower: Weights of channels at the same place, (K, K): from row to column; only
            above the diagonal.
        around: Weights of channels at the eight places around, (K, K), as `lower`.
        mean_beside: As `beside`, for the mean, of either sign.
        mean_guides: Weights of the first channels at nine places, (9 * N_GUIDES, K).
        thresholds: Scales at which the next table begins, rising, (n_tables - 1,).

    All are whole numbers held as float64, in units of 1 / ONE.
    """

    floor: np.ndarray
    base: np.ndarray
    beside: np.ndarray
    lower: np.ndarray
    around: np.ndarray
    mean_beside: np.ndarray
    mean_guides: np.ndarray
    thresholds: np.ndarray

    def plan(self, codes, grid, per_step, n_sent):
        """Go through the numbers in the order in which they are sent.

        The caller writes the numbers of a turn into `codes` before it asks for the next.

        Args:
            codes: Numbers known so far, (K, h * w + 1), float64; the last column is 0
                and stands for all places outside.
            grid: Height and width (h, w) of the channels.
            per_step: ONE divided by the step, a whole number.
            n_sent: How many channels are sent; the others are 0.

        Yields:
            channel, places (n,), means (n,) and numbers of the tables (n,), all integers.
        """
        turns, fine, ring = _places(*grid)
        sources = [_weights(m) for m in (self.lower, self.around)]
        n_places = grid[0] * grid[1]
        sizes = np.zeros((len(self.floor), n_places))
        ring_sizes = np.zeros_like(sizes)
        guides = np.zeros((9 * N_GUIDES, n_places))
        # A bar only for those who wait at a terminal, and no flicker for small images.
        bar = tqdm(range(n_sent), "channels", leave=False, delay=1.0, disable=None)
        for k in bar:
            scale = self.floor[k] + np.floor(self.base[k] * per_step / ONE)
            for known, (rows, weights) in zip((sizes, ring_sizes), sources, strict=True):
                scale = scale + weights[k] @ known[rows[k]]
            mean = self.mean_guides[:, k] @ guides
            for which, places, near in turns if k < N_GUIDES else fine:
                m, s = mean[places], scale[places]
                if near is not None:
                    known = codes[k][near]
                    m = m + self.mean_beside[which, k] * known.sum(axis=1)
                    s = s + self.beside[which, k] * np.abs(known).sum(axis=1)
                tables = np.searchsorted(self.thresholds, s, side="right")
                yield k, places, np.floor(m / ONE + 0.5).astype(np.int64), tables
            sizes[k] = np.abs(codes[k, :-1])
            around = codes[k][ring]
            ring_sizes[k] = np.abs(around).sum(axis=0) - sizes[k]
            if k < N_GUIDES:
                guides[k::N_GUIDES] = around


def _weights(matrix):
    """For each column of a matrix the rows that are not zero, and the numbers there."""
    rows = [np.flatnonzero(column) for column in matrix.T]
    return rows, [column[r] for column, r in zip(matrix.T, rows, strict=True)]


def round_map(height, width):
    """Number of the round in which each place is sent, (height, width)."""
    rows, columns = np.mgrid[:height, :width]
    found = np.zeros((height, width), dtype=int)
    for i, spacing in enumerate((8, 4, 2)):
        half = spacing // 2
        between = (rows % spacing == half) & (columns % spacing == half)
        beside = (rows % half == 0) & (columns % half == 0)
        beside &= (rows % spacing == half) != (columns % spacing == half)
        found[between], found[beside] = 2 * i + 1, 2 * i + 2
    return found


def offsets(which):
    """The four known places around a number of a round after 0, as (row, column)."""
    half = SPACING >> (which + 1) // 2
    if which % 2:
        return [(-half, -half), (-half, half), (half, -half), (half, half)]
    return [(-half, 0), (half, 0), (0, -half), (0, half)]


@lru_cache(maxsize=8)
def _places(height, width):
    """Places of each round with those around them: for first channels, for the others."""
    rounds = round_map(height, width).ravel()
    turns = []
    for which in range(N_ROUNDS):
        places = np.flatnonzero(rounds == which)
        if places.size:
            near = _shift(places, offsets(which), height, width) if which else None
            turns.append((which, places, near))
    coarse = np.flatnonzero(rounds < FIRST_FINE_ROUND)
    fine = [(0, coarse, None)] + [turn for turn in turns if turn[0] >= FIRST_FINE_ROUND]
    every = np.arange(height * width)
    return turns, fine, _shift(every, AROUND, height, width).T


def _shift(places, steps, height, width):
    """Places at given steps from others, (n, n_steps); outside becomes the last column."""
    rows, columns = np.divmod(places[:, np.newaxis], width)
    rows = rows + np.array([a for a, _ in steps])
    columns = columns + np.array([b for _, b in steps])
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    return np.where(inside, rows * width + columns, height * width)
