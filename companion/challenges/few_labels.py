"""How well a few labels serve, on codes or with the whole network: one protocol for all.

For a number of labels of each class, several draws of training images get their labels.
Every method sees the same draws. Its settings are those with the highest mean accuracy on
the validation images over the draws, and it is judged on the test images. So all methods
use more labels than they are said to, those of the validation images, and all the same.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from companion.challenges import pretext
from companion.networks import many_classifiers
from companion.networks.optimizers import adam
from companion.practice.code_uses import draw_labels
from companion.training.again import draw_epochs

STRENGTHS = (0.1, 1.0, 10.0)  # of scikit-learn's C
STEPS = (30, 100, 300)  # of the fine-tuning, and with more than 10 of each class:
STEPS_OF_MANY = (100, 300, 600)
BATCH_SIZE = 32
N_CLASSES = 10
LEARNING_RATE = 1e-2


def labeled_rows(world, n_each, seed):
    """Draw the training images that have labels.

    Args:
        world: A `companion.challenges.pretext.World`.
        n_each: Images of each class; None for all training images.
        seed: Seed of the draw.

    Returns:
        Their rows in the training part.
    """
    y = world.parts[0][1]
    if n_each is None:
        return np.arange(len(y))
    return draw_labels(y, n_each, np.random.default_rng(seed))


def labeled(world, n_each, seed, in_all_places=False):
    """Return the images of `labeled_rows` and their classes, in one place or in all."""
    rows = labeled_rows(world, n_each, seed)
    x, y = world.parts[0]
    return pretext.everywhere(world, rows) if in_all_places else (x[rows], y[rows])


def chosen(found):
    """Take the settings that are best on validation images, and return their test results.

    Args:
        found: Accuracies, (n_settings, n_draws, 2): validation and test.

    Returns:
        Test accuracies of one setting, (n_draws,).
    """
    found = np.asarray(found)
    return found[np.argmax(found[..., 0].mean(axis=1)), :, 1]


def probe(encoders, world, n_each, seeds, in_all_places=False):
    """Fit a linear classifier on frozen codes.

    Args:
        encoders: Functions from rows of pixels to codes, which take turns.
        world: A `companion.challenges.pretext.World`.
        n_each: Labels of each class; None for all.
        seeds: One draw of labels for each.
        in_all_places: Whether the labeled images are shown in all places.

    Returns:
        Test accuracy for each draw, (n_seeds,).
    """
    codes = [_standardized(encode, world) for encode in encoders]

    def fit(j, x, y):
        encode, judged = codes[j % len(codes)]
        for strength in STRENGTHS:
            model = LogisticRegression(C=strength, max_iter=1000).fit(encode(x), y)
            yield [model.score(*part) for part in judged]

    return _accuracies(fit, world, n_each, seeds, in_all_places)


def _standardized(encode, world):
    """Center codes and divide them by one number; encode what is judged once."""
    (x, _), *others = world.parts
    z = encode(x)
    mean, scale = z.mean(axis=0), z.std()

    def scaled(images):
        return (encode(images) - mean) / scale

    return scaled, [(scaled(images), y) for images, y in others]


def nearest(encoders, world, n_each, seeds, in_all_places=False):
    """Give each image the class of the labeled one whose code is nearest; as `probe`."""

    def fit(j, x, y):
        encode = encoders[j % len(encoders)]
        model = KNeighborsClassifier(1, algorithm="brute").fit(encode(x), y)
        yield [model.score(encode(images), classes) for images, classes in world.parts[1:]]

    return _accuracies(fit, world, n_each, seeds, in_all_places)


def fine_tune(starts, world, n_each, seeds, in_all_places=False):
    """Train a whole classifier that begins with the weights of an encoder.

    The output layer begins with zeros, so that at first all classes are equally likely.
    All draws take their steps side by side, by Adam.

    Args:
        starts: Weights of models of `pretext.build`, which take turns.
        world: A `companion.challenges.pretext.World`.
        n_each: Labels of each class; None for all.
        seeds: One draw of labels, and one order of the images, for each.
        in_all_places: Whether the labeled images are shown in all places.

    Returns:
        Test accuracy for each draw, (n_seeds,).
    """
    params = _classifiers([starts[j % len(starts)] for j in range(len(seeds))])
    drawn = [labeled(world, n_each, seed, in_all_places) for seed in seeds]
    x, y = (np.stack(arrays) for arrays in zip(*drawn, strict=True))
    stops = STEPS if n_each is not None and n_each <= 10 else STEPS_OF_MANY
    order = np.stack(
        [
            draw_epochs(x.shape[1], stops[-1] * BATCH_SIZE, np.random.default_rng(seed))
            for seed in seeds
        ]
    )
    member, state, found = np.arange(len(seeds))[:, None], None, []
    for step, rows in enumerate(np.split(order, stops[-1], axis=1), start=1):
        grads = many_classifiers.gradients(params, x[member, rows], y[member, rows])
        params, state = adam(params, grads, state, LEARNING_RATE)
        if step in stops:
            judged = [many_classifiers.measure(params, *p)[1] for p in world.parts[1:]]
            found.append(np.transpose(judged))
    return chosen(found)


def _classifiers(starts):
    """Stack encoders, and below each an output layer of zeros."""
    depth = 2 * len(pretext.HIDDEN)
    layers = [np.stack(arrays) for arrays in zip(*(s[:depth] for s in starts), strict=True)]
    n, last = len(starts), (pretext.HIDDEN[-1], N_CLASSES)
    weights = [*layers[::2], np.zeros((n, *last), np.float32)]
    biases = [b[:, None] for b in layers[1::2]]
    return weights, [*biases, np.zeros((n, 1, N_CLASSES), np.float32)]


def _accuracies(fit, world, n_each, seeds, in_all_places):
    """Run a method that yields validation and test accuracy for each of its settings."""
    found = [
        list(fit(j, *labeled(world, n_each, seed, in_all_places)))
        for j, seed in enumerate(seeds)
    ]
    return chosen(np.swapaxes(found, 0, 1))
