"""Single cells: the models of the chapter *Neurons* beside theory, Brian2 and papers."""

import functools

import numpy as np

from companion.brain.hodgkin_huxley import HodgkinHuxleyParams, simulate
from companion.brain.spike_shape import upward_crossings_ms
from reproductions.brain.squid_in_brian2 import brian2_trace
from reproductions.brain.squid_in_scipy import resting

SQUID = HodgkinHuxleyParams()
CURRENT = 10.0  # uA/cm2: three spikes in the time below
DURATION_MS, DT_MS, BRIAN2_DT_MS = 40.0, 0.01, 0.02
UPSTROKE_MV_PER_MS = 20.0


@functools.cache
def brian2_reference():
    """Potential by Brian2 under `CURRENT`, in mV, at the ends of its steps."""
    return brian2_trace(CURRENT, resting(), DURATION_MS, BRIAN2_DT_MS)


def our_trace():
    """The same run by `companion`, at the ends of Brian2's steps."""
    current = np.full(round(DURATION_MS / DT_MS), CURRENT)
    every = round(BRIAN2_DT_MS / DT_MS)
    return simulate(SQUID, current, DT_MS).v_mv[every - 1 :: every]


def distance_from_brian2():
    """Largest distance in mV away from the upstroke, and of the spike times in ms."""
    ours, theirs = our_trace(), brian2_reference()
    away = np.abs(np.gradient(theirs, BRIAN2_DT_MS)) < UPSTROKE_MV_PER_MS
    ours_ms, theirs_ms = (upward_crossings_ms(v, BRIAN2_DT_MS) for v in (ours, theirs))
    return np.abs(ours - theirs)[away].max(), np.abs(ours_ms - theirs_ms).max()
