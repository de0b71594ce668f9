"""The BCM rule: a threshold that slides with activity makes a neuron choose one input.

A linear unit answers an input x with y = w . x. Above the threshold theta a synapse grows,
below it shrinks, and theta follows the mean of y^2 with the time constant tau::

    dw/dt = eta y (y - theta) x              tau dtheta/dt = y^2 - theta

Let M patterns x_k come with probabilities p_k, fast against both changes. With the patterns
in the rows of X and their answers in y = X w, the average is::

    dw/dt = eta sum_k p_k y_k (y_k - theta) x_k
    tau dtheta/dt = sum_k p_k y_k^2 - theta

If the patterns are linearly independent, it rests where every y_k is 0 or theta. Answering
the set S of patterns means theta = P_S theta^2 with P_S the sum of their probabilities::

    y_k = theta = 1 / P_S  for k in S,   0 for the others

For patterns of length 1 at right angles these rest points are stable for one pattern in S
only, and only while the threshold is fast enough: eta tau < 1. Patterns that overlap
tolerate a slower one. Time has no unit here.
"""

from typing import NamedTuple

import numpy as np


class BCMState(NamedTuple):
    """What changes: the weights, (D,), and the threshold, a number not below 0."""

    weights: np.ndarray
    threshold: float


def bcm_update(state, x, tau):
    """Rate of change of weights (for eta = 1) and threshold while one input is shown.

    Args:
        state: A `BCMState`.
        x: The input, shape (D,).
        tau: Time constant of the threshold, above 0.

    Returns:
        A `BCMState` of rates: y (y - theta) x and (y^2 - theta) / tau.

    Source:
        Bienenstock, Cooper & Munro (1982), doi:10.1523/JNEUROSCI.02-01-00032.1982; the
        threshold mean y^2 is that of Intrator & Cooper (1992).
    """
    y = state.weights @ x
    return BCMState(y * (y - state.threshold) * x, (y**2 - state.threshold) / tau)


def mean_flow(state, patterns, probabilities, *, learning_rate, tau):
    """Rate of change of weights and threshold, averaged over the patterns.

    Args:
        state: A `BCMState`.
        patterns: X, one pattern in each row, shape (M, D).
        probabilities: How often each comes, shape (M,), with the sum 1.
        learning_rate: eta.
        tau: Time constant of the threshold.

    Returns:
        A `BCMState` of rates.
    """
    y = patterns @ state.weights
    drive = probabilities * y * (y - state.threshold)
    rate = (probabilities @ y**2 - state.threshold) / tau
    return BCMState(learning_rate * drive @ patterns, rate)


def integrate(state, patterns, probabilities, times, *, learning_rate, tau):
    """Follow the averaged rule through time.

    Args:
        state: Where to start, a `BCMState`.
        patterns: X, shape (M, D).
        probabilities: How often each comes, shape (M,).
        times: When to look, shape (n_times,), rising from 0.
        learning_rate: eta, above 0.
        tau: Time constant of the threshold, above 0.

    Returns:
        Answers to the patterns, (n_times, M), and thresholds, (n_times,).

    Raises:
        ValueError: If the shapes do not fit, the probabilities are not a distribution,
            or a rate is not above 0.
    """
    from scipy.integrate import solve_ivp

    patterns, probabilities = _check(patterns, probabilities, learning_rate, tau)

    def flow(_, packed):
        here = BCMState(packed[:-1], packed[-1])
        rate = mean_flow(
            here, patterns, probabilities, learning_rate=learning_rate, tau=tau
        )
        return np.append(rate.weights, rate.threshold)

    start = np.append(state.weights, state.threshold)
    span = (times[0], times[-1])
    # The threshold may be much faster than the weights: LSODA copes with both.
    result = solve_ivp(
        flow, span, start, method="LSODA", t_eval=times, rtol=1e-8, atol=1e-10
    )
    return result.y[:-1].T @ patterns.T, result.y[-1]


def train(state, patterns, probabilities, *, learning_rate, tau, n_steps, rng):
    """Show one pattern after the other, each for a time of 1, and follow the rule.

    Args:
        state: Where to start, a `BCMState`; left unchanged.
        patterns: X, shape (M, D).
        probabilities: How often each comes, shape (M,).
        learning_rate: eta, above 0 and small against 1.
        tau: Time constant of the threshold in patterns, above 1.
        n_steps: Number of patterns shown.
        rng: A `numpy.random.Generator` that draws them.

    Returns:
        The `BCMState` after the last pattern.

    Raises:
        ValueError: If the shapes do not fit, the probabilities are not a distribution,
            or a rate is not above 0.
    """
    patterns, probabilities = _check(patterns, probabilities, learning_rate, tau)
    weights, threshold = np.array(state.weights, dtype=float), float(state.threshold)
    for k in rng.choice(len(patterns), size=n_steps, p=probabilities):
        rate = bcm_update(BCMState(weights, threshold), patterns[k], tau)
        weights = weights + learning_rate * rate.weights
        threshold += rate.threshold
    return BCMState(weights, threshold)


def rest_answers(answered, probabilities):
    """Answers at the rest point that answers a set of patterns: 1 / P_S to each of them.

    Args:
        answered: Which patterns are in S, shape (M,), bool, at least one.
        probabilities: How often each comes, shape (M,).

    Returns:
        The answers y, shape (M,); each of S equals the threshold.

    Raises:
        ValueError: If no pattern is answered.
    """
    answered = np.asarray(answered, dtype=bool)
    if not answered.any():
        raise ValueError(f"answered must name at least one pattern; got {answered}")
    return answered / np.asarray(probabilities, dtype=float)[answered].sum()


def growth_rates(answered, patterns, probabilities, *, learning_rate, tau):
    """How fast small deviations from a rest point grow.

    Args:
        answered: Which patterns are in S, shape (M,).
        patterns: X, linearly independent, shape (M, D).
        probabilities: How often each comes, shape (M,).
        learning_rate: eta, above 0.
        tau: Time constant of the threshold, above 0.

    Returns:
        The M + 1 eigenvalues of the flow linearized in (y, theta), complex, with the
        largest real part first. The point is stable if that is negative.
    """
    patterns, p = _check(patterns, probabilities, learning_rate, tau)
    y = rest_answers(answered, p)
    theta, overlap = y.max(), learning_rate * patterns @ patterns.T
    jacobian = np.zeros((len(p) + 1, len(p) + 1))
    jacobian[:-1, :-1] = overlap * p * (2.0 * y - theta)
    jacobian[:-1, -1] = -overlap @ (p * y)
    jacobian[-1, :-1] = 2.0 * p * y / tau
    jacobian[-1, -1] = -1.0 / tau
    rates = np.linalg.eigvals(jacobian).astype(complex)
    return rates[np.argsort(-rates.real)]


def _check(patterns, probabilities, learning_rate, tau):
    patterns = np.asarray(patterns, dtype=float)
    probabilities = np.asarray(probabilities, dtype=float)
    if patterns.ndim != 2 or probabilities.shape != patterns.shape[:1]:
        raise ValueError(
            f"probabilities must be (M,) for patterns (M, D); got {probabilities.shape} "
            f"and {patterns.shape}"
        )
    if np.any(probabilities < 0) or abs(probabilities.sum() - 1.0) > 1e-9:
        raise ValueError(f"probabilities must add up to 1; got {probabilities}")
    for name, value in (("learning_rate", learning_rate), ("tau", tau)):
        if not value > 0:
            raise ValueError(f"{name} must be above 0; got {value}")
    return patterns, probabilities
