"""Filters for damaged photographs, without learning.

Each takes the damaged image, (height, width), the map of what is known, of the same shape,
and one setting, and returns an image of that shape. Which of them look at the map:

    gaussian, median                        no, but their setting is chosen for each damage
    total_variation, nonlocal_means,
    cosine_thresholds                       the standard deviation of the noise
    trusted_median, nearest, local_mean,
    biharmonic                              which pixels to trust
"""

import numpy as np
from scipy import ndimage
from scipy.fft import dctn, idctn
from skimage import restoration

from companion.practice.filling import filled

STRIDE = 2


def nothing(noisy, known, setting=None):
    """Return the damaged image."""
    return noisy


def gaussian(noisy, known, width):
    """Average neighbors with Gaussian weights; `width` is their deviation in pixels."""
    return ndimage.gaussian_filter(noisy, width)


def median(noisy, known, side):
    """Take the median of a square of `side` pixels."""
    return ndimage.median_filter(noisy, side)


def total_variation(noisy, known, factor):
    """Trade the squared error to the input against the sum of slopes, by Chambolle.

    Args:
        noisy: Damaged image.
        known: Its noise level; the mean is used.
        factor: The weight of the slopes in units of the noise.

    Returns:
        The cleaned image.

    Source:
        Chambolle (2004), doi:10.1023/B:JMIV.0000011325.36760.1e, by scikit-image.
    """
    # The usual stop, at a small change, now and then comes long before the minimum.
    weight = factor * float(np.mean(known))
    return restoration.denoise_tv_chambolle(noisy, weight, eps=1e-6, max_num_iter=100)


def nonlocal_means(noisy, known, factor, patch_size=7, patch_distance=5):
    """Average pixels whose surroundings look alike, wherever near they are.

    Args:
        noisy: Damaged image.
        known: Its noise level; the mean is used.
        factor: How different surroundings may be, in units of the noise.
        patch_size: Side of the compared surroundings in pixels.
        patch_distance: How far away they are looked for, in pixels.

    Returns:
        The cleaned image.

    Source:
        Buades et al. (2005), doi:10.1109/CVPR.2005.38, by scikit-image.
    """
    level = float(np.mean(known))
    return restoration.denoise_nl_means(
        noisy, patch_size, patch_distance, h=factor * level, sigma=level
    )


def cosine_thresholds(noisy, known, factor, window=12):
    """Set small cosine coefficients of sliding windows to zero, and average the windows.

    A window counts more the fewer coefficients it needs.

    Args:
        noisy: Damaged image.
        known: Its noise level; the mean is used.
        factor: The threshold in units of the noise.
        window: Side of a window in pixels, even.

    Returns:
        The cleaned image.

    Source:
        Yu and Sapiro (2011), doi:10.5201/ipol.2011.ys-dct; windows every second pixel,
        and weights, are ours.
    """
    edge = window - STRIDE
    far = [(edge, edge + side % STRIDE) for side in noisy.shape]
    padded = np.pad(noisy, far, mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (window, window))
    z = dctn(windows[::STRIDE, ::STRIDE], axes=(2, 3), norm="ortho")
    kept = np.abs(z) > factor * float(np.mean(known))
    kept[..., 0, 0] = True
    weight = 1.0 / kept.sum(axis=(2, 3))
    parts = idctn(z * kept, axes=(2, 3), norm="ortho") * weight[..., None, None]
    total, weights = np.zeros(padded.shape), np.zeros(padded.shape)
    rows, columns = (STRIDE * n for n in weight.shape)
    for i, j in np.ndindex(window, window):
        place = slice(i, i + rows, STRIDE), slice(j, j + columns, STRIDE)
        total[place] += parts[:, :, i, j]
        weights[place] += weight
    clean = (total / weights)[edge:, edge:]
    return clean[: noisy.shape[0], : noisy.shape[1]]


def trusted_median(noisy, known, side):
    """Replace only pixels not to be trusted, by the median of trusted ones around them.

    Args:
        noisy: Damaged image.
        known: 1 for pixels to trust, 0 for others.
        side: Side of the square looked at; where it holds none to trust, the nearest.

    Returns:
        The cleaned image; trusted pixels are unchanged.
    """
    holes = np.where(known > 0, noisy, np.nan)
    edge = side // 2
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(holes, edge, mode="symmetric"), (side, side)
    )
    result = nearest(noisy, known)
    empty = known == 0
    around = windows[empty].reshape(-1, side * side)
    some = ~np.isnan(around).all(axis=1)
    found = result[empty]
    found[some] = np.nanmedian(around[some], axis=1)
    result[empty] = found
    return result


def nearest(noisy, known, setting=None):
    """Give each unknown pixel the value of the nearest known one."""
    if not (known > 0).any():
        return np.full_like(noisy, 0.5)
    rows, columns = ndimage.distance_transform_edt(
        known == 0, return_distances=False, return_indices=True
    )
    return noisy[rows, columns]


def local_mean(noisy, known, width):
    """Fill unknown pixels by Gaussian means of known ones, `width` in pixels."""
    return filled(noisy, known, (width, 8.0))


def biharmonic(noisy, known, setting=None):
    """Fill unknown pixels as smoothly as a bent plate, by scikit-image."""
    return restoration.inpaint_biharmonic(np.asarray(noisy, float), known == 0)


def psnr_of(clean, estimate):
    """Peak signal-to-noise ratio of one image in dB, the estimate clipped to [0, 1]."""
    error = np.mean((np.asarray(clean, float) - np.clip(estimate, 0.0, 1.0)) ** 2)
    return float(-10.0 * np.log10(error))
