"""Strips of images as three neighboring patches of cortex see them, and bars; in pixels.

An image passes a center-surround filter, as in retina and thalamus: a narrow Gaussian
blur minus a wide one. A strip of 16 x 26 pixels of the result is seen through three round
windows of 16 x 16 pixels that stand side by side, each 5 pixels further along the strip::

    x_j = w * strip[:, 5 j : 5 j + 16],    w = exp(-(distance to center)^2 / (2 s^2))

The window w fades towards the border, so that a patch sees mostly its middle.
"""

import numpy as np

from companion.datasets import photographs

HEIGHT, LENGTH = 16, 26
SIDE, OFFSET, N_PATCHES = 16, 5, 3
WINDOW_SD = 3.2
CENTER_SD, SURROUND_SD = 1.0, 2.0
MARGIN = 4  # pixels at a border that the surround reaches beyond


def center_surround(image):
    """Filter an image with the difference of two Gaussian blurs.

    Args:
        image: Shape (..., height, width), at least 9 pixels high and wide.

    Returns:
        Shape (..., height - 8, width - 8): only where the filter lies inside the image.

    Raises:
        ValueError: If `image` is too small.
    """
    from scipy.ndimage import gaussian_filter

    image = np.asarray(image, dtype=float)
    if image.ndim < 2 or min(image.shape[-2:]) <= 2 * MARGIN:
        raise ValueError(f"image must be larger than 8 x 8 pixels; got {image.shape}")
    center, surround = (
        gaussian_filter(image, sd, radius=MARGIN, axes=(-2, -1))
        for sd in (CENTER_SD, SURROUND_SD)
    )
    return (center - surround)[..., MARGIN:-MARGIN, MARGIN:-MARGIN]


def natural_strips(names, n_each, rng):
    """Cut filtered strips from photographs that ship with the course's dependencies.

    Args:
        names: Names among `companion.datasets.photographs.PHOTOGRAPHS`.
        n_each: Number of strips from each photograph.
        rng: A `numpy.random.Generator`.

    Returns:
        Shape (number of names * n_each, 16, 26).

    Raises:
        ValueError: If a name is unknown.
    """
    images = (photographs.photograph(name, gray=True)[..., 0] for name in names)
    return np.concatenate(
        [cut_strips(center_surround(image), n_each, rng) for image in images]
    )


def cut_strips(image, n, rng):
    """Cut strips from random places of an image, half of them from the image laid down.

    Args:
        image: Shape (height, width), both at least 26.
        n: Number of strips.
        rng: A `numpy.random.Generator`.

    Returns:
        Shape (n, 16, 26).

    Raises:
        ValueError: If the image is smaller than a strip is long.
    """
    if image.ndim != 2 or min(image.shape) < LENGTH:
        raise ValueError(f"image must be at least {LENGTH} on a side; got {image.shape}")
    parts = []
    for side, count in ((image, n - n // 2), (image.T, n // 2)):
        across = rng.integers(side.shape[0] - HEIGHT + 1, size=(count, 1, 1))
        along = rng.integers(side.shape[1] - LENGTH + 1, size=(count, 1, 1))
        parts.append(side[across + np.arange(HEIGHT)[:, None], along + np.arange(LENGTH)])
    return np.concatenate(parts)


def window():
    """Sensitivity of a patch at each of its pixels, shape (16, 16), between 0 and 1."""
    squared = (np.arange(SIDE) - (SIDE - 1) / 2) ** 2
    return np.exp(-(squared[:, None] + squared) / (2.0 * WINDOW_SD**2))


def through_windows(strips):
    """What the three patches see.

    Args:
        strips: Shape (n, 16, 26).

    Returns:
        Shape (n, 3, 256), from left to right.

    Raises:
        ValueError: If `strips` has another shape.
    """
    strips = np.asarray(strips, dtype=float)
    if strips.ndim != 3 or strips.shape[1:] != (HEIGHT, LENGTH):
        raise ValueError(f"strips must be (n, {HEIGHT}, {LENGTH}); got {strips.shape}")
    starts = OFFSET * np.arange(N_PATCHES)
    seen = [strips[:, :, start : start + SIDE] * window() for start in starts]
    return np.stack(seen, axis=1).reshape(len(strips), N_PATCHES, SIDE * SIDE)


def light_bars(lengths_px, shift_px=0):
    """Draw light bars, 2 pixels wide, along the strip, centered on the middle patch.

    Args:
        lengths_px: Lengths, even, from 2 to 26.
        shift_px: Rows below the middle, -6 to 6.

    Returns:
        Shape (number of lengths, 24, 34): 1 on the bar and 0 elsewhere, with the margin
        of 4 pixels that the filter takes off.

    Raises:
        ValueError: If a length or the shift is out of range.
    """
    lengths = np.asarray(lengths_px)
    if np.any(lengths % 2) or lengths.min() < 2 or lengths.max() > LENGTH:
        raise ValueError(f"lengths_px must be even, 2 to {LENGTH}; got {lengths_px}")
    if abs(shift_px) > 6:
        raise ValueError(f"shift_px must be -6 to 6; got {shift_px}")
    rows = np.arange(HEIGHT + 2 * MARGIN) - (HEIGHT // 2 + MARGIN + shift_px) + 0.5
    columns = np.arange(LENGTH + 2 * MARGIN) - (LENGTH // 2 + MARGIN) + 0.5
    on_rows = np.abs(rows)[:, None] < 1
    return 1.0 * (on_rows & (np.abs(columns) < lengths[:, None, None] / 2))


def bars(lengths_px, shift_px=0):
    """Filter the light bars of `light_bars`: shape (number of lengths, 16, 26)."""
    return center_surround(light_bars(lengths_px, shift_px))


def bare_bars(lengths_px, shift_px=0):
    """Leave the light bars unfiltered, of the same shape: a control for the filter."""
    return light_bars(lengths_px, shift_px)[:, MARGIN:-MARGIN, MARGIN:-MARGIN]


def shift_correlations(image, template, shifts_px):
    """How well a detector's answer tells that of a neighbor along its bar, and across it.

    Args:
        image: Name of a photograph, or an image (height, width), not yet filtered.
        template: Weights of the detector for a bar along the rows, (height, width).
        shifts_px: Distances of the neighbor, not negative and whole.

    Returns:
        along: Correlation of the answers at each distance along the bar.
        across: The same across the bar.
    """
    from scipy.signal import fftconvolve

    if isinstance(image, str):
        image = photographs.photograph(image, gray=True)[..., 0]
    answers = fftconvolve(center_surround(image), template[::-1, ::-1], mode="valid")
    along = [_correlation_of_columns(answers, shift) for shift in shifts_px]
    across = [_correlation_of_columns(answers.T, shift) for shift in shifts_px]
    return np.array(along), np.array(across)


def _correlation_of_columns(answers, shift):
    left, right = answers[:, : answers.shape[1] - shift], answers[:, shift:]
    return np.corrcoef(left.ravel(), right.ravel())[0, 1]
