"""Single cells: the models of the chapter *Neurons* beside theory, Brian2 and papers."""

import functools

import numpy as np

from companion.brain import dendrites, excitability
from companion.brain.hodgkin_huxley import HodgkinHuxleyParams, resting_state, simulate
from companion.brain.integrate_and_fire import (
    LIFParams,
    lif_rate_hz,
    simulate_lif,
    spike_times_ms,
)
from companion.brain.spike_shape import measure_spike, upward_crossings_ms
from reproductions.brain.check import Check
from reproductions.brain.squid_in_brian2 import brian2_trace
from reproductions.brain.squid_in_scipy import resting, solved, spikes_again

SQUID, LIF = HodgkinHuxleyParams(), LIFParams()
CURRENT = 10.0  # uA/cm2: three spikes in the time below
DURATION_MS, DT_MS, BRIAN2_DT_MS = 40.0, 0.01, 0.02
UPSTROKE_MV_PER_MS = 20.0
XOR = [False, True, True, False]


def checks():
    """Every quantity of the chapter beside its value by another route."""
    return [
        *_membrane(),
        *_firing(),
        *_refractoriness(),
        *_integrate_and_fire(),
        *_dendrites(),
    ]


@functools.cache
def brian2_reference():
    """Potential by Brian2 under `CURRENT`, in mV, at the ends of its steps."""
    return brian2_trace(CURRENT, resting(), DURATION_MS, BRIAN2_DT_MS)


def our_trace():
    """The same run by `companion`, at the ends of Brian2's steps."""
    current = np.full(round(DURATION_MS / DT_MS), CURRENT)
    every = round(BRIAN2_DT_MS / DT_MS)
    return simulate(SQUID, current, DT_MS).v_mv[every - 1 :: every]


def farthest_from_brian2():
    """Our potential and Brian2's where they differ most, away from the upstroke, in mV."""
    ours, theirs = our_trace(), brian2_reference()
    away = np.abs(np.gradient(theirs, BRIAN2_DT_MS)) < UPSTROKE_MV_PER_MS
    i = np.argmax(np.where(away, np.abs(ours - theirs), 0.0))
    return ours[i], theirs[i]


def spikes_beside_brian2_ms():
    """Times of all spikes in ms, ours and Brian2's."""
    traces = our_trace(), brian2_reference()
    return tuple(upward_crossings_ms(v_mv, BRIAN2_DT_MS) for v_mv in traces)


def lif_spike_times_ms(multiples, dt_ms=0.01, duration_ms=150.0):
    """Spikes of LIF neurons under constant currents, multiples of the rheobase."""
    currents_na = LIF.rheobase_na * np.asarray(multiples)
    steps = np.tile(currents_na, (round(duration_ms / dt_ms), 1))
    spikes = simulate_lif(LIF, steps, dt_ms)[1]
    return [spike_times_ms(column, dt_ms) for column in spikes.T]


def _membrane():
    rest_mv = resting_state(SQUID).v_mv.item()
    ours_mv, theirs_mv = farthest_from_brian2()
    ours_ms, theirs_ms = spikes_beside_brian2_ms()
    until = round(12.0 / BRIAN2_DT_MS)  # the first spike alone
    shape, brian2 = (
        measure_spike(v_mv[:until], BRIAN2_DT_MS, rest_mv)
        for v_mv in (our_trace(), brian2_reference())
    )
    return [
        Check("HH: resting potential", "mV", rest_mv, -65.0, 0.01,
              "Hodgkin and Huxley (1952), whose rest is 0, shifted"),
        Check("HH: potential where the traces differ most, upstroke left out", "mV",
              ours_mv, theirs_mv, 0.5, "Brian2"),
        Check("HH: time of the third spike", "ms", ours_ms[2], theirs_ms[2], 0.1, "Brian2"),
        Check("HH: height of a spike", "mV", shape.height_mv, brian2.height_mv, 0.5,
              "Brian2"),
        Check("HH: height of a spike", "mV", shape.height_mv, 100.0, 10.0,
              "Gerstner et al. (2014), section 1.1: about 100"),
        Check("HH: width of a spike at half height", "ms", shape.half_width_ms,
              brian2.half_width_ms, 0.02, "Brian2"),
        Check("HH: lowest potential after a spike", "mV", shape.trough_mv,
              brian2.trough_mv, 0.5, "Brian2"),
    ]  # fmt: skip


