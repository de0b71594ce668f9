"""Three quantities that are all called the mean squared error, and what they cost.

With S the sum of (x - x_hat)**2 over N examples of D features each:

    "mean over both"         S / (N D)    Keras's "mse", scikit-learn, `metrics.mse`
    "sum over features"      S / N        the squared distance, averaged over examples
    "half sum"               S / (2 N)    the same with the 2 of its derivative removed

They differ by factors that do not depend on the data, so they have the same minimum. A
step of gradient descent is longer by the same factor.
"""

import numpy as np
from threadpoolctl import threadpool_limits

from companion.networks import checks, mlp, optimizers

CONVENTIONS = ("mean over both", "sum over features", "half sum")


def _check_convention(convention):
    if convention not in CONVENTIONS:
        known = ", ".join(map(repr, CONVENTIONS))
        raise ValueError(f"convention must be among {known}; got {convention!r}")


def squared_error(x, x_hat, convention):
    """Compute one of the three quantities from its definition.

    Args:
        x: Data, shape (n, D).
        x_hat: Reconstruction, shape (n, D).
        convention: One of `CONVENTIONS`.

    Returns:
        The error, a number.

    Raises:
        ValueError: If `convention` is unknown or the shapes differ.
    """
    _check_convention(convention)
    checks.check_same_shape("x_hat", x_hat, "x", x)
    squares = (np.asarray(x, dtype=float) - np.asarray(x_hat, dtype=float)) ** 2
    if convention == "mean over both":
        return float(squares.mean())
    distances = squares.sum(axis=1)
    return float(
        distances.mean() if convention == "sum over features" else distances.mean() / 2
    )


def factor(convention, n_features):
    """How often "mean over both" is contained in a convention: 1, D or D / 2.

    Args:
        convention: One of `CONVENTIONS`.
        n_features: D, the number of features.

    Returns:
        The factor by which to multiply the mean over both.

    Raises:
        ValueError: If `convention` is unknown.
    """
    _check_convention(convention)
    return dict(zip(CONVENTIONS, (1.0, n_features, n_features / 2), strict=True))[
        convention
    ]


# Matrices this small are multiplied fastest on one thread, above all on a busy machine.
@threadpool_limits.wrap(limits=1, user_api="blas")
def descend(params, x, activations, *, convention, learning_rate, n_steps):
    """Reconstruct x by gradient descent on all of it, under one convention.

    Args:
        params: (weights, biases) to start from; left unchanged.
        x: Examples, shape (n, D).
        activations: One name for each layer.
        convention: One of `CONVENTIONS`.
        learning_rate: Step size of plain gradient descent.
        n_steps: Number of steps.

    Returns:
        params: The parameters after the last step.
        losses: Before each step and after the last, always as the mean over both, so
            that the runs can be compared; n_steps + 1 numbers.

    Raises:
        ValueError: If `convention` is unknown, `n_steps` is below 1 or not whole, or `x`
            has a wrong shape or is not finite.
    """
    checks.check_counts(n_steps=n_steps)
    x = checks.checked_data("x", x, params[0][0].shape[0])
    scale, losses = factor(convention, x.shape[1]), []
    for _ in range(n_steps):
        loss, grads = mlp.loss_and_grads(params, x, x, activations)
        losses.append(loss)
        params, _ = optimizers.gradient_descent(params, grads, None, scale * learning_rate)
    losses.append(mlp.loss_and_grads(params, x, x, activations)[0])
    return params, losses
