"""What rounding costs: entropy against error, and which frequencies go first."""

import numpy as np


def entropy_bits(numbers):
    """Entropy of the shares of whole numbers, in bits for one number.

    Args:
        numbers: Whole numbers, any shape, at least one.

    Returns:
        -sum of share times log2 of share.
    """
    _, counts = np.unique(np.ravel(numbers), return_counts=True)
    shares = counts / counts.sum()
    return float(-np.sum(shares * np.log2(shares)))


def rounding_curve(values, steps):
    """Round numbers to multiples of several steps.

    Args:
        values: Numbers, any shape.
        steps: Widths of the cells, above 0.

    Returns:
        bits: Entropy of the rounded numbers for each step, (n,).
        snr_db: Variance of the values over the mean squared error, in dB, (n,).
    """
    values = np.ravel(values)
    codes = [np.rint(values / step) for step in steps]
    errors = [np.mean((c * s - values) ** 2) for c, s in zip(codes, steps, strict=True)]
    bits = np.array([entropy_bits(c) for c in codes])
    return bits, 10.0 * np.log10(np.var(values) / np.array(errors))


def retained_variance(images, side):
    """Share of the variance of blocks that their first principal components keep.

    Args:
        images: Whole images, each (height, width, 3).
        side: Side of a block in pixels.

    Returns:
        The share for 1, 2, ... components, (side * side * 3,).
    """
    from companion.practice.block_pca import fit_axes, to_grid

    mean, axes = fit_axes(images, side)
    blocks = [to_grid(image, side).reshape(-1, axes.shape[1]) for image in images]
    variances = np.mean(((np.concatenate(blocks) - mean) @ axes.T) ** 2, axis=0)
    return np.cumsum(variances) / variances.sum()


def kept_by_frequency(image, restored, n_bands=8):
    """Share of the energy of each band of frequencies that a restored image keeps.

    Args:
        image: (height, width, 3).
        restored: As `image`.
        n_bands: Rings of equal width from 0 to 0.5 cycles per pixel.

    Returns:
        Middle of each band in cycles per pixel, (n_bands,), and 1 less the energy of the
        error over that of the image in each band, (n_bands,).
    """
    image, restored = np.asarray(image, float), np.asarray(restored, float)
    rows, columns = (np.fft.fftfreq(side) for side in image.shape[:2])
    radius = np.hypot(rows[:, np.newaxis], columns)
    band = np.floor(radius * 2 * n_bands).astype(int)
    inside = band < n_bands

    def energy(x):
        power = np.sum(np.abs(np.fft.fft2(x - x.mean(axis=(0, 1)), axes=(0, 1))) ** 2, -1)
        return np.bincount(band[inside], power[inside], n_bands)

    middle = (np.arange(n_bands) + 0.5) / (2 * n_bands)
    return middle, 1.0 - energy(image - restored) / energy(image)
