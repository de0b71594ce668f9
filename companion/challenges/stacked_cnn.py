"""Many small convolutional classifiers side by side, in NumPy, for 8 by 8 images.

A member has one layer of 3 by 3 filters, ReLU, the largest of every 2 by 2 places, and a
linear layer to the logits::

    a = relu(patches @ K + c),    p = max over 2 x 2 of a,    logits = p @ W + b

The 36 patches of an image are rows of 9 pixels, so the convolution is a matrix product
with the same weights at every place. Parameters are a list of four arrays, each with a
first axis of members: K (S, 9, C), c (S, 1, C), W (S, 9 C, n_classes), b (S, 1, n_classes).
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from threadpoolctl import threadpool_limits

from companion.challenges.apart import draw, slope
from companion.networks import checks, optimizers

SIDE = 8
N_PLACES = SIDE - 2
N_POOLED = N_PLACES // 2


def init(seeds, n_channels=16, n_classes=10):
    """Draw Glorot-uniform weights, one member for each seed; biases are zero."""
    members = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        shapes = (9, n_channels), (N_POOLED**2 * n_channels, n_classes)
        arrays = []
        for n_in, n_out in shapes:
            limit = np.sqrt(6.0 / (n_in + n_out))
            arrays += [rng.uniform(-limit, limit, (n_in, n_out)), np.zeros((1, n_out))]
        members.append(arrays)
    return [np.stack(arrays) for arrays in zip(*members, strict=True)]


def patches(x):
    """Cut flat images, (..., 64), into their patches, (..., 36, 9)."""
    images = np.reshape(x, (*x.shape[:-1], SIDE, SIDE))
    windows = sliding_window_view(images, (3, 3), axis=(-2, -1))
    return windows.reshape(*x.shape[:-1], N_PLACES**2, 9)


def _forward(params, x):
    kernel, shift, weights, bias = params
    cut = patches(x)
    n_members, n = len(kernel), x.shape[-2]
    rows = cut.reshape(*cut.shape[:-3], n * N_PLACES**2, 9)
    maps = np.maximum(rows @ kernel + shift, 0.0)
    windows = maps.reshape(n_members, n, N_POOLED, 2, N_POOLED, 2, -1)
    pooled = windows.max(axis=(3, 5), keepdims=True)
    logits = pooled.reshape(n_members, n, -1) @ weights + bias
    return rows, windows, pooled, logits


def forward(params, x):
    """Logits of every member.

    Args:
        params: The four arrays of `init`.
        x: Flat images, (n, 64) for all members or (n_members, n, 64).

    Returns:
        Array (n_members, n, n_classes).
    """
    return _forward(params, x)[-1]


def gradients(params, x, labels):
    """Gradients of each member's mean cross-entropy, shaped as `params`.

    Args:
        params: The four arrays of `init`.
        x: Flat images, (n_members, n, 64).
        labels: Their classes, (n_members, n).
    """
    rows, windows, pooled, logits = _forward(params, x)
    n_members, n = logits.shape[:2]
    delta = slope("cross_entropy", logits, labels) / n
    flat = pooled.reshape(n_members, n, -1)
    grad_weights = np.swapaxes(flat, 1, 2) @ delta
    grad_pooled = (delta @ np.swapaxes(params[2], 1, 2)).reshape(pooled.shape)
    # The largest of a window gets its gradient; where all are zero, ReLU stops it.
    grad_maps = grad_pooled * ((windows == pooled) & (windows > 0))
    grad_maps = grad_maps.reshape(n_members, n * N_PLACES**2, -1)
    return [
        np.swapaxes(rows, -1, -2) @ grad_maps,
        grad_maps.sum(axis=1, keepdims=True),
        grad_weights,
        delta.sum(axis=1, keepdims=True),
    ]


def train(params, x, labels, rows, *, n_steps, batch_size=32, learning_rate=1e-2, seed=0):
    """Train every member on its own images with Adam; the rate falls to zero.

    Args:
        params: What `init` returned; left unchanged.
        x: All images, (n_all, 64).
        labels: Their classes, (n_all,).
        rows: For each member the numbers of its images.
        n_steps: Updates.
        batch_size: Images in an update.
        learning_rate: Of Adam, at the start.
        seed: Draws the order of the images.

    Returns:
        The trained parameters.

    Raises:
        ValueError: If a count is below 1, or `x` is no table of 64 pixels.
    """
    checks.check_counts(n_steps=n_steps, batch_size=batch_size)
    x = checks.checked_data("x", x, SIDE**2)
    rng, state = np.random.default_rng(seed), None
    order = np.stack([draw(r, n_steps * batch_size, rng) for r in rows])
    with threadpool_limits(1, "blas"):
        for step in range(n_steps):
            batch = order[:, step * batch_size : (step + 1) * batch_size]
            grads = gradients(params, x[batch], labels[batch])
            rate = learning_rate * 0.5 * (1.0 + np.cos(np.pi * step / n_steps))
            params, state = optimizers.adam(params, grads, state, rate)
    return params
