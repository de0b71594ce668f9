"""Trials on the ring of eight Gaussians: many games, each judged in the same way."""

from dataclasses import dataclass

import numpy as np

from companion.networks import mode_coverage

N_MODES, STD = 8, 0.05
CENTERS = mode_coverage.ring_centers(N_MODES)
RADIUS = 3 * STD  # farther from every center, a point is no good one


def ring(n, rng):
    """Draw n points of the ring, shape (n, 2)."""
    return mode_coverage.sample_modes(CENTERS, STD, n, rng)


def judge(points):
    """Count what generated points cover, and how many of them are good.

    Args:
        points: Shape (n, 2).

    Returns:
        n_modes: Modes that receive at least a fifth of an equal share.
        quality: Share of the points within three standard deviations of a center.
    """
    labels = mode_coverage.assign_modes(points, CENTERS, RADIUS)
    shares = mode_coverage.mode_shares(labels, N_MODES)
    return mode_coverage.n_covered(shares), float(shares.sum())


@dataclass(frozen=True)
class RingRun:
    """How one game on the ring ended.

    Args:
        points: Generated points, shape (2000, 2).
        n_modes: As `judge` counts them.
        quality: As `judge` measures it.
        from_half: Mean distance of D from 1/2 on these points and as many real ones.
    """

    points: np.ndarray
    n_modes: int
    quality: float
    from_half: float


def train_on_ring(game, generator_rate, discriminator_rate, seeds, n_steps=1000):
    """Play one game for each seed, and judge where it ends.

    Args:
        game: A `companion.networks.gan_training.Game` of two features.
        generator_rate: Learning rate of the generator.
        discriminator_rate: That of the discriminator.
        seeds: One game for each.
        n_steps: Steps of each game.

    Returns:
        A `RingRun` for each seed.
    """
    real, runs = ring(2000, np.random.default_rng(1)), []
    for seed in seeds:
        game.begin(seed, generator_rate, discriminator_rate)
        game.train(ring, n_steps)
        points = game.generate(2000)
        answers = [np.asarray(game.gan.probability(x)) for x in (real, points)]
        from_half = float(np.mean(np.abs(np.array(answers) - 0.5)))
        runs.append(RingRun(points, *judge(points), from_half))
    return runs
