"""A symmetric network that learns its patterns from damaged cues, by a perceptron rule.

Hebb's rule sees each pattern once. Here the network practices: a neuron i that answers
the cue s with a field that is not above the margin kappa on the side of its target xi,
xi_i h_i < kappa, asks for a change, and each pair of neurons takes the mean of both::

    W_ij <- W_ij + eta / 2 (e_i s_j + e_j s_i),    e_i = xi_i if xi_i h_i < kappa, else 0

summed over the patterns. W stays symmetric with a zero diagonal, so it comes to rest.
"""

import numpy as np

from companion.brain.memory import flip_each


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
