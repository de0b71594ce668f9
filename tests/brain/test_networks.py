"""The network against Brian2, mean field, and one neuron after another."""

from dataclasses import replace

import numpy as np
import pytest

from companion.brain.mean_field import network_rate_hz
from companion.brain.networks import (
    NetworkParams,
    draw_inputs,
    external_counts,
    random_weights,
    simulate_network,
    simulate_one_by_one,
)
from companion.brain.spike_trains import interval_cvs, rates_hz, synchrony
from reproductions.brain.synapses_network import spikes_of_network

DT_MS = 0.1


@pytest.fixture
def small():
    return NetworkParams(
        n_excitatory=80, n_inhibitory=20, in_excitatory=16, in_inhibitory=4
    )


def test_every_neuron_has_the_same_numbers_of_inputs(small, rng):
    weights = random_weights(small, rng).toarray()
    np.testing.assert_array_equal((weights[:, :80] == 0.6).sum(axis=1), 16)
    np.testing.assert_array_equal((weights[:, 80:] == -7.0 * 0.6).sum(axis=1), 4)
    assert np.count_nonzero(weights) == 100 * 20


def test_external_spikes_come_at_the_stated_rate(small, rng):
    # 2 * 20 mV / (0.6 mV * 20 ms) = 3.33 per ms.
    counts = external_counts(small, 5000, DT_MS, rng)
    assert counts.mean() == pytest.approx(1.0 / 3.0, rel=0.01)
    assert counts.var() == pytest.approx(1.0 / 3.0, rel=0.02)


def test_draws_repeat_with_the_seed_and_start_below_threshold(small):
    first, again, other = (draw_inputs(small, 5.0, DT_MS, seed) for seed in (0, 0, 1))
    assert (first[0] != again[0]).nnz == 0
    assert (first[0] != other[0]).nnz > 0
    np.testing.assert_array_equal(first[1], again[1])
    assert first[1].shape == (50, 100)
    assert 0.0 <= first[2].min() < first[2].max() < 20.0


def test_potentials_start_anywhere_between_rest_and_threshold():
    start = draw_inputs(NetworkParams(), 1.0, DT_MS, seed=0)[2]
    # Uniform on 0 to 20 mV: mean 10, deviation 20 / sqrt(12); 1,250 draws.
    assert start.mean() == pytest.approx(10.0, abs=0.6)
    assert start.std() == pytest.approx(20.0 / np.sqrt(12.0), rel=0.05)


def test_more_outside_spikes_than_a_byte_holds_are_refused(small, rng):
    with pytest.raises(ValueError, match="in a step must be 100 at most; got 333"):
        external_counts(small, 10, 100.0, rng)


def test_all_at_once_and_one_by_one_spike_alike(small):
    run = (small, *draw_inputs(small, 60.0, DT_MS, seed=0), DT_MS)
    together = simulate_network(*run)
    np.testing.assert_array_equal(together, simulate_one_by_one(*run))
    assert together.sum() > 200


def test_every_spike_is_where_brian2_has_it():
    params = NetworkParams(n_excitatory=200, n_inhibitory=50)
    run = (params, *draw_inputs(params, 150.0, DT_MS, seed=0), DT_MS)
    found = simulate_network(*run)
    np.testing.assert_array_equal(found, spikes_of_network(*run))
    assert found.sum() > 1000


def chain(x_start, jump_mv=30.0, n_steps=60):
    """Two neurons; the first starts above threshold, the second hears it."""
    params = NetworkParams(
        n_excitatory=2, n_inhibitory=0, in_excitatory=1, in_inhibitory=0, drive=0.0
    )
    weights = random_weights(params, np.random.default_rng(0))
    weights = 0.0 * weights
    weights[1, 0] = jump_mv
    counts = np.zeros((n_steps, 2), dtype=np.uint8)
    return simulate_network(params, weights.tocsc(), counts, x_start, DT_MS)


def test_a_spike_arrives_after_the_delay():
    spikes = chain([25.0, 0.0])
    np.testing.assert_array_equal(np.argwhere(spikes), [[0, 0], [15, 1]])


def test_a_refractory_neuron_hears_nothing():
    # The second neuron fires in step 0 too, and is refractory for 20 steps.
    np.testing.assert_array_equal(np.argwhere(chain([25.0, 25.0])), [[0, 0], [0, 1]])


def test_potential_decays_with_the_time_constant():
    # 19.8 exp(-(step + 1) / 200) mV are left, 9.83 in step 139 and 9.78 in step 140; a jump
    # of 10.2 mV needs 9.8.
    params = NetworkParams(
        n_excitatory=1, n_inhibitory=0, in_excitatory=0, in_inhibitory=0, j_mv=10.2
    )
    weights = random_weights(params, np.random.default_rng(0))
    fires = []
    for step in (139, 140):
        counts = np.zeros((200, 1), dtype=np.uint8)
        counts[step] = 1
        fires.append(simulate_network(params, weights, counts, [19.8], DT_MS).any())
    assert fires == [True, False]


