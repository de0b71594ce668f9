"""From a score to an alarm: a threshold with a known rate of false alarms, or a known cost.

Let n validation rows be normal and unseen in training. A new normal row is then
exchangeable with them: each of the n + 1 places in the order of their scores is equally
likely for it. Nothing else is assumed, neither of the detector nor of the data.
"""

import numpy as np
from scipy.stats import beta

from companion.networks import checks
from companion.practice.anomaly import checked_labels


def conformal_p_values(scores_val, scores):
    """Share of the places in the order that are at least as strange as a row's own.

    These are the marginal conformal p-values:
    p = (1 + number of validation scores >= score) / (n + 1). For a normal row the chance
    that p <= a is at most a, for every a.

    Args:
        scores_val: Scores of n normal validation rows, shape (n,).
        scores: Scores of new rows, shape (m,).

    Returns:
        p-values, shape (m,), from 1 / (n + 1) to 1.

    Raises:
        ValueError: If a score is not finite, or there is no validation row.

    Source:
        Bates et al. (2023), arXiv:2104.08279.
    """
    scores_val = np.sort(_checked_scores("scores_val", scores_val))
    scores = _checked_scores("scores", scores)
    at_least = len(scores_val) - np.searchsorted(scores_val, scores, "left")
    return (1.0 + at_least) / (len(scores_val) + 1.0)


def threshold_at_rate(scores_val, rate):
    """Choose the lowest threshold whose false alarms are bounded: alarm if above it.

    It is the k-th smallest validation score, k = ceil((n + 1) (1 - rate)). A new normal
    row exceeds it with a chance of at most `rate`, and of at least rate - 1 / (n + 1)
    where scores are never equal; the chance is taken over validation rows and new row.

    Args:
        scores_val: Scores of n normal validation rows, shape (n,).
        rate: The share of false alarms that is allowed, in (0, 1).

    Returns:
        The threshold.

    Raises:
        ValueError: If a score is not finite, the rate is not in (0, 1), or n is below
            1 / rate - 1, so that no score of so few rows can promise the rate.
    """
    scores_val = np.sort(_checked_scores("scores_val", scores_val))
    _check_share("rate", rate)
    place = _place(len(scores_val), rate)
    if place > len(scores_val):
        needed = int(np.ceil(round(1.0 / rate - 1.0, 9)))
        raise ValueError(
            f"scores_val must have at least {needed} rows for rate {rate}; "
            f"got {len(scores_val)}"
        )
    return float(scores_val[place - 1])


def rate_spread(n_val, rate, level=0.95):
    """Say how far the achieved rate may lie from the wanted one, with n validation rows.

    Once the validation rows are drawn, the chance of a false alarm is a fixed number. Over
    many such draws it follows the Beta(n + 1 - k, k) distribution, for scores that are
    never equal, whatever their distribution is.

    Args:
        n_val: n, the number of validation rows.
        rate: The wanted rate, in (0, 1).
        level: Share of the draws between the two ends, in (0, 1).

    Returns:
        The lower and the upper end.

    Raises:
        ValueError: If an argument is out of range.
    """
    checks.check_counts(n_val=n_val)
    _check_share("rate", rate)
    _check_share("level", level)
    place = _place(n_val, rate)
    if place > n_val:
        raise ValueError(f"n_val must be at least 1 / rate - 1; got {n_val} for {rate}")
    ends = beta.ppf([(1 - level) / 2, (1 + level) / 2], n_val + 1 - place, place)
    return tuple(float(end) for end in ends)


def cost(y, scores, threshold, miss, alarm, prevalence):
    """Mean cost of a row if rows above a threshold raise an alarm.

    The shares of missed anomalies and of false alarms are counted; how rare anomalies are
    where the detector will work must be given, because a test part seldom has that share.

    Args:
        y: 1 for an anomaly and 0 for a normal row, shape (n,).
        scores: Shape (n,).
        threshold: A number, or several, shape (m,).
        miss: Cost of an anomaly without an alarm, above 0.
        alarm: Cost of a false alarm, above 0.
        prevalence: Share of anomalies at work, in (0, 1).

    Returns:
        prevalence * miss * missed + (1 - prevalence) * alarm * false alarms, shaped as
        `threshold`.

    Raises:
        ValueError: If an argument is out of range.
    """
    y, scores = checked_labels(y, scores)
    _check_share("prevalence", prevalence)
    for name, value in {"miss": miss, "alarm": alarm}.items():
        if not value > 0:
            raise ValueError(f"{name} must be above 0; got {value}")
    missed = np.searchsorted(np.sort(scores[y]), threshold, "right") / y.sum()
    quiet = np.searchsorted(np.sort(scores[~y]), threshold, "right") / (~y).sum()
    return prevalence * miss * missed + (1.0 - prevalence) * alarm * (1.0 - quiet)


def cheapest_threshold(y, scores, miss, alarm, prevalence):
    """Choose the threshold of lowest `cost` on validation rows with known anomalies.

    Args:
        y: As in `cost`.
        scores: As in `cost`.
        miss: As in `cost`.
        alarm: As in `cost`.
        prevalence: As in `cost`.

    Returns:
        One of the scores, or minus infinity: alarm always. The lowest of equals.

    Raises:
        ValueError: As in `cost`.
    """
    candidates = np.concatenate(([-np.inf], np.unique(np.asarray(scores, dtype=float))))
    costs = cost(y, scores, candidates, miss, alarm, prevalence)
    return float(candidates[np.argmin(costs)])


def _place(n_val, rate):
    # Without rounding, 20 * (1 - 0.05) would be above 19 by one bit.
    return int(np.ceil(round((n_val + 1) * (1.0 - rate), 9)))


def _checked_scores(name, scores):
    scores = np.asarray(scores, dtype=float)
    if scores.ndim != 1 or len(scores) == 0:
        raise ValueError(f"{name} must be (n,) with n >= 1; got shape {scores.shape}")
    checks.check_finite(name, scores)
    return scores


def _check_share(name, value):
    if not 0 < value < 1:
        raise ValueError(f"{name} must be in (0, 1); got {value}")
