"""Data of the comparison: one class kept out; noise, holes and labels drawn once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.neural_network import MLPClassifier

from companion.autoencoders.corruption import corrupted

PATCHES = 4  # along each side of an image: 16 patches of 2x2 pixels
LABELS_PER_CLASS = 3
LABEL_DRAWS = 5
NOISE_STD = 0.3


@dataclass(frozen=True, eq=False)
class Trial:
    """Data on which every model is measured: the same noise, holes and labels for all.

    Args:
        x_train, y_train: Training images as rows, (n, 64), and their classes.
        x_val: Further images of these classes, (n_val, 64), to choose settings on.
        x_test, y_test: Test images of the same classes.
        x_odd: All images of a class that no model was trained on.
        noisy: x_test with Gaussian noise.
        order: Random numbers, (n_test, 16); the half of the patches with the larger ones
            is hidden.
        hidden: True for hidden pixels, shaped as x_test.
        hidden_val: The same for x_val.
        few: Row numbers of a few labeled training images, one array for each draw.
        features: Function from images, (n, 64), to features of a classifier, (n, 32).
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_val: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    x_odd: np.ndarray
    noisy: np.ndarray
    order: np.ndarray
    hidden: np.ndarray
    hidden_val: np.ndarray
    few: list
    features: Callable


def prepare(data, odd_class, seed=0):
    """Take one class out of a data set, and draw noise, holes and labels once.

    Args:
        data: The flat digits, a `companion.datasets.Dataset`.
        odd_class: The class that is kept from all models.
        seed: Seed of everything that is drawn.

    Returns:
        A `Trial`.

    Raises:
        ValueError: If `odd_class` is no class of the data.
    """
    rng = np.random.default_rng(seed)
    parts, x_odd = without_class(data, odd_class)
    (x_train, y_train), (x_val, _), (x_test, y_test) = parts
    order = rng.random((len(x_test), PATCHES**2)).astype("float32")
    few = [draw_labels(y_train, LABELS_PER_CLASS, rng) for _ in range(LABEL_DRAWS)]
    return Trial(
        x_train, y_train, x_val, x_test, y_test, x_odd,
        noisy=corrupted(x_test, "gaussian", NOISE_STD, rng),
        order=order, hidden=hidden_pixels(order),
        hidden_val=hidden_pixels(rng.random((len(x_val), PATCHES**2))), few=few,
        features=classifier_features(x_train, y_train),
    )  # fmt: skip


def without_class(data, odd_class):
    """Split a data set into the images of one class and all others.

    Args:
        data: A flat `companion.datasets.Dataset`.
        odd_class: The class.

    Returns:
        parts: Images and classes of the others: of training, validation and test.
        x_odd: The images of the class, of all three.

    Raises:
        ValueError: If `odd_class` is no class of the data.
    """
    if odd_class not in data.y_train:
        raise ValueError(f"odd_class must be a class of the data; got {odd_class!r}")
    parts = ((data.x_train, data.y_train), (data.x_val, data.y_val))
    parts += ((data.x_test, data.y_test),)
    x_odd = np.concatenate([x[y == odd_class] for x, y in parts])
    return [(x[y != odd_class], y[y != odd_class]) for x, y in parts], x_odd


def hidden_pixels(order):
    """Hide the half of the patches with the larger numbers.

    Args:
        order: Random numbers, one for each patch, shape (n, 16).

    Returns:
        True for hidden pixels, shape (n, 64).
    """
    place = np.argsort(np.argsort(order, axis=1), axis=1)
    hidden = (place >= order.shape[1] // 2).reshape(-1, PATCHES, PATCHES)
    return hidden.repeat(2, axis=1).repeat(2, axis=2).reshape(len(order), -1)


def draw_labels(y, n_each, rng):
    """Draw rows of y so that every class is drawn equally often.

    Args:
        y: Classes, shape (n,).
        n_each: Rows for each class.
        rng: A `numpy.random.Generator`.

    Returns:
        Row numbers without repeats, shape (n_classes * n_each,).
    """
    rows = [np.flatnonzero(y == label) for label in np.unique(y)]
    return np.concatenate([rng.choice(r, n_each, replace=False) for r in rows])


def classifier_features(x_train, y_train):
    """Train a small classifier of the classes, for the features of the Fréchet distance.

    Args:
        x_train: Images as rows, (n, 64), in [0, 1].
        y_train: Their classes, (n,).

    Returns:
        Function from images, (n, 64), cut to [0, 1], to 32 hidden units, (n, 32).
    """
    net = MLPClassifier((32,), learning_rate_init=0.01, random_state=0)
    net.fit(np.asarray(x_train, float), y_train)
    weights, bias = net.coefs_[0], net.intercepts_[0]
    return lambda x: np.maximum(np.clip(np.asarray(x, float), 0, 1) @ weights + bias, 0)
