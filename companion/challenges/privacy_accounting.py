"""How much privacy a training with noise has spent, and a bound on it from below.

A training is (epsilon, delta)-private if for any two data sets that differ in one example
and any set S of outcomes ``P(S) <= exp(epsilon) P'(S) + delta``. The accountants are those
of the library dp-accounting. It composes the steps of `companion.challenges.private_sgd`:

- Rényi: each step has a divergence of order alpha, and these add up; for a full batch it
  is ``alpha / (2 sigma^2)``. At the end a minimum over the orders gives epsilon;
- loss distribution: the distribution of the privacy loss itself is convolved, which is
  tighter.
"""

import math
from functools import cache

import dp_accounting
import numpy as np
from dp_accounting import pld, rdp
from scipy.optimize import brentq
from scipy.stats import beta

from companion.networks.checks import check_counts

# Of the Rényi divergence: whole numbers, and below them those that little noise needs.
ORDERS = (*(1.0 + np.geomspace(0.01, 0.9, 40)), *range(2, 257))
INTERVAL = 1e-3  # of the losses that are told apart; rounding only makes epsilon larger


def training_event(noise_multiplier, rate, steps, released=()):
    """Describe a training to the accountants.

    Args:
        noise_multiplier: sigma of every step, above 0.
        rate: q, the probability that an example takes part in a step.
        steps: Number of steps.
        released: Noise multipliers of what was released before, each once and on all
            examples, such as a covariance matrix.

    Returns:
        A `dp_accounting.DpEvent`.

    Raises:
        ValueError: If `noise_multiplier`, `rate` or `steps` makes no sense.
    """
    check_counts(steps=steps)
    if not noise_multiplier > 0:
        raise ValueError(f"noise_multiplier must be above 0; got {noise_multiplier}")
    if not 0 < rate <= 1:
        raise ValueError(f"rate must be above 0 and at most 1; got {rate}")
    step = dp_accounting.GaussianDpEvent(noise_multiplier)
    if rate < 1:
        step = dp_accounting.PoissonSampledDpEvent(rate, step)
    events = [dp_accounting.GaussianDpEvent(sigma) for sigma in released]
    return dp_accounting.ComposedDpEvent(
        [*events, dp_accounting.SelfComposedDpEvent(step, steps)]
    )


def epsilon(noise_multiplier, rate, steps, delta, released=()):
    """Epsilon of a training by the accountant of loss distributions.

    Args:
        noise_multiplier: As in `training_event`; so are the next two and the last.
        rate: See there.
        steps: See there.
        delta: The other half of the promise, above 0 and below 1.
        released: See there.

    Raises:
        ValueError: If a setting makes no sense.
    """
    _check_delta(delta)
    accountant = pld.PLDAccountant(value_discretization_interval=INTERVAL)
    accountant.compose(training_event(noise_multiplier, rate, steps, released))
    return float(accountant.get_epsilon(delta))


def renyi_divergences(noise_multiplier, rate, steps):
    """Return the orders alpha, and the Rényi divergence of a training at each.

    Source:
        Mironov, Talwar and Zhang (2019), arXiv:1908.10530, section 3.3.
    """
    accountant = rdp.RdpAccountant(ORDERS)
    accountant.compose(training_event(noise_multiplier, rate, steps))
    return np.array(accountant._orders), np.array(accountant._rdp)


def renyi_epsilon(noise_multiplier, rate, steps, delta):
    """Epsilon by Rényi divergences and the conversion of the first papers.

    ``epsilon = min over alpha of divergence(alpha) + log(1 / delta) / (alpha - 1)``

    Args:
        noise_multiplier: As in `training_event`; so are the next two.
        rate: See there.
        steps: See there.
        delta: As in `epsilon`.

    Source:
        Abadi et al. (2016), theorem 2; Mironov (2017), proposition 3.
    """
    _check_delta(delta)
    orders, divergences = renyi_divergences(noise_multiplier, rate, steps)
    return float(np.min(divergences + math.log(1.0 / delta) / (orders - 1.0)))


def noise_for(target, rate, steps, delta, released=()):
    """Find the noise multiplier with which a training spends a given epsilon.

    Args:
        target: The epsilon to spend, above 0.
        rate: As in `training_event`.
        steps: See there.
        delta: As in `epsilon`.
        released: As in `training_event`.

    Returns:
        sigma, to a thousandth of its size, on the private side.

    Raises:
        ValueError: If `target` is not above 0, or what was released has spent it already.
    """
    if not target > 0:
        raise ValueError(f"target must be above 0; got {target}")

    @cache
    def excess(log_sigma):
        return math.log(epsilon(math.exp(log_sigma), rate, steps, delta, released) / target)

    low = high = 0.0
    while excess(high) > 0:  # a large noise multiplier is cheap to account for
        low, high = high, high + 1.5
        if high > 9.0:
            raise ValueError(f"target must be more than was spent already; got {target}")
    while excess(low) < 0:
        low, high = low - 0.5, low
    sigma = math.exp(brentq(excess, low, high, xtol=5e-4))
    return sigma if excess(math.log(sigma)) <= 0 else sigma * math.exp(5e-4)


def audited_epsilon(scores_in, scores_out, delta, confidence=0.95):
    """Bound epsilon from below by how well an attack tells two data sets apart.

    A threshold on the first half of the scores is chosen so that it promises most; on the
    second half its rates have the bounds of Clopper and Pearson. Any private training has
    ``hits <= exp(epsilon) false alarms + delta``, and the same with the roles exchanged.

    Args:
        scores_in: Scores of runs in which the example took part, shape (n,).
        scores_out: Scores of runs without it, shape (m,).
        delta: As in `epsilon`.
        confidence: The bound holds with at least this probability.

    Returns:
        The bound, at least 0.

    Raises:
        ValueError: If a set has fewer than four scores, or `confidence` is not in (0, 1).

    Source:
        Jagielski, Ullman and Oprea (2020), algorithm 1.
    """
    _check_delta(delta)
    if min(len(scores_in), len(scores_out)) < 4 or not 0 < confidence < 1:
        raise ValueError(
            "scores must be at least 4 of each kind and confidence in (0, 1); "
            f"got {len(scores_in)}, {len(scores_out)} and {confidence}"
        )
    first_in, second_in = scores_in[0::2], scores_in[1::2]
    first_out, second_out = scores_out[0::2], scores_out[1::2]
    tail = (1.0 - confidence) / 2.0  # one error for each of the two rates
    thresholds = np.quantile(np.concatenate([first_in, first_out]), np.linspace(0, 1, 101))
    choices = [(threshold, sign) for threshold in thresholds for sign in (1, -1)]
    best = max(choices, key=lambda c: _bound(first_in, first_out, *c, delta, tail))
    return max(0.0, _bound(second_in, second_out, *best, delta, tail))


def _bound(scores_in, scores_out, threshold, sign, delta, tail):
    if sign < 0:  # say "without it" below the threshold
        scores_in, scores_out = -np.asarray(scores_out), -np.asarray(scores_in)
        threshold = -threshold
    hits, alarms = np.sum(scores_in > threshold), np.sum(scores_out > threshold)
    n, m = len(scores_in), len(scores_out)
    low = beta.ppf(tail, hits, n - hits + 1) if hits else 0.0
    high = beta.ppf(1.0 - tail, alarms + 1, m - alarms) if alarms < m else 1.0
    return math.log((low - delta) / high) if low > delta else -math.inf


def _check_delta(delta):
    if not 0 < delta < 1:
        raise ValueError(f"delta must be above 0 and below 1; got {delta}")
