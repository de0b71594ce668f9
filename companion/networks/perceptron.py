"""Rosenblatt's perceptron: a threshold unit, its learning rule, and a bound on mistakes.

The unit answers ``+1`` if ``w . x > 0`` and ``-1`` otherwise. Labels y are +1 and -1, and
the bias is a weight like the others, on an input that is always 1 (`with_bias`). Presented
with an example, the rule changes the weights only where the unit is wrong::

    if  y (w . x) <= 0:    w <- w + y x

A score of exactly zero counts as a mistake, so that weights of zero can begin to move.

If a vector u separates the data, the rule from zero weights makes at most (R / gamma)**2
mistakes in all, however often and in whatever order the examples come::

    R = largest |x_i|,    gamma = smallest y_i (u . x_i) / |u|

Both are lengths in the space with the constant input: its 1 counts in R.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from companion.networks import checks


@dataclass(frozen=True)
class Trained:
    """What Rosenblatt's rule left behind.

    Args:
        weights: w after the last example, (n_inputs,).
        mistakes: Number of mistakes in each epoch that was run.
        average: Mean of w over all presentations, (n_inputs,).
        pocket: The w that was wrong on the fewest examples on its way, (n_inputs,).
    """

    weights: np.ndarray
    mistakes: list
    average: np.ndarray
    pocket: np.ndarray


def with_bias(x):
    """Append the constant input 1, whose weight is the bias: (n, d) to (n, d + 1)."""
    x = np.asarray(x, dtype=float)
    return np.hstack([x, np.ones((len(x), 1))])


def predict(weights, x):
    """Answer of the unit, +1 or -1, shape (n,), for inputs (n, n_inputs)."""
    return np.where(np.asarray(x) @ weights > 0, 1, -1)


def n_wrong(weights, x, y):
    """Count the examples whose score is not on the side of their label."""
    return int(np.count_nonzero(y * (x @ weights) <= 0))


def train(x, y, *, epochs, rng=None):
    """Apply Rosenblatt's rule from zero weights, until an epoch has no mistake.

    Args:
        x: Inputs, (n, n_inputs), with the constant input if a bias is wanted.
        y: Labels +1 and -1, (n,).
        epochs: Passes over the data, at most.
        rng: A `numpy.random.Generator` that shuffles every epoch; None keeps the order.

    Returns:
        A `Trained`.

    Raises:
        ValueError: If an argument has a wrong shape or value.

    Source:
        Rosenblatt (1958), doi:10.1037/h0042519. The pocket, here with a count on all
        examples: Gallant (1990), doi:10.1109/72.80230. The average, as a cheap stand-in
        for a vote: Freund and Schapire (1999), doi:10.1023/A:1007662407062.
    """
    x, y = checked_labeled(x, y)
    checks.check_counts(epochs=epochs)
    weights, total = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    pocket, fewest, mistakes = weights.copy(), len(x), []
    for _ in range(epochs):
        order = np.arange(len(x)) if rng is None else rng.permutation(len(x))
        mistakes.append(0)
        for i in order:
            if y[i] * (weights @ x[i]) <= 0:
                weights = weights + y[i] * x[i]
                mistakes[-1] += 1
                if (wrong := n_wrong(weights, x, y)) < fewest:
                    pocket, fewest = weights, wrong
            total += weights
        if mistakes[-1] == 0:
            break
    return Trained(weights, mistakes, total / (len(mistakes) * len(x)), pocket)


def teacher_data(n_points, n_inputs, gap, rng):
    """Draw data that a random unit, the teacher, separates with a margin above `gap`.

    Args:
        n_points: Points drawn from a normal distribution; those too near the teacher's
            boundary are left out.
        n_inputs: Inputs of a point, without the constant one.
        gap: Smallest distance to the boundary, at least 0.
        rng: A `numpy.random.Generator`.

    Returns:
        x: Inputs with the constant one, (at most n_points, n_inputs + 1).
        y: The teacher's labels.
        teacher: Its weights, a unit vector.

    Raises:
        ValueError: If a count is no integer of at least 1, or no point is left.
    """
    checks.check_counts(n_points=n_points, n_inputs=n_inputs)
    teacher = rng.normal(size=n_inputs + 1)
    teacher /= np.linalg.norm(teacher)
    x = with_bias(rng.normal(size=(n_points, n_inputs)))
    x = x[np.abs(x @ teacher) > gap]
    if len(x) == 0:
        raise ValueError(f"gap must leave at least one point; got {gap}")
    return x, np.sign(x @ teacher), teacher


def margin(separator, x, y):
    """gamma: the smallest distance to the boundary, below 0 if an example is wrong.

    Args:
        separator: u, (n_inputs,), not zero; its length does not matter.
        x: Inputs, (n, n_inputs).
        y: Labels +1 and -1, (n,).

    Returns:
        The smallest ``y_i (u . x_i) / |u|``.
    """
    return float(np.min(y * (x @ separator)) / np.linalg.norm(separator))


def radius(x):
    """R: the largest length of an input."""
    return float(np.max(np.linalg.norm(x, axis=1)))


def mistake_bound(separator, x, y):
    """Largest possible number of mistakes, (R / gamma)**2.

    Args:
        separator: u, (n_inputs,), which must separate the data.
        x: Inputs, (n, n_inputs).
        y: Labels +1 and -1, (n,).

    Returns:
        The bound.

    Raises:
        ValueError: If `separator` does not separate the data.

    Source:
        Novikoff (1962), On convergence proofs on perceptrons.
    """
    x, y = checked_labeled(x, y)
    gamma = margin(separator, x, y)
    if not gamma > 0:
        raise ValueError(f"separator must separate the data; got the margin {gamma:.3g}")
    return (radius(x) / gamma) ** 2


def widest_separator(x, y):
    """Unit vector u with the largest margin, which makes the bound as small as it gets.

    It is the shortest w with ``y_i (w . x_i) >= 1`` for all i, divided by its length. That
    problem of least distance becomes one of least squares with weights that are not
    negative: with Z = y x in rows and h = 1, find a >= 0 that minimizes
    ``|Z.T a|**2 + (h . a - 1)**2``; then w is ``Z.T a / (1 - h . a)``.

    Args:
        x: Inputs, (n, n_inputs).
        y: Labels +1 and -1, (n,).

    Returns:
        u, (n_inputs,).

    Raises:
        ValueError: If no vector separates the data.

    Source:
        Lawson and Hanson (1974), Solving Least Squares Problems, chapter 23.
    """
    x, y = checked_labeled(x, y)
    z = y[:, np.newaxis] * x
    system = np.vstack([z.T, np.ones(len(z))])
    goal = np.zeros(len(system))
    goal[-1] = 1.0
    a, _ = nnls(system, goal)
    w = z.T @ a
    if not np.linalg.norm(w) > 0 or margin(w, x, y) <= 1e-9 * radius(x):
        raise ValueError("x and y must be separable; found no vector that separates them")
    return w / np.linalg.norm(w)


def checked_labeled(x, y):
    """Turn inputs and labels into float64.

    Args:
        x: Inputs, (n, n_inputs).
        y: Labels, (n,).

    Returns:
        Both as arrays of float64.

    Raises:
        ValueError: If `x` is no table of finite numbers, or `y` is not n times +1 or -1.
    """
    x = np.asarray(x, dtype=float)
    if x.ndim != 2 or x.size == 0:
        raise ValueError(f"x must be (n, n_inputs), not empty; got shape {x.shape}")
    checks.check_finite("x", x)
    y = np.asarray(y, dtype=float)
    if y.shape != x.shape[:1] or not np.isin(y, (-1.0, 1.0)).all():
        raise ValueError(
            f"y must be {len(x)} labels, each +1 or -1; got shape {y.shape} "
            f"with the values {np.unique(y)[:5]}"
        )
    return x, y
