"""Chemical synapses on one passive membrane, in ms, mV, nA, Mohm and uS (nA = uS * mV).

A presynaptic spike at time 0 reaches the synapse after a delay d. With u = t - d >= 0 it
opens channels in a course s(u) of height 1, one of two kernels::

    exponential   s(u) = exp(-u / tau_s)
    alpha         s(u) = (u / tau_s) exp(1 - u / tau_s)

The potential V of the receiving membrane, with resting potential E_L, follows::

    tau dV/dt = -(V - E_L) + R I(t)

A current-based synapse injects I = w s(u), whatever V is. A conductance-based synapse
opens a conductance g = w s(u) with a reversal potential E, and I = g (E - V): the driving
force E - V shrinks as V comes near E.

The membrane is any object with `tau_ms`, `r_mohm` and `v_rest_mv`, for example the
parameters of a leaky integrate-and-fire neuron.
"""

from dataclasses import dataclass

import numpy as np

KERNELS = ("exponential", "alpha")


@dataclass(frozen=True)
class Synapse:
    """Course and delay of what one presynaptic spike does.

    Args:
        tau_ms: tau_s, the time constant of the kernel, above 0.
        delay_ms: d, the time from the spike to the opening, not negative.
        kernel: "exponential" or "alpha".

    Raises:
        ValueError: If a time is out of range or the kernel is unknown.
    """

    tau_ms: float = 2.0
    delay_ms: float = 1.0
    kernel: str = "exponential"

    def __post_init__(self):
        if not self.tau_ms > 0:
            raise ValueError(f"tau_ms must be above 0; got {self.tau_ms}")
        if not self.delay_ms >= 0:
            raise ValueError(f"delay_ms must not be negative; got {self.delay_ms}")
        if self.kernel not in KERNELS:
            raise ValueError(f"kernel must be one of {KERNELS}; got {self.kernel!r}")


def kernel(synapse, t_ms):
    """Return s at times after one spike at time 0; 0 before the delay is over.

    Args:
        synapse: A `Synapse`.
        t_ms: Times since the spike, any shape.
    """
    after_ms = np.asarray(t_ms, dtype=float) - synapse.delay_ms
    x = np.maximum(after_ms, 0.0) / synapse.tau_ms
    course = np.exp(-x) if synapse.kernel == "exponential" else x * np.exp(1.0 - x)
    return np.where(after_ms >= 0, course, 0.0)


def psp_mv(membrane, synapse, current_na, t_ms):
    """Change of V after one spike at time 0 through a current-based synapse, closed form.

    For the exponential kernel it is a difference of two exponentials::

        R w tau_s / (tau - tau_s) (exp(-u / tau) - exp(-u / tau_s)),

    and for the alpha kernel, with k = 1 / tau_s - 1 / tau::

        R w e / (tau tau_s k^2) (exp(-u / tau) - (1 + k u) exp(-u / tau_s)).

    Both have a limit for tau_s = tau, which is used there.

    Args:
        membrane: Gives tau, R and the resting potential from which V departs.
        synapse: A `Synapse`.
        current_na: w, the height of the current; below 0 for an inhibitory synapse.
        t_ms: Times since the spike, any shape.

    Returns:
        V - E_L in mV, shaped as `t_ms`.
    """
    tau, tau_s = membrane.tau_ms, synapse.tau_ms
    u = np.maximum(np.asarray(t_ms, dtype=float) - synapse.delay_ms, 0.0)
    k = 1.0 / tau_s - 1.0 / tau
    slow, fast = np.exp(-u / tau), np.exp(-u / tau_s)
    # Where k u is small the differences below lose their digits; their series do not.
    near = np.abs(k * u) < 1e-4
    safe_k = k if k != 0 else 1.0
    if synapse.kernel == "exponential":
        course = np.where(near, slow * u * (1.0 - 0.5 * k * u), (slow - fast) / safe_k)
        return membrane.r_mohm * current_na / tau * course
    series = slow * u**2 * (0.5 - k * u / 3.0)
    course = np.where(near, series, (slow - (1.0 + k * u) * fast) / safe_k**2)
    return membrane.r_mohm * current_na * np.e / (tau * tau_s) * course


def psp_peak(membrane, synapse, current_na):
    """When a current-based postsynaptic potential is largest, and how large.

    With a = tau / tau_s the exponential kernel peaks at u = tau ln(a) / (a - 1), where it
    has the height R w a^(-a / (a - 1)). The alpha kernel peaks where
    exp(x) = 1 + a x for x = k u, a root that Lambert's function W states.

    Returns:
        Time after the spike in ms (the delay counts), and V - E_L there in mV.
    """
    from scipy.special import lambertw

    tau, tau_s = membrane.tau_ms, synapse.tau_ms
    a = tau / tau_s
    alpha = synapse.kernel == "alpha"
    if np.isclose(a, 1.0, rtol=1e-6):
        u = 2.0 * tau if alpha else tau
    elif alpha:
        branch = -1 if a > 1 else 0
        x = -lambertw(-np.exp(-1.0 / a) / a, branch).real - 1.0 / a
        u = x / (1.0 / tau_s - 1.0 / tau)
    else:
        u = tau * np.log(a) / (a - 1.0)
    t_ms = float(u + synapse.delay_ms)
    return t_ms, float(psp_mv(membrane, synapse, current_na, t_ms))


