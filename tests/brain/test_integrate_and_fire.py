"""Integrate-and-fire neurons against closed forms, `solve_ivp` and single steps by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from companion.brain.integrate_and_fire import (
    LIFParams,
    LIFState,
    lif_rate_hz,
    simulate_lif,
    spike_times_ms,
    step,
)

PARAMS = LIFParams(
    tau_ms=12.0, r_mohm=8.0, v_rest_mv=-70.0, v_reset_mv=-65.0, v_th_mv=-50.0, t_ref_ms=3.0
)
RHEOBASE_NA = 20.0 / 8.0  # (V_th - V_rest) / R


def test_a_membrane_below_threshold_follows_the_differential_equation():
    # One current for 10 ms, then another: written out, and solved by SciPy.
    first = solve_ivp(
        lambda _, v: (-(v + 70.0) + 8.0 * 1.5) / 12.0,
        (0, 10),
        [-70.0],
        rtol=1e-10,
        atol=1e-10,
    ).y[0, -1]
    second = solve_ivp(
        lambda _, v: (-(v + 70.0) - 8.0 * 0.5) / 12.0,
        (0, 10),
        [first],
        rtol=1e-10,
        atol=1e-10,
    ).y[0, -1]
    # The step is exact, so even a long one agrees.
    for dt_ms in (0.1, 1.0):
        n = round(10.0 / dt_ms)
        v_mv, spikes = simulate_lif(PARAMS, np.repeat([1.5, -0.5], n), dt_ms)
        assert not spikes.any()
        np.testing.assert_allclose(v_mv[[n - 1, -1]], [first, second], atol=1e-7)


@pytest.mark.parametrize("params", [LIFParams(), PARAMS, LIFParams(t_ref_ms=0.0)])
def test_the_rate_equals_the_closed_form(params):
    dt_ms, currents_na = 0.01, params.rheobase_na * np.array([1.01, 1.2, 1.8, 2.5])
    _, spikes = simulate_lif(params, np.tile(currents_na, (30_000, 1)), dt_ms)
    intervals = [np.diff(spike_times_ms(column, dt_ms)).mean() for column in spikes.T]
    # Each interval is rounded up to a whole step: less than 0.01 ms of at least 5 ms.
    np.testing.assert_allclose(
        1000.0 / np.array(intervals), lif_rate_hz(params, currents_na), rtol=2e-3
    )


def test_the_closed_form_by_hand():
    # V_inf = -30: 12 ln(35 / 20) ms from -65 to -50, and 3 ms of waiting.
    assert lif_rate_hz(PARAMS, 5.0) == pytest.approx(1000.0 / (3.0 + 12.0 * np.log(1.75)))
    # V_inf = -70 + 8 * 3.75 = -40: 12 ln(25 / 10).
    expected = [0.0, 0.0, 1000.0 / (3.0 + 12.0 * np.log(2.5))]
    np.testing.assert_allclose(lif_rate_hz(PARAMS, [-1.0, RHEOBASE_NA, 3.75]), expected)


def test_the_rate_saturates_at_one_spike_per_refractory_time():
    assert lif_rate_hz(PARAMS, 1e9) == pytest.approx(1000.0 / 3.0, rel=1e-6)


def test_rheobase():
    assert pytest.approx(RHEOBASE_NA) == PARAMS.rheobase_na


@given(
    fraction=st.floats(min_value=-2.0, max_value=0.999),
    reset_mv=st.floats(min_value=-90.0, max_value=-51.0),
    tau_ms=st.floats(min_value=0.5, max_value=100.0),
)
def test_silent_below_rheobase(fraction, reset_mv, tau_ms):
    params = LIFParams(v_reset_mv=reset_mv, tau_ms=tau_ms)
    current_na = np.full(500, fraction * 2.0)  # (-50 + 70) mV / 10 Mohm
    _, spikes = simulate_lif(params, current_na, 0.5)
    assert not spikes.any()
    assert lif_rate_hz(params, fraction * 2.0) == 0.0


@given(excess=st.floats(min_value=1.001, max_value=50.0))
def test_fires_above_rheobase(excess):
    _, spikes = simulate_lif(LIFParams(), np.full(1000, excess * 2.0), 0.1)
    assert spikes.any()


@given(currents=st.lists(st.floats(min_value=-10, max_value=50), min_size=40, max_size=40))
def test_no_two_spikes_are_closer_than_the_refractory_time(currents):
    _, spikes = simulate_lif(PARAMS, np.repeat(currents, 5), 0.5)
    assert np.all(np.diff(spike_times_ms(spikes, 0.5)) > 3.0)


def test_one_step_by_hand():
    # At -52 with V_inf = -40: -40 - 12 exp(-dt/tau). One fires, one waits, one rests.
    dt_ms = 12.0 * np.log(2.0)  # halves the distance: -46, above threshold
    state = LIFState(np.array([-52.0, -65.0, -70.0]), np.array([0, 1, 0]))
    new, fired = step(PARAMS, state, np.array([3.75, 100.0, 0.0]), dt_ms)
    assert fired.tolist() == [True, False, False]
    np.testing.assert_allclose(new.v_mv, [-65.0, -65.0, -70.0])
    assert new.steps_to_wait.tolist() == [round(3.0 / dt_ms), 0, 0]
    assert state.v_mv.tolist() == [-52.0, -65.0, -70.0]
    assert state.steps_to_wait.tolist() == [0, 1, 0]


def test_after_a_spike_the_potential_stands_still_for_the_refractory_time():
    v_mv, spikes = simulate_lif(PARAMS, np.full(200, 10.0), 0.5)
    first = np.flatnonzero(spikes)[0]
    assert np.all(v_mv[first : first + 7] == -65.0)  # the spike and 3 ms = 6 steps
    assert v_mv[first + 7] > -65.0
    # From the first spike on, every interval is the same.
    assert len(set(np.diff(np.flatnonzero(spikes)))) == 1


def test_refractory_steps_are_rounded_and_not_cut_off():
    # 0.3 / 0.1 is 2.9999999999999996 in floating point: three steps of waiting.
    _, spikes = simulate_lif(LIFParams(t_ref_ms=0.3), np.full(12, 1e6), 0.1)
    assert np.diff(np.flatnonzero(spikes)).tolist() == [4, 4]


def test_reaching_the_threshold_is_enough():
    # V_inf = V_th, and a time constant so short that V arrives there to the last bit.
    params = LIFParams(tau_ms=0.001)
    _, spikes = simulate_lif(params, np.full(3, params.rheobase_na), 1.0)
    assert spikes.tolist() == [True, False, False]


def test_neurons_are_independent_of_each_other(rng):
    current_na = rng.uniform(0.0, 8.0, size=(400, 5))
    v_mv, spikes = simulate_lif(PARAMS, current_na, 0.5)
    for i in range(5):
        alone = simulate_lif(PARAMS, current_na[:, i], 0.5)
        np.testing.assert_array_equal(v_mv[:, i], alone[0])
        np.testing.assert_array_equal(spikes[:, i], alone[1])
    assert spikes.any()


def test_spike_times_are_the_ends_of_the_steps():
    spikes = np.array([True, False, False, True])
    np.testing.assert_allclose(spike_times_ms(spikes, 0.5), [0.5, 2.0])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"tau_ms": 0.0}, "tau_ms must be above 0; got 0.0"),
        ({"r_mohm": -1.0}, "r_mohm must be above 0; got -1.0"),
        ({"v_rest_mv": -50.0}, "v_rest_mv must be below v_th_mv = -50.0; got -50.0"),
        ({"v_reset_mv": -40.0}, "v_reset_mv must be below v_th_mv = -50.0; got -40.0"),
        ({"t_ref_ms": -1.0}, "t_ref_ms must not be below 0; got -1.0"),
        ({"v_th_mv": float("nan")}, "v_th_mv must be finite; got nan"),
    ],
)
def test_params_refuse(settings, message):
    with pytest.raises(ValueError, match=message):
        LIFParams(**settings)


@pytest.mark.parametrize(
    ("current_na", "dt_ms", "message"),
    [
        (1.0, 0.1, r"current_na must be \(n_steps,\)"),
        (np.full(3, np.nan), 0.1, "current_na must be finite"),
        (np.ones(3), 0.0, "dt_ms must be above 0; got 0.0"),
        (np.ones(3), 0.3, "dt_ms must divide t_ref_ms = 2.0; got 0.3"),
    ],
)
def test_simulate_refuses(current_na, dt_ms, message):
    with pytest.raises(ValueError, match=message):
        simulate_lif(LIFParams(), current_na, dt_ms)


def test_spike_times_refuse_a_raster():
    with pytest.raises(ValueError, match="spikes must be bool"):
        spike_times_ms(np.zeros((3, 2), dtype=bool), 0.1)
