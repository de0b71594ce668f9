"""A spiking neuron whose synapses learn by STDP, in ms and mV.

A leaky integrate-and-fire neuron rests at 0 mV. A spike of input i lifts it at once by
w_i v_max, with a weight w_i between 0 and 1; between inputs it falls back::

    tau dV/dt = -V,     V <- V + w_i v_max,     at V >= v_th a spike, V <- 0

and for a time t_ref it does not listen. One trial is one volley: each input fires once.
Every pair of spikes changes a weight by the window of `companion.brain.stdp`, in the order
of time, and the weight is cut to [0, 1]. Trials lie so far apart that the voltage begins
each one at 0, and that spikes of two trials make no pair.
"""

import math
from dataclasses import dataclass

import numpy as np

from companion.brain import stdp


@dataclass(frozen=True)
class VolleyParams:
    """Constants of the neuron.

    Args:
        tau_ms: Time constant of the membrane, above 0.
        v_th_mv: Threshold above rest, above 0.
        v_max_mv: Lift by one input at weight 1, above 0.
        t_ref_ms: Refractory time, not below 0.

    Raises:
        ValueError: If a constant is outside its range.
    """

    tau_ms: float = 20.0
    v_th_mv: float = 15.0
    v_max_mv: float = 1.0
    t_ref_ms: float = 5.0

    def __post_init__(self):
        for name, value in vars(self).items():
            if not (math.isfinite(value) and (value > 0 or name == "t_ref_ms")):
                raise ValueError(f"{name} must be above 0 and finite; got {value}")
        if self.t_ref_ms < 0:
            raise ValueError(f"t_ref_ms must not be below 0; got {self.t_ref_ms}")


def run_volley(params, window, weights, input_ms):
    """Run one trial, learning included.

    Args:
        params: A `VolleyParams`.
        window: An `stdp.STDPParams`, or None to leave the weights as they are.
        weights: Shape (n_inputs,), each in [0, 1]; left unchanged.
        input_ms: When each input fires, shape (n_inputs,).

    Returns:
        The weights after the trial, (n_inputs,), and the times of the neuron's own spikes,
        (n_spikes,), in ms.

    Raises:
        ValueError: If the shapes differ or a weight is outside [0, 1].
    """
    weights, input_ms = np.array(weights, dtype=float), np.asarray(input_ms, dtype=float)
    if weights.shape != input_ms.shape or weights.ndim != 1:
        raise ValueError(
            f"weights must be (n_inputs,) as input_ms; got {weights.shape} and "
            f"{input_ms.shape}"
        )
    if weights.min() < 0 or weights.max() > 1:
        raise ValueError(
            f"weights must lie in [0, 1]; got {weights.min()} to {weights.max()}"
        )
    v_mv, last, listens_at, spikes_ms = 0.0, -math.inf, -math.inf, []
    for i in np.argsort(input_ms, kind="stable"):
        now = input_ms[i]
        v_mv *= math.exp(-(now - last) / params.tau_ms)
        if now >= listens_at:
            v_mv += weights[i] * params.v_max_mv
        if v_mv >= params.v_th_mv:
            spikes_ms.append(now)
            v_mv, listens_at = 0.0, now + params.t_ref_ms
        last = now
    spikes_ms = np.array(spikes_ms)
    if window is not None:
        weights = learn(window, weights, input_ms, spikes_ms)
    return weights, spikes_ms


def learn(window, weights, input_ms, spikes_ms):
    """Weights after a volley, all pairs of spikes counted.

    An input fires once. It loses by the neuron's spikes before it, then gains by those
    after it, so no spike of this volley depends on what is learned in it. The spike that
    an input sets off counts as one after it.

    Args:
        window: An `stdp.STDPParams`.
        weights: Before the volley, shape (n_inputs,); left unchanged.
        input_ms: When each input fires, shape (n_inputs,).
        spikes_ms: When the neuron fires, shape (n_spikes,), rising.

    Returns:
        The weights after the volley, (n_inputs,), each in [0, 1].
    """
    lag_ms = np.subtract.outer(spikes_ms, input_ms)
    changes = stdp.window(window, lag_ms) + window.a_plus * (lag_ms == 0)
    weights = np.maximum(weights + np.minimum(changes, 0.0).sum(axis=0), 0.0)
    for gains in np.maximum(changes, 0.0):
        weights = np.minimum(weights + gains, 1.0)
    return weights


def peak_mv(params, weights, input_ms):
    """Largest voltage in a volley if no spike ever resets the neuron.

    Args:
        params: A `VolleyParams`; its threshold and refractory time are not used.
        weights: Shape (n_inputs,).
        input_ms: When each input fires, shape (n_inputs,).

    Returns:
        The peak in mV. The neuron fires in this volley if it reaches the threshold.
    """
    order = np.argsort(input_ms)
    times_ms, lifts = np.asarray(input_ms)[order], np.asarray(weights)[order]
    age_ms = np.maximum(np.subtract.outer(times_ms, times_ms), 0.0)
    left = np.tril(np.exp(-age_ms / params.tau_ms))
    return float(params.v_max_mv * (left @ lifts).max())


def learn_volleys(params, window, weights, volleys_ms):
    """Run one trial after the other.

    Args:
        params: A `VolleyParams`.
        window: An `stdp.STDPParams`, or None.
        weights: Where to start, shape (n_inputs,).
        volleys_ms: Times of the inputs in every trial, shape (n_trials, n_inputs).

    Returns:
        The weights after the last trial, (n_inputs,), and the time of the neuron's first
        spike in every trial, (n_trials,), NaN where it stayed silent.
    """
    first_ms = np.full(len(volleys_ms), np.nan)
    for trial, input_ms in enumerate(volleys_ms):
        weights, spikes_ms = run_volley(params, window, weights, input_ms)
        if len(spikes_ms):
            first_ms[trial] = spikes_ms[0]
    return weights, first_ms


def draw_volleys(n_trials, n_inputs, rng, *, span_ms=50.0, jitter_ms=0.5):
    """One volley repeated with jitter, and as many volleys that are never repeated.

    Args:
        n_trials: How many of each.
        n_inputs: Number of inputs; each fires once in a volley, at a random time.
        rng: A `numpy.random.Generator`.
        span_ms: Length of a volley.
        jitter_ms: Standard deviation of each time around its place in the volley.

    Returns:
        Times in ms: the volley, (n_inputs,), its repetitions and the new volleys, both
        (n_trials, n_inputs).
    """
    volley_ms = rng.uniform(0.0, span_ms, size=n_inputs)
    noise_ms = rng.normal(0.0, jitter_ms, size=(n_trials, n_inputs))
    new_ms = rng.uniform(0.0, span_ms, size=(n_trials, n_inputs))
    return volley_ms, volley_ms + noise_ms, new_ms
