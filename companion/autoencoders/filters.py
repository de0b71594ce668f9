"""What a denoising autoencoder has to beat: filters, projections and an average.

Every method gets its one setting from noisy validation images, by the highest PSNR, and
is then measured on noisy test images. All answers are clipped to [0, 1].
"""

import numpy as np
from scipy import ndimage

from companion import metrics
from companion.autoencoders.corruption import corrupted
from companion.autoencoders.pca import PCA, MeanPredictor
from companion.autoencoders.score import RoundMixture

MEDIAN_SIDES = (2, 3, 5, 7)
GAUSSIAN_WIDTHS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.5, 2.0, 2.5, 3.0)
PCA_SIZES = (1, 2, 4, 6, 8, 10, 12, 16, 20, 24, 32, 48)
KERNEL_WIDTHS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0)


def noisy_parts(data, corruption, amount, seed=0):
    """Damage validation and test images once; the same call gives the same images.

    Args:
        data: A `companion.datasets.Dataset` of images (n, height, width, channels).
        corruption: One of `companion.autoencoders.corruption.CORRUPTIONS`.
        amount: Standard deviation, or share of entries that are hit.
        seed: Seed of the noise.

    Returns:
        The noisy validation and test images, shaped as the clean ones, not clipped.
    """
    rng = np.random.default_rng(seed)
    return tuple(corrupted(x, corruption, amount, rng) for x in (data.x_val, data.x_test))


def median_filter(x, side):
    """Replace every pixel by the median of a square window, `side` pixels wide."""
    return ndimage.median_filter(x, (1, side, side, 1))


def gaussian_filter(x, width):
    """Blur every image with a Gaussian whose standard deviation is `width` pixels."""
    return ndimage.gaussian_filter(x, (0, width, width, 0))


def _rows(x):
    return np.reshape(x, (len(x), -1))


def _project(pca, x, n_components):
    """Reconstruct x from the first components of a PCA that has more."""
    axes = pca.components[:n_components]
    return (x - pca.mean) @ axes.T @ axes + pca.mean


def best_setting(denoise, settings, x_val_noisy, x_val):
    """The setting with the highest PSNR on the validation images.

    Args:
        denoise: A function of noisy images and a setting.
        settings: The settings to try.
        x_val_noisy: Noisy validation images, (n, height, width, channels).
        x_val: The clean ones.

    Returns:
        One of the settings.
    """

    def quality(setting):
        return metrics.psnr(x_val, np.clip(denoise(x_val_noisy, setting), 0.0, 1.0))

    return max(settings, key=quality)


def baseline_psnrs(data, corruption, amount, seed=0):
    """PSNR of every baseline on noisy test images, in dB.

    The *kernel average* answers with a mean of the clean training images, weighted by
    exp(-distance**2 / (2 width**2)) to the noisy image. With the width of the noise it
    is the best denoiser of the training images themselves (`RoundMixture`); here the
    width is chosen like every other setting.

    Args:
        data: A `companion.datasets.Dataset` of images (n, height, width, channels).
        corruption: One of `companion.autoencoders.corruption.CORRUPTIONS`.
        amount: Standard deviation, or share of entries that are hit.
        seed: Seed of the noise on validation and test images, as in `noisy_parts`.

    Returns:
        A mapping from the name of the method to its PSNR.
    """
    x_val_noisy, x_test_noisy = noisy_parts(data, corruption, amount, seed)
    x_train, shape = _rows(data.x_train), data.x_train.shape[1:]
    n_train = len(x_train)
    sizes = [k for k in PCA_SIZES if k <= min(x_train.shape)]
    pca = PCA(max(sizes)).fit(x_train)
    mean = MeanPredictor().fit(x_train)
    kernel = RoundMixture(x_train, np.zeros(n_train), np.full(n_train, 1.0 / n_train))
    methods = {
        "doing nothing": (lambda x, _: x, (None,)),
        "mean image": (lambda x, _: mean.reconstruct(_rows(x)), (None,)),
        "median filter": (median_filter, MEDIAN_SIDES),
        "Gaussian filter": (gaussian_filter, GAUSSIAN_WIDTHS),
        "PCA projection": (lambda x, k: _project(pca, _rows(x), k), sizes),
        "kernel average": (
            lambda x, width: kernel.posterior_mean(_rows(x), width),
            KERNEL_WIDTHS,
        ),
    }
    found = {}
    for name, (method, settings) in methods.items():

        def denoise(x, setting, method=method):
            return np.reshape(method(x, setting), (len(x), *shape))

        setting = best_setting(denoise, settings, x_val_noisy, data.x_val)
        answer = np.clip(denoise(x_test_noisy, setting), 0.0, 1.0)
        found[name] = metrics.psnr(data.x_test, answer)
    return found
