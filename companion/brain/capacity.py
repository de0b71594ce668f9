"""How many random patterns a Hopfield network holds: theory at zero temperature, and trial.

With P patterns in N neurons the load is alpha = P / N. In a stored pattern, neuron i
feels::

    h_i xi_i = (N - 1)/N + 1/N sum over P - 1 patterns and N - 1 neurons of +1 or -1,

a signal and a crosstalk whose terms are independent: one step errs with a binomial tail,
for large N the tail of a Gaussian of variance alpha. What remains after all steps, for
large N, follows from the mean-field equations of Amit, Gutfreund and Sompolinsky::

    m = erf(y),   y = m / sqrt(2 alpha r),   r = 1 / (1 - C)^2,
    C = sqrt(2 / (pi alpha r)) exp(-y^2),

with m the overlap with the pattern. They are one equation for y > 0::

    sqrt(2 alpha) = erf(y) / y - 2 / sqrt(pi) exp(-y^2) = F(y)

F has one maximum. Below its height there are two solutions, of which the larger y is the
state of recall; above it there is none.
"""

import numpy as np
from scipy.special import bdtr, erf, erfc

from companion.brain.memory import (
    MAX_ROUNDS,
    checked_signs,
    flip,
    no_rest,
    random_patterns,
)

# A product smaller than this stays in one thread, which is fastest for so little work.
BLOCK_ENTRIES = 8192


def bit_error(load):
    """Probability that a neuron leaves a stored pattern in the first step, for large N.

    Args:
        load: alpha = P / N, above 0, a number or an array. With a share c of the
            connections kept at random, put alpha / c.

    Returns:
        1/2 erfc(sqrt(1 / (2 alpha))), shaped as `load`.
    """
    return 0.5 * erfc(np.sqrt(0.5 / np.asarray(load, dtype=float)))


def bit_error_exact(n_patterns, n_neurons):
    """The same for any N: the probability that the crosstalk exceeds the signal.

    With k of the n = (P - 1)(N - 1) terms positive the crosstalk is 2k - n, and the field
    is against the pattern if 2k - n < -(N - 1); a field of zero changes nothing.

    Args:
        n_patterns: P, at least 2.
        n_neurons: N, at least 2.

    Returns:
        The probability.
    """
    n_terms = (n_patterns - 1) * (n_neurons - 1)
    largest = -(-(n_terms - (n_neurons - 1)) // 2) - 1
    return float(bdtr(largest, n_terms, 0.5)) if largest >= 0 else 0.0


def stability_curve(y):
    """F(y) = erf(y) / y - 2 / sqrt(pi) exp(-y^2), whose square is 2 alpha."""
    return erf(y) / y - 2.0 / np.sqrt(np.pi) * np.exp(-(y**2))


def critical_point():
    """Load above which no state of recall is left, and the overlap just below it.

    Returns:
        alpha_c: The critical load, about 0.138.
        m_c: The overlap there, about 0.967.
        y_c: Where F is largest.

    Source:
        Amit, Gutfreund and Sompolinsky (1985), doi:10.1103/PhysRevLett.55.1530.
    """
    from scipy.optimize import minimize_scalar

    y_c = minimize_scalar(
        lambda y: -stability_curve(y), bounds=(0.5, 4.0), method="bounded",
        options={"xatol": 1e-10},
    ).x  # fmt: skip
    return float(0.5 * stability_curve(y_c) ** 2), float(erf(y_c)), float(y_c)


def mean_field_overlap(load):
    """Overlap of the state of recall with its pattern, for large N.

    Args:
        load: alpha, above 0.

    Returns:
        m; 0.0 above the critical load.

    Raises:
        ValueError: If `load` is not above 0.
    """
    from scipy.optimize import brentq

    if not load > 0:
        raise ValueError(f"load must be above 0; got {load}")
    alpha_c, _, y_c = critical_point()
    if load > alpha_c:
        return 0.0
    # F lies below 1/y everywhere, so the root does too.
    upper = max(2.0 / np.sqrt(2.0 * load), 2.0 * y_c)
    y = brentq(lambda y: stability_curve(y) - np.sqrt(2.0 * load), y_c, upper, xtol=1e-13)
    return float(erf(y))


def settle_from_patterns(patterns, state, rng):
    """As `companion.brain.memory.settle` with Hebbian weights, which are never formed.

    The P overlaps a_mu = sum_i xi_mu_i s_i stand in for the N x N weights::

        N h_i s_i = (sum_mu xi_mu_i a_mu) s_i - P

    Neurons are looked at in blocks, in their random order, and the first that is
    against its field changes; then the rest of the block is looked at again. All
    numbers are whole and below 2^24, so single precision holds them exactly.

    Args:
        patterns: Of +1 and -1, shape (P, N); fastest as float32.
        state: Where to start, +1 and -1, shape (N,); left unchanged.
        rng: A `numpy.random.Generator` that draws the order.

    Returns:
        The state of rest, shape (N,).

    Raises:
        ValueError: If P N is too large for whole numbers in single precision, or if
            `patterns` or `state` hold anything but +1 and -1.
        RuntimeError: If a neuron still changes after `MAX_ROUNDS` rounds.
    """
    patterns = np.asarray(patterns, dtype=np.float32)
    n_patterns = len(patterns)
    if patterns.size >= 2**24:
        raise ValueError(f"patterns must hold less than 2**24 entries; got {patterns.size}")
    checked_signs("patterns", patterns)
    state = np.array(checked_signs("state", state), dtype=np.float32)
    order = rng.permutation(state.size)
    columns, s = np.ascontiguousarray(patterns[:, order].T), state[order]
    overlaps, block = patterns @ state, max(1, BLOCK_ENTRIES // n_patterns)
    for _ in range(MAX_ROUNDS):
        changed = False
        for start in range(0, s.size, block):
            i, end = start, start + block
            while np.any(against := (columns[i:end] @ overlaps) * s[i:end] < n_patterns):
                i += int(np.argmax(against))
                s[i] = -s[i]
                overlaps += 2.0 * s[i] * columns[i]
                i, changed = i + 1, True
        if not changed:
            state[order] = s
            return state
    raise no_rest(s.size)


def measured_overlaps(n_neurons, load, n_trials, rng, share=0.0):
    """Store new random patterns, start at or near one, and see where the state rests.

    Args:
        n_neurons: N.
        load: alpha; the number of patterns is alpha N, rounded.
        n_trials: Number of networks, each with one start.
        rng: A `numpy.random.Generator`.
        share: Part of the neurons that is turned before the start, in [0, 1].

    Returns:
        Overlaps of the states of rest with the pattern they started from, (n_trials,).
    """
    overlaps = np.empty(n_trials)
    for trial in range(n_trials):
        patterns = random_patterns(round(load * n_neurons), n_neurons, rng)
        rest = settle_from_patterns(patterns, flip(patterns[0], share, rng), rng)
        overlaps[trial] = np.mean(rest * patterns[0])
    return overlaps