def _firing():
    onset, _ = excitability.onset_ua_per_cm2(SQUID, 6.2, 6.3, duration_ms=800.0)
    rates_hz = excitability.steady_rates_hz(SQUID, [6.3, CURRENT], duration_ms=200.0)
    references_hz = [_rate_by_scipy_hz(current, 200.0) for current in (6.3, CURRENT)]
    return [
        Check("HH: rheobase of repetitive firing", "uA/cm2", onset, 6.265, 0.01,
              "Balti et al. (2018): where the limit cycles vanish"),
        *(Check(f"HH: rate at {current:g} uA/cm2", "Hz", ours_hz, theirs_hz, 0.1, "SciPy")
          for current, ours_hz, theirs_hz in zip((6.3, CURRENT), rates_hz, references_hz,
                                                 strict=True)),
        Check("HH: growth of a disturbance of rest at 9 uA/cm2", "1/ms",
              excitability.growth_rate_per_ms(SQUID, 9.0), ringing_slope(9.0), 0.001,
              "SciPy: slope of the ringing"),
    ]  # fmt: skip


def _rate_by_scipy_hz(current, duration_ms):
    t_ms = np.arange(1, round(duration_ms / 0.01) + 1) * 0.01
    times_ms = upward_crossings_ms(solved(current, duration_ms, resting())(t_ms)[0], 0.01)
    return 3000.0 / (times_ms[-1] - times_ms[-4])


def ringing_slope(current):
    """How fast the ringing of a membrane a little off its rest grows, by SciPy, in 1/ms."""
    still = resting(current)
    t_ms = np.arange(20.0, 80.0, 0.005)  # the fast modes have died out
    ringing = np.abs(
        solved(current, 80.0, still + [1e-2, 0.0, 0.0, 0.0])(t_ms)[0] - still[0]
    )
    inner = ringing[1:-1]
    tops = np.flatnonzero((inner > ringing[:-2]) & (inner > ringing[2:])) + 1
    return np.polyfit(t_ms[tops], np.log(ringing[tops]), 1)[0]


def _refractoriness():
    rested, multiples = excitability.second_pulse_thresholds(SQUID, [10.0])
    strongest = excitability.MAX_PULSE * rested
    return [
        Check("HH: absolute refractory time, pulses up to 5 thresholds", "ms",
              excitability.refractory_ms(SQUID),
              _bisected(lambda t: spikes_again(t, 2.0 * rested, strongest), 7.0, 10.0), 0.1,
              "SciPy"),
        Check("HH: threshold 10 ms after a spike", "rested thresholds", multiples[0],
              _bisected(lambda k: spikes_again(10.0, 2.0 * rested, k * rested), 3.0, 4.0),
              0.02, "SciPy"),
        Check("LIF: interval under a huge current", "ms",
              np.diff(lif_spike_times_ms([1e6], duration_ms=30.0)[0]).mean(),
              LIF.t_ref_ms, 0.02,
              "refractory time and less than two steps"),
    ]  # fmt: skip


def _bisected(works, low, high, n_halvings=6):
    for _ in range(n_halvings):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if works(middle) else (middle, high)
    return 0.5 * (low + high)


def _integrate_and_fire():
    rows, multiples = [], (1.05, 1.5, 3.0)
    trains_ms = lif_spike_times_ms(multiples)
    for multiple, times_ms in zip(multiples, trains_ms, strict=True):
        ours_hz = 1000.0 / np.diff(times_ms).mean()
        expected_hz = lif_rate_hz(LIF, multiple * LIF.rheobase_na)
        rows.append(
            Check(
                f"LIF: rate at {multiple} rheobases",
                "Hz",
                ours_hz,
                expected_hz,
                0.002 * expected_hz,
                "closed form, 0.2 %",
            )  # fmt: skip
        )
    silent = lif_spike_times_ms([0.999], dt_ms=0.1, duration_ms=800.0)[0].size
    return [*rows, Check("LIF: spikes at 0.999 rheobases", "", silent, 0.0, 0.5, "theory")]


def _dendrites():
    x = dendrites.all_inputs(2)
    unit = dendrites.DendriticUnit([[1, -1], [-1, 1]], [0.5, 0.5], [1, 1], 0.5)
    errors = np.sum(unit.fires(x) != np.array(XOR))
    margin = dendrites.separation_margin(x, XOR)[0]
    return [
        Check("dendrites: wrong answers to XOR", "", errors, 0.0, 0.5, "truth table"),
        Check("one threshold unit: margin on XOR", "", margin, 0.0, 1e-9,
              "by hand: the constraints add up to 0"),
        Check("one threshold unit: functions of three inputs", "",
              len(dendrites.threshold_functions(3)), 104, 0.5, "OEIS A000609"),
        Check("two branches: functions of three inputs", "",
              len(dendrites.branched_functions(3, 2)), 2**8 - 2, 0.5,
              "all but parity and its opposite"),
    ]  # fmt: skip
