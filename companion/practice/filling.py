"""Fill missing pixels with a cleaner that knows nothing but noise.

A guess fills the holes, and what is wrong with it is taken for noise. The cleaner
works on the whole image, the known pixels are put back, and the next round assumes less
noise::

    x <- known y + (1 - known) clean(x, level)        level falling

For Gaussian noise of a small level the best cleaner moves an image toward more probable
ones, so the rounds climb the density of images while the known pixels hold them fast. A
filter serves as well as a network. Salt and pepper is the same task, once the pixels not
to be trusted are named.

Source:
    The rounds are the idea of Venkatakrishnan et al. (2013),
    doi:10.1109/GlobalSIP.2013.6737048, in its simplest form.
"""

import numpy as np
from scipy import ndimage

from companion.practice.photograph_noise import trusted

N_ROUNDS = 8


def fill(clean, image, known=None, first=0.07, last=0.02):
    """Fill what is missing in an image.

    Args:
        clean: A function of an image and a noise level that returns the cleaned image,
            both of shape (height, width).
        image: Shape (height, width), in [0, 1]; values of missing pixels are not used.
        known: 1 for known pixels and 0 for missing ones, shaped as image. If None, pixels
            that are exactly black or white are taken to be missing.
        first: Noise level of the first of eight rounds.
        last: That of the last one; between them the levels fall by equal factors.

    Returns:
        The filled image, float32; known pixels are unchanged.

    Raises:
        ValueError: If the map does not fit, or holds other values than 0 and 1, or
            no 1.
    """
    image = np.asarray(image)
    known = trusted(image) if known is None else np.asarray(known)
    if image.ndim != 2 or known.shape != image.shape:
        raise ValueError(
            "known must be shaped as image, (height, width); got "
            f"{known.shape} and {image.shape}"
        )
    if not np.isin(known, (0, 1)).all() or not known.any():
        raise ValueError("known must be 0 or 1 everywhere, and 1 at least once")
    x = filled(image, known)
    for level in np.geomspace(first, last, N_ROUNDS):
        x = np.where(known > 0, image, np.clip(clean(x, level), 0.0, 1.0))
    return x.astype(np.float32)


def filled(image, known, widths=(0.7, 2.0, 8.0)):
    """Replace unknown pixels by the weighted mean of known ones near them.

    Args:
        image: Shape (height, width).
        known: 1 for known pixels and 0 for others, shape (height, width); not all 0.
        widths: Standard deviations of the Gaussian weights in pixels, ascending; a wider
            one serves where a narrow one finds almost nothing.

    Returns:
        The filled image, shape (height, width).
    """
    known = np.asarray(known, float)
    image = np.where(known > 0, image, 0.0)
    estimate = image.sum() / known.sum()
    for width in reversed(widths):
        weight = ndimage.gaussian_filter(known, width)
        total = ndimage.gaussian_filter(image, width)
        # A faint trace of the wider mean, so that nothing is divided by nothing.
        estimate = (total + 1e-3 * estimate) / (weight + 1e-3)
    return np.where(known > 0, image, estimate)