def propagator(membrane, synapse, dt_ms):
    """Matrix that carries the state one step on, exactly, and what a spike adds to it.

    The equations are linear, so a step of any length is one matrix exponential. The state
    is (I, V - E_L) for the exponential kernel and (dI/dt + I / tau_s, I, V - E_L) for
    the alpha kernel, whose spike sets off the first.

    Returns:
        The matrix, (2, 2) or (3, 3), and the jump of a spike of 1 nA, (2,) or (3,).

    Raises:
        ValueError: If `dt_ms` is not above 0.

    Source:
        Rotter & Diesmann (1999), doi:10.1007/s004220050570.
    """
    from scipy.linalg import expm

    if not dt_ms > 0:
        raise ValueError(f"dt_ms must be above 0; got {dt_ms}")
    tau, tau_s, r = membrane.tau_ms, synapse.tau_ms, membrane.r_mohm
    if synapse.kernel == "exponential":
        rates = [[-1.0 / tau_s, 0.0], [r / tau, -1.0 / tau]]
        jump = [1.0, 0.0]
    else:
        rates = [
            [-1.0 / tau_s, 0.0, 0.0],
            [1.0, -1.0 / tau_s, 0.0],
            [0.0, r / tau, -1.0 / tau],
        ]
        jump = [np.e / tau_s, 0.0, 0.0]
    return expm(np.array(rates) * dt_ms), np.array(jump)


def simulate_current_based(membrane, synapse, current_na, spike_times_ms, dt_ms, n_steps):
    """V at the times 0, dt, 2 dt ... when presynaptic spikes arrive, by `propagator`.

    Args:
        membrane: As in `psp_mv`.
        synapse: A `Synapse`; its spikes open channels at the nearest point of the grid.
        current_na: w, the height of the current of one spike.
        spike_times_ms: Times of the presynaptic spikes, (n_spikes,).
        dt_ms: Length of a step.
        n_steps: Number of times.

    Returns:
        v_mv, shape (n_steps,), beginning at rest.
    """
    matrix, jump = propagator(membrane, synapse, dt_ms)
    opening = np.asarray(spike_times_ms, dtype=float) + synapse.delay_ms
    arriving = np.bincount(np.rint(opening / dt_ms).astype(int), minlength=n_steps)
    state, v_mv = np.zeros(len(jump)), np.empty(n_steps)
    for step in range(n_steps):
        state = state + arriving[step] * current_na * jump
        v_mv[step] = membrane.v_rest_mv + state[-1]
        state = matrix @ state
    return v_mv


def simulate_conductances(membrane, g_us, reversal_mv, dt_ms):
    """V under conductances given over time, by exponential steps.

    Within a step the conductance stands still, at the mean of its two ends; the step is
    exact for such conductances, and its error falls as dt^2 for smooth ones.

    Args:
        membrane: As in `psp_mv`.
        g_us: Conductances at the times 0, dt, 2 dt ..., shape (n_steps, n_synapses).
        reversal_mv: Their reversal potentials E, shape (n_synapses,).
        dt_ms: Length of a step, above 0.

    Returns:
        v_mv at the same times, shape (n_steps,), beginning at rest.

    Raises:
        ValueError: If the shapes do not agree, or `dt_ms` is not above 0.
    """
    g_us, reversal_mv = np.asarray(g_us, dtype=float), np.asarray(reversal_mv, dtype=float)
    if g_us.ndim != 2 or reversal_mv.shape != g_us.shape[1:]:
        raise ValueError(
            "g_us must be (n_steps, n_synapses) and reversal_mv (n_synapses,); "
            f"got {g_us.shape} and {reversal_mv.shape}"
        )
    if not dt_ms > 0:
        raise ValueError(f"dt_ms must be above 0; got {dt_ms}")
    middle_us = 0.5 * (g_us[1:] + g_us[:-1])
    v_inf = steady_state_mv(membrane, middle_us, reversal_mv)
    total = 1.0 + membrane.r_mohm * middle_us.sum(axis=1)
    decay = np.exp(-total * dt_ms / membrane.tau_ms)
    v_mv = np.full(len(g_us), float(membrane.v_rest_mv))
    for step in range(len(v_inf)):
        v_mv[step + 1] = v_inf[step] + (v_mv[step] - v_inf[step]) * decay[step]
    return v_mv


def steady_state_mv(membrane, g_us, reversal_mv):
    """V under constant conductances: the mean of E_L and all E, weighted by conductance.

    Where the currents of leak and synapses cancel::

        V = (E_L + R sum_k g_k E_k) / (1 + R sum_k g_k)

    Args:
        membrane: As in `psp_mv`.
        g_us: Conductances, shape (..., n_synapses).
        reversal_mv: Their reversal potentials, shape (n_synapses,).
    """
    rg = membrane.r_mohm * np.asarray(g_us, dtype=float)
    pulled = membrane.v_rest_mv + np.sum(rg * np.asarray(reversal_mv), axis=-1)
    return pulled / (1.0 + np.sum(rg, axis=-1))
