"""Capacity of the Hopfield network: published numbers, closed forms and simulation."""

import numpy as np
import pytest

from companion.brain import capacity, memory
from reproductions.brain import memory as reproduction


def test_critical_point_as_published():
    alpha_c, m_c, _ = capacity.critical_point()
    assert alpha_c == pytest.approx(0.138, abs=5e-4)
    assert m_c == pytest.approx(0.967, abs=5e-4)


@pytest.mark.parametrize("load", [0.05, 0.1, 0.13])
def test_mean_field_overlap_solves_the_three_equations(load):
    m, c, r = reproduction.mean_field_by_iteration(load)
    assert capacity.mean_field_overlap(load) == pytest.approx(m, abs=1e-9)
    assert m > 0.9
    assert r > 1.0 > c


def test_no_state_of_recall_above_the_critical_load():
    assert capacity.mean_field_overlap(0.1380) == 0.0
    assert capacity.mean_field_overlap(0.1379) > 0.96


@pytest.mark.parametrize(("n_patterns", "n_neurons"), [(2, 4), (3, 4), (3, 5), (4, 5)])
def test_exact_bit_error_by_going_through_all_crosstalk(n_patterns, n_neurons):
    n = (n_patterns - 1) * (n_neurons - 1)
    terms = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    expected = np.mean(terms.sum(axis=1) < -(n_neurons - 1))
    assert capacity.bit_error_exact(n_patterns, n_neurons) == pytest.approx(expected)


def test_bit_error_by_quadrature():
    from scipy.integrate import quad
    from scipy.stats import norm

    for load in (0.1, 0.3):
        tail, _ = quad(norm(scale=np.sqrt(load)).pdf, 1.0, np.inf)
        assert capacity.bit_error(load) == pytest.approx(tail, rel=1e-7)


@pytest.mark.parametrize("load", [0.2, 0.5])
def test_one_step_errs_as_the_binomial_says(load):
    measured, spread = reproduction.one_step_error(200, load, n_trials=40)
    expected = capacity.bit_error_exact(round(200 * load), 200)
    assert measured == pytest.approx(expected, abs=5 * spread)
    # Large N: the Gaussian tail, up to terms of order 1/N.
    assert capacity.bit_error_exact(round(20_000 * load), 20_000) == pytest.approx(
        capacity.bit_error(load), rel=0.002
    )


def test_overlap_after_recall_comes_near_the_mean_field(rng):
    overlaps = capacity.measured_overlaps(2000, 0.11, 6, rng)
    # Errors are rare and come in groups, and there are six networks: half of them.
    missing = 1.0 - capacity.mean_field_overlap(0.11)
    assert 1.0 - overlaps.mean() == pytest.approx(missing, rel=0.5)
    assert capacity.measured_overlaps(2000, 0.2, 4, rng).mean() < 0.5


def test_a_cue_within_the_basin_ends_where_the_pattern_does(rng):
    assert capacity.measured_overlaps(1000, 0.05, 5, rng, share=0.2).min() > 0.99
    assert capacity.measured_overlaps(1000, 0.05, 5, rng, share=0.5).max() < 0.9
    # Beyond one half the cue is nearer to the negative of the pattern.
    assert capacity.measured_overlaps(1000, 0.05, 5, rng, share=0.8).max() < -0.99


@pytest.mark.slow
def test_the_break_comes_near_the_critical_load_as_networks_grow():
    loads, alpha_c = np.linspace(0.12, 0.24, 7), capacity.critical_point()[0]
    halves = [
        reproduction.load_at_half_recall(n_neurons, loads, n_networks)
        for n_neurons, n_networks in ((250, 60), (1000, 40), (4000, 8))
    ]
    assert halves[0] > halves[1] + 0.01 > halves[2] + 0.02
    assert alpha_c < halves[2] < alpha_c + 0.025


def test_measured_overlaps_store_alpha_n_patterns_rounded(monkeypatch, rng):
    sizes = []

    def recorded(n_patterns, n_neurons, rng):
        sizes.append((n_patterns, n_neurons))
        return memory.random_patterns(n_patterns, n_neurons, rng)

    monkeypatch.setattr(capacity, "random_patterns", recorded)
    capacity.measured_overlaps(200, 0.099, 2, rng)  # 19.8
    assert sizes == [(20, 200), (20, 200)]


def test_spread_of_the_one_step_error_is_that_of_the_mean():
    _, few = reproduction.one_step_error(100, 0.5, n_trials=20)
    _, many = reproduction.one_step_error(100, 0.5, n_trials=320)
    assert few / many == pytest.approx(4.0, rel=0.35)


def test_one_step_error_cuts_connections():
    measured, spread = reproduction.one_step_error(400, 0.2, 10, share_removed=0.5)
    assert measured == pytest.approx(capacity.bit_error(0.4), abs=5 * spread + 0.002)


def test_half_recall_counts_overlaps_of_nine_tenths(monkeypatch):
    overlaps = {0.1: [1.0, 0.95], 0.2: [0.95, 0.7], 0.3: [0.7, 0.6]}  # shares 1, 1/2, 0
    monkeypatch.setattr(
        capacity, "measured_overlaps", lambda n, load, *_: np.array(overlaps[load])
    )
    assert reproduction.load_at_half_recall(9, [0.1, 0.2, 0.3], 2) == pytest.approx(0.2)


@pytest.mark.parametrize("load", [-0.1, 0.0, float("nan")])
def test_mean_field_overlap_refuses_a_load_that_is_none(load):
    with pytest.raises(ValueError, match="load must be above 0; got"):
        capacity.mean_field_overlap(load)


def test_settling_from_patterns_refuses_patterns_that_are_not_signs(rng):
    patterns = memory.random_patterns(20, 200, rng)
    for other in (0.5 * patterns, 0.5 * (patterns + 1.0)):
        with pytest.raises(ValueError, match=r"patterns must hold \+1 and -1 alone"):
            capacity.settle_from_patterns(other, patterns[0], rng)


def test_settle_from_patterns_refuses_what_single_precision_cannot_hold():
    patterns = np.broadcast_to(np.float32(1.0), (4096, 4096))
    with pytest.raises(ValueError, match="less than 2"):
        capacity.settle_from_patterns(patterns, np.ones(4096), None)
