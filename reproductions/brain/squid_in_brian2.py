"""The Hodgkin-Huxley membrane once more, written for the simulator Brian2."""

import numpy as np

from reproductions.brain.simulator import brian2

EQUATIONS = """
dv/dt = (i_ext - 120 * m**3 * h * (v - 50) - 36 * n**4 * (v + 77)
         - 0.3 * (v + 54.387)) / ms : 1
dm/dt = (1.0 / exprel(-(v + 40) / 10) * (1 - m) - 4 * exp(-(v + 65) / 18) * m) / ms : 1
dh/dt = (0.07 * exp(-(v + 65) / 20) * (1 - h) - h / (1 + exp(-(v + 35) / 10))) / ms : 1
dn/dt = (0.1 / exprel(-(v + 55) / 10) * (1 - n) - 0.125 * exp(-(v + 65) / 80) * n) / ms : 1
i_ext : 1
"""


def brian2_trace(current_ua_per_cm2, start, duration_ms, dt_ms):
    """Potential under a constant current by Brian2's fourth-order Runge-Kutta.

    All quantities are plain numbers in mV, ms, uA/cm2 and mS/cm2 for 1 uF/cm2.

    Args:
        current_ua_per_cm2: The current.
        start: Potential and gates m, h, n at t = 0, four numbers.
        duration_ms: Length of the run.
        dt_ms: Length of a step.

    Returns:
        Potential in mV at the end of each step, (n_steps,).
    """
    clock = {"dt": dt_ms * brian2.ms}
    membrane = brian2.NeuronGroup(1, EQUATIONS, method="rk4", **clock)
    membrane.v, membrane.m, membrane.h, membrane.n = start
    membrane.i_ext = current_ua_per_cm2
    # `when="end"` records the potential after the step.
    monitor = brian2.StateMonitor(membrane, "v", record=True, when="end", **clock)
    brian2.Network(membrane, monitor).run(duration_ms * brian2.ms)
    return np.array(monitor.v[0])
