"""Trials on the ring, on points whose answer is known and on a game that stands still."""

import numpy as np
import pytest

from companion.networks import mode_coverage
from companion.networks.gan import GAN
from companion.networks.gan_training import Game
from companion.networks.ring_trials import CENTERS, STD, judge, ring, train_on_ring


def test_fresh_points_cover_the_ring_and_a_collapsed_batch_covers_one_mode(rng):
    n_modes, quality = judge(ring(4000, rng))
    assert n_modes == 8
    # Within three standard deviations in the plane: 1 - exp(-9 / 2).
    assert quality == pytest.approx(1 - np.exp(-4.5), abs=0.006)
    assert judge(mode_coverage.sample_modes(CENTERS[2:3], STD, 500, rng))[0] == 1
    assert judge(np.zeros((10, 2))) == (0, 0.0)


def test_a_run_is_judged_where_its_game_ends():
    game = Game(GAN(2, hidden=(4,), discriminator_hidden=(4,)))
    runs = train_on_ring(game, 1e-2, 2e-2, (3, 7), n_steps=2)
    game.begin(7, 1e-2, 2e-2)
    game.train(ring, 2)
    points = game.generate(2000)
    np.testing.assert_array_equal(runs[1].points, points)
    assert (runs[1].n_modes, runs[1].quality) == judge(points)
    assert np.any(runs[0].points != points)


def test_a_judge_that_always_answers_three_quarters_is_a_quarter_from_half():
    game = Game(GAN(2, hidden=(), discriminator_hidden=()))
    kernel, bias = (np.zeros_like(w) for w in game.gan.discriminator.get_weights())
    weights = game.gan.generator.get_weights() + [kernel, bias + np.log(3.0)]
    game.gan.initial_weights = lambda seed: weights
    (run,) = train_on_ring(game, 0.0, 0.0, (0,), n_steps=1)
    assert run.from_half == pytest.approx(0.25, abs=1e-6)
