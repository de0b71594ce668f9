"""Where a trace of the membrane crosses a level, and how high and wide a spike is (mV, ms).

It reads any trace, recorded or simulated. Sample i is the potential at the end of step i,
at the time (i + 1) dt; between two samples the trace is taken as a straight line.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class SpikeShape:
    """Three measures of one spike.

    Args:
        height_mv: From the base to the peak.
        half_width_ms: Time spent above the middle between base and peak.
        trough_mv: Lowest potential after the peak.
    """

    height_mv: float
    half_width_ms: float
    trough_mv: float


def upward_crossings_ms(v_mv, dt_ms, level_mv=0.0):
    """Times at which a trace rises through a level.

    Args:
        v_mv: Potential, (n_steps,).
        dt_ms: Length of a step, above 0.
        level_mv: The level; 0 mV counts spikes that overshoot.

    Returns:
        (n_crossings,) in ms, ascending, by linear interpolation.

    Raises:
        ValueError: If `v_mv` is not one axis or `dt_ms` is not above 0.
    """
    v_mv = _checked(v_mv, dt_ms)
    before = np.flatnonzero((v_mv[:-1] < level_mv) & (v_mv[1:] >= level_mv))
    share = (level_mv - v_mv[before]) / (v_mv[before + 1] - v_mv[before])
    return (before + 1 + share) * dt_ms


def measure_spike(v_mv, dt_ms, base_mv):
    """Measure the highest spike of a trace.

    Args:
        v_mv: Potential, (n_steps,), with the spike's both flanks in it.
        dt_ms: Length of a step, above 0.
        base_mv: Potential from which the height is counted, for example rest.

    Returns:
        A `SpikeShape`.

    Raises:
        ValueError: As `upward_crossings_ms`, or if the peak is not above `base_mv`, or
            the trace does not cross the half height on both sides of the peak.
    """
    v_mv = _checked(v_mv, dt_ms)
    peak = int(np.argmax(v_mv))
    height_mv = float(v_mv[peak] - base_mv)
    if height_mv <= 0:
        raise ValueError(f"base_mv must be below the peak {v_mv[peak]:.4g}; got {base_mv}")
    half_mv = base_mv + 0.5 * height_mv
    rising = upward_crossings_ms(v_mv[: peak + 1], dt_ms, half_mv)
    # Backwards in time a falling flank rises.
    falling = upward_crossings_ms(v_mv[peak:][::-1], dt_ms, half_mv)
    if not rising.size or not falling.size:
        raise ValueError("v_mv must hold both flanks of the spike; one is missing")
    fall_ms = (v_mv.size + 1) * dt_ms - falling[-1]
    return SpikeShape(
        height_mv=height_mv,
        half_width_ms=float(fall_ms - rising[-1]),
        trough_mv=float(v_mv[peak:].min()),
    )


def mean_climb_mv(v_mv, dt_ms, times_ms, begin_ms, end_ms):
    """The trace after each of some spikes, averaged over the spikes.

    Args:
        v_mv: Potential, (n_steps,).
        dt_ms: Length of a step, above 0.
        times_ms: Times of the spikes, (n_spikes,).
        begin_ms, end_ms: Which part after a spike to take, `begin_ms` not below 0.

    Returns:
        Times since the spike in ms and the mean potential, both (n_samples,).

    Raises:
        ValueError: As `upward_crossings_ms`, or if `begin_ms` is below 0, or if a part
            reaches beyond the trace.
    """
    v_mv = _checked(v_mv, dt_ms)
    if begin_ms < 0:
        raise ValueError(f"begin_ms must not be below 0; got {begin_ms}")
    first, n = round(begin_ms / dt_ms), round((end_ms - begin_ms) / dt_ms)
    # Sample i is at (i + 1) dt, so the sample at or after a time t is ceil(t / dt) - 1.
    starts = np.ceil(np.asarray(times_ms) / dt_ms).astype(int) - 1 + first
    if starts.max() + n > v_mv.size:
        raise ValueError(f"end_ms must stay inside the trace; got {end_ms}")
    parts = v_mv[starts[:, np.newaxis] + np.arange(n)]
    return (first + np.arange(n)) * dt_ms, parts.mean(axis=0)


def climb_slopes_mv_per_ms(v_mv, dt_ms, times_ms, shares):
    """How steeply a trace climbs in parts of the interval between regular spikes.

    Args:
        v_mv: Potential, (n_steps,).
        dt_ms: Length of a step, above 0.
        times_ms: Times of spikes one mean interval apart, (n_spikes,).
        shares: Borders of the parts as shares of the interval, ascending, (n,).

    Returns:
        Mean slope in each part, averaged over the intervals, (n - 1,).
    """
    borders_ms = np.diff(times_ms).mean() * np.asarray(shares)
    t_ms, climb_mv = mean_climb_mv(
        v_mv, dt_ms, times_ms[:-1], borders_ms[0], borders_ms[-1] + 2.0 * dt_ms
    )
    return np.diff(np.interp(borders_ms, t_ms, climb_mv)) / np.diff(borders_ms)


def best_leaky_climb_mv(t_ms, v_mv, tau_ms):
    """The exponential of one time constant nearest to a trace, by least squares.

    Args:
        t_ms: Times, (n,).
        v_mv: Potential, (n,).
        tau_ms: Time constant of the leaky membrane, above 0.

    Returns:
        a + b exp(-t / tau) with the best a and b, (n,).

    Raises:
        ValueError: If `tau_ms` is not above 0.
    """
    if not tau_ms > 0:
        raise ValueError(f"tau_ms must be above 0; got {tau_ms}")
    basis = np.stack([np.ones_like(t_ms), np.exp(-t_ms / tau_ms)], axis=1)
    return basis @ np.linalg.lstsq(basis, v_mv, rcond=None)[0]


def _checked(v_mv, dt_ms):
    v_mv = np.asarray(v_mv, dtype=float)
    if v_mv.ndim != 1:
        raise ValueError(f"v_mv must be (n_steps,); got shape {v_mv.shape}")
    if not dt_ms > 0:
        raise ValueError(f"dt_ms must be above 0; got {dt_ms}")
    return v_mv
