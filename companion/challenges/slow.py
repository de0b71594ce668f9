"""Slow is not stuck: steps of gradient descent where there is nothing to be stuck in.

**A quadratic.** A linear map W, (D, D), that should reproduce x has the loss

    L(W) = tr[(I - W)^T C (I - W)],    C the covariance of x

with a single minimum, W = I. A step of gradient descent with the rate eta multiplies the
error I - W along an axis of variance v by ``1 - 2 eta v``. The rate that makes the worst of
these factors smallest is ``1 / (v_max + v_min)``; the worst factor is then

    (kappa - 1) / (kappa + 1),    kappa = v_max / v_min  (the condition number)

**A saddle** of the linear autoencoder, at which a code unit carries the axis i although a
larger variance v_j was left out. Let a of axis j enter the encoder of that unit and b its
decoder. Up to second order the loss grows by ``v_j a^2 + v_i b^2 - 2 v_j a b``, whose
smallest second derivative is

    lambda = v_i + v_j - sqrt((v_j - v_i)^2 + 4 v_j^2)  < 0

so the distance from the saddle grows by ``1 - eta lambda`` with every step.
"""

import numpy as np

from companion.autoencoders import linear_landscape
from companion.networks import checks


def condition_number(covariance):
    """Largest variance over the smallest.

    Raises:
        ValueError: If the smallest variance is not above 0.
    """
    variances = np.linalg.eigvalsh(covariance)
    if not variances[0] > 0:
        raise ValueError(f"covariance must be positive definite; got {variances[0]:.3g}")
    return float(variances[-1] / variances[0])


def predicted_steps(kappa, tolerance):
    """Steps until the worst axis has the error `tolerance`, from the error 1.

    Args:
        kappa: Condition number, at least 1.
        tolerance: Above 0 and below 1.

    Returns:
        The smallest whole number of steps, at least 1.

    Raises:
        ValueError: If an argument is out of its range.
    """
    if not kappa >= 1:
        raise ValueError(f"kappa must be at least 1; got {kappa}")
    if not 0 < tolerance < 1:
        raise ValueError(f"tolerance must be above 0 and below 1; got {tolerance}")
    factor = (kappa - 1.0) / (kappa + 1.0)
    if factor <= tolerance:
        return 1
    return int(np.ceil(np.log(tolerance) / np.log(factor) - 1e-9))


def measured_steps(covariance, tolerance, max_steps=100_000):
    """Descend from W = 0 with the best rate, and count.

    Args:
        covariance: C, (D, D), positive definite.
        tolerance: Of the largest singular value of I - W, above 0 and below 1.
        max_steps: Where to give up.

    Returns:
        Steps until it is reached.

    Raises:
        ValueError: If it is not reached in `max_steps`.
    """
    checks.check_counts(max_steps=max_steps)
    variances = np.linalg.eigvalsh(covariance)
    rate = 1.0 / (variances[-1] + variances[0])
    w = np.zeros_like(covariance)
    for step in range(1, max_steps + 1):
        gradient = -2.0 * covariance @ (np.eye(len(w)) - w)
        w = w - rate * gradient
        if np.linalg.norm(np.eye(len(w)) - w, 2) <= tolerance * (1 + 1e-9):
            return step
    raise ValueError(f"max_steps must be enough to reach {tolerance}; got {max_steps}")


def with_condition_number(n_axes, kappa, rng):
    """A covariance with a chosen condition number, its axes turned at random.

    Args:
        n_axes: D, at least 2.
        kappa: At least 1; the variances are evenly spaced in the logarithm.
        rng: A `numpy.random.Generator`.

    Returns:
        C, (D, D); the smallest variance is 1.
    """
    axes, _ = np.linalg.qr(rng.normal(size=(n_axes, n_axes)))
    return (axes * np.geomspace(kappa, 1.0, n_axes)) @ axes.T


def steepest_curvature(v_chosen, v_left_out):
    """The smallest second derivative of the loss at a saddle, lambda of the module.

    Args:
        v_chosen: Variance v_i of the axis that a unit carries.
        v_left_out: Variance v_j of the axis that is left out.

    Returns:
        A number below 0 if v_j is above v_i.
    """
    root = np.sqrt((v_left_out - v_chosen) ** 2 + 4.0 * v_left_out**2)
    return float(v_chosen + v_left_out - root)


def steps_to_leave(covariance, which, latent_dim, distances, learning_rate, max_steps=1000):
    """Start beside a saddle of the linear autoencoder, and count steps until it is left.

    Args:
        covariance: C, (D, D).
        which: The axes of the saddle, as in `linear_landscape.critical_point`.
        latent_dim: K.
        distances: How far from it along its way down the descents start.
        learning_rate: Step size.
        max_steps: Where to give up.

    Returns:
        For each distance the steps until half of what can be gained is gained.

    Raises:
        ValueError: If a saddle is not left in `max_steps`.
    """
    weights = linear_landscape.critical_point(covariance, which, latent_dim)
    variances, _ = linear_landscape.principal_axes(covariance)
    direction, _ = linear_landscape.escape_direction(covariance, which, latent_dim)
    top = linear_landscape.loss_and_grads(weights, covariance)[0]
    target = 0.5 * (top + variances[latent_dim:].sum())
    found = []
    for distance in distances:
        start = tuple(w + distance * d for w, d in zip(weights, direction, strict=True))
        _, losses = linear_landscape.descend(
            start, covariance, learning_rate=learning_rate, n_steps=max_steps
        )
        if losses[-1] > target:
            raise ValueError(f"max_steps must be enough to leave; got {max_steps}")
        found.append(int(np.argmax(losses <= target)))
    return np.array(found)


def restarts(covariance, latent_dim, seeds, *, learning_rate, n_steps, scale=0.1):
    """Train the linear autoencoder from random weights, once from each seed.

    Args:
        covariance: C, (D, D).
        latent_dim: K.
        seeds: Of the initial weights.
        learning_rate: Step size.
        n_steps: Steps of gradient descent.
        scale: Standard deviation of the initial weights.

    Returns:
        Losses, (n_seeds, n_steps + 1).
    """
    found = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        shapes = (len(covariance), latent_dim), (latent_dim, len(covariance))
        start = tuple(scale * rng.normal(size=shape) for shape in shapes)
        settings = {"learning_rate": learning_rate, "n_steps": n_steps}
        found.append(linear_landscape.descend(start, covariance, **settings)[1])
    return np.array(found)
