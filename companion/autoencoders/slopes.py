"""Slopes of the losses an autoencoder is trained on, in NumPy.

Backpropagation starts from the slope of the loss by every output of the network. It is
all that a training needs of a loss; `companion.networks.mlp.backward` does the rest.
"""

import numpy as np


def loss_slope(x, x_hat, loss):
    """Compute the slope of a loss by every output, where backpropagation starts.

    With N examples of D features, ``2 (x_hat - x) / (N D)`` for "mse", and for
    "cross-entropy", as a mean over examples and features,
    ``(x_hat - x) / (x_hat (1 - x_hat)) / (N D)``.

    Args:
        x: Examples, shape (batch, D); for "cross-entropy" in [0, 1].
        x_hat: Reconstructions, shape (batch, D); for "cross-entropy" in [0, 1].
        loss: "mse" or "cross-entropy".

    Returns:
        The slope, shape (batch, D).

    Raises:
        ValueError: If `loss` is unknown.
    """
    if loss not in ("mse", "cross-entropy"):
        raise ValueError(f"loss must be 'mse' or 'cross-entropy'; got {loss!r}")
    if loss == "mse":
        return 2.0 * (x_hat - x) / x.size
    # A sigmoid that has rounded to 0 or 1 would divide by zero.
    variance = np.maximum(x_hat * (1.0 - x_hat), np.finfo(float).tiny)
    return (x_hat - x) / variance / x.size
