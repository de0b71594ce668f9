"""Losses of two parameters, with exact gradients: places to watch an optimizer walk.

Points are rows (x, y); every function takes any number of them, as an array (..., 2)::

    quadratic    (x**2 + kappa y**2) / 2                    one minimum, condition kappa
    saddle       x**2 / 2 - y**2 / 2 + y**4 / 4             gradient 0 at the origin
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from companion.networks import checks, optimizers


@dataclass(frozen=True)
class Surface:
    """A loss of two parameters.

    Args:
        name: What it is called.
        loss: Maps points (..., 2) to losses (...).
        gradient: Maps points (..., 2) to gradients (..., 2).
        minima: The lowest points, shape (n, 2).
        start: The usual place to start from, shape (2,).
    """

    name: str
    loss: Callable
    gradient: Callable
    minima: np.ndarray
    start: np.ndarray


def quadratic(condition=20.0):
    """A bowl with curvature 1 along x and `condition` along y.

    Args:
        condition: Ratio of the two curvatures, at least 1.

    Returns:
        A `Surface`; its lowest loss is 0, at the origin.

    Raises:
        ValueError: If `condition` is below 1.
    """
    if not condition >= 1:
        raise ValueError(f"condition must be at least 1; got {condition}")
    curvatures = np.array([1.0, condition])
    return Surface(
        "quadratic",
        lambda points: 0.5 * np.asarray(points) ** 2 @ curvatures,
        lambda points: np.asarray(points) * curvatures,
        np.zeros((1, 2)),
        np.array([-4.0, 1.0]),
    )


def _saddle_loss(points):
    x, y = np.moveaxis(np.asarray(points, dtype=float), -1, 0)
    return x**2 / 2.0 - y**2 / 2.0 + y**4 / 4.0


def _saddle_gradient(points):
    x, y = np.moveaxis(np.asarray(points, dtype=float), -1, 0)
    return np.stack([x, y**3 - y], axis=-1)


def saddle():
    """A saddle at the origin between two minima (0, 1) and (0, -1) of loss -1 / 4."""
    minima = np.array([[0.0, 1.0], [0.0, -1.0]])
    return Surface("saddle", _saddle_loss, _saddle_gradient, minima, np.array([1.5, 1e-3]))


def walk(surface, optimizer, *, learning_rate, n_steps, start=None, **settings):
    """Let an optimizer walk on a surface.

    Args:
        surface: A `Surface`.
        optimizer: A name of `companion.networks.optimizers.OPTIMIZERS`.
        learning_rate: Above 0.
        n_steps: Steps to make.
        start: Where to start, shape (2,); by default the surface's own place.
        settings: Further arguments of the optimizer, such as `momentum`.

    Returns:
        The path, shape (n_steps + 1, 2), the start first. Where the learning rate is too
        large it may leave every bound, and end in infinities or no numbers.

    Raises:
        ValueError: If `optimizer` is unknown, `n_steps` no integer of at least 1, or the
            learning rate not above 0.
    """
    step = optimizers.find(optimizer)
    checks.check_counts(n_steps=n_steps)
    if not 0 < learning_rate < np.inf:
        raise ValueError(f"learning_rate must be above 0 and finite; got {learning_rate}")
    point, state = np.array(surface.start if start is None else start, dtype=float), None
    path = [point]
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(n_steps):
            grad = surface.gradient(point)
            point, state = step(point, grad, state, learning_rate, **settings)
            path.append(point)
    return np.array(path)


def races(surface, names, rates, momenta, n_steps):
    """Walks of several optimizers at every pair of a learning rate and a momentum.

    Args:
        surface: A `Surface`.
        names: Names of `companion.networks.optimizers.OPTIMIZERS`.
        rates: Learning rates.
        momenta: Values of `momentum`, and for Adam of `beta_1`; gradient descent and
            RMSprop have none, and walk the same way at each.
        n_steps: Steps of each walk.

    Returns:
        Array (n_rates, n_momenta, n_names, n_steps + 1, 2).
    """
    argument = {"momentum": "momentum", "nesterov": "momentum", "adam": "beta_1"}

    def one(rate, value, name):
        settings = {argument[name]: value} if name in argument else {}
        return walk(surface, name, learning_rate=rate, n_steps=n_steps, **settings)

    walks = [[[one(r, m, name) for name in names] for m in momenta] for r in rates]
    return np.array(walks)
