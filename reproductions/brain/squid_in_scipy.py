"""The Hodgkin-Huxley membrane once more, written out for SciPy's solver."""

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq


def slopes(_, y, current_ua_per_cm2, phi=1.0):
    """Right-hand sides for one membrane with state (V, m, h, n), numbers typed out."""
    v, m, h, n = y
    a_m = 0.1 * (v + 40.0) / (1.0 - np.exp(-(v + 40.0) / 10.0))
    b_m = 4.0 * np.exp(-(v + 65.0) / 18.0)
    a_h = 0.07 * np.exp(-(v + 65.0) / 20.0)
    b_h = 1.0 / (1.0 + np.exp(-(v + 35.0) / 10.0))
    a_n = 0.01 * (v + 55.0) / (1.0 - np.exp(-(v + 55.0) / 10.0))
    b_n = 0.125 * np.exp(-(v + 65.0) / 80.0)
    sodium = 120.0 * m**3 * h * (v - 50.0)
    potassium = 36.0 * n**4 * (v + 77.0)
    leak = 0.3 * (v + 54.387)
    return [
        current_ua_per_cm2 - sodium - potassium - leak,
        phi * (a_m * (1.0 - m) - b_m * m),
        phi * (a_h * (1.0 - h) - b_h * h),
        phi * (a_n * (1.0 - n) - b_n * n),
    ]


def resting(current_ua_per_cm2=0.0):
    """(V, m, h, n) at which nothing changes, by bisection on the total current."""

    def at(v):
        # With y = 0 a gate's slope is alpha, with y = 1 it is -beta.
        alpha = np.array(slopes(0.0, [v, 0.0, 0.0, 0.0], 0.0)[1:])
        beta = -np.array(slopes(0.0, [v, 1.0, 1.0, 1.0], 0.0)[1:])
        return np.array([v, *(alpha / (alpha + beta))])

    v = brentq(lambda v: slopes(0.0, at(v), current_ua_per_cm2)[0], -80.0, -41.0)
    return at(v)


def solved(current_ua_per_cm2, duration_ms, start, phi=1.0):
    """The solution to ten digits under a constant current, a function of time in ms."""
    return solve_ivp(
        slopes, (0.0, duration_ms), start, "LSODA", args=(current_ua_per_cm2, phi),
        rtol=1e-10, atol=1e-12, dense_output=True,
    ).sol  # fmt: skip


def spikes_again(interval_ms, first, second, width_ms=0.5):
    """Whether a second pulse, `interval_ms` after the start of the first, adds a spike.

    Args:
        interval_ms: Time between the starts of the pulses, above `width_ms`.
        first, second: Strengths in uA/cm2.
        width_ms: Length of each pulse.

    Returns:
        Whether V rises through 0 mV within 12 ms of the start of the second pulse.
    """
    state = solved(first, width_ms, resting())(width_ms)
    pause_ms = interval_ms - width_ms
    state = solved(0.0, pause_ms, state)(pause_ms)
    pulse = solved(second, width_ms, state)
    rest_ms = 12.0 - width_ms
    after = solved(0.0, rest_ms, pulse(width_ms))
    v_mv = np.concatenate(
        [
            pulse(np.linspace(0.0, width_ms, 100))[0],
            after(np.linspace(0.0, rest_ms, 2000))[0],
        ]
    )
    return bool(np.any((v_mv[:-1] < 0.0) & (v_mv[1:] >= 0.0)))
