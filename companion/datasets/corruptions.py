"""Changes of images that keep their meaning: shifts, rotations and noise.

A classifier meets them whenever the world differs a little from its training set. Images
are (n, height, width, channels) in [0, 1], as `companion.datasets.load` gives them; the
background is taken to be 0, and every function returns a new float32 array in [0, 1].
"""

import numpy as np
from scipy import ndimage


def _checked_images(x):
    x = np.asarray(x, dtype=np.float32)
    if x.ndim != 4 or x.size == 0:
        raise ValueError(
            f"x must be images (n, height, width, channels); got shape {x.shape}"
        )
    if not (x.min() >= 0.0 and x.max() <= 1.0):  # NaN fails as well
        raise ValueError(f"x must lie in [0, 1]; got values from {x.min()} to {x.max()}")
    return x


def shift(x, down=0.0, right=0.0):
    """Move every image by a number of pixels, interpolating linearly between them.

    Args:
        x: Images, shape (n, height, width, channels), in [0, 1].
        down: Pixels toward the last row; negative moves up.
        right: Pixels toward the last column; negative moves left.

    Returns:
        Images of the shape of x; what enters at the border is 0.

    Raises:
        ValueError: If x is not a batch of images in [0, 1].
    """
    return ndimage.shift(_checked_images(x), (0, down, right, 0), order=1)


def rotate(x, degrees):
    """Turn every image about its center, interpolating linearly between pixels.

    Args:
        x: Images, shape (n, height, width, channels), in [0, 1].
        degrees: Angle in degrees, counterclockwise.

    Returns:
        Images of the shape of x; what enters at the border is 0.

    Raises:
        ValueError: If x is not a batch of images in [0, 1].
    """
    turned = ndimage.rotate(
        _checked_images(x), degrees, axes=(1, 2), reshape=False, order=1
    )
    return np.clip(turned, 0.0, 1.0)  # interpolation rounds, so 1 may become 1.0000001


def add_noise(x, std, rng):
    """Add Gaussian noise to every pixel and clip the result to [0, 1].

    Args:
        x: Images, shape (n, height, width, channels), in [0, 1].
        std: Standard deviation of the noise before clipping, not negative.
        rng: A `numpy.random.Generator`.

    Returns:
        Images of the shape of x.

    Raises:
        ValueError: If x is not a batch of images in [0, 1], or std is negative.
    """
    x = _checked_images(x)
    if not std >= 0:
        raise ValueError(f"std must not be negative; got {std}")
    noise = std * rng.standard_normal(x.shape, dtype=np.float32)
    return np.clip(x + noise, 0.0, 1.0)
