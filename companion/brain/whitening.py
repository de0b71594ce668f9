"""Whitening: take out of images what neighboring pixels already tell about each other.

Frequencies are in cycles per pixel, so that 0.5 is the finest grating there is. The
amplitude of natural photographs falls roughly as 1 / frequency. The filter::

    R(f) = f exp(-(f / cutoff)^4)

rises just as fast, so that the result is nearly flat, and closes before the corners of
frequency space, where there is mostly noise. Because it closes, neighboring pixels stay
correlated; of correlations over longer distances hardly anything is left.
"""

import numpy as np


def amplitude_response(shape, cutoff=0.4):
    """Response R of the filter at every frequency of an image, ordered as by ``fft2``.

    Args:
        shape: (height, width) of the image.
        cutoff: Where the filter closes, in cycles per pixel, above 0.

    Returns:
        R, shape (height, width); 0 at frequency 0.

    Raises:
        ValueError: If `cutoff` is not above 0.

    Source:
        Olshausen and Field (1997), doi:10.1016/S0042-6989(97)00169-7.
    """
    if not cutoff > 0:
        raise ValueError(f"cutoff must be above 0; got {cutoff}")
    down, across = (np.fft.fftfreq(n) for n in shape)
    frequency = np.hypot(down[:, np.newaxis], across)
    return frequency * np.exp(-((frequency / cutoff) ** 4))


def whiten_image(image, cutoff=0.4):
    """Filter one gray image with R, and scale it to a variance of 1.

    The filter wraps around, so a border of a few pixels mixes opposite sides.

    Args:
        image: Shape (height, width), not constant.
        cutoff: As in `amplitude_response`.

    Returns:
        Mean 0 and variance 1, shape (height, width).

    Raises:
        ValueError: If `image` is no (height, width), or constant.
    """
    image = np.asarray(image, dtype=float)
    if image.ndim != 2:
        raise ValueError(f"image must be (height, width); got shape {image.shape}")
    if np.ptp(image) == 0:
        raise ValueError("image must not be constant; got one value in every pixel")
    spectrum = np.fft.fft2(image) * amplitude_response(image.shape, cutoff)
    filtered = np.fft.ifft2(spectrum).real
    return filtered / filtered.std()


def radial_amplitude(image, frequencies):
    """Root mean square of the Fourier coefficients near each frequency, of all directions.

    Args:
        image: Shape (height, width).
        frequencies: Edges of m + 1 rising frequencies in cycles per pixel, the first
            above 0.

    Returns:
        Amplitudes between neighboring edges, shape (m,).
    """
    power = np.abs(np.fft.fft2(image - np.mean(image))) ** 2
    down, across = (np.fft.fftfreq(n) for n in image.shape)
    ring = np.digitize(np.hypot(down[:, np.newaxis], across), frequencies) - 1
    inside = (ring >= 0) & (ring < len(frequencies) - 1)
    sums = np.bincount(ring[inside], power[inside], minlength=len(frequencies) - 1)
    return np.sqrt(sums / np.bincount(ring[inside], minlength=len(frequencies) - 1))


def cut_patches(images, side, n, rng, border=4):
    """Cut squares at random places from random images, and take off their own means.

    Args:
        images: Sequence of arrays (height, width), of any sizes.
        side: Height and width of a patch, in pixels.
        n: Number of patches, at least 1.
        rng: A `numpy.random.Generator`.
        border: Pixels at every edge of an image that no patch touches.

    Returns:
        Patches as rows, shape (n, side * side).

    Raises:
        ValueError: If an image has no room for a patch inside its border.
    """
    for image in images:
        if min(image.shape) < side + 2 * border:
            raise ValueError(
                f"images must measure {side + 2 * border} pixels at least; "
                f"got shape {image.shape}"
            )
    patches = np.empty((n, side * side))
    for patch in patches:
        image = images[rng.integers(len(images))]
        top, left = (rng.integers(border, s - side - border + 1) for s in image.shape)
        patch[:] = image[top : top + side, left : left + side].ravel()
    return patches - patches.mean(axis=1, keepdims=True)
