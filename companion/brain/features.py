"""Features that sparse coding and its rivals find in the same patches, and their codes.

A unit has two sides. What it *writes* is its atom: the change of the patch for one unit of
its activity. What *drives* it is its receptive field. In PCA both are the same axis, in an
autoencoder decoder and encoder. A unit of sparse coding takes part in a search, so its
field is measured as in the laboratory, by white noise.
"""

from typing import NamedTuple

import numpy as np

from companion.brain import gabor, receptive_fields, sparse_autoencoder, sparse_coding

N_NOISE, N_NOISE_STEPS = 4000, 30
AUTOENCODER_TRAINING = {"n_batches": 1200, "batch_size": 100, "learning_rate": 0.02}


class Features(NamedTuple):
    """What units write and what drives them, rows (K, D), and the share of error."""

    written: np.ndarray
    driving: np.ndarray
    error: float


def learn_all(x, dictionary, penalty, seed, code_size=50):
    """Features of one training set by each method.

    Args:
        x: Training patches, shape (n, D).
        dictionary: Phi of sparse coding, learned on them, shape (K, D).
        penalty: Price of one unit of activity.
        seed: Seed of every method, each with a generator of its own.
        code_size: Number of principal axes.

    Returns:
        A dictionary from names to `Features`; errors are those of the training patches.
    """
    axes = np.linalg.svd(x, full_matrices=False)[2][:code_size]
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(code_size, code_size)))[0]
    noise = np.random.default_rng(seed).normal(size=(code_size, x.shape[1]))
    return {
        "sparse coding": searched(x, dictionary, penalty, seed),
        "sparse coding, strong noise": searched(x, dictionary, penalty, seed, contrast=3.0),
        "sparse autoencoder": trained(x, len(dictionary), penalty, seed),
        "the same without price": trained(x, len(dictionary), 0.0, seed),
        "PCA": projected(x, axes),
        "PCA, turned at random": projected(x, turn @ axes),
        "noise": projected(x, np.linalg.qr(noise.T)[0].T),
    }


def searched(x, dictionary, penalty, seed, contrast=1.0):
    """Features of sparse coding, driven by noise of variance contrast^2.

    The error is that of the first thousand patches.
    """

    def respond(noise):
        noise = contrast * noise
        return sparse_coding.fista(noise, dictionary, penalty, n_steps=N_NOISE_STEPS)

    rng = np.random.default_rng(seed)
    fields = receptive_fields.white_noise_fields(respond, x.shape[1], N_NOISE, rng)
    z = sparse_coding.fista(x[:1000], dictionary, penalty, n_steps=100)
    return Features(dictionary, fields, error_share(x[:1000], z @ dictionary))


def trained(x, n_atoms, penalty, seed):
    """Features of the autoencoder with rectified units and a price of activity."""
    rng = np.random.default_rng(seed)
    start = sparse_autoencoder.init(x.shape[1], n_atoms, rng)
    params = sparse_autoencoder.train(start, x, penalty, rng=rng, **AUTOENCODER_TRAINING)
    x_hat = sparse_autoencoder.encode(params, x) @ params.dictionary
    return Features(params.dictionary, params.encoder.T, error_share(x, x_hat))


def projected(x, axes):
    """Features of orthonormal axes, which drive their units and are written by them."""
    return Features(axes, axes, error_share(x, x @ axes.T @ axes))


def error_share(x, x_hat):
    """Squared error by the squares of x."""
    return float(np.sum((x - x_hat) ** 2) / np.sum(x**2))


def gabor_share(fields, level=0.7):
    """Share of the fields (n, side * side) that a Gabor function fits with R^2 > level.

    A field of zeros, of a unit that nothing drives, counts as not fitted.
    """
    used = fields[np.any(fields, axis=1)]
    return float(np.sum(gabor.fit(used)[1] > level)) / len(fields)


def gabor_shares(features):
    """Shares of Gabor functions among atoms, and among what drives the units."""
    written = gabor_share(features.written)
    if features.driving is features.written:
        return written, written
    return written, gabor_share(features.driving)


def held_out_codes(x_train, x_test, dictionary, penalty, rng):
    """Codes of held-out patches under sparse coding, beside codes that it must beat.

    Args:
        x_train: Patches for the principal axes, shape (n, D).
        x_test: Patches to code, shape (m, D), each without its mean.
        dictionary: Phi, shape (K, D).
        penalty: Price of one unit of activity.
        rng: A `numpy.random.Generator`.

    Returns:
        A dictionary from names to codes, (m, K) or (m, D - 1).
    """
    n_atoms, n_features = dictionary.shape
    # The last axis is the mean of a patch, which was taken off.
    axes = np.linalg.svd(x_train, full_matrices=False)[2][: n_features - 1]
    sizes = (x_train @ axes.T).std(axis=0)
    gaussian = rng.normal(size=(len(x_test), n_features - 1))
    return {
        "Gaussian noise": gaussian,
        "Gaussian noise, PCA's variances": gaussian * sizes,
        "random projections": x_test @ rng.normal(size=(n_features, n_atoms)),
        "PCA": x_test @ axes.T,
        "PCA, equal variances": x_test @ axes.T / sizes,
        "atoms as filters": x_test @ dictionary.T,
        "sparse codes": sparse_coding.fista(x_test, dictionary, penalty, n_steps=100),
    }
