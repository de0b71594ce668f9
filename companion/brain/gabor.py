"""Gabor functions, and how well one of them fits a receptive field.

A Gabor function is a grating under a Gaussian window, with distances in pixels, u across
the stripes and v along them::

    g = amplitude exp(-u^2 / (2 sigma_u^2) - v^2 / (2 sigma_v^2)) cos(2 pi f u + phase)

    u = (column - column_0) cos(theta) + (row - row_0) sin(theta)
    v = (row - row_0) cos(theta) - (column - column_0) sin(theta)

The fit searches for six numbers (center, wave vector f (sin theta, cos theta), logarithms
of the two widths); amplitude and phase follow by linear least squares. It runs for all
fields of a dictionary at once, by Levenberg and Marquardt's method.
"""

from dataclasses import dataclass

import numpy as np

N_PARAMETERS = 6
START_WIDTHS = (1.0, 1.5)  # across and along the stripes, in pixels
N_STEPS = 25  # of the search; with ten, fewer functions reach their best fit


@dataclass(frozen=True)
class Gabors:
    """Parameters of n Gabor functions, each an array of shape (n,)."""

    row: np.ndarray
    column: np.ndarray
    frequency: np.ndarray
    theta: np.ndarray
    sigma_u: np.ndarray
    sigma_v: np.ndarray
    amplitude: np.ndarray
    phase: np.ndarray

    def fields(self, side, phase_shift=0.0):
        """Draw them on side x side pixels, rows of shape (n, side * side).

        Args:
            side: Height and width in pixels.
            phase_shift: Added to every phase; pi / 2 gives the quadrature partner.
        """
        even, odd = self.parts(side)
        phase = (self.phase + phase_shift)[:, None]
        return self.amplitude[:, None] * (np.cos(phase) * even - np.sin(phase) * odd)

    def parts(self, side):
        """Window times cosine and window times sine, each (n, side * side)."""
        rows, columns = (c.ravel() for c in np.indices((side, side), dtype=float))
        down, across = rows - self.row[:, None], columns - self.column[:, None]
        cos, sin = np.cos(self.theta)[:, None], np.sin(self.theta)[:, None]
        u, v = across * cos + down * sin, down * cos - across * sin
        window = np.exp(
            -0.5 * (u / self.sigma_u[:, None]) ** 2 - 0.5 * (v / self.sigma_v[:, None]) ** 2
        )
        angle = 2.0 * np.pi * self.frequency[:, None] * u
        return window * np.cos(angle), window * np.sin(angle)


def fit(fields):
    """Fit a Gabor function to every receptive field.

    Centers stay on the patch, widths between 0.5 pixel and its side, and the frequency
    between half a cycle per patch and 0.5 cycle per pixel.

    Args:
        fields: Shape (n, side * side), no row zero.

    Returns:
        gabors: The fit of each field, a `Gabors`.
        r_squared: 1 minus the squared error by the squares of the field, shape (n,).

    Raises:
        ValueError: If rows are no squares, or one is zero.

    Source:
        Jones and Palmer (1987), doi:10.1152/jn.1987.58.6.1233, for the function.
    """
    fields = np.asarray(fields, dtype=float)
    side = round(np.sqrt(fields.shape[-1]))
    if fields.ndim != 2 or side**2 != fields.shape[1]:
        raise ValueError(f"fields must be (n, side * side); got shape {fields.shape}")
    lengths = np.linalg.norm(fields, axis=1, keepdims=True)
    if not lengths.all():
        raise ValueError(f"fields must not be zero; got row {np.argmin(lengths)} of zeros")
    targets = fields / lengths
    found, error = _descend(_start(targets, side), targets, side)
    _, linear = _residual(found, targets, side)
    return _as_gabors(found, linear * lengths), 1.0 - error


def _start(targets, side):
    """Center of the squares, and the strongest frequency, of every field."""
    n, size = len(targets), 4 * side
    power = np.abs(np.fft.fft2(targets.reshape(n, side, side), (size, size))) ** 2
    grid = np.fft.fftfreq(size)
    length = np.hypot(grid[:, None], grid)
    power[:, (length < 1.0 / side) | (length > 0.5)] = 0.0
    down, across = np.unravel_index(power.reshape(n, -1).argmax(axis=1), (size, size))
    places = np.indices((side, side)).reshape(2, -1)
    center = targets**2 @ places.T
    sigma = np.broadcast_to(np.log(START_WIDTHS), (n, 2))
    return np.hstack([center, grid[down][:, None], grid[across][:, None], sigma])


def _bounded(p, side):
    """Move parameters to the nearest allowed ones."""
    p = p.copy()
    p[:, :2] = np.clip(p[:, :2], 0.0, side - 1.0)
    length = np.maximum(np.hypot(p[:, 2], p[:, 3]), 1e-12)
    p[:, 2:4] *= (np.clip(length, 0.5 / side, 0.5) / length)[:, None]
    p[:, 4:] = np.clip(p[:, 4:], np.log(0.5), np.log(side))
    return p


def _residual(p, targets, side):
    """Error (n, side * side) of the best even and odd part, and their weights (n, 2)."""
    even, odd = _as_gabors(p, np.zeros((len(p), 2))).parts(side)
    ee, oo, eo = (np.sum(a * b, axis=1) for a, b in ((even, even), (odd, odd), (even, odd)))
    te, to = np.sum(targets * even, axis=1), np.sum(targets * odd, axis=1)
    det = np.maximum(ee * oo - eo**2, 1e-12)
    weights = np.stack([oo * te - eo * to, ee * to - eo * te], axis=1) / det[:, None]
    return weights[:, :1] * even + weights[:, 1:] * odd - targets, weights


def _descend(p, targets, side):
    p = _bounded(p, side)
    residual, _ = _residual(p, targets, side)
    error, damping = np.sum(residual**2, axis=1), np.full(len(p), 1e-2)
    for _ in range(N_STEPS):
        slopes = _slopes(p, residual, targets, side)
        normal = np.einsum("npi,npj->nij", slopes, slopes)
        scale = np.einsum("nii->ni", normal) + 1e-9
        normal[:, range(N_PARAMETERS), range(N_PARAMETERS)] += damping[:, None] * scale
        downhill = -np.einsum("npi,np->ni", slopes, residual)
        moved = _bounded(p + np.linalg.solve(normal, downhill[..., None])[..., 0], side)
        new_residual, _ = _residual(moved, targets, side)
        new_error = np.sum(new_residual**2, axis=1)
        better = new_error < error
        p = np.where(better[:, None], moved, p)
        residual = np.where(better[:, None], new_residual, residual)
        error = np.where(better, new_error, error)
        damping = np.clip(np.where(better, damping / 5.0, damping * 4.0), 1e-6, 1e6)
    return p, error


def _slopes(p, residual, targets, side, step=1e-6):
    """Slopes of the error by each parameter, (n, side * side, 6), by differences."""
    columns = []
    for i in range(N_PARAMETERS):
        moved = p.copy()
        moved[:, i] += step
        columns.append((_residual(moved, targets, side)[0] - residual) / step)
    return np.stack(columns, axis=2)


def _as_gabors(p, linear):
    even, odd = linear.T
    return Gabors(
        row=p[:, 0],
        column=p[:, 1],
        frequency=np.hypot(p[:, 2], p[:, 3]),
        theta=np.arctan2(p[:, 2], p[:, 3]),
        sigma_u=np.exp(p[:, 4]),
        sigma_v=np.exp(p[:, 5]),
        amplitude=np.hypot(even, odd),
        phase=np.arctan2(-odd, even),
    )
