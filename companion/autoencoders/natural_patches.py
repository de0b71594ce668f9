"""Natural patches of 8 x 8 pixels, half whitened, and the shape of features of them."""

import numpy as np

from companion import datasets
from companion.autoencoders.linear_landscape import covariance
from companion.networks import checks

SIDE = 8


def load(n_train=8000, n_test=1000, seed=0):
    """Cut patches of 8 x 8 pixels from the photographs, center and half whiten them.

    Each patch loses its own mean, all lose the mean of the training patches, and the
    result is multiplied by `half_whitening` and scaled to a mean square of 1 in training.
    Test patches come from a photograph of their own.

    Args:
        n_train: Number of training patches, at most 35,156.
        n_test: Number of test patches, at most 4,160.
        seed: Seed of the choice.

    Returns:
        x_train: Shape (n_train, 64), float64.
        x_test: Shape (n_test, 64), treated with the numbers of the training patches.

    Raises:
        ValueError: If a number is no integer of at least 1, or more than there are.
    """
    checks.check_counts(n_train=n_train, n_test=n_test)
    data, rng = datasets.load("photographs_gray"), np.random.default_rng(seed)
    parts = {"n_train": (n_train, data.x_train), "n_test": (n_test, data.x_test)}
    rows = []
    for name, (n, images) in parts.items():
        x = _quarters(images)
        if n > len(x):
            raise ValueError(f"{name} must be at most {len(x)}; got {n}")
        x = x[rng.permutation(len(x))[:n]]
        rows.append(x - x.mean(axis=1, keepdims=True))
    x_train, x_test = (x - rows[0].mean(axis=0) for x in rows)
    matrix = half_whitening(x_train)
    matrix /= np.sqrt(np.mean((x_train @ matrix) ** 2))
    return x_train @ matrix, x_test @ matrix


def _quarters(images):
    """Cut images (n, 16, 16, 1) into their quarters, as rows (4 n, 64)."""
    n = len(images)
    tiles = images.reshape(n, 2, SIDE, 2, SIDE).swapaxes(2, 3)
    return tiles.reshape(4 * n, SIDE * SIDE).astype(float)


def half_whitening(x):
    """Build the symmetric matrix that takes the square root of every variance.

    With the variances v_i and axes u_i of x it is sum_i v_i^(-1/4) u_i u_i^T, so that the
    variance along u_i becomes sqrt(v_i): axes and their order stay, and the spectrum is
    flatter. Full whitening, v_i^(-1/2), would leave no order for PCA to find.

    Args:
        x: Examples, shape (n, D).

    Returns:
        Shape (D, D); directions without variance are left out.
    """
    variances, axes = np.linalg.eigh(covariance(x))
    present = variances > 1e-9 * variances[-1]
    powers = np.where(present, np.where(present, variances, 1.0) ** -0.25, 0.0)
    return axes * powers @ axes.T


def strongest(features, z, n=8):
    """Pick the n features whose codes z, (m, K), are largest on average; (n, 8, 8)."""
    order = np.argsort(-np.abs(z).mean(axis=0), kind="stable")[:n]
    return np.asarray(features)[order].reshape(-1, SIDE, SIDE)


def orientation_coherence(features):
    """How much the slopes within each feature share one orientation.

    With the two eigenvalues a >= b of the summed products of the slopes along x and y it
    is (a - b) / (a + b): 1 for an edge or a grating, 0 where no orientation prevails.

    Args:
        features: Shape (K, 64), or (K, height, width).

    Returns:
        Shape (K,); 0 for a feature without slopes.
    """
    images = np.asarray(features, dtype=float)
    images = images.reshape(len(images), SIDE, SIDE) if images.ndim == 2 else images
    down = images[:, 2:, 1:-1] - images[:, :-2, 1:-1]
    across = images[:, 1:-1, 2:] - images[:, 1:-1, :-2]
    yy, xx = np.sum(down**2, axis=(1, 2)), np.sum(across**2, axis=(1, 2))
    xy, total = np.sum(down * across, axis=(1, 2)), xx + yy
    gap = np.hypot(xx - yy, 2.0 * xy)
    return np.divide(gap, total, out=np.zeros(len(images)), where=total > 0)


def spatial_spread(features):
    """Distance from their center over which the squared weights of a feature spread.

    With p the squared weights divided by their sum it is ``sqrt(sum p |r - center|^2)``, in
    pixels: 0 for one pixel, and 3.2 for equal weights on all 8 x 8.

    Args:
        features: Shape (K, 64), no row zero.

    Returns:
        Pixels, shape (K,).
    """
    shares = np.asarray(features, dtype=float) ** 2
    shares = shares / shares.sum(axis=1, keepdims=True)
    places = np.indices((SIDE, SIDE)).reshape(2, -1)
    variances = shares @ (places**2).T - (shares @ places.T) ** 2
    return np.sqrt(variances.sum(axis=1))
