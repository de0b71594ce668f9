"""Spikes from one neuron to another: how many pass, in ms, mV, nA, Mohm and Hz.

The sender's spikes reach a leaky integrate-and-fire neuron through a current-based synapse
of weight w; noise stands for the thousands of other synapses. Without noise nothing passes
until the postsynaptic potential alone reaches threshold, and everything above. For the
exponential kernel, with a = tau / tau_s, its height gives this weight::

    R w a^(-a / (a - 1)) = V_th - V_rest
"""

import numpy as np

from companion.brain.networks import steps_of
from companion.brain.synapses import propagator, psp_peak


def threshold_weight_na(neuron, synapse):
    """The weight at which one spike lifts a resting neuron just to threshold."""
    _, height_mv = psp_peak(neuron, synapse, 1.0)
    return (neuron.v_th_mv - neuron.v_rest_mv) / height_mv


def background_na(neuron, mean_mv, sd_mv, shape, dt_ms, rng):
    """Draw a noisy current that is constant in each step and independent between steps.

    A neuron without threshold would answer with potentials of the mean V_rest + `mean_mv`
    and the standard deviation `sd_mv`: with f = exp(-dt / tau) the potential is a
    sum of steps, each f times as large as the one after it, so its variance is that of one
    step, (R s (1 - f))^2, over 1 - f^2.

    Args:
        neuron: Constants, an `LIFParams`.
        mean_mv: Mean of the free potential above rest.
        sd_mv: Its standard deviation.
        shape: (n_steps, n_neurons).
        dt_ms: Length of a step.
        rng: Generator of the noise.
    """
    decay = np.exp(-dt_ms / neuron.tau_ms)
    sd_of_step_mv = sd_mv * np.sqrt((1.0 + decay) / (1.0 - decay))
    return (mean_mv + sd_of_step_mv * rng.normal(size=shape)) / neuron.r_mohm


def simulate_receivers(neuron, synapse, weights_na, sent, noise_na, dt_ms):
    """Run one receiving neuron in each column; all hear the same spikes.

    Args:
        neuron: Constants, an `LIFParams`; `t_ref_ms` is a multiple of `dt_ms`.
        synapse: A `Synapse`; its delay is a multiple of `dt_ms`.
        weights_na: w of each receiver, (n_neurons,).
        sent: Spikes of the sender, bool, (n_steps,).
        noise_na: The other input, (n_steps, n_neurons); constant in each step.
        dt_ms: Length of a step.

    Returns:
        Spikes of the receivers, bool, (n_steps, n_neurons). Like those of the sender they
        stand at the ends of their steps.

    Raises:
        ValueError: If the shapes do not agree, or a time is no multiple of `dt_ms`.
    """
    weights_na, noise_na = np.asarray(weights_na, dtype=float), np.asarray(noise_na)
    if noise_na.shape != (len(sent), len(weights_na)):
        raise ValueError(
            f"noise_na must be {(len(sent), len(weights_na))}; got {noise_na.shape}"
        )
    matrix, jump = propagator(neuron, synapse, dt_ms)
    n_delay = steps_of(synapse.delay_ms, dt_ms, "delay_ms")
    n_ref = steps_of(neuron.t_ref_ms, dt_ms, "t_ref_ms")
    arrives = np.concatenate([np.zeros(n_delay, dtype=bool), sent])[: len(sent)]
    pushed_mv = neuron.r_mohm * (1.0 - np.exp(-dt_ms / neuron.tau_ms)) * noise_na
    x_th, x_reset = neuron.v_th_mv - neuron.v_rest_mv, neuron.v_reset_mv - neuron.v_rest_mv

    state = np.zeros((len(jump), len(weights_na)))
    wait = np.zeros(len(weights_na), dtype=int)
    spikes = np.zeros(noise_na.shape, dtype=bool)
    for step in range(len(sent)):
        held = wait > 0
        # Summed by hand: a product of matrices may round differently on other machines.
        state = sum(matrix[:, k, np.newaxis] * row for k, row in enumerate(state))
        if arrives[step]:  # at the end of the step, as the spike was sent at the end of one
            state = state + jump[:, np.newaxis] * weights_na
        state[-1] = np.where(held, x_reset, state[-1] + pushed_mv[step])
        wait = np.maximum(wait - 1, 0)
        fired = state[-1] >= x_th
        state[-1, fired], wait[fired] = x_reset, n_ref
        spikes[step] = fired
    return spikes


def followed(sent, spikes, window_ms, dt_ms):
    """Share of the sender's spikes that each receiver follows with a spike in a window.

    Args:
        sent: Spikes of the sender, bool, (n_steps,).
        spikes: Spikes of the receivers, bool, (n_steps, n_neurons).
        window_ms: The window, from the step of the sender's spike on; a multiple of
            `dt_ms`.
        dt_ms: Length of a step.

    Returns:
        Shares, (n_neurons,); windows that reach beyond the end are left out.

    Raises:
        ValueError: If no window lies within the run, or it is no multiple of `dt_ms`.
    """
    n_window = steps_of(window_ms, dt_ms, "window_ms")
    starts = np.flatnonzero(sent)
    starts = starts[starts + n_window <= len(spikes)]
    if not len(starts):
        raise ValueError(f"window_ms must leave a spike to follow; got {window_ms}")
    total = np.concatenate([np.zeros((1, spikes.shape[1]), int), np.cumsum(spikes, axis=0)])
    return np.mean(total[starts + n_window] > total[starts], axis=0)
