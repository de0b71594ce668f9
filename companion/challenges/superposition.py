"""A toy model of superposition: more features than units, many models at once, in NumPy.

An example has n features, each zero with probability 1 - density and otherwise uniform
between 0 and 1. A code of m < n units has to return them all::

    h = x W,    x_hat = relu(h W^T + b)

Row i of W, shape (n, m), is the direction that feature i has in the code. Minimized is the
mean over examples of sum_i importance_i (x_i - x_hat_i)^2. Instances of the model, each
with its density and start, are stacked along a first axis and never see one another.

Source:
    Elhage et al. (2022), arXiv:2209.10652, sections 2 and 3.
"""

import numpy as np
from threadpoolctl import threadpool_limits

from companion.networks import checks, optimizers


def draw(density, n, n_features, rng):
    """Draw examples of independent, sparse features.

    Args:
        density: Probability that a feature is not zero, one for each instance, (n_models,).
        n: Examples for each instance.
        n_features: n of the module, features in an example.
        rng: A `numpy.random.Generator`.

    Returns:
        x, shape (n_models, n, n_features), float32, in [0, 1).
    """
    shape = (len(density), n, n_features)
    values = rng.random(shape, dtype="float32")
    present = rng.random(shape, dtype="float32") < np.reshape(density, (-1, 1, 1))
    return values * present


def forward(params, x):
    """Reconstructions x_hat, shaped as x, (n_models, n, n_features).

    Args:
        params: (weights, bias), of shapes (n_models, n_features, m) and
            (n_models, 1, n_features).
        x: Examples, shape (n_models, n, n_features).
    """
    weights, bias = params
    return np.maximum(x @ weights @ np.swapaxes(weights, 1, 2) + bias, 0.0)


def loss_and_grads(params, x, importance):
    """The weighted squared error of every instance, and its gradients.

    Args:
        params: As in `forward`.
        x: As in `forward`.
        importance: Weight of each feature, shape (n_features,).

    Returns:
        loss: Sum over features, mean over examples, shape (n_models,).
        grads: (grad_weights, grad_bias), shaped as `params`.
    """
    weights, _ = params
    x_hat = forward(params, x)
    miss = x_hat - x
    slope = 2.0 / x.shape[1] * importance * miss * (x_hat > 0)
    # A direction serves to encode and to decode, so its gradient has two terms.
    decoding = np.swapaxes(slope, 1, 2) @ (x @ weights)
    encoding = np.swapaxes(x, 1, 2) @ (slope @ weights)
    loss = np.sum(importance * miss**2, axis=2).mean(axis=1)
    return loss, (decoding + encoding, slope.sum(axis=1, keepdims=True))


# Matrices this small are multiplied fastest on one thread, above all on a busy machine.
@threadpool_limits.wrap(limits=1, user_api="blas")
def train(
    density,
    n_features,
    n_units,
    *,
    importance=None,
    n_steps,
    rng,
    batch_size=256,
    rate=1e-2,
):
    """Train one model for each density by Adam; the learning rate falls in a line to zero.

    Args:
        density: Probability that a feature is present, (n_models,), each in (0, 1].
        n_features: n, above `n_units`.
        n_units: m, the size of the code, at least 1.
        importance: Weight of each feature, (n_features,), above 0; by default all are 1.
        n_steps: Number of batches, at least 1.
        rng: A `numpy.random.Generator`.
        batch_size: New examples in every step.
        rate: Learning rate at the start.

    Returns:
        weights: Directions, shape (n_models, n_features, n_units).
        bias: Shape (n_models, 1, n_features).

    Raises:
        ValueError: If a count is below 1, `n_features` not above `n_units`, a density not
            in (0, 1] or an importance not above 0.
    """
    density = np.asarray(density, dtype="float32")
    importance = np.ones(n_features) if importance is None else np.asarray(importance)
    _check(density, n_features, n_units, importance, n_steps, batch_size)
    importance = importance.astype("float32")
    scale = np.sqrt(1.0 / n_features)
    shape = (len(density), n_features, n_units)
    params = (
        (scale * rng.normal(size=shape)).astype("float32"),
        np.zeros((len(density), 1, n_features), "float32"),
    )
    state = None
    for step in range(n_steps):
        x = draw(density, batch_size, n_features, rng)
        _, grads = loss_and_grads(params, x, importance)
        now = rate * (1.0 - step / n_steps)
        params, state = optimizers.adam(params, grads, state, now)
    return params


def features_per_unit(weights):
    """Squared lengths of all directions by the number of units: about how many are kept.

    Args:
        weights: Shape (..., n_features, n_units).

    Returns:
        1 where each unit carries one feature, more where features share units; (...).
    """
    return np.sum(weights**2, axis=(-2, -1)) / weights.shape[-1]


def dimensionality(weights):
    """The share of a dimension that each feature has, in closed form::

        D_i = |w_i|^2 / sum_j (w_i . w_j / |w_i|)^2

    Args:
        weights: Directions w_i in rows, shape (..., n_features, n_units).

    Returns:
        1 for a feature with a direction of its own, 1/2 in an antipodal pair, 2/5 in a
        pentagon, 0 for one that is left out; shape (..., n_features).

    Source:
        Elhage et al. (2022), arXiv:2209.10652, section 3, the dimensionality D_i.
    """
    products = weights @ np.swapaxes(weights, -1, -2)
    squares = np.diagonal(products, axis1=-2, axis2=-1)
    total = np.sum(products**2, axis=-1)
    return np.divide(squares**2, total, out=np.zeros_like(total), where=squares > 1e-4)


def _check(density, n_features, n_units, importance, n_steps, batch_size):
    checks.check_counts(
        n_features=n_features, n_units=n_units, n_steps=n_steps, batch_size=batch_size
    )
    if n_features <= n_units:
        raise ValueError(f"n_features must be above n_units={n_units}; got {n_features}")
    if density.ndim != 1 or not np.all((density > 0) & (density <= 1)):
        raise ValueError(f"density must be numbers above 0, at most 1; got {density}")
    if importance.shape != (n_features,) or not np.all(importance > 0):
        raise ValueError(
            f"importance must be {n_features} numbers above 0; got {importance}"
        )
