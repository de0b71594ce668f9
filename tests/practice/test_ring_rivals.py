"""Measures on the ring against closed forms, and both networks on the ring they learn."""

import numpy as np
import pytest
from scipy import stats

from companion.networks.ring_trials import CENTERS, ring
from companion.practice import ring_rivals


def test_energy_distance_is_twice_the_squared_one_of_scipy_on_the_line(rng):
    a, b = rng.normal(size=80), rng.normal(1.0, 2.0, size=50)
    found = ring_rivals.energy_distance(a[:, None], b[:, None])
    assert found == pytest.approx(stats.energy_distance(a, b) ** 2)
    assert ring_rivals.energy_distance(a[:, None], a[:, None]) == pytest.approx(0.0)


def test_measures_by_hand():
    found = ring_rivals.measured(np.vstack((CENTERS[:4], np.zeros((4, 2)))), CENTERS)
    assert found["modes"] == 4
    assert found["good"] == 0.5
    assert found["to data"] == pytest.approx(0.5)


def test_mixture_draws_what_it_has_learned_anew_for_each_seed(rng):
    x, x_val = ring(800, rng), ring(300, rng)
    first, second = ring_rivals.mixture_points(x, x_val, 500, (0, 1))
    assert ring_rivals.measured(first, ring(500, rng))["good"] > 0.9
    assert not np.allclose(first, second)


@pytest.mark.slow
def test_both_networks_cover_all_modes_and_the_gan_has_more_good_points(rng):
    x, new = ring(2000, rng), ring(1000, rng)
    found = [
        ring_rivals.measured(p, new)
        for train in (ring_rivals.train_vae_points, ring_rivals.train_gan_points)
        for p in train(x, 1000, [0])
    ]
    assert [one["modes"] for one in found] == [8, 8]
    assert 0.6 < found[0]["good"] < found[1]["good"]


def test_each_network_is_handed_its_settings_and_seeds(monkeypatch):
    calls = []

    def train(model_class, settings, x, seeds, n_steps, rate):
        calls.append((model_class.__name__, settings, n_steps, rate))
        return None, [f"weights {seed}" for seed in seeds]

    monkeypatch.setattr(ring_rivals.generators, "train_from_seeds", train)
    monkeypatch.setattr(ring_rivals.generators, "decoded", lambda m, w, z: (w, z))
    (first, z), (second, other) = ring_rivals.train_vae_points(np.zeros((9, 2)), 5, (3, 4))
    assert (first, second) == ("weights 3", "weights 4")
    np.testing.assert_array_equal(z, np.random.default_rng(3).normal(size=(5, 2)))
    assert not np.allclose(z, other)
    name, settings, n_steps, rate = calls[0]
    assert (name, n_steps, rate) == ("VAE", 3000, 0.03)
    assert settings["likelihood"] == "gaussian"
    assert settings["sigma"] == 0.1


def test_the_game_begins_anew_for_each_seed_on_the_points_given(monkeypatch, rng):
    log = []

    class Game:
        def __init__(self, gan):
            self.width = gan.n_features

        def begin(self, *setting):
            log.append(setting)

        def train(self, draw, n_steps):
            log.append((draw(9, rng).tolist(), n_steps))

        def generate(self, n):
            return np.full((n, self.width), len(log))

    monkeypatch.setattr(ring_rivals, "Game", Game)
    points = ring_rivals.train_gan_points(np.full((5, 2), 3.0), 4, (7, 8))
    played = ([[3.0, 3.0]] * 9, 3000)
    assert log == [(7, 1e-3, 1e-3), played, (8, 1e-3, 1e-3), played]
    assert [p[0, 0] for p in points] == [2, 4]
    assert points[0].shape == (4, 2)
