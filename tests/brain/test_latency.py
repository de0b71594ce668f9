"""The learning neuron against hand calculations and sums over pairs of spikes."""

import numpy as np
import pytest

from companion.brain import latency, stdp

WINDOW = stdp.STDPParams(a_plus=0.02, a_minus=0.021)


def test_the_voltage_leaks_between_inputs():
    # 10 mV at 0, then 10 exp(-s / 20) + 10: at least 15 mV only if s <= 20 ln 2 = 13.86.
    params = latency.VolleyParams(v_max_mv=10.0)
    for gap_ms, fires in ((13.8, True), (13.9, False)):
        _, spikes_ms = latency.run_volley(params, None, [1.0, 1.0], [0.0, gap_ms])
        assert (len(spikes_ms) == 1) == fires


def test_a_spike_resets_and_the_neuron_does_not_listen_for_a_while():
    params = latency.VolleyParams(v_max_mv=20.0, t_ref_ms=5.0)
    _, spikes_ms = latency.run_volley(params, None, np.ones(4), [0.0, 4.9, 5.1, 5.2])
    np.testing.assert_allclose(spikes_ms, [0.0, 5.1])


def test_a_spike_takes_all_of_the_voltage():
    # 20 mV of which 15 would do; 5.1 ms later 12 mV alone are too little.
    params = latency.VolleyParams(v_max_mv=20.0)
    _, spikes_ms = latency.run_volley(params, None, [1.0, 0.6], [0.0, 5.1])
    np.testing.assert_allclose(spikes_ms, [0.0])


def test_a_volley_changes_weights_by_the_pairs_it_makes(rng):
    params, input_ms = latency.VolleyParams(), rng.uniform(0.0, 60.0, size=100)
    weights = np.full(100, 0.5)
    after, spikes_ms = latency.run_volley(params, WINDOW, weights, input_ms)
    assert len(spikes_ms) >= 1
    expected = stdp.window(WINDOW, spikes_ms[:, None] - input_ms).sum(axis=0)
    # The input that set off the spike came just before it.
    expected += WINDOW.a_plus * np.isin(input_ms, spikes_ms)
    np.testing.assert_allclose(after - weights, expected, atol=1e-12)
    assert np.all(weights == 0.5)


def test_weights_stay_between_0_and_1():
    strong = stdp.STDPParams(a_plus=5.0, a_minus=5.0)
    params = latency.VolleyParams(v_max_mv=20.0)
    after, spikes_ms = latency.run_volley(params, strong, [0.9, 0.5], [0.0, 1.0])
    np.testing.assert_allclose(spikes_ms, [0.0])
    np.testing.assert_allclose(after, [1.0, 0.0])


def step_by_step(window, weights, input_ms, spikes_ms):
    """The weights by traces, from one spike of either side to the next."""
    traces, last = stdp.Traces(np.zeros(len(weights)), 0.0), 0.0
    for now in np.unique(np.concatenate([input_ms, spikes_ms])):
        traces = stdp.decay(window, traces, now - last)
        for pre, post in ((input_ms == now, False), (input_ms == -1.0, now in spikes_ms)):
            change, traces = stdp.on_spikes(window, traces, pre, post)
            weights = np.clip(weights + change, 0.0, 1.0)
        last = now
    return weights


def test_weights_are_cut_after_every_spike(rng):
    window = stdp.STDPParams(0.5, 0.6, 15.0, 30.0)
    for _ in range(20):
        input_ms = rng.uniform(0.0, 60.0, size=30)
        spikes_ms = np.sort(np.append(rng.uniform(0.0, 60.0, size=3), input_ms[7]))
        weights = rng.uniform(size=30)
        expected = step_by_step(window, weights, input_ms, spikes_ms)
        found = latency.learn(window, weights, input_ms, spikes_ms)
        np.testing.assert_allclose(found, expected, atol=1e-12)


def test_a_volley_fires_the_neuron_if_its_peak_reaches_the_threshold(rng):
    for _ in range(10):
        weights, input_ms = rng.uniform(size=40), rng.uniform(0.0, 50.0, size=40)
        peak_mv = latency.peak_mv(latency.VolleyParams(v_max_mv=2.0), weights, input_ms)
        for v_th_mv, fires in ((peak_mv - 1e-9, True), (peak_mv + 1e-9, False)):
            params = latency.VolleyParams(v_th_mv=v_th_mv, v_max_mv=2.0)
            _, spikes_ms = latency.run_volley(params, None, weights, input_ms)
            assert (len(spikes_ms) > 0) == fires


