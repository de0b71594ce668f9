"""The squid's membrane against its equations written out, SciPy's solver and Brian2."""

import numpy as np
import pytest

from companion.brain.hodgkin_huxley import (
    HHState,
    HodgkinHuxleyParams,
    derivatives,
    gate_rates,
    ion_currents,
    resting_state,
    simulate,
    steady_gates,
    step,
)
from companion.brain.spike_shape import upward_crossings_ms
from reproductions.brain import neurons
from reproductions.brain.squid_in_scipy import resting, slopes, solved

SQUID = HodgkinHuxleyParams()


@pytest.mark.parametrize("current", [-5.0, 3.0, 10.0, 60.0])
def test_the_trace_is_that_of_scipy(current):
    dt_ms, duration_ms = 0.01, 40.0
    trace = simulate(SQUID, np.full(4000, current), dt_ms)
    t_ms = (np.arange(4000) + 1) * dt_ms
    solution = solved(current, duration_ms, resting())
    v_mv = solution(t_ms)[0]
    away = np.abs(np.gradient(v_mv, dt_ms)) < 20.0
    assert away.mean() > 0.6
    # At 60 the membrane rings fast, and every spike adds to the shift in time.
    np.testing.assert_allclose(
        trace.v_mv[away], v_mv[away], atol=0.3 if current == 60.0 else 0.1
    )
    spikes, expected = (upward_crossings_ms(v, dt_ms) for v in (trace.v_mv, v_mv))
    assert len(expected) == {-5.0: 0, 3.0: 1, 10.0: 3, 60.0: 5}[current]
    np.testing.assert_allclose(spikes, expected, atol=0.01)
    # The gates belong to the middles of the steps.
    np.testing.assert_allclose(trace.gates, solution(t_ms - dt_ms / 2)[1:].T, atol=0.005)


def test_halving_the_step_quarters_the_error():
    solution = solved(10.0, 30.0, resting())
    expected = upward_crossings_ms(solution((np.arange(30_000) + 1) * 0.001)[0], 0.001)
    errors = []
    for dt_ms in (0.04, 0.02):
        v_mv = simulate(SQUID, np.full(round(30.0 / dt_ms), 10.0), dt_ms).v_mv
        errors.append(upward_crossings_ms(v_mv, dt_ms)[-1] - expected[-1])
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.1)


def test_the_trace_is_that_of_brian2():
    ours_mv, theirs_mv = neurons.farthest_from_brian2()
    assert ours_mv == pytest.approx(theirs_mv, abs=0.5)
    ours_ms, theirs_ms = neurons.spikes_beside_brian2_ms()
    np.testing.assert_allclose(ours_ms, theirs_ms, atol=0.1)


def test_warmth_speeds_up_the_gates():
    warm = HodgkinHuxleyParams(temperature_c=16.3)
    v_mv = simulate(warm, np.full(2000, 30.0), 0.01).v_mv
    solution = solved(30.0, 20.0, resting(), phi=3.0)
    expected = solution((np.arange(2000) + 1) * 0.01)[0]
    np.testing.assert_allclose(
        upward_crossings_ms(v_mv, 0.01), upward_crossings_ms(expected, 0.01), atol=0.02
    )


def test_rest_is_where_the_published_leak_puts_it():
    # E_L was chosen in 1952 so that no current flows at rest, here -65 mV.
    state = resting_state(SQUID)
    assert state.v_mv == pytest.approx(-65.0, abs=0.01)
    np.testing.assert_allclose(slopes(0.0, resting(), 0.0), 0.0, atol=1e-9)
    np.testing.assert_allclose(
        simulate(SQUID, np.zeros(2000), 0.05).v_mv, state.v_mv.item(), atol=1e-9
    )


def test_rest_under_a_current_balances_it():
    state = resting_state(SQUID, 7.5)
    outward = ion_currents(SQUID, state.v_mv, state.gates).sum()
    assert outward == pytest.approx(7.5)


def test_derivatives_are_the_equations(rng):
    v_mv, gates = rng.uniform(-90.0, 40.0, size=8), rng.uniform(size=(3, 8))
    change = derivatives(SQUID, HHState(v_mv, gates), 4.0)
    for i in range(8):
        expected = slopes(0.0, [v_mv[i], *gates[:, i]], 4.0)
        np.testing.assert_allclose([change.v_mv[i], *change.gates[:, i]], expected)


