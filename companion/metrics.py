"""Measures of the course: arrays in, numbers out.

Squared error comes in two conventions that must not be mixed. For x of shape (n, D):

    mse(x, x_hat)                        mean over the n examples and the D features
    squared_error_per_example(x, x_hat)  sum over the D features, mean over the n examples

The second is D times the first.
"""

import numpy as np
import scipy.linalg
from skimage.metrics import structural_similarity
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def _checked_pair(x, x_hat):
    x, x_hat = np.asarray(x, dtype=float), np.asarray(x_hat, dtype=float)
    if x.shape != x_hat.shape or x.size == 0:
        raise ValueError(
            f"x_hat must have the shape of x, {x.shape}, not empty; got {x_hat.shape}"
        )
    return x, x_hat


def mse(x, x_hat):
    """Mean squared error over examples and features: the convention of Keras's "mse".

    Args:
        x: Data, any shape, examples first.
        x_hat: Reconstruction, as x.

    Returns:
        The mean over all entries.

    Raises:
        ValueError: If the shapes differ (they are never broadcast) or are empty.
    """
    x, x_hat = _checked_pair(x, x_hat)
    return float(np.mean((x - x_hat) ** 2))


def squared_error_per_example(x, x_hat):
    """Squared error summed over the features and averaged over the examples.

    Args:
        x: Data, any shape, examples first.
        x_hat: Reconstruction, as x.

    Returns:
        The mean over examples of the squared distance between x and x_hat.

    Raises:
        ValueError: If the shapes differ or are empty.
    """
    x, x_hat = _checked_pair(x, x_hat)
    return float(np.sum((x - x_hat) ** 2) / len(x))


def psnr(x, x_hat, data_range=1.0):
    """Peak signal-to-noise ratio in dB, computed for each image and averaged.

    For one image it is 10 log10(data_range**2 / mse).

    Args:
        x: Images, shape (n, ...).
        x_hat: Reconstruction, as x.
        data_range: Largest minus smallest possible value, above 0.

    Returns:
        The mean over images in dB; infinite if an image is reproduced exactly.

    Raises:
        ValueError: If the shapes differ or `data_range` is not above 0.
    """
    x, x_hat = _checked_pair(x, x_hat)
    if data_range <= 0:
        raise ValueError(f"data_range must be above 0; got {data_range}")
    errors = np.mean((x - x_hat).reshape(len(x), -1) ** 2, axis=1)
    with np.errstate(divide="ignore"):
        return float(np.mean(10.0 * np.log10(data_range**2 / errors)))


def ssim(x, x_hat, data_range=1.0):
    """Structural similarity from scikit-image (7 by 7 windows), averaged over images.

    Args:
        x: Images, shape (n, height, width, channels), sides of at least 7.
        x_hat: Reconstruction, as x.
        data_range: Largest minus smallest possible value, above 0.

    Returns:
        The mean over images; 1 for identical images.

    Raises:
        ValueError: If the shapes differ or are not those of images.

    Source:
        Wang et al. (2004), doi:10.1109/TIP.2003.819861.
    """
    x, x_hat = _checked_pair(x, x_hat)
    if x.ndim != 4 or min(x.shape[1:3]) < 7:
        raise ValueError(
            "x must be images (n, height, width, channels) with sides of at least 7; "
            f"got shape {x.shape}"
        )
    scores = [
        structural_similarity(image, image_hat, data_range=data_range, channel_axis=-1)
        for image, image_hat in zip(x, x_hat, strict=True)
    ]
    return float(np.mean(scores))


def explained_variance(x, x_hat):
    """Share of the variance of x that the reconstruction keeps.

    It is 1 - sum((x - x_hat)**2) / sum((x - mean of x)**2), with the mean taken for each
    feature over the examples of x itself: 1 is perfect, 0 as good as that mean, and a
    bad reconstruction falls below 0.

    Args:
        x: Data, any shape, examples first.
        x_hat: Reconstruction, as x.

    Returns:
        The share, at most 1.

    Raises:
        ValueError: If the shapes differ, or all examples of x are equal.
    """
    x, x_hat = _checked_pair(x, x_hat)
    total = np.sum((x - x.mean(axis=0)) ** 2)
    if total == 0:
        raise ValueError(f"x must vary over its {len(x)} examples; its variance is 0")
    return float(1.0 - np.sum((x - x_hat) ** 2) / total)


def linear_probe_accuracy(z_train, y_train, z_test, y_test):
    """Test accuracy of logistic regression on standardized codes.

    Args:
        z_train: Codes to fit on, shape (n, K).
        y_train: Their classes, shape (n,).
        z_test: Codes to predict for, shape (m, K).
        y_test: Their classes, shape (m,).

    Returns:
        Share of test examples classified rightly, in [0, 1].
    """
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    return float(probe.fit(z_train, y_train).score(z_test, y_test))


def principal_angles(a, b):
    """Angles between the subspaces that the columns of two matrices span.

    Args:
        a: Columns that span the first subspace, shape (D, k).
        b: Columns that span the second, shape (D, m).

    Returns:
        Angles in rad, the largest first, shape (min(k, m),); all 0 if one subspace
        contains the other.
    """
    return scipy.linalg.subspace_angles(a, b)


def mean_and_std(values):
    """Mean and standard deviation of repeated measurements, with n - 1 below the sum.

    Args:
        values: At least two numbers, for example one for each seed.

    Returns:
        mean: The mean.
        std: The sample standard deviation (ddof=1).

    Raises:
        ValueError: If there are fewer than two values, which have no spread.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(f"values must be at least two numbers; got {values.tolist()}")
    return float(values.mean()), float(values.std(ddof=1))


def format_spread(values, digits=4):
    """Write repeated measurements as "mean ± standard deviation".

    Args:
        values: At least two numbers.
        digits: Digits after the decimal point.

    Returns:
        Text such as "0.0123 ± 0.0004".

    Raises:
        ValueError: If there are fewer than two values.
    """
    mean, std = mean_and_std(values)
    return f"{mean:.{digits}f} ± {std:.{digits}f}"


def format_range(values, digits=4):
    """Write repeated measurements as "mean (lowest to highest)".

    Args:
        values: At least one number.
        digits: Digits after the decimal point.

    Returns:
        Text such as "0.0123 (0.0119 to 0.0131)".
    """
    parts = np.mean(values), np.min(values), np.max(values)
    return "{} ({} to {})".format(*(f"{part:.{digits}f}" for part in parts))
