"""Transmission of spikes against the weight at which one of them is enough."""

import numpy as np
import pytest

from companion.brain.integrate_and_fire import LIFParams
from companion.brain.synapses import Synapse
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


def test_answer_comes_after_the_delay_and_the_rise():
    # Slightly above threshold it comes at the peak: 1.5 + 10 ln(5) / 4 ms, a little before.
    weight = 1.0005 * threshold_weight_na(NEURON, SYNAPSE)
    quiet = np.zeros((2000, 1))
    spikes = simulate_receivers(NEURON, SYNAPSE, [weight], sent_at(10.0), quiet, DT_MS)
    delay_ms = np.flatnonzero(spikes[:, 0])[0] * DT_MS - 10.0
    assert delay_ms == pytest.approx(1.5 + 2.5 * np.log(5.0), abs=0.25)


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
    quiet = np.full((20_000, 1), 3.0)
    none = np.zeros(20_000, dtype=bool)
    spikes = simulate_receivers(NEURON, SYNAPSE, [0.0], none, quiet, DT_MS)
    # t_ref + tau ln(RI / (RI - 20 mV)) with RI = 30 mV.
    expected_ms = 2.0 + 10.0 * np.log(3.0)
    found_ms = np.diff(np.flatnonzero(spikes[:, 0])).mean() * DT_MS
    assert 0.0 <= found_ms - expected_ms < DT_MS


def test_followed_counts_windows_not_spikes():
    sent, spikes = sent_at(1.0, 3.0, 9.9, n_steps=100), np.zeros((100, 2), dtype=bool)
    spikes[[12, 13], 0] = True  # twice in the first window
    spikes[39, 1] = True  # the last step of the second window; 40 would be outside
    np.testing.assert_allclose(followed(sent, spikes, 1.0, DT_MS), [0.5, 0.5])
    with pytest.raises(ValueError, match="window_ms must leave a spike to follow; got 50"):
        followed(sent, spikes, 50.0, DT_MS)


def test_receivers_refuse_noise_of_another_shape():
    with pytest.raises(ValueError, match="noise_na must be"):
        simulate_receivers(NEURON, SYNAPSE, [1.0], sent_at(1.0), np.zeros((9, 1)), DT_MS)
