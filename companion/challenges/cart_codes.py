"""Codes of the cart's pictures: from a VAE, an autoencoder, PCA, and no training at all.

An encoder maps pictures, (n, 390), to codes, (n, K). All are put on one scale: every code
unit has mean 0 over the pictures of its own episodes, and the units together have a mean
square of 1. The two trained ones have one hidden layer of 40 tanh units on either side of
the code (`companion.challenges.stacked_vae`); they are trained in 64 bits, because small
differences between machines grow when an agent acts on what it sees.
"""

import numpy as np

from companion.autoencoders.pca import PCA
from companion.challenges import cart_pole, stacked_vae

N_UNITS = 40
LEARNING_RATE = 3e-3


def pictures(episodes):
    """All pictures of some episodes, shape (n, 390)."""
    return np.concatenate([episode.frames for episode in episodes])


def pca_encoders(worlds, latent_dim):
    """One PCA for each list of episodes."""
    return [_scaled(PCA(latent_dim).fit(x).encode, x) for x in map(pictures, worlds)]


def untrained_encoders(worlds, latent_dim, seeds):
    """A hidden layer of 40 tanh units as in the autoencoder, with weights never trained."""
    return [
        _scaled(_random_network(latent_dim, seed), pictures(episodes))
        for episodes, seed in zip(worlds, seeds, strict=True)
    ]


def train_vaes(worlds, latent_dim, seeds, *, beta=0.1, epochs=12):
    """Train one variational autoencoder for each list of episodes; its code is z_mean.

    Minimized is -log p(x | z) + beta KL(q(z | x) || N(0, I)) in nats, summed over the
    Bernoulli pixels and over the code, and averaged over the pictures of a batch.

    Args:
        worlds: Lists of `companion.challenges.cart_pole.Episode`.
        latent_dim: K.
        seeds: One for each: initial weights, noise and the order of the pictures.
        beta: Weight of the KL, not negative.
        epochs: Passes over the pictures, in batches of 64.

    Returns:
        For each its encoder, and a function from pictures to reconstructions.
    """
    return _train(worlds, latent_dim, seeds, epochs, beta)


def train_autoencoders(worlds, latent_dim, seeds, *, epochs=12):
    """Train one plain autoencoder for each list of episodes.

    Minimized is the mean squared error of the pixels. The code is linear, the output a
    logistic function, and at first the answer is the mean picture.

    Args:
        worlds: Lists of `companion.challenges.cart_pole.Episode`.
        latent_dim: K.
        seeds: One for each: initial weights and the order of the pictures.
        epochs: Passes over the pictures, in batches of 64.

    Returns:
        For each its encoder, and a function from pictures to reconstructions.
    """
    return _train(worlds, latent_dim, seeds, epochs, None)


def _train(worlds, latent_dim, seeds, epochs, beta):
    all_pictures = [pictures(episodes) for episodes in worlds]
    # Side by side all need equally many; an episode's end more or less, at most.
    n = min(map(len, all_pictures))
    params = stacked_vae.train(
        np.stack([one[:n] for one in all_pictures]),
        N_UNITS,
        latent_dim,
        seeds,
        epochs=epochs,
        learning_rate=LEARNING_RATE,
        beta=beta,
    )
    return [
        _encoder_and_reconstruction(*stacked_vae.network(params, i, latent_dim), x)
        for i, x in enumerate(all_pictures)
    ]


def _random_network(latent_dim, seed):
    rng, n_pixels = np.random.default_rng(seed), int(np.prod(cart_pole.SHAPE))
    sizes = (n_pixels, N_UNITS), (N_UNITS, latent_dim)
    first, second = (rng.normal(size=s) / np.sqrt(s[0]) for s in sizes)
    return _network([first, np.zeros(N_UNITS), second, np.zeros(latent_dim)])


def _network(layers):
    w_1, b_1, w_2, b_2 = layers
    return lambda x: np.tanh(x @ w_1 + b_1) @ w_2 + b_2


def _encoder_and_reconstruction(encoder, decoder, x):
    encode, decode = _network(encoder), _network(decoder)
    return _scaled(encode, x), lambda new: 1.0 / (1.0 + np.exp(-decode(encode(new))))


def _scaled(encode, x):
    """Codes around 0 with a mean square of 1 over all their units."""
    z = encode(x)
    mean, scale = z.mean(axis=0), np.sqrt(z.var(axis=0).mean())
    return lambda new: (encode(new) - mean) / scale
