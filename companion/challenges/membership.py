"""Membership inference: was this example among the training data of this model?

The attacker has a score for each example, high for "it was". The simplest is minus the
loss (Yeom et al., 2018). It is measured by the ROC-AUC; by the *advantage*, the largest
difference of the share of members and of others above one threshold; and by the share of
members found where only few others are accused (Carlini et al., 2022). For losses of 0
and 1 the advantage is the train/test gap itself.
"""

import numpy as np
from scipy.stats import norm

from companion.practice.anomaly import auc_of


def advantage(others, members):
    """Largest difference of the two shares that lie above one threshold.

    Args:
        others: Scores of examples that did not take part, shape (n,).
        members: Scores of examples that did, (m,).

    Returns:
        From 0 for scores that tell nothing to 1.

    Source:
        Yeom et al. (2018), definition 4.
    """
    thresholds = np.concatenate([others, members])
    hits = 1.0 - np.searchsorted(np.sort(members), thresholds, "right") / len(members)
    alarms = 1.0 - np.searchsorted(np.sort(others), thresholds, "right") / len(others)
    return float(max(0.0, np.max(hits - alarms)))


def found_at(rate, others, members):
    """Share of members found by the lowest threshold with few false accusations.

    Args:
        rate: Share of the others that may be accused, at least 0 and below 1.
        others: Scores of examples that did not take part, (n,).
        members: Scores of examples that did, (m,).

    Raises:
        ValueError: If `rate` is not at least 0 and below 1.
    """
    if not 0 <= rate < 1:
        raise ValueError(f"rate must be at least 0 and below 1; got {rate}")
    allowed = int(rate * len(others) + 1e-9)
    threshold = np.sort(others)[::-1][allowed]
    return float(np.mean(np.asarray(members) > threshold))


def measure(scores, is_member):
    """Measure an attack on several models.

    Args:
        scores: The higher, the more like a member, (n_models, n_examples).
        is_member: Which examples took part, booleans of the same shape.

    Returns:
        A dictionary of arrays (n_models,): "AUC", "advantage", and "found at 1 %".
    """
    pairs = [(s[~m], s[m]) for s, m in zip(scores, is_member, strict=True)]
    return {
        "AUC": np.array([auc_of(*pair) for pair in pairs]),
        "advantage": np.array([advantage(*pair) for pair in pairs]),
        "found at 1 %": np.array([found_at(0.01, *pair) for pair in pairs]),
    }


def draw_members(n_models, n_examples, n_members, seed):
    """Draw for each model which examples take part, booleans (n_models, n_examples)."""
    if not 0 < n_members < n_examples:
        raise ValueError(
            f"n_members must be above 0 and below {n_examples}; got {n_members}"
        )
    rng = np.random.default_rng(seed)
    is_member = np.zeros((n_models, n_examples), dtype=bool)
    for row in is_member:
        row[rng.choice(n_examples, n_members, replace=False)] = True
    return is_member


def likelihood_ratios(statistic, is_member):
    """Score each model by what all others do with the same example.

    For one example, models that had it and models that did not each give normal
    distribution of the statistic, with one variance per kind over all examples. The score
    is the logarithm of the quotient of the two densities, the attacked model left out.

    Args:
        statistic: For instance the logit of the right class's probability,
            (n_models, n_examples).
        is_member: Booleans of the same shape, each example in and out of three or more.

    Returns:
        Scores of the same shape.

    Raises:
        ValueError: If an example is in, or out of, fewer than three models.

    Source:
        Carlini et al. (2022), section V, with their global variance.
    """
    counts = is_member.sum(axis=0)
    if counts.min() < 3 or (len(is_member) - counts).min() < 3:
        raise ValueError(
            "is_member must have every example in and out of at least 3 models; got "
            f"{counts.min()} and {(len(is_member) - counts).min()}"
        )
    scores = np.zeros(statistic.shape)
    for kind, sign in ((is_member, 1.0), (~is_member, -1.0)):
        masked = np.where(kind, statistic, 0.0)
        # Mean over the models of this kind, the attacked one left out.
        n = kind.sum(axis=0) - kind
        mean = (masked.sum(axis=0) - masked) / n
        own_mean = masked.sum(axis=0) / kind.sum(axis=0)
        std = np.sqrt(np.mean(np.square(statistic - own_mean)[kind]))
        scores += sign * norm.logpdf(statistic, mean, std)
    return scores


def logit_of_right(log_p):
    """``log(p / (1 - p))`` of a log probability, cut off where p rounds to 0 or 1."""
    log_p = np.minimum(log_p, -1e-12)
    return log_p - np.log(-np.expm1(log_p))
