"""Pair-based spike-timing-dependent plasticity, in ms and Hz; weights have no unit.

A pair of spikes with the lag s = t_post - t_pre changes the weight by::

    kappa(s) =  A_plus  exp(-s / tau_plus)     if the presynaptic spike is first, s > 0
    kappa(s) = -A_minus exp( s / tau_minus)    if it is last, s < 0

and not at all at s = 0. Each side needs one trace that remembers its own spikes::

    dr/dt = -r / tau_plus,   r <- r + 1 at a presynaptic spike
    do/dt = -o / tau_minus,  o <- o + 1 at a postsynaptic spike

The synapse changes only when a spike comes: by A_plus r at a postsynaptic spike, and by
-A_minus o at a presynaptic one. So every pair counts ("all"). If a spike sets its trace to
1 in place of adding 1, each spike sees the nearest spike before it only ("nearest").
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

PAIRINGS = ("all", "nearest")


@dataclass(frozen=True)
class STDPParams:
    """Constants of the window; the defaults are those of Song, Miller and Abbott.

    Args:
        a_plus: Largest strengthening by one pair, as a share of the largest weight.
        a_minus: Largest weakening by one pair, not below 0.
        tau_plus_ms: Width of the side that strengthens, above 0.
        tau_minus_ms: Width of the side that weakens, above 0.

    Raises:
        ValueError: If a constant is outside its range or not finite.

    Source:
        Song, Miller & Abbott (2000), doi:10.1038/78829.
    """

    a_plus: float = 0.005
    a_minus: float = 0.00525
    tau_plus_ms: float = 20.0
    tau_minus_ms: float = 20.0

    def __post_init__(self):
        for name, value in vars(self).items():
            if not math.isfinite(value):
                raise ValueError(f"{name} must be finite; got {value}")
            if value < 0 or (value == 0 and name.startswith("tau")):
                least = "above 0" if name.startswith("tau") else "not below 0"
                raise ValueError(f"{name} must be {least}; got {value}")


class Traces(NamedTuple):
    """What the synapses remember: r for every input, (n_inputs,), and o, a number."""

    pre: np.ndarray
    post: float


def window(params, lag_ms):
    """Change of the weight by one pair of spikes, kappa(s).

    Args:
        params: An `STDPParams`.
        lag_ms: s = t_post - t_pre, any shape.

    Returns:
        kappa(s), in the shape of `lag_ms`.
    """
    lag_ms, p = np.asarray(lag_ms, dtype=float), params
    grow = p.a_plus * np.exp(-np.abs(lag_ms) / p.tau_plus_ms)
    shrink = p.a_minus * np.exp(-np.abs(lag_ms) / p.tau_minus_ms)
    return np.where(lag_ms > 0, grow, 0.0) - np.where(lag_ms < 0, shrink, 0.0)


def decay(params, traces, elapsed_ms):
    """Traces after a time without spikes; exact."""
    return Traces(
        traces.pre * math.exp(-elapsed_ms / params.tau_plus_ms),
        traces.post * math.exp(-elapsed_ms / params.tau_minus_ms),
    )


def on_spikes(params, traces, pre_spikes, post_spike, pairing="all"):
    """Changes of the weights, and the new traces, when spikes come at one moment.

    Args:
        params: An `STDPParams`.
        traces: `Traces` just before the spikes.
        pre_spikes: Which inputs fire, shape (n_inputs,), bool.
        post_spike: Whether the neuron fires, bool.
        pairing: "all" or "nearest".

    Returns:
        The changes, shape (n_inputs,), and the `Traces` just after.
    """
    changes = params.a_plus * traces.pre * post_spike
    changes = changes - params.a_minus * traces.post * pre_spikes
    if pairing == "all":
        return changes, Traces(traces.pre + pre_spikes, traces.post + post_spike)
    pre = np.where(pre_spikes, 1.0, traces.pre)
    return changes, Traces(pre, 1.0 if post_spike else traces.post)


def weight_change(params, pre_ms, post_ms, pairing="all"):
    """Total change of one weight by two trains of spikes, without bounds.

    Args:
        params: An `STDPParams`.
        pre_ms: Times of the presynaptic spikes, shape (n_pre,), all different.
        post_ms: Times of the postsynaptic spikes, shape (n_post,).
        pairing: "all" or "nearest".

    Returns:
        The change, a float.

    Raises:
        ValueError: If `pairing` is unknown or times are not finite and 1-D.
    """
    trains = [np.asarray(times, dtype=float) for times in (pre_ms, post_ms)]
    for name, times in zip(("pre_ms", "post_ms"), trains, strict=True):
        if times.ndim != 1 or not np.isfinite(times).all():
            raise ValueError(f"{name} must be 1-D and finite; got shape {times.shape}")
    if pairing not in PAIRINGS:
        raise ValueError(f"pairing must be one of {PAIRINGS}; got {pairing!r}")
    moments = np.unique(np.concatenate(trains))
    fired = [np.isin(moments, times) for times in trains]
    traces, total, last = Traces(np.zeros(1), 0.0), 0.0, -math.inf
    for now, pre, post in zip(moments, *fired, strict=True):
        traces = decay(params, traces, now - last)
        change, traces = on_spikes(params, traces, pre[None], bool(post), pairing)
        total, last = total + change[0], now
    return float(total)


def pairing_experiment(params, lags_ms, n_pairs=60, gap_ms=1000.0):
    """Change per pair for every lag, from simulated pairings as Bi and Poo gave them.

    Args:
        params: An `STDPParams`.
        lags_ms: t_post - t_pre, shape (n_lags,), far below `gap_ms`.
        n_pairs: How often the pair is repeated.
        gap_ms: Time between the pairs.

    Returns:
        The change of the weight divided by `n_pairs`, shape (n_lags,).
    """
    pre_ms = gap_ms * np.arange(1, n_pairs + 1)
    changes = [weight_change(params, pre_ms, pre_ms + lag) for lag in lags_ms]
    return np.array(changes) / n_pairs


def poisson_drift_per_s(params, pre_hz, post_hz, pairing="all"):
    """Mean change of a weight per second if both sides fire at random, independently.

    For all pairs it is r_pre r_post (A_plus tau_plus - A_minus tau_minus), with rates per
    ms. The nearest spike before a moment has an exponential age, so the mean trace is
    r tau / (1 + r tau) in place of r tau.

    Args:
        params: An `STDPParams`.
        pre_hz: Rate of the presynaptic spikes.
        post_hz: Rate of the postsynaptic spikes.
        pairing: "all" or "nearest".

    Returns:
        The drift in 1/s, in the broadcast shape of the rates.
    """
    pre_hz, post_hz = np.asarray(pre_hz, dtype=float), np.asarray(post_hz, dtype=float)
    r = pre_hz * params.tau_plus_ms / 1000.0
    o = post_hz * params.tau_minus_ms / 1000.0
    if pairing == "nearest":
        r, o = r / (1.0 + r), o / (1.0 + o)
    return post_hz * params.a_plus * r - pre_hz * params.a_minus * o


def poisson_train_ms(rate_hz, duration_s, rng):
    """Times of a Poisson process, in ms, sorted."""
    n = rng.poisson(rate_hz * duration_s)
    return np.sort(rng.uniform(0.0, 1000.0 * duration_s, size=n))
