"""How fast descent converges where the loss is a bowl: rates in closed form.

Along a direction of curvature h the loss is ``h w**2 / 2`` and the gradient is ``h w``, so
that one step of an optimizer is a linear map, and its largest eigenvalue (in magnitude) is
the factor by which the distance to the minimum shrinks, in the long run, in each step::

    gradient descent   r = 1 - eta h
    momentum           r**2 - (1 + mu - eta h) r + mu = 0
    Nesterov           r**2 - (1 + mu) (1 - eta h) r + mu (1 - eta h) = 0

A factor below 1 converges. A bowl has several curvatures, and the slowest direction
decides; kappa, the condition number, is the largest over the smallest.
"""

import math

import numpy as np

from companion.networks import surfaces


def descent_factor(curvature, learning_rate):
    """Factor of gradient descent, ``|1 - eta h|``.

    Args:
        curvature: h, a number or an array.
        learning_rate: eta.

    Returns:
        The factor, shaped as `curvature`.
    """
    return np.abs(1.0 - learning_rate * np.asarray(curvature, dtype=float))


def momentum_factor(curvature, learning_rate, momentum, nesterov=False):
    """Factor of momentum or of Nesterov's momentum: the larger root in magnitude.

    Args:
        curvature: h, a number.
        learning_rate: eta.
        momentum: mu, at least 0 and below 1.
        nesterov: Whether the gradient is taken ahead.

    Returns:
        The factor, a float.

    Raises:
        ValueError: If `momentum` lies outside [0, 1).
    """
    _check_momentum(momentum)
    shrunk = 1.0 - learning_rate * curvature
    if nesterov:
        coefficients = [1.0, -(1.0 + momentum) * shrunk, momentum * shrunk]
    else:
        coefficients = [1.0, -(momentum + shrunk), momentum]
    return float(np.max(np.abs(np.roots(coefficients))))


def largest_stable_rate(curvature, momentum=0.0, nesterov=False):
    """Learning rate above which descent diverges along a curvature.

    That is ``2 (1 + mu) / h``, and ``2 (1 + mu) / (1 + 2 mu) / h`` for Nesterov's momentum.

    Args:
        curvature: h, the largest one of the loss, above 0.
        momentum: mu, at least 0 and below 1; 0 is gradient descent.
        nesterov: Whether the gradient is taken ahead.

    Returns:
        The limit; at the limit itself the error does not shrink.

    Raises:
        ValueError: If `curvature` is not above 0 or `momentum` lies outside [0, 1).
    """
    _check_momentum(momentum)
    if not curvature > 0:
        raise ValueError(f"curvature must be above 0; got {curvature}")
    ahead = 1.0 + 2.0 * momentum if nesterov else 1.0
    return 2.0 * (1.0 + momentum) / ahead / curvature


def best_descent(smallest, largest):
    """Learning rate at which the slowest direction of gradient descent is fastest.

    At this rate both extremes shrink by the same factor, (kappa - 1) / (kappa + 1).

    Args:
        smallest: Smallest curvature, above 0.
        largest: Largest curvature.

    Returns:
        learning_rate: 2 / (smallest + largest).
        factor: Factor of the error in each step.

    Raises:
        ValueError: If not 0 < smallest <= largest.
    """
    _check_curvatures(smallest, largest)
    return 2.0 / (smallest + largest), (largest - smallest) / (largest + smallest)


def best_momentum(smallest, largest):
    """Learning rate and momentum at which the slowest direction is fastest.

    Every curvature then shrinks by (sqrt(kappa) - 1) / (sqrt(kappa) + 1), the root of mu.

    Args:
        smallest: Smallest curvature, above 0.
        largest: Largest curvature.

    Returns:
        learning_rate: 4 / (sqrt(largest) + sqrt(smallest))**2.
        momentum: The factor squared.
        factor: Factor of the error in each step, in the long run.

    Raises:
        ValueError: If not 0 < smallest <= largest.

    Source:
        Polyak (1964), USSR Computational Mathematics and Mathematical Physics 4(5).
    """
    _check_curvatures(smallest, largest)
    low, high = math.sqrt(smallest), math.sqrt(largest)
    factor = (high - low) / (high + low)
    return 4.0 / (high + low) ** 2, factor**2, factor


