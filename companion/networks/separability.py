"""What one threshold unit can do: a count of Boolean functions, and Cover's theorem.

A unit with n inputs and a threshold does a classification if and only if a hyperplane
separates the two classes. Whether one does is a linear program
(`companion.brain.dendrites.separation_margin`), so the answers here are exact.

Of all 2**p ways to put p points into two classes, points in general position, the number
that m free weights can do through the origin is, after Cover::

    C(p, m) = 2 * sum over k = 0 ... m - 1 of binomial(p - 1, k)

A threshold is one more weight on a constant input: n inputs and a threshold make
m = n + 1. For p <= m every classification is possible, and at p = 2 m exactly half are.
"""

from itertools import permutations, product
from math import comb

import numpy as np

from companion.brain.dendrites import all_inputs, separation_margin, truth_table
from companion.networks import checks

# A linear program's zero is a rounding error; a real margin on these points is far larger.
ZERO = 1e-9


def is_separable(x, target):
    """Tell whether one unit with a threshold can do a classification.

    Args:
        x: Points, (p, n_inputs).
        target: Whether the unit should fire, bool of shape (p,).

    Returns:
        True or False.
    """
    return bool(separation_margin(x, target)[0] > ZERO)


def count_dichotomies(n_points, n_weights):
    """Cover's C(p, m): the number of classifications that m weights can do.

    Args:
        n_points: p, points in general position, at least 1.
        n_weights: m, free weights, at least 1; the threshold counts as one.

    Returns:
        The number of classifications, out of 2**p.

    Raises:
        ValueError: If an argument is no integer of at least 1.

    Source:
        Cover (1965), doi:10.1109/PGEC.1965.264137, theorem 1.
    """
    checks.check_counts(n_points=n_points, n_weights=n_weights)
    return 2 * sum(comb(n_points - 1, k) for k in range(n_weights))


def separable_share(n_points, n_inputs, n_trials, rng):
    """Measure how often random labels of random points are separable.

    Args:
        n_points: p, points drawn from a normal distribution for each trial.
        n_inputs: n; the unit has n + 1 weights, the threshold among them.
        n_trials: Sets of points with labels, +1 or -1 with equal chance.
        rng: A `numpy.random.Generator`.

    Returns:
        The share of trials in which one unit can do the classification.

    Raises:
        ValueError: If a count is no integer of at least 1.
    """
    checks.check_counts(n_points=n_points, n_inputs=n_inputs, n_trials=n_trials)
    found = 0
    for _ in range(n_trials):
        x = rng.normal(size=(n_points, n_inputs))
        found += is_separable(x, rng.integers(2, size=n_points).astype(bool))
    return found / n_trials


def count_threshold_functions(n_inputs):
    """Count the Boolean functions of n inputs that one threshold unit can do.

    Renaming the inputs, turning some of them over, or turning the answer over changes
    weights and threshold but not whether there are any. So one linear program decides a
    whole family of functions.

    Args:
        n_inputs: n, from 1 to 4: there are 2**(2**n) functions.

    Returns:
        n_functions: How many a unit can do.
        n_programs: How many linear programs were needed.

    Raises:
        ValueError: If `n_inputs` is not 1, 2, 3 or 4.
    """
    if n_inputs not in (1, 2, 3, 4):
        raise ValueError(f"n_inputs must be 1, 2, 3 or 4; got {n_inputs}")
    x = all_inputs(n_inputs)
    orders = _reorderings(n_inputs)
    powers = 2 ** np.arange(len(x))[::-1]
    seen = np.zeros(2 ** len(x), dtype=bool)
    n_functions = n_programs = 0
    for function in range(len(seen)):
        if seen[function]:
            continue
        column = truth_table(n_inputs, function)
        numbers = column[orders] @ powers
        family = np.union1d(numbers, len(seen) - 1 - numbers)
        seen[family] = True
        n_programs += 1
        n_functions += len(family) * is_separable(x, column)
    return n_functions, n_programs


def _reorderings(n_inputs):
    """Orders of the 2**n patterns after inputs were renamed and turned over, by rows."""
    x = all_inputs(n_inputs)
    powers = 2 ** np.arange(n_inputs)[::-1]
    return np.array(
        [
            (x[:, list(names)] ^ np.array(flips)) @ powers
            for names in permutations(range(n_inputs))
            for flips in product((0, 1), repeat=n_inputs)
        ]
    )
