"""Mean-field rates against other routes: no noise, an escape integral, a simulation."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import erf

from companion.brain.mean_field import (
    input_moments_mv,
    network_rate_hz,
    rate_by_jumps_hz,
    siegert_rate_hz,
)
from companion.brain.networks import (
    BRUNEL_NEURON,
    NetworkParams,
    draw_inputs,
    simulate_network,
)
from companion.brain.spike_trains import rates_hz


def test_little_noise_gives_the_rate_of_a_constant_input():
    # t_ref + tau ln((mu - V_reset) / (mu - V_th)) = 2 + 20 ln(20 / 10) for mu = 30 mV.
    expected = 1000.0 / (2.0 + 20.0 * np.log(2.0))
    assert siegert_rate_hz(BRUNEL_NEURON, 30.0, 0.1) == pytest.approx(expected, rel=1e-4)


def test_siegert_written_out():
    integral, _ = quad(lambda u: np.exp(u**2) * (1 + erf(u)), (10 - 12) / 5, (20 - 12) / 5)
    expected = 1000.0 / (2.0 + 20.0 * np.sqrt(np.pi) * integral)
    assert siegert_rate_hz(BRUNEL_NEURON, 12.0, 5.0) == pytest.approx(expected, rel=1e-8)


def test_rest_potential_is_the_zero_of_the_input():
    shifted = replace(BRUNEL_NEURON, v_rest_mv=-70.0, v_reset_mv=-60.0, v_th_mv=-50.0)
    assert siegert_rate_hz(shifted, 12.0, 5.0) == siegert_rate_hz(BRUNEL_NEURON, 12.0, 5.0)


def test_siegert_is_what_a_simulated_neuron_does(rng):
    # 1,000 neurons, V without threshold with mean 12 mV and deviation 5 / sqrt(2) mV.
    # Steps see fewer crossings than continuous time: 0.58 of one step's spread too few mV.
    dt_ms, n_steps, x = 0.02, 10_000, rng.uniform(0.0, 20.0, 1000)
    decay, wait, n_spikes = np.exp(-dt_ms / 20.0), np.zeros(1000, int), 0
    sd = 5.0 / np.sqrt(2.0) * np.sqrt(1.0 - decay**2)
    for step in range(n_steps):
        x = np.where(wait > 0, 10.0, 12.0 + (x - 12.0) * decay + sd * rng.normal(size=1000))
        wait = np.maximum(wait - 1, 0)
        fired = x >= 20.0
        x[fired], wait[fired] = 10.0, 100
        n_spikes += fired.sum() if step >= 2500 else 0
    seen = replace(BRUNEL_NEURON, v_th_mv=20.0 + 0.5826 * sd, v_reset_mv=10.0)
    rate_hz = n_spikes / (1000 * 7500 * dt_ms / 1000.0)
    # About 2,000 spikes: 2 % is their random spread.
    assert rate_hz == pytest.approx(siegert_rate_hz(seen, 12.0, 5.0), rel=0.05)


@pytest.mark.parametrize(("g", "jump_mv"), [(1.0, 0.2), (4.0, 0.1)])
def test_small_jumps_act_as_noise(g, jump_mv):
    shifted = replace(BRUNEL_NEURON, v_rest_mv=-70.0, v_reset_mv=-60.0, v_th_mv=-50.0)
    found = rate_by_jumps_hz(shifted, 16.0, 5.0, jump_mv, g, 400.0, seed=0)
    # About 3,000 spikes: 2 % is their random spread, and jumps of 0.4 mV cost 3 %.
    assert 0.93 < found / siegert_rate_hz(BRUNEL_NEURON, 16.0, 5.0) < 1.03


def test_rare_jumps_against_short_steps():
    # A network without connections; 10 ms of silence and a jump every 4 ms.
    alone = NetworkParams(
        n_excitatory=500,
        n_inhibitory=0,
        in_excitatory=0,
        in_inhibitory=0,
        j_mv=4.0,
        drive=1.25,
        neuron=replace(BRUNEL_NEURON, t_ref_ms=10.0),
    )
    run = (alone, *draw_inputs(alone, 1100.0, 0.1, seed=0), 0.1)
    expected = rates_hz(simulate_network(*run)[1000:], 0.1).mean()
    mu_mv, sigma_mv = input_moments_mv(alone, 0.0)
    found = rate_by_jumps_hz(alone.neuron, mu_mv, sigma_mv + 1e-9, 4.0, 1.0, 1000.0, seed=1)
    # About 15,000 spikes each.
    assert found == pytest.approx(expected, rel=0.02)


def test_large_jumps_fire_less_often():
    large = rate_by_jumps_hz(BRUNEL_NEURON, 18.0, 5.0, 1.0, 4.0, 200.0, seed=0)
    assert large < 0.95 * siegert_rate_hz(BRUNEL_NEURON, 18.0, 5.0)


def test_a_jump_beyond_threshold_is_a_spike():
    # Upward jumps of 25 mV only, sigma^2 = J mu: each heard spike is followed by another,
    # and the mean interval is t_ref + 1 / rate = 2 + 25 * 20 / 50 ms.
    sigma_mv = np.sqrt(25.0 * 50.0) + 1e-9
    found = rate_by_jumps_hz(BRUNEL_NEURON, 50.0, sigma_mv, 25.0, 1.0, 400.0, seed=0)
    # 17,000 spikes.
    assert found == pytest.approx(1000.0 / 12.0, rel=0.02)


def test_jumps_refuse_what_no_spikes_can_do():
    with pytest.raises(
        ValueError, match="sigma_mv is too small for jumps of 1.0 mV; got 2"
    ):
        rate_by_jumps_hz(BRUNEL_NEURON, 18.0, 2.0, 1.0, 4.0, 10.0, seed=0)


def test_rare_spikes_are_rare_and_not_none():
    # (V_th - mu) / sigma = 5.7.
    integral, _ = quad(lambda u: np.exp(u**2) * (1 + erf(u)), 10 / 3.5, 20 / 3.5)
    expected = 1000.0 / (2.0 + 20.0 * np.sqrt(np.pi) * integral)
    assert siegert_rate_hz(BRUNEL_NEURON, 0.0, 3.5) == pytest.approx(expected, rel=1e-6)


def test_silence_where_threshold_is_out_of_reach():
    assert siegert_rate_hz(BRUNEL_NEURON, 0.0, 0.5) == 0.0


def test_moments_by_hand():
    params = NetworkParams(in_excitatory=100, in_inhibitory=25, j_mv=0.2, g=5.0, drive=2.0)
    # From outside 2 * 20 / (0.2 * 0.02 s) = 10,000 Hz; at 10 Hz 1,000 exc. and 250 inh.
    assert params.external_rate_hz == pytest.approx(10_000.0)
    mu_mv, sigma_mv = input_moments_mv(params, 10.0)
    assert mu_mv == pytest.approx(0.02 * 0.2 * (10_000 + 1000 - 5 * 250))
    assert sigma_mv**2 == pytest.approx(0.02 * 0.04 * (10_000 + 1000 + 25 * 250))


@pytest.mark.parametrize("g", [5.0, 7.0])
def test_network_rate_is_its_own_answer(g):
    params = NetworkParams(g=g)
    rate_hz = network_rate_hz(params)
    answer_hz = siegert_rate_hz(params.neuron, *input_moments_mv(params, rate_hz))
    assert answer_hz == pytest.approx(rate_hz, rel=1e-6)
    assert 10.0 < rate_hz < 200.0


def test_inhibition_lowers_the_rate():
    rates = [network_rate_hz(NetworkParams(g=g)) for g in (3.0, 5.0, 7.0)]
    assert rates[0] > rates[1] > rates[2]


def test_something_must_come_from_outside():
    with pytest.raises(ValueError, match="drive must be above 0; got 0"):
        network_rate_hz(NetworkParams(drive=0.0))


def test_noise_must_be_there():
    with pytest.raises(ValueError, match="sigma_mv must be above 0; got 0"):
        siegert_rate_hz(BRUNEL_NEURON, 10.0, 0)
