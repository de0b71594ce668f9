"""Leaky integrate-and-fire neurons, in ms, mV, nA, Mohm (mV = Mohm * nA) and Hz.

The membrane is a resistor beside a capacitor, with a current I pushed in::

    tau dV/dt = -(V - V_rest) + R I

When V reaches V_th the neuron fires: V jumps to V_reset and is held there for t_ref. The
shape of a spike is not part of the model; only its time is.

While I is constant V runs towards V_inf = V_rest + R I, so a step of length dt is exact::

    V(t + dt) = V_inf + (V(t) - V_inf) exp(-dt / tau)

The one error left is that a spike waits for the end of its step, so an interval between
spikes is too long by less than dt.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


@dataclass(frozen=True)
class LIFParams:
    """Constants of one neuron; the defaults are round textbook values.

    Args:
        tau_ms: Time constant of the membrane, above 0.
        r_mohm: Resistance of the membrane, above 0.
        v_rest_mv: Potential without input, below `v_th_mv`.
        v_reset_mv: Potential after a spike, below `v_th_mv`.
        v_th_mv: Threshold.
        t_ref_ms: Absolute refractory time, not below 0.

    Raises:
        ValueError: If a constant is outside its range or not finite.

    Source:
        Gerstner et al. (2014), Neuronal Dynamics, section 1.3.
    """

    tau_ms: float = 10.0
    r_mohm: float = 10.0
    v_rest_mv: float = -70.0
    v_reset_mv: float = -70.0
    v_th_mv: float = -50.0
    t_ref_ms: float = 2.0

    def __post_init__(self):
        for name, value in vars(self).items():
            if not math.isfinite(value):
                raise ValueError(f"{name} must be finite; got {value}")
        for name in ("tau_ms", "r_mohm"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0; got {getattr(self, name)}")
        for name in ("v_rest_mv", "v_reset_mv"):
            if getattr(self, name) >= self.v_th_mv:
                raise ValueError(
                    f"{name} must be below v_th_mv = {self.v_th_mv}; "
                    f"got {getattr(self, name)}"
                )
        if self.t_ref_ms < 0:
            raise ValueError(f"t_ref_ms must not be below 0; got {self.t_ref_ms}")

    @property
    def rheobase_na(self):
        """The current that holds V just at threshold; no smaller one makes a spike."""
        return (self.v_th_mv - self.v_rest_mv) / self.r_mohm


class LIFState(NamedTuple):
    """What a step needs to know of each neuron.

    Shapes:
        v_mv and steps_to_wait are (n_neurons,).
    """

    v_mv: np.ndarray
    steps_to_wait: np.ndarray


def initial_state(params, n_neurons):
    """All neurons at rest, none of them refractory."""
    return LIFState(np.full(n_neurons, params.v_rest_mv), np.zeros(n_neurons, dtype=int))


def step(params, state, current_na, dt_ms):
    """One time step, exact while the current is constant in it.

    Args:
        params: Constants, an `LIFParams`.
        state: State before the step, an `LIFState`; left unchanged.
        current_na: Current in nA, a number or (n_neurons,).
        dt_ms: Length of the step.

    Returns:
        The state after the step, and which neurons fired, bool of shape (n_neurons,).
    """
    v_inf = params.v_rest_mv + params.r_mohm * current_na
    v_free = v_inf + (state.v_mv - v_inf) * math.exp(-dt_ms / params.tau_ms)
    waiting = state.steps_to_wait > 0
    v_mv = np.where(waiting, params.v_reset_mv, v_free)
    fired = v_mv >= params.v_th_mv
    v_mv = np.where(fired, params.v_reset_mv, v_mv)
    n_ref = round(params.t_ref_ms / dt_ms)
    return LIFState(v_mv, np.where(fired, n_ref, state.steps_to_wait - waiting)), fired


def simulate_lif(params, current_na, dt_ms):
    """Run neurons from rest; each column of the current drives one of its own.

    Args:
        params: Constants, an `LIFParams`.
        current_na: Current in nA during each step, (n_steps,) or (n_steps, n_neurons).
        dt_ms: Length of a step in ms, above 0; `t_ref_ms` must be a multiple of it.

    Returns:
        v_mv: Potential at the end of each step, shaped as `current_na`; V_reset at a spike.
        spikes: bool, shaped as `current_na`: whether the neuron fired in that step.

    Raises:
        ValueError: If `dt_ms` is not above 0 or does not divide the refractory time, or
            `current_na` has another number of axes or is not finite.
    """
    current_na = np.asarray(current_na, dtype=float)
    if current_na.ndim not in (1, 2):
        raise ValueError(
            "current_na must be (n_steps,) or (n_steps, n_neurons); "
            f"got shape {current_na.shape}"
        )
    if not np.all(np.isfinite(current_na)):
        raise ValueError("current_na must be finite; got NaN or infinity")
    _check_step(params, dt_ms)
    columns = current_na.reshape(len(current_na), -1)
    v_mv, spikes = np.empty_like(columns), np.empty(columns.shape, dtype=bool)
    state = initial_state(params, columns.shape[1])
    for i, i_na in enumerate(columns):
        state, spikes[i] = step(params, state, i_na, dt_ms)
        v_mv[i] = state.v_mv
    return v_mv.reshape(current_na.shape), spikes.reshape(current_na.shape)


def spike_times_ms(spikes, dt_ms):
    """Times of the spikes of one neuron: the ends of their steps.

    Args:
        spikes: bool, (n_steps,).
        dt_ms: Length of a step in ms.

    Returns:
        (n_spikes,) in ms, ascending.

    Raises:
        ValueError: If `spikes` is not one axis of bool.
    """
    spikes = np.asarray(spikes)
    if spikes.ndim != 1 or spikes.dtype != bool:
        raise ValueError(
            f"spikes must be bool of shape (n_steps,); got {spikes.dtype} {spikes.shape}"
        )
    return (np.flatnonzero(spikes) + 1) * dt_ms


def lif_rate_hz(params, current_na):
    """Firing rate under a constant current, in closed form.

    From V_reset the membrane needs tau ln((V_inf - V_reset) / (V_inf - V_th)) to the
    threshold, and t_ref passes before it may start::

        rate = 1 / (t_ref + tau ln((V_inf - V_reset) / (V_inf - V_th)))

    Args:
        params: Constants, an `LIFParams`.
        current_na: Constant current in nA, of any shape.

    Returns:
        Rate in Hz, shaped as `current_na`; 0 at the rheobase and below it, where V never
        reaches the threshold in finite time.

    Source:
        Gerstner et al. (2014), Neuronal Dynamics, section 1.3.
    """
    v_inf = params.v_rest_mv + params.r_mohm * np.asarray(current_na, dtype=float)
    fires = v_inf > params.v_th_mv
    above = np.where(fires, v_inf, params.v_th_mv + 1.0)
    climb = np.log((above - params.v_reset_mv) / (above - params.v_th_mv))
    interval_ms = params.t_ref_ms + params.tau_ms * climb
    return np.where(fires, 1000.0 / interval_ms, 0.0)[()]


def _check_step(params, dt_ms):
    if not dt_ms > 0:
        raise ValueError(f"dt_ms must be above 0; got {dt_ms}")
    n_ref = params.t_ref_ms / dt_ms
    if abs(n_ref - round(n_ref)) > 1e-6:
        raise ValueError(f"dt_ms must divide t_ref_ms = {params.t_ref_ms}; got {dt_ms}")
