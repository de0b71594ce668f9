"""Whitened natural patches, training and held-out ones from different photographs."""

import functools

import numpy as np

from companion.brain import whitening
from companion.datasets import photographs


@functools.cache
def whitened_photographs(names):
    """Whiten whole photographs that ship with the course's dependencies.

    Args:
        names: Names among `companion.datasets.photographs.PHOTOGRAPHS`, a tuple.

    Returns:
        Images of mean 0 and variance 1, a tuple of arrays (height, width).

    Raises:
        ValueError: If a name is unknown.
    """
    return tuple(whitening.whiten_image(gray_photograph(name)) for name in names)


def gray_photograph(name):
    """One photograph in gray, in [0, 1], shape (height, width)."""
    return photographs.photograph(name, gray=True)[..., 0]


def load(side, n_train, n_test, seed):
    """Cut whitened patches: training from nine photographs, test from a tenth.

    Each patch loses its own mean, and all are divided by the root mean square of the
    training patches.

    Args:
        side: Height and width of a patch, in pixels.
        n_train: Number of training patches.
        n_test: Number of test patches.
        seed: Seed of the places.

    Returns:
        x_train: Shape (n_train, side * side), mean square 1.
        x_test: Shape (n_test, side * side).
    """
    rng = np.random.default_rng(seed)
    train = whitened_photographs(photographs.GRAY_TRAIN)
    test = whitened_photographs((photographs.TEST_PHOTOGRAPH,))
    x_train = whitening.cut_patches(train, side, n_train, rng)
    x_test = whitening.cut_patches(test, side, n_test, rng)
    scale = np.sqrt(np.mean(x_train**2))
    return x_train / scale, x_test / scale
