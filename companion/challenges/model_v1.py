"""A model of simple and complex cells of V1. It is no recording.

A population of Gabor functions of unit length and mean zero, at random places, of random
orientation, frequency and shape. With the field w of a cell, and w_even and w_odd a
quarter of a cycle apart::

    simple(x) = max(0, x w)                  complex(x) = (x w_even)^2 + (x w_odd)^2

Divisive normalization then divides each simple response by ``sqrt(s^2 + mean r^2)``, with
the mean over the population, and each energy by ``s^2 + mean r``.
"""

from dataclasses import dataclass

import numpy as np

from companion.brain import gabor, receptive_fields

# Our choice, within what 8 x 8 pixels can show; cycles per pixel, and widths in cycles.
FREQUENCIES = (0.1, 0.3)
CYCLES_ACROSS = (0.2, 0.5)
CYCLES_ALONG = (0.25, 0.7)
SEMISATURATION = 0.5  # s, in root mean squares of a pixel


@dataclass(frozen=True)
class ModelV1:
    """Cells of one animal that does not exist.

    Args:
        even: Fields w and w_even, shape (n_cells, side * side), rows of length 1.
        odd: Fields w_odd, likewise.
    """

    even: np.ndarray
    odd: np.ndarray

    def simple(self, x):
        """Normalized responses of simple cells to patches x, (n, D): (n, n_cells)."""
        drive = receptive_fields.simple_cell(x, self.even.T)
        pool = np.mean(drive**2, axis=1, keepdims=True)
        return drive / np.sqrt(SEMISATURATION**2 + pool)

    def complex(self, x):
        """Normalized energies of complex cells to patches x, (n, D): (n, n_cells)."""
        energy = receptive_fields.complex_cell(x, self.even.T, self.odd.T)
        return energy / (SEMISATURATION**2 + energy.mean(axis=1, keepdims=True))

    def half(self, start):
        """Every second cell, from number `start`, 0 or 1: a second animal."""
        return ModelV1(self.even[start::2], self.odd[start::2])


def draw(n_cells, side, rng):
    """Draw a population.

    Args:
        n_cells: Number of cells, at least 2.
        side: Height and width of a patch, in pixels.
        rng: A `numpy.random.Generator`.

    Returns:
        A `ModelV1`. Places lie in the middle half of the patch, orientations and phases
        are uniform; the ranges of frequency and shape stand at the head of the module.

    Raises:
        ValueError: If `n_cells` is below 2.

    Source:
        Adelson and Bergen (1985) for complex cells; Heeger (1992),
        doi:10.1017/S0952523800009640, for the normalization.
    """
    if n_cells < 2:
        raise ValueError(f"n_cells must be at least 2; got {n_cells}")
    low, high = np.log(FREQUENCIES)
    frequency = np.exp(rng.uniform(low, high, n_cells))
    edge = (side - 1) / 4
    cells = gabor.Gabors(
        row=rng.uniform(edge, 3 * edge, n_cells),
        column=rng.uniform(edge, 3 * edge, n_cells),
        frequency=frequency,
        theta=rng.uniform(0, np.pi, n_cells),
        sigma_u=rng.uniform(*CYCLES_ACROSS, n_cells) / frequency,
        sigma_v=rng.uniform(*CYCLES_ALONG, n_cells) / frequency,
        amplitude=np.ones(n_cells),
        phase=rng.uniform(0, 2 * np.pi, n_cells),
    )
    return ModelV1(*(_unit(cells.fields(side, shift)) for shift in (0.0, np.pi / 2)))


def _unit(fields):
    fields = fields - fields.mean(axis=1, keepdims=True)
    return fields / np.linalg.norm(fields, axis=1, keepdims=True)
