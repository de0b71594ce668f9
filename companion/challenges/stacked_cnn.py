"""Many small convolutional classifiers side by side, in NumPy, for 8 by 8 images.

A member has one layer of 3 by 3 filters, ReLU, the largest of every 2 by 2 places, and a
linear layer to the logits::

    p = max over 2 x 2 of relu(patches @ K + c) = relu(max over 2 x 2 of patches @ K + c)
    logits = p @ W + b

The 36 patches of an image are rows of 9 pixels, so the convolution is a matrix product
with the same weights at every place. The bias and ReLU are left for the largest of four
places, since both keep the order. Parameters are a list of four arrays, each with a first
axis of members: K (S, 9, C), c (S, 1, C), W (S, 9 C, n_classes), b (S, 1, n_classes).
"""

import numpy as np

from companion.challenges.apart import draw, one_thread
from companion.challenges.apart_gradients import slope
from companion.networks import checks, optimizers

SIDE = 8
N_POOLED = (SIDE - 2) // 2


def _windows():
    """Numbers of the pixels of each patch, (9 windows, 4 places, 9 pixels)."""
    counts = (N_POOLED, N_POOLED, 2, 2, 3, 3)
    row, column, down, right, i, j = np.ix_(*(range(n) for n in counts))
    pixels = SIDE * (2 * row + down + i) + (2 * column + right + j)
    return pixels.reshape(N_POOLED**2, 4, 9)


WINDOWS = _windows()


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


def _forward(params, x):
    kernel, shift, weights, bias = params
    n_members, n = len(kernel), x.shape[-2]
    rows = np.take(x, WINDOWS, axis=-1).reshape(*x.shape[:-2], -1, 9)
    maps = (rows @ kernel).reshape(n_members, n * N_POOLED**2, 4, -1)
    largest = np.maximum(maps[:, :, :2], maps[:, :, 2:])
    largest = np.maximum(largest[:, :, 0], largest[:, :, 1])
    pooled = np.maximum(largest + shift, 0.0)
    logits = pooled.reshape(n_members, n, -1) @ weights + bias
    return rows, maps, largest, pooled, logits


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
    rows, maps, largest, pooled, logits = _forward(params, x)
    n_members, n = logits.shape[:2]
    delta = slope("cross_entropy", logits, labels) / n
    grad_pooled = (delta @ np.swapaxes(params[2], 1, 2)).reshape(pooled.shape)
    left = grad_pooled = grad_pooled * (pooled > 0)
    grad_maps = np.empty_like(maps)
    for place in range(4):  # equal places, as in a blank corner: the first gets it all
        won = maps[:, :, place] == largest
        grad_maps[:, :, place] = np.where(won, left, 0.0)
        left = np.where(won, 0.0, left)
    return [
        np.swapaxes(rows, -1, -2) @ grad_maps.reshape(n_members, rows.shape[-2], -1),
        grad_pooled.sum(axis=1, keepdims=True),
        np.swapaxes(pooled.reshape(n_members, n, -1), 1, 2) @ delta,
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
    with one_thread():
        for step in range(n_steps):
            batch = order[:, step * batch_size : (step + 1) * batch_size]
            grads = gradients(params, x[batch], labels[batch])
            rate = learning_rate * 0.5 * (1.0 + np.cos(np.pi * step / n_steps))
            params, state = optimizers.adam(params, grads, state, rate)
    return params
