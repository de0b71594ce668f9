"""A spiking neuron whose synapses learn by STDP, in ms and mV.

A leaky integrate-and-fire neuron rests at 0 mV. A spike of input i lifts it at once by
w_i v_max, with a weight w_i between 0 and 1; between inputs it falls back::

    tau dV/dt = -V,     V <- V + w_i v_max,     at V >= v_th a spike, V <- 0

and for a time t_ref it does not listen. One trial is one volley: each input fires once.
After each spike of either side the weights change by `companion.brain.stdp` and are cut to
[0, 1]. Trials lie so far apart that voltage and traces begin each one at 0.
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
    traces = stdp.Traces(np.zeros(len(weights)), 0.0)
    for i in np.argsort(input_ms, kind="stable"):
        now = input_ms[i]
        v_mv *= math.exp(-(now - last) / params.tau_ms)
        if now >= listens_at:
            v_mv += weights[i] * params.v_max_mv
        fires = v_mv >= params.v_th_mv
        if fires:
            spikes_ms.append(now)
            v_mv, listens_at = 0.0, now + params.t_ref_ms
        if window is not None:
            traces = stdp.decay(window, traces, now - last)
            traces = _learn(window, weights, traces, i, fires)
        last = now
    return weights, np.array(spikes_ms)


def _learn(window, weights, traces, i, fires):
    """Change `weights` in place: the input came first, and may have caused the spike."""
    pre = np.zeros(len(weights), dtype=bool)
    pre[i] = True
    changes, traces = stdp.on_spikes(window, traces, pre, False)
    if fires:
        more, traces = stdp.on_spikes(window, traces, np.zeros_like(pre), True)
        changes = changes + more
    np.clip(weights + changes, 0.0, 1.0, out=weights)
    return traces


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