def test_derivatives_know_temperature_and_capacitance(rng):
    warm = HodgkinHuxleyParams(temperature_c=16.3, c_uf_per_cm2=2.0)
    v_mv, gates = rng.uniform(-90.0, 40.0, size=4), rng.uniform(size=(3, 4))
    change = derivatives(warm, HHState(v_mv, gates), 4.0)
    for i in range(4):
        dv, *gate_slopes = slopes(0.0, [v_mv[i], *gates[:, i]], 4.0, phi=3.0)
        expected = [dv / 2.0, *gate_slopes]  # C = 2 uF/cm2 halves dV/dt alone
        np.testing.assert_allclose([change.v_mv[i], *change.gates[:, i]], expected)


def test_gate_rates_have_no_gap_where_the_formula_is_zero_over_zero():
    alpha, _ = gate_rates(np.array([-40.0, -40.0 + 1e-7, -40.0 - 1e-7]))
    np.testing.assert_allclose(alpha[0], 1.0, rtol=1e-7)  # limit of 0.1 x / (1 - e^-x/10)
    alpha, _ = gate_rates(np.array([-55.0, -55.0 + 1e-7, -55.0 - 1e-7]))
    np.testing.assert_allclose(alpha[2], 0.1, rtol=1e-7)


def test_gates_move_to_the_steady_share_and_stay_shares():
    # V held by a huge capacitance: the gates must arrive at alpha / (alpha + beta).
    clamped = HodgkinHuxleyParams(c_uf_per_cm2=1e12)
    state = HHState(np.array([-20.0, 30.0]), np.array([[0.0, 1.0]] * 3))
    trace = simulate(clamped, np.zeros((2000, 2)), 0.1, start=state)
    assert np.all((trace.gates >= 0.0) & (trace.gates <= 1.0))
    np.testing.assert_allclose(trace.gates[-1], steady_gates([-20.0, 30.0]), atol=1e-9)


def test_a_membrane_without_gates_charges_like_a_resistor_and_a_capacitor():
    passive = HodgkinHuxleyParams(g_na_ms_per_cm2=0.0, g_k_ms_per_cm2=0.0, c_uf_per_cm2=2.0)
    t_ms = (np.arange(400) + 1) * 0.1
    v_mv = simulate(passive, np.full(400, 3.0), 0.1).v_mv
    # E_L + (I / g_L) (1 - exp(-t g_L / C)), exact for any step.
    expected = -54.387 + 10.0 * (1.0 - np.exp(-t_ms * 0.3 / 2.0))
    np.testing.assert_allclose(v_mv, expected, atol=1e-9)


def test_a_run_can_be_continued():
    current = np.full((600, 2), [6.0, 12.0])
    whole = simulate(SQUID, current, 0.05)
    first = simulate(SQUID, current[:250], 0.05)
    second = simulate(SQUID, current[250:], 0.05, start=first.final)
    np.testing.assert_array_equal(second.v_mv, whole.v_mv[250:])
    np.testing.assert_array_equal(second.final.gates, whole.final.gates)


def test_each_column_is_a_membrane_of_its_own():
    current = np.full((800, 2), [2.0, 12.0])
    both = simulate(SQUID, current, 0.05)
    alone = simulate(SQUID, current[:, 1], 0.05)
    np.testing.assert_allclose(both.v_mv[:, 1], alone.v_mv, rtol=1e-12)
    np.testing.assert_allclose(both.gates[:, :, 1], alone.gates, rtol=1e-12)


def test_a_step_leaves_the_state_it_was_given():
    state = resting_state(SQUID)
    before = state.v_mv.copy(), state.gates.copy()
    step(SQUID, state, 100.0, 0.05)
    np.testing.assert_array_equal(state.v_mv, before[0])
    np.testing.assert_array_equal(state.gates, before[1])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"c_uf_per_cm2": 0.0}, "c_uf_per_cm2 must be above 0; got 0.0"),
        ({"g_l_ms_per_cm2": 0.0}, "g_l_ms_per_cm2 must be above 0; got 0.0"),
        ({"g_na_ms_per_cm2": -1.0}, "g_na_ms_per_cm2 must not be below 0; got -1.0"),
        ({"e_k_mv": float("nan")}, "e_k_mv must be finite; got nan"),
    ],
)
def test_params_refuse(settings, message):
    with pytest.raises(ValueError, match=message):
        HodgkinHuxleyParams(**settings)


@pytest.mark.parametrize(
    ("current", "dt_ms", "message"),
    [
        (1.0, 0.01, r"current_ua_per_cm2 must be \(n_steps,\)"),
        (np.array([np.inf]), 0.01, "current_ua_per_cm2 must be finite"),
        (np.ones(3), 0.2, r"dt_ms must be in \(0, 0.1\]; got 0.2"),
    ],
)
def test_simulate_refuses(current, dt_ms, message):
    with pytest.raises(ValueError, match=message):
        simulate(SQUID, current, dt_ms)
