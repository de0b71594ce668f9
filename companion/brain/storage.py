"""Weights of a Hopfield network that make chosen patterns its states of rest.

Patterns xi^1, ..., xi^P of +1 and -1 in N neurons are stored by Hebb's rule::

    W_ij = 1/N sum_mu xi^mu_i xi^mu_j,    W_ii = 0

or by the projection onto the space they span, or by practice on damaged cues: a neuron i
that answers the cue s with a field that is not above the margin kappa on the side of its
target xi, ``xi_i h_i < kappa``, asks for a change, and each pair of neurons takes the mean
of both::

    W_ij <- W_ij + eta / 2 (e_i s_j + e_j s_i),    e_i = xi_i if xi_i h_i < kappa, else 0

summed over the patterns. All three are symmetric with a zero diagonal.
"""

import numpy as np

from companion.brain.memory import flip_each


def hebbian_weights(patterns):
    """Store patterns by Hebb's rule: the mean product of each pair of neurons.

    Args:
        patterns: One in each row, shape (P, N).

    Returns:
        W, symmetric with a zero diagonal, shape (N, N).

    Raises:
        ValueError: If `patterns` is not 2-D.

    Source:
        Hopfield (1982), doi:10.1073/pnas.79.8.2554, eq. 2, with a factor 1/N.
    """
    patterns = _checked_patterns(patterns)
    weights = patterns.T @ patterns / patterns.shape[1]
    np.fill_diagonal(weights, 0.0)
    return weights


def projection_weights(patterns):
    """Store patterns by the projection onto the space they span, without its diagonal.

    Every pattern answers itself before the diagonal is removed, W xi = xi, so that
    afterwards its fields are (1 - W_ii) xi_i, with the right sign.

    Args:
        patterns: One in each row, shape (P, N); they may be correlated.

    Returns:
        W, symmetric with a zero diagonal, shape (N, N); all zero if the patterns span
        every direction.

    Raises:
        ValueError: If `patterns` is not 2-D.

    Source:
        Personnaz, Guyon and Dreyfus (1985), Journal de Physique Lettres 46, 359-365;
        without the diagonal: Kanter and Sompolinsky (1987), doi:10.1103/PhysRevA.35.380.
    """
    patterns = _checked_patterns(patterns)
    projection = np.linalg.pinv(patterns, rcond=1e-10) @ patterns
    weights = 0.5 * (projection + projection.T)
    np.fill_diagonal(weights, 0.0)
    return weights


def practiced_weights(patterns, rng, n_rounds=300, noise=0.2, margin=1.0, rate=0.005):
    """Learn weights that recall patterns from cues with some of their neurons turned.

    Args:
        patterns: Of +1 and -1, one in each row, shape (P, N).
        rng: A `numpy.random.Generator` that draws the cues.
        n_rounds: How often each pattern is seen, at least 1.
        noise: Largest probability of a turn; each cue draws its own from 0 to this.
        margin: kappa, above 0.
        rate: eta, above 0.

    Returns:
        W, symmetric with a zero diagonal, shape (N, N).

    Raises:
        ValueError: If `n_rounds`, `margin` or `rate` is not above 0.

    Source:
        Rosenblatt (1958), doi:10.1037/h0042519, for one neuron and without symmetry.
    """
    for name, value in (("n_rounds", n_rounds), ("margin", margin), ("rate", rate)):
        if not value > 0:
            raise ValueError(f"{name} must be above 0; got {value}")
    patterns = np.asarray(patterns, dtype=float)
    weights = np.zeros((patterns.shape[1],) * 2)
    for _ in range(n_rounds):
        cues = flip_each(patterns, rng.uniform(0.0, noise, size=(len(patterns), 1)), rng)
        weights = perceptron_step(weights, cues, patterns, margin, rate)
    return weights


def perceptron_step(weights, cues, targets, margin, rate):
    """Weights after one step of the rule for all cues together.

    Args:
        weights: W, symmetric with a zero diagonal, shape (N, N).
        cues: s, shape (P, N).
        targets: xi, of +1 and -1, shape (P, N).
        margin: kappa.
        rate: eta.

    Returns:
        The next W, shape (N, N).
    """
    wanted = np.where(targets * (cues @ weights) < margin, targets, 0.0)
    change = wanted.T @ cues
    weights = weights + 0.5 * rate * (change + change.T)
    np.fill_diagonal(weights, 0.0)
    return weights


def dilute(weights, share_removed, rng):
    """Cut pairs of connections at random, each pair with the same probability.

    Args:
        weights: W, shape (N, N).
        share_removed: Probability that i to j and j to i are cut, in [0, 1].
        rng: A `numpy.random.Generator`.

    Returns:
        W with zeros where it was cut, still symmetric.

    Raises:
        ValueError: If `share_removed` is outside [0, 1].
    """
    if not 0.0 <= share_removed <= 1.0:
        raise ValueError(f"share_removed must lie in [0, 1]; got {share_removed}")
    upper = np.triu(rng.random(np.shape(weights)) >= share_removed, 1)
    return weights * (upper | upper.T)


def _checked_patterns(patterns):
    patterns = np.asarray(patterns, dtype=float)
    if patterns.ndim != 2:
        raise ValueError(f"patterns must be (P, N); got shape {patterns.shape}")
    return patterns
