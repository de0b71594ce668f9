"""What is measured on spikes: rates, regularity, synchrony, spectrum; in ms and Hz.

Spikes are a raster: bool, (n_steps, n_neurons), time first.
"""

from typing import NamedTuple

import numpy as np


def rates_hz(spikes, dt_ms):
    """Spikes of each neuron per second, (n_neurons,)."""
    return np.sum(spikes, axis=0) / (len(spikes) * dt_ms / 1000.0)


def interval_cvs(spikes, min_intervals=5):
    """Coefficient of variation of the interspike intervals of each neuron.

    It is 0 for a clock and 1 for spikes at random times.

    Args:
        spikes: Raster.
        min_intervals: Neurons with fewer intervals are left out.

    Returns:
        Standard deviation / mean, one for each neuron that is counted.
    """
    trains = np.ascontiguousarray(np.transpose(spikes))  # a walk along a row is fast
    steps = [np.flatnonzero(train) for train in trains]
    intervals = [np.diff(train) for train in steps if len(train) > min_intervals]
    return np.array([each.std() / each.mean() for each in intervals])


def counts_in_bins(spikes, n_steps_per_bin):
    """Spikes of each neuron in bins of whole steps, (n_bins, n_neurons); a rest is cut."""
    n_bins = len(spikes) // n_steps_per_bin
    if n_bins < 1:
        raise ValueError(
            f"n_steps_per_bin must be at most {len(spikes)}; got {n_steps_per_bin}"
        )
    cut = np.asarray(spikes)[: n_bins * n_steps_per_bin]
    return cut.reshape(n_bins, n_steps_per_bin, -1).sum(axis=1, dtype=np.int32)


def synchrony(spikes, n_steps_per_bin):
    """Mean correlation of the spike counts of two neurons, over all pairs.

    The variance of a sum is the sum of all covariances, so one pass replaces the pairs::

        (Var(sum_i n_i) - sum_i Var(n_i)) / ((sum_i s_i)^2 - sum_i s_i^2)

    with s_i the standard deviation of n_i. It is the mean of the covariances over the
    mean of the products of two standard deviations: 0 for independent neurons, 1 for equal
    ones.

    Args:
        spikes: Raster.
        n_steps_per_bin: Length of a bin.

    Raises:
        ValueError: If fewer than two neurons have counts that vary.
    """
    counts = counts_in_bins(spikes, n_steps_per_bin)
    # Sums of whole numbers are exact, and need no array of deviations.
    n_bins, squares = len(counts), np.square(counts).sum(axis=0)
    variances = (n_bins * squares - counts.sum(axis=0) ** 2) / n_bins**2
    n_vary = np.count_nonzero(variances)
    if n_vary < 2:
        raise ValueError(f"spikes must vary in two neurons at least; got {n_vary}")
    pairs = np.sum(np.sqrt(variances)) ** 2 - variances.sum()
    return (counts.sum(axis=1).var() - variances.sum()) / pairs


class Summary(NamedTuple):
    """A run in three numbers, each a mean over neurons or pairs of neurons."""

    rate_hz: float
    interval_cv: float
    synchrony: float


def summarize(spikes, dt_ms, skip_ms=200.0):
    """Measure a run after the time in which a network forgets how it started.

    The bins of `synchrony` are single steps. Longer ones hide what happens within them:
    of two groups that take turns, a bin that holds both sees nothing.

    Args:
        spikes: Raster.
        dt_ms: Length of a step.
        skip_ms: Time to leave out at the beginning.
    """
    late = spikes[round(skip_ms / dt_ms) :]
    rate_hz, cv = rates_hz(late, dt_ms).mean(), interval_cvs(late).mean()
    return Summary(rate_hz, cv, synchrony(late, 1))


def spectrum(signal, sample_ms, window_ms):
    """Power of a signal against frequency, by Welch's mean over windows.

    Args:
        signal: Samples, time first, (n_samples,) or (n_samples, n_channels).
        sample_ms: Time between samples.
        window_ms: Length of a window.

    Returns:
        Frequencies in Hz, and power per Hz, normalized to integrate to the variance.
    """
    from scipy.signal import welch

    n = round(window_ms / sample_ms)
    return welch(signal, fs=1000.0 / sample_ms, nperseg=n, axis=0)
