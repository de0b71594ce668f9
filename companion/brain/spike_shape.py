"""Where a trace of the membrane crosses a level, and how high and wide a spike is (mV, ms).

It reads any trace, recorded or simulated. Sample i is the potential at the end of step i,
at the time (i + 1) dt; between two samples the trace is taken as a straight line.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class SpikeShape:
    """Four measures of one spike.

    Args:
        height_mv: From the base to the peak.
        peak_mv: Potential at the peak.
        half_width_ms: Time spent above the middle between base and peak.
        trough_mv: Lowest potential after the peak.
    """

    height_mv: float
    peak_mv: float
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
        peak_mv=float(v_mv[peak]),
        half_width_ms=float(fall_ms - rising[-1]),
        trough_mv=float(v_mv[peak:].min()),
    )


def _checked(v_mv, dt_ms):
    v_mv = np.asarray(v_mv, dtype=float)
    if v_mv.ndim != 1:
        raise ValueError(f"v_mv must be (n_steps,); got shape {v_mv.shape}")
    if not dt_ms > 0:
        raise ValueError(f"dt_ms must be above 0; got {dt_ms}")
    return v_mv
