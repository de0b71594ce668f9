"""Generators of small images, each with settings chosen on validation images.

What was tried is said at each function; the choice was made by the Fréchet distance of
generated from validation images, on the features of `sample_judge.Judge`, as a mean over
three seeds (two for those GANs that were dropped first).
"""

import numpy as np
from sklearn.neighbors import KernelDensity

from companion.autoencoders.codebooks import CodebookTrainer
from companion.autoencoders.index_priors import TablePrior, chosen_strength
from companion.autoencoders.quantized import VQAutoencoder
from companion.autoencoders.samples import frechet_distance
from companion.autoencoders.variational import VAE
from companion.networks.gan import GAN
from companion.networks.gan_training import Game, draws_from
from companion.practice import generators

SIDE = 8
BETA, VAE_RATE = 0.2, 2e-2
GAN_RATES, GAN_PARTS, GAN_WIDTH = (5e-3, 2e-3), 4, 128
PART = 1000  # steps of a GAN between two looks at it
N_ENTRIES, VQ_RATE, VQ_ROUNDS, VQ_STEPS = 64, 1e-2, 4, 128
PIXEL_WIDTHS = np.geomspace(0.03, 0.5, 10)


def from_codes(model, weights, kind, parts, n, seeds):
    """Draw codes from a density, and decode them.

    Args:
        model: A model with `encode` and `decode`.
        weights: Its weights, a list for each seed.
        kind: "N(0, I)", or a density of `generators.best_density`.
        parts: Training images, whose codes are fitted, and validation images, whose codes
            choose; each (m, D).
        n: Images to draw.
        seeds: One draw for each of the weights.

    Returns:
        A list of arrays of shape (n, D).
    """
    images = []
    for w, seed in zip(weights, seeds, strict=True):
        z, z_val = (generators.encoded(model, w, part) for part in parts)
        if kind == "N(0, I)":
            codes = np.random.default_rng(seed).normal(size=(n, z.shape[1]))
        else:
            codes = generators.best_density(kind, z, z_val, seed).sample(n, seed)
        images.append(generators.decoded(model, w, codes))
    return images


def train_vae(x, latent_dim, seeds, n_steps=2000):
    """Train a VAE from each seed.

    Tried: beta from 0.003 to 1, learning rates from 0.003 to 0.03, and 128 or 256 hidden
    units, though not in all combinations.

    Args:
        x: Images, shape (n, D).
        latent_dim: K.
        seeds: One training for each.
        n_steps: Steps of each, on batches of 64.

    Returns:
        The model and the weights of each seed.
    """
    settings = {"n_features": x.shape[1], "latent_dim": latent_dim, "hidden": (128,)}
    settings |= {"beta": BETA}
    return generators.train_from_seeds(VAE, settings, x, seeds, n_steps, VAE_RATE)


def gan_images(x, x_val, features, noise_dim, n, seeds, n_parts=GAN_PARTS):
    """Play the game from each seed, and keep the generator of the best looking moment.

    Tried: 64 and 128 hidden units, packs of 1 and 4, and nine pairs of learning rates
    from 0.0003 to 0.01, though not in all combinations, for 4000 steps or 5000. The moment
    is chosen after every 1000 steps, by validation images.

    Args:
        x: Images, shape (n_train, D).
        x_val: Images that choose the moment, shape (m, D).
        features: Function from images to the features of the Fréchet distance.
        noise_dim: Numbers of noise.
        n: Images to draw.
        seeds: One game for each.
        n_parts: Parts of 1000 steps.

    Returns:
        A list of arrays of shape (n, D).
    """
    widths = {"hidden": (GAN_WIDTH,), "discriminator_hidden": (GAN_WIDTH,)}
    gan = GAN(x.shape[1], noise_dim, output_activation="sigmoid", **widths)
    game, images, wanted = Game(gan, grid=2.0**-20), [], features(x_val)
    for seed in seeds:
        game.begin(seed, *GAN_RATES)
        moments = []
        for _ in range(n_parts):
            game.train(draws_from(x), PART)
            # Noise of one seed chooses, noise of another is shown.
            looks = features(game.generate(len(x_val), seed=1000 + seed))
            distance = frechet_distance(wanted, looks)
            moments.append((distance, game.generate(n, seed=seed)))
        images.append(min(moments, key=lambda pair: pair[0])[1])
    return images


def vq_images(x, x_val, n, seeds, n_rounds=VQ_ROUNDS):
    """Train vector-quantized autoencoders, and draw their indices from tables.

    The prior looks at all places before; its strength is the one that codes validation
    images in the fewest bits. Tried: 16, 32, 64 and 128 entries, learning rates of 0.005,
    0.01 and 0.02, the last of which failed for one seed, and 512 to 1536 steps.

    Args:
        x: Images of 8 by 8 pixels as rows, shape (n_train, 64).
        x_val: Images that choose the strength, shape (m, 64).
        n: Images to draw.
        seeds: One training and one draw for each.
        n_rounds: Rounds of 128 steps.

    Returns:
        A list of arrays of shape (n, 64).
    """

    def build(seed):
        return VQAutoencoder((SIDE, SIDE, 1), N_ENTRIES, seed=seed)

    pictures, new = (np.reshape(a, (-1, SIDE, SIDE, 1)) for a in (x, x_val))
    trainer = CodebookTrainer(build, seeds, VQ_RATE)
    runs = trainer.train(pictures, n_rounds, start="reseed", n_steps=VQ_STEPS)
    train, val = runs.indices(pictures), runs.indices(new)
    n_previous = train.shape[2] - 1
    strength = chosen_strength(train, val, N_ENTRIES, n_previous)
    prior = TablePrior(N_ENTRIES, n_previous, strength)
    pairs = zip(train, seeds, strict=True)
    rows = [prior.fit(a).sample(n, np.random.default_rng(seed)) for a, seed in pairs]
    return list(runs.decode(np.array(rows)).reshape(len(seeds), n, -1).astype(float))


def pixel_images(kind, x, x_val, n, seeds):
    """Draw from a density on the pixels themselves, cut to values from 0 to 1.

    Args:
        kind: "Gaussian", with mean and covariance of the images, or "kernel", whose width
            is chosen by the likelihood of validation images.
        x: Images, shape (n_train, D).
        x_val: Images that choose, shape (m, D).
        n: Images to draw.
        seeds: One draw for each.

    Returns:
        A list of arrays of shape (n, D).

    Raises:
        ValueError: If `kind` is unknown.
    """
    if kind == "Gaussian":
        law = x.mean(axis=0), np.cov(x.T)
        rngs = [np.random.default_rng(seed) for seed in seeds]
        return [np.clip(rng.multivariate_normal(*law, n), 0.0, 1.0) for rng in rngs]
    if kind == "kernel":
        models = [KernelDensity(bandwidth=width).fit(x) for width in PIXEL_WIDTHS]
        best = max(models, key=lambda one: one.score(x_val))
        return [np.clip(best.sample(n, seed), 0.0, 1.0) for seed in seeds]
    raise ValueError(f"kind must be Gaussian or kernel; got {kind!r}")