def nesterov_settings(smallest, largest):
    """Learning rate and momentum that are usual for Nesterov's momentum on a bowl.

    The slowest direction then shrinks by 1 - 1 / sqrt(kappa) in each step.

    Args:
        smallest: Smallest curvature, above 0.
        largest: Largest curvature.

    Returns:
        learning_rate: 1 / largest.
        momentum: (sqrt(kappa) - 1) / (sqrt(kappa) + 1).
        factor: Factor of the error in each step, in the long run.

    Raises:
        ValueError: If not 0 < smallest <= largest.
    """
    _check_curvatures(smallest, largest)
    root = math.sqrt(largest / smallest)
    return 1.0 / largest, (root - 1.0) / (root + 1.0), 1.0 - 1.0 / root


def steps_needed(factor, reduction):
    """Steps until an error that shrinks by a constant factor is reduced enough.

    Args:
        factor: What a step multiplies the error by, above 0 and below 1.
        reduction: The wanted error as a share of the first one, above 0 and below 1.

    Returns:
        The number of steps, rounded up.

    Raises:
        ValueError: If an argument lies outside (0, 1).
    """
    for name, value in {"factor": factor, "reduction": reduction}.items():
        if not 0 < value < 1:
            raise ValueError(f"{name} must be above 0 and below 1; got {value}")
    return math.ceil(math.log(reduction) / math.log(factor))


def measured_factor(errors, n_last):
    """Factor per step of a measured error, from its last steps.

    Args:
        errors: Distances to the minimum after each step, shape (n,), above 0.
        n_last: How many of the last steps to average over, below n.

    Returns:
        The geometric mean of the factors.
    """
    errors = np.asarray(errors, dtype=float)
    return float((errors[-1] / errors[-1 - n_last]) ** (1.0 / n_last))


def steps_measured(errors, reduction):
    """Steps after which a measured error was first reduced enough.

    Args:
        errors: Distances to the minimum, the start first, shape (n_steps + 1,).
        reduction: The wanted error as a share of the first one.

    Returns:
        The number of steps, or infinity if it was not reached.
    """
    errors = np.asarray(errors, dtype=float)
    reached = np.flatnonzero(errors <= reduction * errors[0])
    return int(reached[0]) if reached.size else math.inf


BEST = {
    "gradient descent": best_descent,
    "momentum": best_momentum,
    "nesterov": nesterov_settings,
}


def walked_steps(name, condition, reduction):
    """Steps that an optimizer walks in a bowl at its closed-form settings.

    Args:
        name: A key of `BEST`.
        condition: Largest curvature; the smallest is 1. The walk starts at (1, 1).
        reduction: The wanted distance as a share of the first one.

    Returns:
        The number of steps.
    """
    rate, *momentum, factor = BEST[name](1.0, condition)
    settings = {"momentum": momentum[0]} if momentum else {}
    n_steps = 3 * steps_needed(factor, reduction)  # where two roots meet it takes longer
    bowl = surfaces.quadratic(condition)
    settings |= {"learning_rate": rate, "n_steps": n_steps, "start": [1.0, 1.0]}
    path = surfaces.walk(bowl, name, **settings)
    return steps_measured(np.linalg.norm(path, axis=1), reduction)


def _check_momentum(momentum):
    if not 0 <= momentum < 1:
        raise ValueError(f"momentum must be at least 0 and below 1; got {momentum}")


def _check_curvatures(smallest, largest):
    if not 0 < smallest <= largest:
        raise ValueError(
            f"smallest must be above 0 and at most largest; got {smallest} and {largest}"
        )
