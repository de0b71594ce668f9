"""Experiments on a Hodgkin-Huxley membrane, in ms, mV, uA/cm2 and Hz.

What makes it fire, how fast, and how soon again? Every experiment is a run of many copies
of one membrane side by side, one for each strength of the current.
"""

import numpy as np

from companion.brain.hodgkin_huxley import (
    HHState,
    derivatives,
    resting_state,
    simulate,
)
from companion.brain.spike_shape import upward_crossings_ms

DT_MS = 0.025
PULSE_MS = 0.5
NUDGE_MV = 0.1
MAX_PULSE = 5.0  # in thresholds of the rested membrane; it charges V by less than 40 mV


def steady_rates_hz(params, currents_ua_per_cm2, *, duration_ms=400.0, start=None):
    """Firing rates after the transient, under constant currents switched on at t = 0.

    Args:
        params: A `HodgkinHuxleyParams`.
        currents_ua_per_cm2: (n,).
        duration_ms: Length of the run. A membrane counts as silent if it does not fire in
            the last quarter.
        start: `HHState` to start from; rest without current if None.

    Returns:
        (n,) in Hz, from the last three intervals; 0 where the membrane falls silent.
    """
    currents = np.asarray(currents_ua_per_cm2, dtype=float)
    steps = np.tile(currents, (round(duration_ms / DT_MS), 1))
    trace = simulate(params, steps, DT_MS, start)
    return np.array([_last_rate_hz(v_mv, duration_ms) for v_mv in trace.v_mv.T])


def firing_state(params):
    """The state of a membrane that 20 uA/cm2 have kept firing for 60 ms."""
    current = np.full(round(60.0 / DT_MS), 20.0)
    return simulate(params, current, DT_MS).final


def nudged_rest(params, currents_ua_per_cm2):
    """Resting states under constant currents, each `NUDGE_MV` off its place.

    Returns:
        An `HHState` of n membranes, as if each current had been raised very slowly.
    """
    states = [resting_state(params, current) for current in currents_ua_per_cm2]
    v_mv = np.concatenate([state.v_mv for state in states]) + NUDGE_MV
    return HHState(v_mv, np.concatenate([state.gates for state in states], axis=1))


def onset_ua_per_cm2(params, low, high, *, duration_ms=400.0):
    """The smallest current that, switched on at rest, makes the membrane fire on and on.

    It tries 21 currents between a silent and a firing one.

    Args:
        params: A `HodgkinHuxleyParams`.
        low, high: Currents known to be silent and to fire on.
        duration_ms: Length of each run. Just below the onset the firing dies out slowly,
            and a short run takes it for lasting.

    Returns:
        The middle between the last silent and the first firing current, and the rate of
        the latter in Hz.

    Raises:
        ValueError: If `low` fires on or `high` does not.
    """
    currents = np.linspace(low, high, 21)
    rates = steady_rates_hz(params, currents, duration_ms=duration_ms)
    if rates[0] > 0 or rates[-1] == 0:
        raise ValueError(
            f"low must be silent and high fire on; got {rates[0]:.3g} Hz at {low} "
            f"and {rates[-1]:.3g} Hz at {high}"
        )
    first = int(np.argmax(rates > 0))
    return 0.5 * (currents[first - 1] + currents[first]), rates[first]


def growth_rate_per_ms(params, current_ua_per_cm2):
    """How fast a tiny disturbance of the resting state grows; below 0 it dies out.

    Returns:
        The largest real part of the eigenvalues of the linearized equations, 1/ms.
    """
    rest = resting_state(params, current_ua_per_cm2)
    point = np.concatenate([rest.v_mv, rest.gates[:, 0]])
    nudge = np.diag([1e-3, 1e-6, 1e-6, 1e-6])  # in the units of V and of the gates
    ahead = _slopes(params, point[:, np.newaxis] + nudge, current_ua_per_cm2)
    behind = _slopes(params, point[:, np.newaxis] - nudge, current_ua_per_cm2)
    jacobian = (ahead - behind) / (2.0 * np.diag(nudge))
    return float(np.linalg.eigvals(jacobian).real.max())


def rest_ends_at_ua_per_cm2(params, low=0.0, high=20.0):
    """The current at which the resting state stops being stable."""
    from scipy.optimize import brentq

    return brentq(lambda current: growth_rate_per_ms(params, current), low, high)


