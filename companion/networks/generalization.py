"""What the experiments on overfitting do to the data, in NumPy.

They draw small training sets out of a large one, spoil labels, and move images. The
train/test gap itself is a difference of two accuracies or losses, measured by
`companion.networks.many_classifiers`, always without dropout and without penalties.
"""

import numpy as np


def draw_subsets(x, labels, n, seeds):
    """Draw small training sets, each by its own seed and without repeats.

    Args:
        x: All examples, shape (n_all, n_features).
        labels: Their classes, (n_all,).
        n: Size of each set.
        seeds: One seed for each set.

    Returns:
        subsets: Inputs, (n_sets, n, n_features).
        classes: Their labels, (n_sets, n).

    Raises:
        ValueError: If `n` is not between 1 and the number of examples.
    """
    if not 1 <= n <= len(x):
        raise ValueError(f"n must be from 1 to {len(x)}; got {n}")
    rows = np.stack([np.random.default_rng(s).permutation(len(x))[:n] for s in seeds])
    return x[rows], labels[rows]


def spoil_labels(labels, share, n_classes, rng):
    """Replace a share of the labels by another class, drawn evenly from the others.

    Args:
        labels: Classes, any shape; left unchanged.
        share: Part of the labels to spoil along the last axis, from 0 to 1.
        n_classes: Number of classes, at least 2.
        rng: A `numpy.random.Generator`.

    Returns:
        Labels of the same shape; in every row round(share * n) of them are wrong.

    Raises:
        ValueError: If `share` is not from 0 to 1.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must be from 0 to 1; got {share}")
    n_wrong = round(share * labels.shape[-1])
    order = rng.permuted(
        np.broadcast_to(np.arange(labels.shape[-1]), labels.shape), axis=-1
    )
    offset = rng.integers(1, n_classes, size=labels.shape)
    return np.where(order < n_wrong, (labels + offset) % n_classes, labels)


def shift_images(x, rng, side=8):
    """Move every flat image by up to one pixel each way; what comes in is black.

    Args:
        x: Images, shape (..., side * side).
        rng: A `numpy.random.Generator`; each of the nine moves is equally likely.
        side: Height and width in pixels.

    Returns:
        The moved images, of the shape and precision of `x`.

    Raises:
        ValueError: If the last axis has not side * side entries.
    """
    if x.shape[-1] != side**2:
        raise ValueError(f"x must have {side**2} pixels per image; got {x.shape[-1]}")
    images = x.reshape(-1, side, side)
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    rows, columns = rng.integers(0, 3, size=(2, len(images), 1)) + np.arange(side)
    every = np.arange(len(images))[:, None, None]
    return padded[every, rows[:, :, None], columns[:, None, :]].reshape(x.shape)
