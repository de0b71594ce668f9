"""What a photograph suffers, and what a program may know about it.

Every damage comes with a map of what is known, one number for each pixel::

    gaussian          the standard deviation of the noise
    salt_and_pepper   1 where a pixel may be trusted, 0 where it is exactly black or white
    masking           1 where a pixel is known, 0 where it is missing
    camera            the standard deviation, estimated from the noisy pixel itself

The first three are those of `companion.autoencoders.corruption`. A camera counts photons,
so its noise grows with the light; reading the sensor adds a constant part::

    camera            Poisson(photons * x) / photons + read * N(0, 1)
"""

import numpy as np
from scipy import ndimage

from companion.autoencoders.corruption import corrupted

# The kernel answers 0 to any plane of brightness, and noise of deviation 1 with 6.
SECOND_DIFFERENCES = np.outer([1.0, -2.0, 1.0], [1.0, -2.0, 1.0])
NORMAL_QUARTILE = 0.6744897501960817


def camera(x, photons, read, rng):
    """Photograph a clean image with few photons.

    Args:
        x: Clean image in [0, 1], any shape.
        photons: Mean count of a white pixel, above 0.
        read: Standard deviation of the constant part, not negative.
        rng: A `numpy.random.Generator`.

    Returns:
        The noisy image, float32; its mean is x.

    Raises:
        ValueError: If `photons` is not above 0 or `read` is negative.
    """
    if not (photons > 0 and read >= 0):
        raise ValueError(
            f"photons must be above 0 and read not negative; got {photons}, {read}"
        )
    x = np.asarray(x, dtype=float)
    noisy = rng.poisson(photons * x) / photons + read * rng.standard_normal(x.shape)
    return noisy.astype(np.float32)


def camera_level(noisy, photons, read):
    """Estimate the deviation of a camera's noise from the noisy pixels, smoothed.

    Args:
        noisy: Image, shape (height, width, ...).
        photons: As in `camera`.
        read: As in `camera`.

    Returns:
        ``sqrt(x / photons + read**2)`` with x the mean of 5 by 5 noisy pixels.
    """
    size = (5, 5) + (1,) * (np.ndim(noisy) - 2)
    light = np.maximum(ndimage.uniform_filter(np.asarray(noisy, float), size), 0.0)
    return np.sqrt(light / photons + read**2).astype(np.float32)


def stabilized(noisy, photons, read):
    """Transform a camera's image so that its noise has a deviation near 1 everywhere.

    Source:
        The generalized form, for photon counts with a constant part, of the transform of
        Anscombe (1948), doi:10.2307/2332343.
    """
    counts = photons * np.asarray(noisy, float)
    return 2.0 * np.sqrt(np.maximum(counts + 0.375 + (photons * read) ** 2, 0.0))


def unstabilized(y, photons, read):
    """Undo `stabilized`, up to a bias that falls with the number of photons."""
    return (np.square(y) / 4.0 - 0.125 - (photons * read) ** 2) / photons


def noise_level(image):
    """Estimate the deviation of white Gaussian noise from one noisy image.

    The median of second differences is little disturbed by edges.

    Args:
        image: Shape (height, width), sides of at least 3.

    Returns:
        The estimate, too high where the image itself is a fine texture.

    Raises:
        ValueError: If the image is smaller than 3 by 3 or no matrix.

    Source:
        Immerkær (1996), doi:10.1006/cviu.1996.0060, with the median for his mean.
    """
    image = np.asarray(image, dtype=float)
    if image.ndim != 2 or min(image.shape) < 3:
        raise ValueError(
            f"image must have shape (height, width), both >= 3; got {image.shape}"
        )
    found = ndimage.convolve(image, SECOND_DIFFERENCES)[1:-1, 1:-1]
    return float(np.median(np.abs(found)) / NORMAL_QUARTILE / 6.0)


def trusted(image):
    """Tell pixels that may be right from those that are exactly black or white.

    Args:
        image: Any shape, in [0, 1].

    Returns:
        float32 of the same shape: 0 where a pixel is 0 or 1, else 1.
    """
    image = np.asarray(image)
    return ((image > 0.0) & (image < 1.0)).astype(np.float32)


def damaged(x, kind, amount, rng):
    """Damage a clean image, and tell what a program may know.

    Args:
        x: Clean image in [0, 1], any shape.
        kind: "gaussian", "salt_and_pepper" or "masking".
        amount: Standard deviation, or share of pixels that are hit.
        rng: A `numpy.random.Generator`.

    Returns:
        noisy: float32, shaped as x; not clipped.
        known: The map described above, shaped as x.

    Raises:
        ValueError: If the kind is unknown or the amount out of its range.
    """
    if kind == "masking":
        x = np.asarray(x, dtype=np.float32)
        # Of an image of ones, masking leaves the map of what is known.
        known = corrupted(np.ones_like(x), kind, amount, rng)
        return x * known, known
    noisy = corrupted(x, kind, amount, rng)
    if kind == "gaussian":
        return noisy, np.full_like(noisy, amount)
    return noisy, trusted(noisy)
