"""Predictive coding: levels that predict the level below, and learn from what is left.

The activities z_0 (top), z_1, ..., z_L (bottom) are rows of numbers, one row for each
example. Level l is predicted from the level above it, and its error is what the
prediction misses::

    mu_l = f_l(z_{l-1} W_l),    e_l = (z_l - mu_l) / variance_l

All dynamics go down one energy, which for each example is -log p(z_0, ..., z_L) under
Gaussians, with z_0 from N(0, I), up to constants::

    E = 1/2 |z_0|^2 + sum_l |z_l - mu_l|^2 / (2 variance_l)

*Inference*: activities that are not clamped move down E. *Learning*: weights move down E,
and the step of one weight needs only the activity above it and the error below it::

    dE/dz_l = e_l - (e_{l+1} f'_{l+1}) W_{l+1}^T,    with e_0 = z_0
    dE/dW_l = -z_{l-1}^T (e_l f'_l)

Two uses. Clamp the bottom to a signal and leave the rest free: a generative model, as of
Rao and Ballard. Clamp the top to an input and the bottom to a target: a network that
learns a map, as of Whittington and Bogacz; then ``|z_0|^2`` is a constant. The second comes
to the gradients of backpropagation in the limit of a large variance_L, up to the factor
1 / variance_L, or exactly if predictions are held fixed, as in
`companion.brain.fixed_predictions`.
"""

from dataclasses import dataclass, replace

import numpy as np

ACTIVATIONS = {
    "linear": (lambda a: a, lambda mu: np.ones_like(mu)),
    "tanh": (np.tanh, lambda mu: 1.0 - mu**2),
}


@dataclass(frozen=True)
class Hierarchy:
    """Parameters of all levels.

    Args:
        weights: W_1, ..., W_L, with W_l of shape (width of level l - 1, width of l).
        activations: "linear" or "tanh" for each W_l; all linear by default.
        variances: Of each level below the top, above 0; all 1 by default.

    Raises:
        ValueError: If widths or numbers of levels do not fit, an activation is unknown or
            a variance is not above 0.
    """

    weights: tuple
    activations: tuple = ()
    variances: tuple = ()

    def __post_init__(self):
        weights = tuple(np.asarray(w, dtype=float) for w in self.weights)
        n_levels = len(weights)
        object.__setattr__(self, "weights", weights)
        for name, default in (("activations", "linear"), ("variances", 1.0)):
            given = tuple(getattr(self, name)) or (default,) * n_levels
            object.__setattr__(self, name, given)
            if len(given) != n_levels:
                raise ValueError(f"{name} must have {n_levels} entries; got {given}")
        shapes = [w.shape for w in weights]
        joints = zip(shapes, shapes[1:], strict=False)
        if not shapes or any(up[-1] != down[0] for up, down in joints):
            raise ValueError(f"weights must fit one another; got shapes {shapes}")
        if not set(self.activations) <= set(ACTIVATIONS):
            raise ValueError(
                f"activations must be of {sorted(ACTIVATIONS)}; got {self.activations}"
            )
        if not all(v > 0 for v in self.variances):
            raise ValueError(f"variances must be above 0; got {self.variances}")


def predictions(net, activities):
    """Predict every level below the top from the level above: mu_1, ..., mu_L."""
    levels = zip(activities, net.weights, net.activations, strict=False)
    return [ACTIVATIONS[name][0](z @ w) for z, w, name in levels]


def forward(net, top):
    """Let the top drive every level, without any error: z_0, ..., z_L.

    Args:
        net: A `Hierarchy`.
        top: z_0, shape (n, width of the top).

    Returns:
        The activities, each equal to its prediction.
    """
    activities = [np.asarray(top, dtype=float)]
    for w, name in zip(net.weights, net.activations, strict=True):
        activities.append(ACTIVATIONS[name][0](activities[-1] @ w))
    return activities


def errors(net, activities):
    """Errors of every level below the top, each divided by its variance: e_1, ..., e_L."""
    missed = zip(activities[1:], predictions(net, activities), net.variances, strict=True)
    return [(z - mu) / variance for z, mu, variance in missed]


def energy(net, activities):
    """Energy of each example, E, shape (n,)."""
    total = 0.5 * np.sum(activities[0] ** 2, axis=1)
    for e, variance in zip(errors(net, activities), net.variances, strict=True):
        total = total + 0.5 * variance * np.sum(e**2, axis=1)
    return total


def _driven(net, activities):
    """The errors as they reach the weights: e_l f'_l for every level below the top."""
    fed = zip(
        errors(net, activities), predictions(net, activities), net.activations, strict=True
    )
    return [e * ACTIVATIONS[name][1](mu) for e, mu, name in fed]