def test_without_a_window_nothing_is_learned(rng):
    weights = rng.uniform(size=100)
    after, _ = latency.run_volley(
        latency.VolleyParams(), None, weights, rng.uniform(0.0, 60.0, size=100)
    )
    np.testing.assert_array_equal(after, weights)


def test_a_repeated_volley_is_answered_earlier():
    for seed in range(3):
        rng = np.random.default_rng(seed)
        volleys_ms = np.tile(rng.uniform(0.0, 50.0, size=100), (120, 1))
        weights, first_ms = latency.learn_volleys(
            latency.VolleyParams(), WINDOW, np.full(100, 0.5), volleys_ms
        )
        assert first_ms[-1] < 0.6 * first_ms[0]
        early = volleys_ms[0] < first_ms[-1]
        assert weights[early].mean() > 0.9
        assert weights[volleys_ms[0] > first_ms[0]].mean() < 0.1


def test_smaller_steps_and_more_trials_lead_to_the_same_weights():
    found = []
    for share in (1, 4):
        _, volleys_ms, _ = latency.draw_volleys(200 * share, 100, np.random.default_rng(0))
        window = stdp.STDPParams(0.02 / share, 0.021 / share)
        start = np.full(100, 0.5)
        weights, _ = latency.learn_volleys(
            latency.VolleyParams(), window, start, volleys_ms
        )
        found.append(weights)
    # Two of a hundred inputs are undecided, at the time of the first spike.
    assert np.mean(np.abs(found[0] - found[1]) > 0.2) <= 0.02


def test_volleys_repeat_or_do_not(rng):
    volley_ms, repeated_ms, new_ms = latency.draw_volleys(
        400, 50, rng, span_ms=30.0, jitter_ms=2.0
    )
    off_ms = repeated_ms - volley_ms
    assert off_ms.mean() == pytest.approx(0.0, abs=0.06)  # 4 standard errors
    # Over trials for an input, and over inputs within a trial: all are independent.
    for axis in (0, 1):
        assert off_ms.std(axis=axis).mean() == pytest.approx(2.0, rel=0.03)
        spread_ms = new_ms.std(axis=axis).mean()
        assert spread_ms == pytest.approx(30.0 / np.sqrt(12.0), rel=0.03)
    for times_ms in (volley_ms, new_ms):
        assert times_ms.min() >= 0.0
        assert times_ms.max() <= 30.0
    # 50 uniform times that leave 6 ms free have the chance 2e-4; over trials, none.
    assert np.ptp(volley_ms) > 24.0
    assert np.ptp(new_ms) > 29.0


def test_the_first_of_several_spikes_is_reported():
    params = latency.VolleyParams(v_max_mv=20.0, t_ref_ms=5.0)
    _, first_ms = latency.learn_volleys(params, None, [1.0, 1.0], [[3.0, 30.0]])
    np.testing.assert_allclose(first_ms, [3.0])


def test_a_silent_trial_has_no_first_spike():
    _, first_ms = latency.learn_volleys(
        latency.VolleyParams(), WINDOW, [0.1, 0.1], [[0.0, 1.0]]
    )
    assert np.isnan(first_ms).all()


def test_refusals():
    with pytest.raises(ValueError, match=r"weights must be \(n_inputs,\)"):
        latency.run_volley(latency.VolleyParams(), None, [0.5], [0.0, 1.0])
    with pytest.raises(ValueError, match=r"weights must lie in \[0, 1\]; got 0.5 to 2.0"):
        latency.run_volley(latency.VolleyParams(), None, [0.5, 2.0], [0.0, 1.0])
    with pytest.raises(ValueError, match="tau_ms must be above 0 and finite; got 0.0"):
        latency.VolleyParams(tau_ms=0.0)
    with pytest.raises(ValueError, match="t_ref_ms must not be below 0; got -1.0"):
        latency.VolleyParams(t_ref_ms=-1.0)
