"""Error against the number of examples: many members, and a power law with a floor.

The curve that is fitted to the mean errors e at n examples is

    e(n) = floor + scale * n ** -exponent,    floor >= 0, scale >= 0

with the relative deviations squared and added. For a given exponent the best floor and
scale are a linear problem of two numbers; the exponent is searched on a grid.
"""

import numpy as np

from companion.challenges import apart
from companion.networks import checks

EXPONENTS = np.linspace(0.02, 2.5, 249)


def fit_power_law(n, error):
    """Fit the power law with a floor to one or many curves.

    Args:
        n: Numbers of examples, (n_sizes,), at least three different ones.
        error: Errors above 0, (..., n_sizes).

    Returns:
        floor: (...,).
        scale: (...,).
        exponent: (...,), one of `EXPONENTS`.

    Raises:
        ValueError: If there are fewer than three sizes, or an error is not above 0.

    Source:
        The form is that of Hestness et al. (2017), arXiv:1712.00409, equation 1.
    """
    n, error = np.asarray(n, dtype=float), np.asarray(error, dtype=float)
    if n.ndim != 1 or len(set(n.tolist())) < 3:
        raise ValueError(f"n must be at least three different sizes; got {n}")
    if error.shape[-1] != len(n) or not np.all(error > 0):
        raise ValueError(f"error must be {len(n)} numbers above 0; got {error}")
    weight = 1.0 / error[..., None, :] ** 2
    power = n ** -EXPONENTS[:, None]  # (n_exponents, n_sizes)
    y = np.broadcast_to(error[..., None, :], weight.shape)
    s, sp, spp = (np.sum(weight * p, axis=-1) for p in (1.0, power, power**2))
    sy, spy = np.sum(weight * y, axis=-1), np.sum(weight * power * y, axis=-1)
    determinant = s * spp - sp**2
    floor = (sy * spp - spy * sp) / determinant
    scale = (spy * s - sy * sp) / determinant
    # Where a number would be negative the best allowed one is zero.
    floor, scale = (
        np.where(scale < 0, sy / s, np.where(floor < 0, 0.0, floor)),
        np.where(scale < 0, 0.0, np.where(floor < 0, spy / spp, scale)),
    )
    misfit = np.sum(
        weight * (floor[..., None] + scale[..., None] * power - y) ** 2, axis=-1
    )
    best = np.argmin(misfit, axis=-1)[..., None]
    floor, scale = (np.take_along_axis(a, best, axis=-1)[..., 0] for a in (floor, scale))
    return floor, scale, EXPONENTS[best[..., 0]]


def power_law(n, floor, scale, exponent):
    """Errors of the power law at n, (..., n_sizes)."""
    n = np.asarray(n, dtype=float)
    return floor[..., None] + scale[..., None] * n ** -exponent[..., None]


def resampled_means(values, n_draws, rng):
    """Means over seeds that are drawn anew with replacement ("bootstrap").

    Args:
        values: (n_seeds, ...).
        n_draws: How many means.
        rng: A `numpy.random.Generator`.

    Returns:
        Means, (n_draws, ...).
    """
    rows = rng.integers(0, len(values), size=(n_draws, len(values)))
    return values[rows].mean(axis=1)


def _task(kind, width, latent_dim, data):
    x = np.asarray(data.x_train, dtype=float)
    if kind == "classifier":
        task = {"activations": apart.CLASSIFIER, "loss": "cross_entropy"}
        return [64, width, 10], data.y_train, task
    if kind == "autoencoder":
        task = {"activations": apart.AUTOENCODER, "loss": "mse"}
        return [64, width, latent_dim, width, 64], x, task
    raise ValueError(f"kind must be 'classifier' or 'autoencoder'; got {kind!r}")


def _error(kind, params, x, labels):
    if kind == "classifier":
        return 1.0 - apart.accuracies(params, x, labels)
    return apart.errors(params, x).mean(axis=1)


def train_and_measure(kind, n, seeds, data, *, width, n_steps, latent_dim=8):
    """Errors on training and on test images, for one number of examples.

    Args:
        kind: "classifier" (share of wrong answers) or "autoencoder" (mean squared error).
        n: Number of training images.
        seeds: Each draws training images, initial weights and their order; a larger set
            of a seed holds its smaller ones.
        data: A flat `companion.datasets.Dataset` of 8 by 8 images.
        width: Units of each hidden layer.
        n_steps: Updates, the same for every n.
        latent_dim: Code units of an autoencoder.

    Returns:
        train: Errors, (n_seeds,).
        test: Errors, (n_seeds,).

    Raises:
        ValueError: If `kind` is unknown, or `n` is not from 1 to the number of images.
    """
    checks.check_counts(n=n, width=width, n_steps=n_steps, latent_dim=latent_dim)
    x, y = np.asarray(data.x_train, dtype=float), data.y_train
    if n > len(x):
        raise ValueError(f"n must be at most {len(x)}; got {n}")
    sizes, target, task = _task(kind, width, latent_dim, data)
    rows = [np.random.default_rng(seed).permutation(len(x))[:n] for seed in seeds]
    params, _ = apart.train(
        apart.init(sizes, seeds),
        x,
        target,
        rows,
        n_steps=n_steps,
        learning_rate=1e-2,
        **task,
    )
    train = []
    for member, r in enumerate(rows):
        one = tuple([array[member : member + 1] for array in part] for part in params)
        train.append(_error(kind, one, x[r], y[r])[0])
    test = _error(kind, params, np.asarray(data.x_test, dtype=float), data.y_test)
    return np.array(train), test