def pulse_peaks_mv(params, strengths_ua_per_cm2):
    """Highest potential after one pulse of `PULSE_MS` of each strength, (n,)."""
    strengths = np.asarray(strengths_ua_per_cm2, dtype=float)
    current = np.zeros((round(15.0 / DT_MS), strengths.size))
    current[: round(PULSE_MS / DT_MS)] = strengths
    return simulate(params, current, DT_MS).v_mv.max(axis=0)


def second_pulse_thresholds(params, intervals_ms):
    """How strong a second pulse must be, some time after a first one that made a spike.

    Both pulses last `PULSE_MS`. The first has twice the threshold of the rested membrane.
    A second spike counts if V rises through 0 mV once more.

    Args:
        params: A `HodgkinHuxleyParams`.
        intervals_ms: Times from the start of the first pulse to that of the second, (n,),
            each longer than `PULSE_MS`.

    Returns:
        The rested threshold in uA/cm2, and the second thresholds as multiples of it, (n,);
        infinite where even a pulse of `MAX_PULSE` times the rested threshold fails.

    Raises:
        ValueError: If an interval is not longer than the pulse.
    """
    intervals = np.atleast_1d(np.asarray(intervals_ms, dtype=float))
    if not intervals.min() > PULSE_MS:
        raise ValueError(f"intervals_ms must be above {PULSE_MS}; got {intervals.min()}")
    rested = _rested_threshold(params)
    found = _search(params, intervals, 2.0 * rested, MAX_PULSE * rested, 12)
    return rested, found / rested


def refractory_ms(params, low=1.0, high=15.0, *, limit=MAX_PULSE):
    """The interval below which not even the strongest second pulse makes a spike.

    Args:
        params: A `HodgkinHuxleyParams`.
        low, high: Intervals in ms known to be too short and long enough.
        limit: Strength of the second pulse, in thresholds of the rested membrane;
            otherwise as in `second_pulse_thresholds`.

    Returns:
        The interval in ms, within 0.04 for the `low` and `high` given here.

    Raises:
        ValueError: If a pulse after `low` makes a spike or one after `high` does not.
    """
    rested = _rested_threshold(params)
    for _ in range(2):
        intervals = np.linspace(low, high, 21)
        works = _adds_spike(params, intervals, 2.0 * rested, np.full(21, limit * rested))
        if works[0] or not works[-1]:
            raise ValueError(
                f"low must be too short and high long enough; got {low} and {high} ms"
            )
        first = int(np.argmax(works))
        low, high = intervals[first - 1], intervals[first]
    return 0.5 * (low + high)


def _rested_threshold(params):
    return float(_search(params, np.zeros(1), 0.0, 100.0, 18)[0])


def _search(params, onsets_ms, first, limit, n_halvings):
    """Smallest second pulse that adds a spike, for each onset; infinite above `limit`."""
    low, high = np.zeros(onsets_ms.size), np.full(onsets_ms.size, limit)
    possible = _adds_spike(params, onsets_ms, first, high)
    for _ in range(n_halvings):
        middle = 0.5 * (low + high)
        enough = _adds_spike(params, onsets_ms, first, middle)
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.where(possible, 0.5 * (low + high), np.inf)


def _adds_spike(params, onsets_ms, first, second):
    n_pulse, starts = round(PULSE_MS / DT_MS), np.round(onsets_ms / DT_MS).astype(int)
    current = np.zeros((starts.max() + round(12.0 / DT_MS), starts.size))
    current[:n_pulse] = first
    for i, begin in enumerate(starts):
        current[begin : begin + n_pulse, i] = second[i]
    traces = simulate(params, current, DT_MS).v_mv.T
    n_spikes = np.array([upward_crossings_ms(v_mv, DT_MS).size for v_mv in traces])
    return n_spikes > (1 if first > 0 else 0)


def _last_rate_hz(v_mv, duration_ms):
    times_ms = upward_crossings_ms(v_mv, DT_MS)
    if times_ms.size < 4 or times_ms[-1] < 0.75 * duration_ms:
        return 0.0
    return 3000.0 / (times_ms[-1] - times_ms[-4])


def _slopes(params, points, current):
    change = derivatives(params, HHState(points[0], points[1:]), current)
    return np.vstack([change.v_mv, change.gates])
