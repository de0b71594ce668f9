"""Synapses against closed forms, and against equations solved to tight tolerances."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from companion.brain.synapses import (
    Synapse,
    kernel,
    psp_mv,
    psp_peak,
    simulate_conductances,
    simulate_current_based,
    steady_state_mv,
)

MEMBRANE = SimpleNamespace(tau_ms=15.0, r_mohm=80.0, v_rest_mv=-65.0)
KINDS = ("exponential", "alpha")


def solved_mv(kind, tau_s_ms, t_ms):
    """V - E_L for w = 0.1 nA and no delay, from the equations as they are written."""

    def slope(t, v):
        x = t / tau_s_ms
        s = np.exp(-x) if kind == "exponential" else x * np.exp(1.0 - x)
        return (-v + 80.0 * 0.1 * s) / 15.0

    run = solve_ivp(slope, (0.0, t_ms[-1]), [0.0], t_eval=t_ms, rtol=1e-10, atol=1e-12)
    return run.y[0]


@pytest.mark.parametrize("kind", KINDS)
# 15.0: equal time constants; 15.0001: nearly equal; 40: the synapse is the slower one.
@pytest.mark.parametrize("tau_s_ms", [2.0, 15.0, 15.0001, 40.0])
def test_psp_solves_its_equation(kind, tau_s_ms):
    t_ms = np.linspace(0.0, 120.0, 61)
    synapse = Synapse(tau_s_ms, delay_ms=1.5, kernel=kind)
    found = psp_mv(MEMBRANE, synapse, 0.1, t_ms + 1.5)
    np.testing.assert_allclose(found, solved_mv(kind, tau_s_ms, t_ms), atol=1e-7)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tau_s_ms", [2.0, 15.0, 40.0])
def test_peak_is_where_nothing_is_higher(kind, tau_s_ms):
    synapse = Synapse(tau_s_ms, delay_ms=1.5, kernel=kind)
    peak_ms, height_mv = psp_peak(MEMBRANE, synapse, 0.1)
    near_ms = np.linspace(peak_ms - 1.0, peak_ms + 1.0, 2001)
    near_mv = psp_mv(MEMBRANE, synapse, 0.1, near_ms)
    assert near_ms[np.argmax(near_mv)] == pytest.approx(peak_ms, abs=1.1e-3)
    assert height_mv == pytest.approx(near_mv.max(), rel=1e-6)


def test_exponential_peak_by_hand():
    # tau = 15, tau_s = 5, a = 3: peak after 15 ln(3) / 2, height R w 3^(-3/2).
    peak_ms, height_mv = psp_peak(MEMBRANE, Synapse(5.0, delay_ms=2.0), 0.1)
    assert peak_ms == pytest.approx(2.0 + 7.5 * np.log(3.0))
    assert height_mv == pytest.approx(8.0 / 3.0**1.5)


@pytest.mark.parametrize("kind", KINDS)
def test_kernel_begins_after_the_delay_and_has_height_one(kind):
    synapse = Synapse(2.0, delay_ms=1.0, kernel=kind)
    s = kernel(synapse, np.linspace(0.0, 20.0, 20_001))
    assert s[:1000].max() == 0.0
    assert s.max() == pytest.approx(1.0)
    # Area: tau_s, and e tau_s for the alpha kernel.
    area = {"exponential": 2.0, "alpha": 2.0 * np.e}[kind]
    assert np.trapezoid(s, dx=1e-3) == pytest.approx(area, rel=2e-3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dt_ms", [0.1, 1.0])
def test_exact_steps_of_any_length_give_the_closed_form(kind, dt_ms):
    synapse = Synapse(2.0, delay_ms=3.0, kernel=kind)
    t_ms = np.arange(60) * dt_ms
    v_mv = simulate_current_based(MEMBRANE, synapse, 0.1, [4.0, 9.0], dt_ms, 60)
    expected = sum(psp_mv(MEMBRANE, synapse, 0.1, t_ms - t) for t in (4.0, 9.0))
    np.testing.assert_allclose(v_mv, -65.0 + expected, atol=1e-10)


def test_two_spikes_at_once_do_twice_as_much():
    once, twice = (
        simulate_current_based(MEMBRANE, Synapse(), 0.1, times, 0.1, 300) + 65.0
        for times in ([4.0], [4.0, 4.0])
    )
    np.testing.assert_allclose(twice, 2.0 * once, atol=1e-12)
    assert once.max() > 0.1


@pytest.mark.parametrize(("spike_ms", "nearest_ms"), [(4.04, 4.0), (4.06, 4.1)])
def test_spikes_are_moved_to_the_nearest_step(spike_ms, nearest_ms):
    run = simulate_current_based(MEMBRANE, Synapse(), 0.1, [spike_ms], 0.1, 100)
    expected = psp_mv(MEMBRANE, Synapse(), 0.1, 0.1 * np.arange(100) - nearest_ms)
    np.testing.assert_allclose(run + 65.0, expected, atol=1e-10)


@given(
    first_na=st.floats(-1.0, 1.0), second_na=st.floats(-1.0, 1.0), gap=st.integers(0, 20)
)
def test_currents_add_up(first_na, second_na, gap):
    synapse = Synapse()

    def change_mv(currents, times):
        runs = [
            simulate_current_based(MEMBRANE, synapse, w, [t], 0.5, 60) + 65.0
            for w, t in zip(currents, times, strict=True)
        ]
        return sum(runs)

    together = change_mv([first_na + second_na], [gap])
    apart = change_mv([first_na, second_na], [gap, gap])
    np.testing.assert_allclose(together, apart, atol=1e-9)


def conductance_run(weights_us, reversal_mv, dt_ms=0.05, n_steps=1201):
    t_ms = dt_ms * np.arange(n_steps)
    synapse = Synapse(5.0, delay_ms=1.0, kernel="alpha")
    g_us = kernel(synapse, t_ms)[:, np.newaxis] * np.asarray(weights_us)
    return t_ms, simulate_conductances(MEMBRANE, g_us, reversal_mv, dt_ms)


def test_conductances_solve_their_equation():
    t_ms, v_mv = conductance_run([0.02, 0.03], [0.0, -75.0])

    def slope(t, v):
        x = max(t - 1.0, 0.0) / 5.0
        s = x * np.exp(1.0 - x)
        pull = 80.0 * s * (0.02 * (0.0 - v) + 0.03 * (-75.0 - v))
        return (-(v + 65.0) + pull) / 15.0

    run = solve_ivp(slope, (0, 60), [-65.0], t_eval=t_ms, rtol=1e-9, atol=1e-9, max_step=1)
    # The error of the step falls as dt^2; at 0.05 ms it is below this.
    np.testing.assert_allclose(v_mv, run.y[0], atol=1e-3)


@given(small_us=st.floats(0.001, 0.1), factor=st.floats(1.5, 5.0))
def test_conductances_add_up_to_less_than_their_sum(small_us, factor):
    _, one = conductance_run([small_us], [0.0], dt_ms=0.5, n_steps=100)
    _, more = conductance_run([factor * small_us], [0.0], dt_ms=0.5, n_steps=100)
    one_mv, more_mv = one.max() + 65.0, more.max() + 65.0
    assert one_mv < more_mv < factor * one_mv
    assert more_mv < 65.0  # the reversal potential is not passed


def test_constant_conductances_end_at_the_weighted_mean():
    g_us = np.tile([0.01, 0.03], (4001, 1))
    v_mv = simulate_conductances(MEMBRANE, g_us, [0.0, -80.0], dt_ms=0.1)
    # 1 / R = 0.0125 uS: (0.0125 * -65 + 0.01 * 0 + 0.03 * -80) / 0.0525
    expected = (0.0125 * -65.0 + 0.03 * -80.0) / 0.0525
    assert v_mv[-1] == pytest.approx(expected, abs=1e-9)
    assert steady_state_mv(MEMBRANE, [0.01, 0.03], [0.0, -80.0]) == pytest.approx(expected)
    # On the way there the time constant is tau / (1 + R g) = 15 / 4.2 ms.
    course = expected + (-65.0 - expected) * np.exp(-0.1 * 4.2 / 15.0 * np.arange(4001))
    np.testing.assert_allclose(v_mv, course, atol=1e-9)


def test_inhibition_at_rest_is_silent_alone_and_shrinks_what_comes_with_it():
    _, alone = conductance_run([0.05], [-65.0])
    _, excited = conductance_run([0.02], [0.0])
    _, both = conductance_run([0.02, 0.05], [0.0, -65.0])
    np.testing.assert_allclose(alone, -65.0)
    assert both.max() + 65.0 < 0.7 * (excited.max() + 65.0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"tau_ms": 0.0}, "tau_ms must be above 0; got 0.0"),
        ({"delay_ms": -1.0}, "delay_ms must not be negative; got -1.0"),
        ({"kernel": "square"}, "kernel must be one of"),
    ],
)
def test_synapse_refuses(settings, message):
    with pytest.raises(ValueError, match=message):
        Synapse(**settings)


def test_runs_refuse_what_does_not_fit():
    with pytest.raises(ValueError, match="g_us must be"):
        simulate_conductances(MEMBRANE, np.zeros(10), [0.0], 0.1)
    with pytest.raises(ValueError, match="dt_ms must be above 0; got 0"):
        simulate_conductances(MEMBRANE, np.zeros((10, 1)), [0.0], 0)
    with pytest.raises(ValueError, match="dt_ms must be above 0; got 0"):
        simulate_current_based(MEMBRANE, Synapse(), 0.1, [1.0], 0, 10)
