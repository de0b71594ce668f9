"""Measures of spikes on trains whose values are known."""

import numpy as np
import pytest

from companion.brain.spike_trains import (
    counts_in_bins,
    interval_cvs,
    rates_hz,
    spectrum,
    summarize,
    synchrony,
)


def test_rates_are_per_second():
    spikes = np.zeros((5000, 2), dtype=bool)
    spikes[::100, 0] = True  # every 10 ms at steps of 0.1 ms
    np.testing.assert_allclose(rates_hz(spikes, 0.1), [100.0, 0.0])


def test_a_clock_has_cv_zero_and_random_spikes_have_nearly_one(rng):
    spikes = rng.random((200_000, 20)) < 0.01
    spikes[:, 0] = False
    spikes[::100, 0] = True
    spikes[:, 1] = False
    spikes[:5, 1] = True  # only four intervals: left out
    cvs = interval_cvs(spikes)
    assert cvs.shape == (19,)
    assert cvs[0] == 0.0
    # Geometric intervals with p = 0.01: CV = sqrt(1 - p).
    assert cvs[1:].mean() == pytest.approx(np.sqrt(0.99), abs=0.01)


def test_synchrony_is_the_mean_correlation_of_the_pairs(rng):
    spikes = rng.random((6000, 4)) < [0.1, 0.2, 0.3, 0.4]
    spikes[:, 1] |= spikes[:, 0]
    counts = spikes.reshape(600, 10, 4).sum(axis=1)
    covariance, pairs = np.cov(counts.T), np.triu_indices(4, 1)
    sd = np.sqrt(np.diag(covariance))
    expected = covariance[pairs].mean() / np.outer(sd, sd)[pairs].mean()
    assert synchrony(spikes, 10) == pytest.approx(expected)


def test_synchrony_of_equal_neurons_is_one_and_of_independent_ones_nearly_zero(rng):
    independent = rng.random((20_000, 50)) < 0.05
    assert synchrony(np.repeat(independent[:, :1], 5, axis=1), 20) == pytest.approx(1.0)
    assert abs(synchrony(independent, 20)) < 0.01


def test_synchrony_refuses_neurons_that_do_not_vary():
    spikes = np.zeros((100, 3), dtype=bool)
    spikes[::7, 0] = True
    with pytest.raises(ValueError, match="vary in two neurons at least; got 1"):
        synchrony(spikes, 1)


def test_summary_leaves_out_the_beginning(rng):
    spikes = rng.random((6000, 10)) < 0.02
    spikes[:2000] = True
    rate_hz, cv, together = summarize(spikes, 0.1, skip_ms=200.0)
    assert rate_hz == pytest.approx(200.0, rel=0.1)
    assert cv == pytest.approx(np.sqrt(0.98), abs=0.1)
    assert together == synchrony(spikes[2000:], 1)


def test_bins_cut_the_rest():
    counts = counts_in_bins(np.ones((25, 3), dtype=bool), 10)
    np.testing.assert_array_equal(counts, np.full((2, 3), 10))
    with pytest.raises(ValueError, match="n_steps_per_bin must be at most 5; got 10"):
        counts_in_bins(np.ones((5, 3), dtype=bool), 10)


def test_spectrum_of_a_sine_peaks_at_its_frequency_and_holds_its_variance():
    t_ms = 2.0 * np.arange(4000)
    signal = np.stack([3.0 * np.sin(2 * np.pi * 0.020 * t_ms), np.zeros(4000)], axis=1)
    frequency_hz, power = spectrum(signal, sample_ms=2.0, window_ms=1000.0)
    assert frequency_hz[np.argmax(power[:, 0])] == pytest.approx(20.0)
    area = power.sum(axis=0) * (frequency_hz[1] - frequency_hz[0])
    np.testing.assert_allclose(area, [4.5, 0.0], rtol=1e-3)


def test_spectrum_has_the_resolution_of_its_window():
    frequency_hz, _ = spectrum(np.zeros(4000), sample_ms=2.0, window_ms=500.0)
    assert frequency_hz[1] - frequency_hz[0] == pytest.approx(2.0)
    assert frequency_hz[-1] == pytest.approx(250.0)
