"""Pieces of spectrograms from a VAE, and their distance from real ones in decibel."""

import numpy as np
from scipy.spatial.distance import cdist

from companion.autoencoders.variational import VAE
from companion.practice import generators
from companion.practice.spectrogram import spectrum

N_TIMES, N_BANDS = 8, 16
FLOOR_DB, LOUD_DB = -60.0, -20.0
SIGMA, RATE, LATENT_DIM = 1.6, 6e-2, 8


def pieces(sounds):
    """Cut the spectrograms of sounds into pieces of 8 times and 16 bands.

    The power of 8 neighboring frequencies is averaged, the constant one left out. Pieces
    without any band above -20 dB are pauses, and are dropped.

    Args:
        sounds: Samples, shape (n, n_samples).

    Returns:
        Decibel, not below -60, shape (n_pieces, 128), all times of a piece in a row.
    """
    power = np.abs(spectrum(sounds)[..., 1:]) ** 2
    n, n_windows, _ = power.shape
    bands = power.reshape(n, n_windows, N_BANDS, -1).mean(axis=3)
    cut = bands[:, : n_windows - n_windows % N_TIMES].reshape(-1, N_TIMES * N_BANDS)
    db = np.maximum(10 * np.log10(np.maximum(cut, 1e-12)), FLOOR_DB)
    return db[db.max(axis=1) > LOUD_DB]


def spectral_distances(generated, real):
    """Mean distances to the nearest neighbor in the other set, in dB.

    The distance of two pieces is the root mean square of their differences in dB. From the
    generated to the real it tells quality, from the real to the generated variety.

    Args:
        generated: Shape (n, 128).
        real: Shape (m, 128).

    Returns:
        From generated to real, and from real to generated.
    """
    distances = cdist(generated, real) / np.sqrt(np.shape(real)[1])
    return float(distances.min(axis=1).mean()), float(distances.min(axis=0).mean())


def train_vae_pieces(x, n, seeds, n_steps):
    """Train a VAE with Gaussian features on pieces, and draw from it.

    Pieces are shifted and divided by one mean and one standard deviation of all numbers.
    Sigma, of 0.2 to 3, and the learning rate, of 0.003 to 0.1, were chosen by the sum of
    both distances on validation pieces.

    Args:
        x: Pieces, shape (n_train, 128).
        n: Pieces to draw.
        seeds: One training and one draw for each.
        n_steps: Steps of each training, on batches of 64.

    Returns:
        A list of arrays of shape (n, 128), the decoder's means.
    """
    mean, std = x.mean(), x.std()
    settings = {"n_features": x.shape[1], "latent_dim": LATENT_DIM, "hidden": (128,)}
    settings |= {"likelihood": "gaussian", "sigma": SIGMA}
    model, weights = generators.train_from_seeds(
        VAE, settings, (x - mean) / std, seeds, n_steps, RATE
    )
    drawn = []
    for w, seed in zip(weights, seeds, strict=True):
        codes = np.random.default_rng(seed).normal(size=(n, LATENT_DIM))
        drawn.append(mean + std * generators.decoded(model, w, codes))
    return drawn
