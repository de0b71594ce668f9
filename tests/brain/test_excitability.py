"""Firing of the squid's membrane against published currents and independent routes."""

import numpy as np
import pytest

from companion.brain import excitability
from companion.brain.hodgkin_huxley import HodgkinHuxleyParams
from companion.brain.spike_shape import upward_crossings_ms
from reproductions.brain import neurons
from reproductions.brain.squid_in_scipy import resting, solved, spikes_again

SQUID = HodgkinHuxleyParams()


def test_firing_sets_in_at_the_published_current_and_not_from_zero_hz():
    # Steps of 0.005. Balti et al. (2018): the limit cycles meet and vanish
    # at 6.265. A run of 400 ms would still see the slow ghost of the cycle at 6.26.
    onset, rate_hz = excitability.onset_ua_per_cm2(SQUID, 6.2, 6.3, duration_ms=800.0)
    assert onset == pytest.approx(6.2625, abs=1e-9)  # the middle of the last gap
    firing_end = excitability.steady_rates_hz(SQUID, [6.265], duration_ms=800.0)[0]
    assert rate_hz == pytest.approx(firing_end, rel=1e-9)
    assert 45.0 < rate_hz < 55.0


def test_rates_are_those_of_scipy():
    currents = [8.0, 30.0]
    rates = excitability.steady_rates_hz(SQUID, currents, duration_ms=120.0)
    for current, rate_hz in zip(currents, rates, strict=True):
        v_mv = solved(current, 120.0, resting())(np.arange(1, 12_001) * 0.01)[0]
        times_ms = upward_crossings_ms(v_mv, 0.01)
        assert rate_hz == pytest.approx(3000.0 / (times_ms[-1] - times_ms[-4]), rel=2e-3)


def test_a_membrane_that_falls_silent_has_no_rate():
    # 3: one spike; 170: held depolarized, sodium gates shut.
    rates = excitability.steady_rates_hz(SQUID, [0.0, 3.0, 170.0], duration_ms=150.0)
    assert rates.tolist() == [0.0, 0.0, 0.0]


def test_history_decides_between_rest_and_firing():
    currents = [8.0, 9.5]
    still = excitability.nudged_rest(SQUID, currents)
    for i, current in enumerate(currents):
        rest = resting(current)
        np.testing.assert_allclose(
            [still.v_mv[i], *still.gates[:, i]], rest + [0.1, 0, 0, 0]
        )
    settings = {"duration_ms": 200.0}
    silent = excitability.steady_rates_hz(SQUID, currents, start=still, **settings)
    assert silent.tolist() == [0.0, 0.0]
    firing = excitability.firing_state(SQUID)
    assert min(excitability.steady_rates_hz(SQUID, currents, start=firing, **settings)) > 50


def test_firing_state_is_that_of_scipy_after_60_ms_of_firing():
    state = excitability.firing_state(SQUID)
    v_mv, *gates = solved(20.0, 60.0, resting())(60.0)
    assert state.v_mv.item() == pytest.approx(v_mv, abs=1.0)
    np.testing.assert_allclose(state.gates[:, 0], gates, atol=0.02)


@pytest.mark.parametrize("current", [8.0, 9.5, 10.0])
def test_growth_rate_is_that_of_a_tiny_ringing(current):
    slope = neurons.ringing_slope(current)
    assert excitability.growth_rate_per_ms(SQUID, current) == pytest.approx(slope, abs=1e-3)


def test_rest_ends_where_its_growth_rate_changes_sign():
    end = excitability.rest_ends_at_ua_per_cm2(SQUID)
    assert excitability.growth_rate_per_ms(SQUID, end - 0.05) < 0.0
    assert excitability.growth_rate_per_ms(SQUID, end + 0.05) > 0.0


def peak_after_pulse(strength):
    """Highest potential after a pulse of 0.5 ms, by SciPy."""
    pulse = solved(strength, 0.5, resting())
    after = solved(0.0, 14.5, pulse(0.5))
    return after(np.linspace(0.0, 14.5, 5000))[0].max()


def test_pulses_are_nearly_all_or_none():
    peaks = excitability.pulse_peaks_mv(SQUID, [10.0, 13.0, 14.0, 20.0])
    expected = [peak_after_pulse(strength) for strength in (10.0, 13.0, 14.0, 20.0)]
    # Near the threshold a small error of the scheme moves a late spike.
    np.testing.assert_allclose(peaks, expected, atol=0.5)
    assert peaks[1] < -50.0
    assert peaks[2] > 30.0


def test_a_second_spike_needs_more_for_a_while_and_then_less():
    rested, multiples = excitability.second_pulse_thresholds(SQUID, [4.0, 10.0, 12.0, 18.0])
    assert peak_after_pulse(0.998 * rested) < 0.0 < peak_after_pulse(1.002 * rested)
    assert multiples[0] == np.inf
    assert multiples[1] > multiples[2] > 1.0 > multiples[3]
    for interval_ms, multiple in zip([10.0, 12.0, 18.0], multiples[1:], strict=True):
        assert spikes_again(interval_ms, 2.0 * rested, 1.01 * multiple * rested)
        assert not spikes_again(interval_ms, 2.0 * rested, 0.99 * multiple * rested)


def test_for_a_while_no_pulse_is_strong_enough():
    rested, _ = excitability.second_pulse_thresholds(SQUID, [20.0])
    strongest, refractory_ms = 5.0 * rested, excitability.refractory_ms(SQUID)
    assert not spikes_again(refractory_ms - 0.1, 2.0 * rested, strongest)
    assert spikes_again(refractory_ms + 0.1, 2.0 * rested, strongest)


def test_refractory_time_does_not_depend_on_where_the_search_began():
    # Its value lies on the grid of the defaults, and on none of these.
    expected = excitability.refractory_ms(SQUID)
    for low, high in ((1.3, 14.9), (5.05, 12.2)):
        assert excitability.refractory_ms(SQUID, low, high) == pytest.approx(
            expected, abs=0.05
        )


def test_a_stronger_pulse_shortens_the_refractory_time():
    rested, _ = excitability.second_pulse_thresholds(SQUID, [20.0])
    found_ms = excitability.refractory_ms(SQUID, limit=20.0)
    assert not spikes_again(found_ms - 0.1, 2.0 * rested, 20.0 * rested)
    assert spikes_again(found_ms + 0.1, 2.0 * rested, 20.0 * rested)


def test_refusals():
    with pytest.raises(ValueError, match="intervals_ms must be above 0.5; got 0.2"):
        excitability.second_pulse_thresholds(SQUID, [0.2, 5.0])
    with pytest.raises(ValueError, match="low must be silent and high fire on"):
        excitability.onset_ua_per_cm2(SQUID, 0.0, 1.0)
    for low, high in ((10.0, 15.0), (1.0, 5.0)):
        with pytest.raises(ValueError, match=f"got {low} and {high} ms"):
            excitability.refractory_ms(SQUID, low, high)
