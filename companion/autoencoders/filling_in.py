"""Ways to fill in hidden pixels that a masked autoencoder has to beat.

Here x is a table of images (n, D), and `hidden` a table of the same shape that is true
where a pixel is hidden. Every function returns x with its hidden pixels replaced; none
reads them. Answers are clipped to [0, 1], the range of the images.

The *conditional mean* is the strongest of the linear ones. With the mean m and the
covariance C of the training images, h the hidden and v the visible pixels of an image:

    x_h = m_h + C_hv (C_vv)^-1 (x_v - m_v)

It is what a Gaussian distribution expects of the hidden pixels, and for any distribution
with this mean and covariance the linear prediction with the smallest squared error.
"""

import numpy as np

from companion.autoencoders.masked import to_patches
from companion.networks.checks import check_counts, check_same_shape, checked_rows

RIDGES = (1e-4, 1e-3, 1e-2, 1e-1)
NEIGHBOR_COUNTS = (1, 3, 5, 10, 20)


def largest_hidden(noise, mask_ratio):
    """Hide the patches with the largest numbers, as the masked autoencoder does.

    Args:
        noise: One number for each patch, shape (n, n_patches).
        mask_ratio: Share of hidden patches.

    Returns:
        1 for hidden patches, 0 for visible ones, shape (n, n_patches).
    """
    n_patches = np.shape(noise)[1]
    places = np.argsort(np.argsort(noise, axis=1), axis=1)
    return (places >= n_patches - round(mask_ratio * n_patches)).astype("float32")


def hidden_pixels(mask, image_shape, patch_size):
    """Spread a mask of patches over the pixels they are made of.

    Args:
        mask: 1 for hidden patches, 0 for visible ones, shape (n, n_patches).
        image_shape: (H, W, C).
        patch_size: Side P of a patch.

    Returns:
        Booleans, shape (n, H W C).
    """
    height, width, channels = image_shape
    grid = np.reshape(mask, (-1, height // patch_size, width // patch_size)) > 0.5
    pixels = grid.repeat(patch_size, axis=1).repeat(patch_size, axis=2)
    return pixels.reshape(len(grid), -1).repeat(channels, axis=1)


def hidden_error(x, x_hat, hidden):
    """Squared error of a hidden pixel: mean over the hidden pixels of all images.

    Args:
        x: Images, shape (n, D).
        x_hat: Images whose hidden pixels were predicted, shape (n, D).
        hidden: Booleans, shape (n, D).

    Returns:
        The mean.

    Raises:
        ValueError: If the shapes differ.
    """
    check_same_shape("x_hat", x_hat, "x", x)
    check_same_shape("hidden", hidden, "x", x)
    return float(np.mean((np.asarray(x, dtype=float) - x_hat)[hidden] ** 2))


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


def influence(model, image, noise):
    """Change one visible patch at a time, and see how much every answer changes.

    A changed patch is inverted: its pixels p become 1 - p.

    Args:
        model: A `companion.autoencoders.masked.MaskedAutoencoder`.
        image: One image, shape (H, W, C).
        noise: One number for each patch, shape (n_patches,).

    Returns:
        Mean absolute change of the pixels that are predicted for patch i if patch j is
        inverted, at row i and column j of (n_patches, n_patches).
    """
    inverted = hidden_pixels(np.eye(len(noise)), model.image_shape, model.patch_size)
    inverted = inverted.reshape(-1, *model.image_shape)
    images = np.concatenate([np.where(inverted, 1 - image, image), image[None]])
    noises = np.tile(np.asarray(noise, dtype="float32"), (len(images), 1))
    x_hat = model.outputs(images.astype("float32"), noises)["x_hat"]
    patches = np.asarray(to_patches(x_hat, model.patch_size))
    return np.abs(patches[:-1] - patches[-1]).mean(axis=2).T


def at_ratio(model, mask_ratio):
    """Copy a masked autoencoder, weights and all, with another share hidden.

    Args:
        model: A `companion.autoencoders.masked.MaskedAutoencoder`.
        mask_ratio: The share that the copy hides.

    Returns:
        The copy.

    Raises:
        ValueError: If the ratio hides no patch or all of them.
    """
    copy = type(model).from_config(model.get_config() | {"mask_ratio": mask_ratio})
    copy.set_weights(model.get_weights())
    return copy
