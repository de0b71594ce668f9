"""Hodgkin-Huxley membrane, in ms, mV, uA/cm2, mS/cm2, uF/cm2 (uA = mS * mV) and deg C.

A patch of membrane is a capacitor beside three conductances, two of which have gates::

    C dV/dt = I - g_Na m^3 h (V - E_Na) - g_K n^4 (V - E_K) - g_L (V - E_L)
    dx/dt   = phi (alpha_x(V) (1 - x) - beta_x(V) x)        for each gate x = m, h, n

I > 0 flows inwards through the electrode and lifts V. phi = 3^((T - 6.3) / 10) speeds the
gates up above 6.3 deg C, to which the rates of 1952 were scaled.

Each equation is linear in its own variable, so for fixed others it is solved exactly by an
exponential. V and gates take turns, each at the middles of the other's steps, which makes
the scheme of second order (halving dt quarters the error).
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import exprel


@dataclass(frozen=True)
class HodgkinHuxleyParams:
    """Constants of the squid's giant axon, with inside minus outside as the sign of V.

    Args:
        c_uf_per_cm2: Capacitance, above 0.
        g_na_ms_per_cm2, g_k_ms_per_cm2: Largest conductances, not below 0.
        g_l_ms_per_cm2: Leak, above 0.
        e_na_mv, e_k_mv, e_l_mv: Reversal potentials. E_L makes -65 mV the rest.
        temperature_c: Temperature; the published rates are scaled to 6.3.

    Raises:
        ValueError: If a constant is outside its range or not finite.

    Source:
        Hodgkin and Huxley (1952), doi:10.1113/jphysiol.1952.sp004764, table 3; their V
        has the other sign, and their rest is 0.
    """

    c_uf_per_cm2: float = 1.0
    g_na_ms_per_cm2: float = 120.0
    g_k_ms_per_cm2: float = 36.0
    g_l_ms_per_cm2: float = 0.3
    e_na_mv: float = 50.0
    e_k_mv: float = -77.0
    e_l_mv: float = -54.387
    temperature_c: float = 6.3

    def __post_init__(self):
        for name, value in vars(self).items():
            if not math.isfinite(value):
                raise ValueError(f"{name} must be finite; got {value}")
        for name in ("c_uf_per_cm2", "g_l_ms_per_cm2"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0; got {getattr(self, name)}")
        for name in ("g_na_ms_per_cm2", "g_k_ms_per_cm2"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be below 0; got {getattr(self, name)}")

    @property
    def phi(self):
        """Factor of all rates, which triple for each 10 degrees."""
        return 3.0 ** ((self.temperature_c - 6.3) / 10.0)


class HHState(NamedTuple):
    """State of n membranes: v_mv is (n,); gates is (3, n) with the rows m, h, n."""

    v_mv: np.ndarray
    gates: np.ndarray


class HHTrace(NamedTuple):
    """A run.

    Shapes:
        v_mv is shaped as the current: potential at the end of each step. gates has an axis
        of 3 (m, h, n) behind time: open shares in the middle of each step. final is the
        `HHState` to go on from.
    """

    v_mv: np.ndarray
    gates: np.ndarray
    final: HHState


def gate_rates(v_mv):
    """Opening and closing rates of the gates at 6.3 deg C.

    Two of the opening rates have the form x / (1 - exp(-x)), which is 1 at x = 0 where
    the formula is 0/0; `exprel` knows this limit.

    Args:
        v_mv: Potential, any shape.

    Returns:
        alpha and beta in 1/ms, each with an axis of 3 (m, h, n) in front.

    Source:
        Hodgkin and Huxley (1952), eqs. 12, 13, 20, 21, 23 and 24.
    """
    v = np.asarray(v_mv, dtype=float)
    alpha = [
        1.0 / exprel(-(v + 40.0) / 10.0),
        0.07 * np.exp(-(v + 65.0) / 20.0),
        0.1 / exprel(-(v + 55.0) / 10.0),
    ]
    beta = [
        4.0 * np.exp(-(v + 65.0) / 18.0),
        1.0 / (1.0 + np.exp(-(v + 35.0) / 10.0)),
        0.125 * np.exp(-(v + 65.0) / 80.0),
    ]
    return np.stack(alpha), np.stack(beta)


def steady_gates(v_mv):
    """Open shares after a long time at a fixed potential, alpha / (alpha + beta)."""
    alpha, beta = gate_rates(v_mv)
    return alpha / (alpha + beta)


def conductances(params, gates):
    """Sodium, potassium and leak conductance in mS/cm2, stacked in front."""
    m, h, n = gates
    g_na = params.g_na_ms_per_cm2 * m**3 * h
    g_k = params.g_k_ms_per_cm2 * n**4
    return np.stack([g_na, g_k, np.full_like(g_na, params.g_l_ms_per_cm2)])


def ion_currents(params, v_mv, gates):
    """Outward sodium, potassium and leak current in uA/cm2, stacked in front.

    Args:
        params: Constants, a `HodgkinHuxleyParams`.
        v_mv: Potential, (n,).
        gates: Open shares m, h, n, (3, n).

    Returns:
        (3, n); a current that lifts V is negative.
    """
    drive_mv = np.asarray(v_mv, dtype=float) - _reversals(params)
    return conductances(params, gates) * drive_mv


def derivatives(params, state, current_ua_per_cm2):
    """Right-hand sides of the four equations: dV/dt in mV/ms, dm/dt, dh/dt, dn/dt in 1/ms.

    Args:
        params: Constants, a `HodgkinHuxleyParams`.
        state: Potential and gates at the same time, an `HHState`.
        current_ua_per_cm2: Injected current, a number or (n,).

    Returns:
        An `HHState` of changes per ms.
    """
    alpha, beta = gate_rates(state.v_mv)
    outward = ion_currents(params, state.v_mv, state.gates).sum(axis=0)
    dv = (current_ua_per_cm2 - outward) / params.c_uf_per_cm2
    return HHState(dv, params.phi * (alpha * (1.0 - state.gates) - beta * state.gates))


def resting_state(params, current_ua_per_cm2=0.0):
    """The state that stays as it is under a constant current.

    Args:
        params: Constants, a `HodgkinHuxleyParams`.
        current_ua_per_cm2: The current. The state need not be stable.

    Returns:
        An `HHState` of one membrane.
    """
    from scipy.optimize import brentq

    def outward(v):
        state = np.array([v])
        return ion_currents(params, state, steady_gates(state)).sum() - current_ua_per_cm2

    v_mv = np.array([brentq(outward, -150.0, 100.0, xtol=1e-12)])
    return HHState(v_mv, steady_gates(v_mv))


def step(params, state, current_ua_per_cm2, dt_ms):
    """One step of the gates and one of the potential, each exact for the other fixed.

    Args:
        params: Constants, a `HodgkinHuxleyParams`.
        state: Potential at t and gates at t - dt/2, an `HHState`; left unchanged.
        current_ua_per_cm2: Current from t to t + dt, a number or (n,).
        dt_ms: Length of the step.

    Returns:
        Potential at t + dt and gates at t + dt/2, an `HHState`.
    """
    alpha, beta = gate_rates(state.v_mv)
    total = alpha + beta
    settled = alpha / total
    gates = settled + (state.gates - settled) * np.exp(-params.phi * total * dt_ms)
    g = conductances(params, gates)
    g_total = g.sum(axis=0)
    v_inf = ((g * _reversals(params)).sum(axis=0) + current_ua_per_cm2) / g_total
    decay = np.exp(-g_total * dt_ms / params.c_uf_per_cm2)
    return HHState(v_inf + (state.v_mv - v_inf) * decay, gates)


def simulate(params, current_ua_per_cm2, dt_ms, start=None):
    """Run membranes; each column of the current drives one of its own.

    Args:
        params: Constants, a `HodgkinHuxleyParams`.
        current_ua_per_cm2: Current density in each step, (n_steps,) or (n_steps, n).
        dt_ms: Length of a step, in (0, 0.1]. At 0.01 the potential is off by less than
            0.1 mV outside the upstroke.
        start: `HHState` to start from, of 1 or n membranes; rest without current if None.

    Returns:
        An `HHTrace`.

    Raises:
        ValueError: If `dt_ms` is outside (0, 0.1], or the current has another number of
            axes or is not finite.
    """
    current = np.asarray(current_ua_per_cm2, dtype=float)
    if current.ndim not in (1, 2):
        raise ValueError(
            "current_ua_per_cm2 must be (n_steps,) or (n_steps, n); "
            f"got shape {current.shape}"
        )
    if not np.all(np.isfinite(current)):
        raise ValueError("current_ua_per_cm2 must be finite; got NaN or infinity")
    if not 0 < dt_ms <= 0.1:
        raise ValueError(f"dt_ms must be in (0, 0.1]; got {dt_ms}")
    columns = current.reshape(len(current), -1)
    n = columns.shape[1]
    start = resting_state(params) if start is None else start
    state = HHState(np.broadcast_to(start.v_mv, (n,)), np.broadcast_to(start.gates, (3, n)))
    v_mv, gates = np.empty_like(columns), np.empty((len(columns), 3, n))
    for i, i_ext in enumerate(columns):
        state = step(params, state, i_ext, dt_ms)
        v_mv[i], gates[i] = state
    shape = (len(columns), 3, *current.shape[1:])
    return HHTrace(v_mv.reshape(current.shape), gates.reshape(shape), state)


def _reversals(params):
    return np.array([[params.e_na_mv], [params.e_k_mv], [params.e_l_mv]])
