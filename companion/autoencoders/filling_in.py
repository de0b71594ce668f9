"""Ways to fill in hidden pixels that a masked autoencoder has to beat.

Here x is a table of images (n, D), and `hidden` a table of the same shape that is true
where a pixel is hidden. Every function returns x with its hidden pixels replaced; none
reads them. Answers are clipped to [0, 1], the range of the images.

The *conditional mean* is the strongest of the linear ones. With the mean mu and the
covariance Sigma of the training images, h the hidden and v the visible pixels of one:

    x_h = mu_h + Sigma_hv (Sigma_vv)^-1 (x_v - mu_v)

It is what a Gaussian distribution expects of the hidden pixels, and for any distribution
with this mean and covariance the linear prediction with the smallest squared error.
"""

import numpy as np

from companion.autoencoders.hiding import hidden_error
from companion.networks.checks import check_counts, check_same_shape, checked_rows

RIDGES = (1e-4, 1e-3, 1e-2, 1e-1)
NEIGHBOR_COUNTS = (1, 3, 5, 10, 20)


def _filled(x, hidden, answer):
    """Let `answer(pixels, hidden)` fill in each image of a table."""
    x = np.array(x, dtype=float)
    check_same_shape("hidden", hidden, "x", x)
    for pixels, gone in zip(x, hidden, strict=True):
        pixels[gone] = np.clip(answer(pixels, gone), 0.0, 1.0)
    return x


def conditional_mean(x, hidden, mean, covariance):
    """Fill in what a Gaussian expects of the hidden pixels, given the visible ones.

    Args:
        x: Images, shape (n, D).
        hidden: Booleans, shape (n, D).
        mean: Mean of the images, shape (D,).
        covariance: Their covariance, shape (D, D), invertible.

    Returns:
        The filled images, shape (n, D).
    """

    def answer(pixels, gone):
        seen = ~gone
        surprise = pixels[seen] - mean[seen]
        weighted = np.linalg.solve(covariance[np.ix_(seen, seen)], surprise)
        return mean[gone] + covariance[np.ix_(gone, seen)] @ weighted

    return _filled(x, hidden, answer)


def component_covariance(x_train, n_components):
    """Covariance that keeps K principal axes and levels the variance of all others.

    This is the maximum-likelihood covariance of probabilistic PCA. Filling in with it
    uses K numbers for each image: what is expected of its principal components.

    Args:
        x_train: Images, shape (n, D).
        n_components: K, at least 1 and below D.

    Returns:
        The covariance, shape (D, D).

    Raises:
        ValueError: If `n_components` is not a whole number from 1 to D - 1.

    Source:
        Tipping & Bishop (1999), doi:10.1111/1467-9868.00196, equations 7 and 8.
    """
    check_counts(n_components=n_components)
    variances, axes = np.linalg.eigh(np.cov(np.asarray(x_train, dtype=float).T, ddof=0))
    if n_components >= len(variances):
        raise ValueError(f"n_components must be below {len(variances)}; got {n_components}")
    rest = variances[:-n_components].mean()
    kept = axes[:, -n_components:]
    above = variances[-n_components:] - rest
    return (kept * above) @ kept.T + rest * np.eye(len(variances))


def nearest_pixels(x, hidden, image_shape):
    """Fill in each hidden pixel with the mean of the visible pixels closest to it.

    Args:
        x: Images of one channel, shape (n, H W).
        hidden: Booleans, shape (n, H W).
        image_shape: (H, W, 1).

    Returns:
        The filled images, shape (n, H W).
    """
    places = np.indices(image_shape[:2]).reshape(2, -1)
    squares = ((places[:, :, None] - places[:, None, :]) ** 2).sum(axis=0)

    def answer(pixels, gone):
        distances = squares[np.ix_(gone, ~gone)]
        closest = distances == distances.min(axis=1, keepdims=True)
        return closest @ pixels[~gone] / closest.sum(axis=1)

    return _filled(x, hidden, answer)


def nearest_images(x, hidden, x_train, n_neighbors):
    """Fill in the mean of the training images whose visible pixels are most alike.

    Args:
        x: Images, shape (n, D).
        hidden: Booleans, shape (n, D).
        x_train: Whole images to look up, shape (n_train, D).
        n_neighbors: Number of images to average.

    Returns:
        The filled images, shape (n, D).

    Raises:
        ValueError: If `n_neighbors` is not an integer of at least 1.
    """
    check_counts(n_neighbors=n_neighbors)
    x_train = checked_rows("x_train", x_train, np.shape(x)[1])

    def answer(pixels, gone):
        distances = ((x_train[:, ~gone] - pixels[~gone]) ** 2).sum(axis=1)
        alike = np.argsort(distances, kind="stable")[:n_neighbors]
        return x_train[np.ix_(alike, gone)].mean(axis=0)

    return _filled(x, hidden, answer)


def baselines(x_train, x_val, hidden_val, image_shape, n_components):
    """Make every way to fill in, its setting chosen on validation images.

    Args:
        x_train: Training images of one channel, shape (n, D).
        x_val: Validation images, shape (n_val, D).
        hidden_val: Their hidden pixels, booleans, shape (n_val, D).
        image_shape: (H, W, 1).
        n_components: Axes that `component_covariance` keeps.

    Returns:
        A dictionary from a name to a function of x and hidden.
    """
    x_train = np.asarray(x_train, dtype=float)
    mean, covariance = x_train.mean(axis=0), np.cov(x_train.T, ddof=0)
    unit, few = np.eye(len(mean)), component_covariance(x_train, n_components)

    def best(fill, settings):
        def error(setting):
            return hidden_error(x_val, fill(x_val, hidden_val, setting), hidden_val)

        setting = min(settings, key=error)
        return lambda x, hidden: fill(x, hidden, setting)

    return {
        "mean image": lambda x, hidden: np.where(hidden, mean, x),
        "nearest visible pixels": lambda x, h: nearest_pixels(x, h, image_shape),
        f"{n_components} components": lambda x, h: conditional_mean(x, h, mean, few),
        "conditional mean": best(
            lambda x, h, ridge: conditional_mean(x, h, mean, covariance + ridge * unit),
            RIDGES,
        ),
        "nearest images": best(
            lambda x, h, n: nearest_images(x, h, x_train, n), NEIGHBOR_COUNTS
        ),
    }
