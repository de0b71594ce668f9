"""Transmission of spikes against the weight at which one of them is enough."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq

from companion.brain.integrate_and_fire import LIFParams
from companion.brain.synapses import Synapse, psp_mv, psp_peak
from companion.brain.transmission import (
    background_na,
    followed,
    simulate_receivers,
    threshold_weight_na,
)

NEURON, SYNAPSE, DT_MS = LIFParams(), Synapse(2.0, delay_ms=1.5), 0.1


def sent_at(*times_ms, n_steps=2000):
    sent = np.zeros(n_steps, dtype=bool)
    sent[np.rint(np.array(times_ms) / DT_MS).astype(int)] = True
    return sent


def test_one_spike_is_enough_from_the_predicted_weight_on():
    # tau = 10, tau_s = 2, a = 5: 20 mV / (10 Mohm 5^(-5/4)).
    weight = 2.0 * 5.0**1.25
    assert threshold_weight_na(NEURON, SYNAPSE) == pytest.approx(weight)
    sent, quiet = sent_at(10.0, 100.0), np.zeros((2000, 2))
    spikes = simulate_receivers(
        NEURON, SYNAPSE, np.array([0.99, 1.01]) * weight, sent, quiet, DT_MS
    )
    np.testing.assert_array_equal(spikes.sum(axis=0), [0, 2])
    np.testing.assert_array_equal(followed(sent, spikes, 10.0, DT_MS), [0.0, 1.0])


def fired_in_steps(neuron, synapse, weight_na, sent, current_na=0.0):
    noise_na = np.full((len(sent), 1), current_na)
    spikes = simulate_receivers(neuron, synapse, [weight_na], sent, noise_na, DT_MS)
    return np.flatnonzero(spikes[:, 0])


@pytest.mark.parametrize("factor", [1.005, 1.5, 3.0, 6.0])
def test_answer_comes_in_the_step_in_which_the_closed_form_crosses(factor):
    weight = factor * threshold_weight_na(NEURON, SYNAPSE)
    peak_ms, _ = psp_peak(NEURON, SYNAPSE, weight)
    cross_ms = brentq(lambda t: psp_mv(NEURON, SYNAPSE, weight, t) - 20.0, 1.5, peak_ms)
    # Both spikes stand at the ends of their steps.
    first = fired_in_steps(NEURON, SYNAPSE, weight, sent_at(10.0))[0]
    assert first == 100 + np.ceil(cross_ms / DT_MS)


def test_without_a_delay_the_answer_still_comes_after_the_question():
    assert fired_in_steps(NEURON, Synapse(2.0, 0.0), 400.0, sent_at(10.0))[0] > 100


def test_current_outlasts_the_spike_it_causes():
    # A synapse that hardly closes is a constant current: t_ref + tau ln(RI / (RI - 20 mV)).
    steps = fired_in_steps(NEURON, Synapse(1e7, 0.1), 3.0, sent_at(0.0, n_steps=5000))
    found_ms = np.diff(steps).mean() * DT_MS
    assert 0.0 <= found_ms - (2.0 + 10.0 * np.log(3.0)) < DT_MS


def test_receiver_restarts_at_its_reset_potential():
    # From 10 mV to 20 mV with RI = 30 mV: t_ref + tau ln(20 / 10).
    neuron, none = replace(NEURON, v_reset_mv=-60.0), np.zeros(5000, dtype=bool)
    found_ms = np.diff(fired_in_steps(neuron, SYNAPSE, 0.0, none, 3.0)).mean() * DT_MS
    assert 0.0 <= found_ms - (2.0 + 10.0 * np.log(2.0)) < DT_MS


def test_background_has_the_mean_and_the_spread_that_were_asked_for(rng):
    free = LIFParams(v_th_mv=1000.0)
    noise = background_na(free, 8.0, 3.0, (6000, 200), DT_MS, rng)
    decay, x = np.exp(-DT_MS / free.tau_ms), np.zeros(200)
    late = []
    for step, current in enumerate(noise):
        x = x * decay + free.r_mohm * (1.0 - decay) * current
        if step > 1000 and step % 500 == 0:
            late.append(x)
    # 200 neurons at 10 times, 5 time constants apart: the mean within 3 / sqrt(2000) * 3.
    assert np.mean(late) == pytest.approx(8.0, abs=0.2)
    assert np.std(late) == pytest.approx(3.0, rel=0.06)


def test_constant_background_fires_at_the_rate_of_the_neuron_alone():
    none = np.zeros(20_000, dtype=bool)
    found_ms = np.diff(fired_in_steps(NEURON, SYNAPSE, 0.0, none, 3.0)).mean() * DT_MS
    # t_ref + tau ln(RI / (RI - 20 mV)) with RI = 30 mV.
    expected_ms = 2.0 + 10.0 * np.log(3.0)
    assert 0.0 <= found_ms - expected_ms < DT_MS


def test_followed_counts_windows_not_spikes():
    sent, spikes = sent_at(1.0, 3.0, 9.9, n_steps=100), np.zeros((100, 2), dtype=bool)
    spikes[[12, 13], 0] = True  # twice in the first window
    spikes[39, 1] = True  # the last step of the second window; 40 would be outside
    np.testing.assert_allclose(followed(sent, spikes, 1.0, DT_MS), [0.5, 0.5])
    with pytest.raises(ValueError, match="window_ms must leave a spike to follow; got 50"):
        followed(sent, spikes, 50.0, DT_MS)
    with pytest.raises(ValueError, match="window_ms must be a multiple of dt_ms = 0.1"):
        followed(sent, spikes, 1.05, DT_MS)


def test_a_window_that_just_ends_with_the_run_counts():
    sent, spikes = sent_at(9.0, n_steps=100), np.zeros((100, 1), dtype=bool)
    spikes[99] = True
    np.testing.assert_array_equal(followed(sent, spikes, 1.0, DT_MS), [1.0])


def test_receivers_refuse_noise_of_another_shape():
    with pytest.raises(ValueError, match="noise_na must be"):
        simulate_receivers(NEURON, SYNAPSE, [1.0], sent_at(1.0), np.zeros((9, 1)), DT_MS)
