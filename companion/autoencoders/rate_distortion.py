"""Bits against error: linear codes and blocks of pixels, coded for comparison.

Two baselines that spend bits as a vector-quantized autoencoder does. One rounds the
coefficients of PCA to multiples of a step and gives every whole number the length of an
ideal entropy code. The other replaces each block of pixels by the nearest of M blocks.
"""

import numpy as np

from companion import metrics
from companion.autoencoders.clustering import KMeansAutoencoder
from companion.autoencoders.index_priors import TablePrior
from companion.autoencoders.pca import PCA
from companion.networks import checks

# Whole numbers beyond those of the training examples that a code provides for.
BEYOND = 4


def ideal_lengths(train, test, strength=1.0):
    """Bits for each whole number under the shares of the training examples.

    Args:
        train: Whole numbers that the shares are counted in, shape (n,).
        test: Numbers to code, shape (m,). One that was never seen gets the share of
            `strength` imagined examples; numbers more than four beyond the training
            examples are cut off there.
        strength: Imagined examples for each number of this range, above 0.

    Returns:
        -log2 of the shares, shape (m,).

    Raises:
        ValueError: If there is no training number, or `strength` is not above 0.
    """
    train, test = np.asarray(train), np.asarray(test)
    if train.size == 0 or not strength > 0:
        raise ValueError(
            f"train must hold numbers and strength be above 0; got {train.size} numbers "
            f"and {strength!r}"
        )
    low, high = train.min() - BEYOND, train.max() + BEYOND
    counts = np.bincount(train - low, minlength=high - low + 1) + strength
    return -np.log2(counts / counts.sum())[np.clip(test, low, high) - low]


def entropy_coded_pca(x_train, x_test, step):
    """Round all coefficients of PCA to multiples of a step, and count the bits.

    Args:
        x_train: Examples that fix the axes and the shares, shape (n_train, D).
        x_test: Examples to code, shape (n, D).
        step: Width of the cells, in the unit of x, above 0.

    Returns:
        bits: Ideal code length of each test example, shape (n,).
        x_hat: Their reconstructions, shape (n, D).

    Raises:
        ValueError: If `step` is not above 0.
    """
    if not step > 0:
        raise ValueError(f"step must be above 0; got {step!r}")
    pca = PCA(min(np.shape(x_train))).fit(x_train)
    train = np.rint(pca.encode(x_train) / step).astype(int)
    test = np.rint(pca.encode(x_test) / step).astype(int)
    coded = np.empty_like(test)
    bits = np.zeros(len(test))
    for k in range(train.shape[1]):
        low, high = train[:, k].min() - BEYOND, train[:, k].max() + BEYOND
        coded[:, k] = np.clip(test[:, k], low, high)
        bits += ideal_lengths(train[:, k], coded[:, k], strength=0.01)
    return bits, pca.decode(coded * step)


def to_blocks(x, side):
    """Cut images into square blocks.

    Args:
        x: Images, shape (n, H, W, C); both sides divisible by `side`.
        side: Side of a block in pixels.

    Returns:
        Shape (n, places, side * side * C), row by row of the grid.

    Raises:
        ValueError: If `side` is no count or does not divide the sides of x.
    """
    checks.check_counts(side=side)
    x = np.asarray(x)
    n, height, width, channels = x.shape
    if height % side or width % side:
        raise ValueError(f"side must divide {height} and {width}; got {side}")
    grid = x.reshape(n, height // side, side, width // side, side, channels)
    return grid.transpose(0, 1, 3, 2, 4, 5).reshape(n, -1, side * side * channels)


def from_blocks(blocks, image_shape, side):
    """Put blocks, shape (n, places, side * side * C), together to (n, H, W, C)."""
    height, width, channels = image_shape
    grid = np.reshape(
        blocks, (len(blocks), height // side, width // side, side, side, channels)
    )
    return grid.transpose(0, 1, 3, 2, 4, 5).reshape(len(blocks), *image_shape)


def block_kmeans(x_train, x_test, side, n_entries, seed=0):
    """Replace every block of an image by the nearest of M blocks, found by k-means.

    Args:
        x_train: Images that k-means runs on, shape (n_train, H, W, C).
        x_test: Images to code, as x_train.
        side: Side of a block in pixels.
        n_entries: M, the number of blocks to choose from.
        seed: Seed of k-means.

    Returns:
        indices_train: Numbers of the chosen blocks, shape (n_train, places).
        indices_test: The same for the test images.
        x_hat: Reconstructions of x_test, shaped as it is.
    """
    train, test = to_blocks(x_train, side), to_blocks(x_test, side)
    width = train.shape[2]
    coder = KMeansAutoencoder(n_entries, seed=seed).fit(train.reshape(-1, width))
    numbers = [
        coder.number(b.reshape(-1, width)).reshape(b.shape[:2]) for b in (train, test)
    ]
    blocks = coder.centroids[numbers[1]]
    return *numbers, from_blocks(blocks, x_test.shape[1:], side)


def measures(bits, x, x_hat):
    """Rate and distortion of coded images.

    Args:
        bits: Ideal code length of each image, shape (n,).
        x: Images, shape (n, H, W, C), in [0, 1].
        x_hat: Their reconstructions, as x; cut to [0, 1] first.

    Returns:
        Mean bits per image, bits per pixel, mean squared error, PSNR in dB: shape (4,).
    """
    x_hat = np.clip(np.reshape(x_hat, np.shape(x)), 0.0, 1.0)
    rate = float(np.mean(bits))
    n_pixels = np.prod(np.shape(x)[1:3])
    return np.array([rate, rate / n_pixels, metrics.mse(x, x_hat), metrics.psnr(x, x_hat)])


def error_at(rate, found):
    """Error of a code at a given rate, on straight lines between its measured rates.

    Args:
        rate: Bits per image.
        found: What `measures` returned for several settings, shape (n, 4).

    Returns:
        The mean squared error; NaN below the lowest rate and above the highest.
    """
    bits, _, errors, _ = np.asarray(sorted(map(tuple, found))).T
    return float(np.interp(rate, bits, errors, left=np.nan, right=np.nan))


def index_measures(train, test, x, x_hat, n_entries, n_previous=0, strength=2.0):
    """Rate and distortion of a code of whole numbers, coded by a `TablePrior`.

    Args:
        train: Indices of the training images, which the tables count, (n_train, places).
        test: Indices of the images to code, (n, places).
        x: These images, shape (n, H, W, C).
        x_hat: Their reconstructions, as x.
        n_entries: M, the size of the codebook.
        n_previous: Numbers that the tables look back at.
        strength: Imagined examples of the tables, as in `TablePrior`.

    Returns:
        As `measures`, shape (4,).
    """
    bits = TablePrior(n_entries, n_previous, strength).fit(train).bits(test)
    return measures(bits, x, x_hat)


def run_measures(runs, x_train, x_test, n_previous=0, strength=2.0):
    """Rate and distortion of every run of a vector-quantized autoencoder.

    Args:
        runs: A `CodebookRuns`.
        x_train: Images whose indices the tables count, shape (n_train, H, W, C).
        x_test: Images to code, as x_train.
        n_previous: As in `index_measures`.
        strength: As in `index_measures`.

    Returns:
        As `measures` for each run, shape (n_seeds, 4).
    """
    train, test = runs.indices(x_train), runs.indices(x_test)
    return np.array(
        [
            index_measures(a, b, x_test, x_hat, runs.n_entries, n_previous, strength)
            for a, b, x_hat in zip(train, test, runs.decode(test), strict=True)
        ]
    )