def activity_gradients(net, activities):
    """Slope of the energy of each example by its activities: dE/dz_0, ..., dE/dz_L."""
    slopes = [activities[0], *errors(net, activities)]
    sent_up = [e @ w.T for e, w in zip(_driven(net, activities), net.weights, strict=True)]
    return [s - up for s, up in zip(slopes, sent_up, strict=False)] + slopes[-1:]


def weight_gradients(net, activities):
    """Slope of the mean energy by the weights: dE/dW_1, ..., dE/dW_L.

    It is local: minus the mean product of the activity above and the error below.
    """
    pairs = zip(activities, _driven(net, activities), strict=False)
    return [-z.T @ e / len(z) for z, e in pairs]


def infer(net, activities, *, rate, n_steps, clamp_top=False):
    """Move the free activities down the energy; the bottom is clamped.

    Args:
        net: A `Hierarchy`.
        activities: z_0, ..., z_L to start from; left unchanged.
        rate: Step size, above 0.
        n_steps: Number of steps, at least 1.
        clamp_top: Whether z_0 is clamped too.

    Returns:
        activities: After the last step.
        energies: Mean energy before the first step and after each, shape (n_steps + 1,).

    Raises:
        ValueError: If `rate` or `n_steps` is out of range, or the levels do not fit.

    Source:
        Rao and Ballard (1999), doi:10.1038/4580; Whittington and Bogacz (2017),
        doi:10.1162/NECO_a_00949.
    """
    activities = checked_activities(net, activities, rate, n_steps)
    energies = [energy(net, activities).mean()]
    for _ in range(n_steps):
        activities = _relax(net, activities, rate, clamp_top)
        energies.append(energy(net, activities).mean())
    return activities, np.array(energies)


def _relax(net, activities, rate, clamp_top=False):
    """One step of inference."""
    slopes = activity_gradients(net, activities)
    free = [z - rate * g for z, g in zip(activities[:-1], slopes, strict=False)]
    return [activities[0] if clamp_top else free[0], *free[1:], activities[-1]]


def train(
    net, x, *, rate, n_inference, learning_rate, weight_decay, n_steps, rng, batch_size=200
):
    """Learn a generative model: infer the free levels of a batch, then move the weights.

    Minimized: ``mean E + weight_decay / 2 sum |W_l|^2``. Without the decay large weights
    would make small activities, and the prior on z_0 would say nothing.

    Args:
        net: A `Hierarchy` to start from; left unchanged.
        x: Bottom activities, shape (n, width of the bottom).
        rate: Step size of inference.
        n_inference: Steps of inference for each batch, from the activities 0.
        learning_rate: Step size of the weights, above 0.
        weight_decay: Strength of the decay, not negative.
        n_steps: Number of batches, at least 1.
        rng: A `numpy.random.Generator` that draws the batches.
        batch_size: Inputs in a batch.

    Returns:
        The hierarchy after the last step.

    Raises:
        ValueError: As `infer`, or if `learning_rate` is not above 0 or `weight_decay`
            negative.

    Source:
        Rao and Ballard (1999), doi:10.1038/4580.
    """
    if not learning_rate > 0:
        raise ValueError(f"learning_rate must be above 0; got {learning_rate}")
    if not weight_decay >= 0:
        raise ValueError(f"weight_decay must not be negative; got {weight_decay}")
    for _ in range(n_steps):
        batch = x[rng.integers(len(x), size=batch_size)]
        activities = [np.zeros((batch_size, w.shape[0])) for w in net.weights] + [batch]
        for _ in range(n_inference):
            activities = _relax(net, activities, rate)
        slopes = weight_gradients(net, activities)
        pairs = zip(net.weights, slopes, strict=True)
        moved = [w - learning_rate * (g + weight_decay * w) for w, g in pairs]
        net = replace(net, weights=tuple(moved))
    return net


def posterior_mean(weights, variance, x):
    """Where inference ends in one linear level: the ridge solution, in closed form.

    Args:
        weights: W, shape (K, D).
        variance: Of the bottom level, above 0.
        x: Bottom activities, shape (n, D).

    Returns:
        x W^T (W W^T + variance I)^-1, shape (n, K): the mean of p(z | x).
    """
    precision = weights @ weights.T + variance * np.eye(len(weights))
    return np.linalg.solve(precision, weights @ x.T).T


def checked_activities(net, activities, rate, n_steps):
    activities = [np.array(z, dtype=float) for z in activities]
    widths = [net.weights[0].shape[0], *(w.shape[1] for w in net.weights)]
    shapes = [z.shape for z in activities]
    if shapes != [(len(activities[0]), width) for width in widths]:
        raise ValueError(f"activities must have widths {widths}; got shapes {shapes}")
    if not rate > 0:
        raise ValueError(f"rate must be above 0; got {rate}")
    if n_steps < 1:
        raise ValueError(f"n_steps must be at least 1; got {n_steps}")
    return activities