def test_rate_near_mean_field_and_irregular_and_asynchronous():
    # Within 0.6 s long intervals do not fit, and the CV would be 0.1 too small.
    params = NetworkParams()
    run = (params, *draw_inputs(params, 2200.0, DT_MS, seed=0), DT_MS)
    spikes = simulate_network(*run)[2000:]
    rate_hz = rates_hz(spikes, DT_MS).mean()
    assert rate_hz == pytest.approx(network_rate_hz(params), rel=0.1)
    assert interval_cvs(spikes).mean() == pytest.approx(1.0, abs=0.15)
    assert synchrony(spikes, 10) < 0.02


def late_and_phases(delay_ms, n_period):
    params = NetworkParams(g=1.0, delay_ms=delay_ms)
    run = (params, *draw_inputs(params, 500.0, DT_MS, seed=0), DT_MS)
    late = simulate_network(*run)[2000:]
    return late, np.bincount(late.argmax(axis=0) % n_period, minlength=n_period) / 1250


def test_weak_inhibition_gives_two_groups_that_take_turns():
    # Each delay of 1.5 ms one half fires and makes the other fire: period 3 ms, 333 Hz.
    late, phases = late_and_phases(1.5, 30)
    assert np.sort(phases)[-2:].min() > 0.4
    assert np.diff(np.sort(np.argsort(phases)[-2:])) == 15
    assert interval_cvs(late).mean() < 0.01
    # Of equal halves p = 1 / 30: the mean of 1 and of -p / (1 - p) is 0.48. A bin of one
    # delay always holds one spike of one of them: nothing is left to see.
    assert synchrony(late, 1) == pytest.approx(0.5 * (1.0 - 1.0 / 29.0), abs=0.02)
    assert abs(synchrony(late, 15)) < 0.05


def test_with_a_longer_delay_all_fire_together_once_in_a_delay():
    late, phases = late_and_phases(2.5, 25)
    assert phases.max() == 1.0
    assert rates_hz(late, DT_MS).mean() == pytest.approx(1000.0 / 2.5)


def test_shifting_all_potentials_changes_no_spike(small):
    weights, counts, start = draw_inputs(small, 40.0, DT_MS, seed=0)
    neuron = replace(small.neuron, v_rest_mv=-70.0, v_reset_mv=-60.0, v_th_mv=-50.0)
    shifted = replace(small, neuron=neuron)
    np.testing.assert_array_equal(
        simulate_network(small, weights, counts, start, DT_MS),
        simulate_network(shifted, weights, counts, start - 70.0, DT_MS),
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"in_inhibitory": 300}, "in_inhibitory must be 0 to n_inhibitory = 250; got 300"),
        ({"j_mv": 0.0}, "j_mv must be above 0; got 0.0"),
        ({"delay_ms": 0.0}, "delay_ms must be above 0; got 0.0"),
        ({"g": -1.0}, "g must not be negative; got -1.0"),
    ],
)
def test_params_refuse(settings, message):
    with pytest.raises(ValueError, match=message):
        NetworkParams(**settings)


def test_simulation_refuses_what_does_not_fit(small):
    weights, counts, start = draw_inputs(small, 5.0, DT_MS, seed=0)
    with pytest.raises(ValueError, match="delay_ms must be a multiple of dt_ms = 0.4"):
        simulate_network(small, weights, counts, start, 0.4)
    with pytest.raises(ValueError, match="v_start_mv must have shape"):
        simulate_network(small, weights, counts, start[1:], DT_MS)
    with pytest.raises(ValueError, match="counts must have shape"):
        simulate_network(small, weights, counts[:, 1:], start, DT_MS)


@pytest.mark.slow
@pytest.mark.parametrize(("g", "synchronous"), [(5.0, False), (3.0, True)])
def test_in_full_size_the_states_are_those_brunel_found(g, synchronous):
    full = NetworkParams(
        n_excitatory=10_000,
        n_inhibitory=2500,
        in_excitatory=1000,
        in_inhibitory=250,
        j_mv=0.1,
        g=g,
    )
    spikes = simulate_network(full, *draw_inputs(full, 200.0, DT_MS, seed=0), DT_MS)
    late = spikes[1000:]
    # 100 ms only, and the rate of the whole network swings.
    assert rates_hz(late, DT_MS).mean() == pytest.approx(network_rate_hz(full), rel=0.1)
    assert (synchrony(late, 5) > 0.2) == synchronous
