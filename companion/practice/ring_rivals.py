"""A VAE, a GAN and a mixture of Gaussians on one ring of eight modes, each tuned.

Each network is trained for 3000 steps on batches of 64. Settings were chosen by the
`energy_distance` of 1000 generated points from 1000 validation points, as a mean over
three seeds or five. All three models learn from the same points. Tried for the VAE: two
widths (64, 128), sigma from 0.05 to 0.3 and learning rates from 0.003 to 0.06; for the GAN,
on points drawn anew: two widths (32, 64), packs of 1, 4 and 8, ten pairs of learning rates
from 0.001 to 0.01; on the points of the others: learning rates of 0.0005, 0.001 and 0.002.
Points of a VAE are the decoder's means; adding its noise made the distances no smaller.
"""

import numpy as np
from scipy.spatial.distance import cdist

from companion.autoencoders.variational import VAE
from companion.networks.gan import GAN
from companion.networks.gan_training import Game, draws_from
from companion.networks.mode_coverage import nearest_distances
from companion.networks.ring_trials import judge
from companion.practice import generators

N_STEPS = 3000
VAE_SETTINGS = {"hidden": (64, 64), "sigma": 0.1}
VAE_RATE, GAN_RATE = 3e-2, 1e-3


def energy_distance(a, b):
    """Energy distance of two samples, 0 in the limit if and only if their laws agree.

    Half of its terms punish points where there should be none, the other half places
    without points: ``2 E|a - b| - E|a - a'| - E|b - b'|``.

    Args:
        a: Points, shape (n, D).
        b: Points, shape (m, D).

    Returns:
        The distance, at least 0, in the unit of the points.

    Source:
        Rizzo and Székely (2016), doi:10.1002/wics.1375.
    """
    return float(2 * cdist(a, b).mean() - cdist(a, a).mean() - cdist(b, b).mean())


def train_vae_points(x, n, seeds):
    """Train a VAE on points from each seed, and draw from it.

    Args:
        x: Points, shape (n_train, 2).
        n: Points to draw.
        seeds: One training and one draw for each.

    Returns:
        A list of arrays of shape (n, 2).
    """
    settings = {"n_features": 2, "latent_dim": 2, "likelihood": "gaussian"}
    settings |= VAE_SETTINGS
    model, weights = generators.train_from_seeds(VAE, settings, x, seeds, N_STEPS, VAE_RATE)
    codes = [np.random.default_rng(seed).normal(size=(n, 2)) for seed in seeds]
    pairs = zip(weights, codes, strict=True)
    return [generators.decoded(model, w, z) for w, z in pairs]


def train_gan_points(x, n, seeds):
    """Play the game on points from each seed, and draw from the generator.

    Args:
        x: Points, shape (n_train, 2).
        n: Points to draw.
        seeds: One game for each.

    Returns:
        A list of arrays of shape (n, 2).
    """
    game, points = Game(GAN(2)), []
    for seed in seeds:
        game.begin(seed, GAN_RATE, GAN_RATE)
        game.train(draws_from(x), N_STEPS)
        points.append(game.generate(n))
    return points


def mixture_points(x, x_val, n, seeds):
    """Fit mixtures of Gaussians by EM from each seed, and draw from the likeliest."""
    return [
        generators.best_density("mixture", x, x_val, seed).sample(n, seed) for seed in seeds
    ]


def measured(points, data):
    """Measure generated points on the ring.

    Args:
        points: Shape (n, 2).
        data: Points of the ring that no model has seen, shape (m, 2).

    Returns:
        Modes covered of 8 and share of good points, as in
        `companion.networks.ring_trials.judge`; mean distance of a point to the nearest of
        the data; `energy_distance`.
    """
    n_modes, good = judge(points)
    near = float(np.mean(nearest_distances(points, data)))
    return {
        "modes": n_modes,
        "good": good,
        "to data": near,
        "energy distance": energy_distance(points, data),
    }
