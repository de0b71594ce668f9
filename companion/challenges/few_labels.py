"""How well a few labels serve, on codes or with the whole network: one protocol for all.

For a number of labels of each class, several draws of training images get their labels.
Every method sees the same draws. Its settings are those with the highest mean accuracy on
the validation images over the draws, and it is judged on the test images. So all methods
use more labels than they are said to, those of the validation images, and all the same.
"""

import keras
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from companion.challenges import pretext
from companion.practice.code_uses import draw_labels
from companion.training.again import TrainedAgain, draw_epochs

STRENGTHS = (0.1, 1.0, 10.0)  # of scikit-learn's C
STEPS = (30, 100, 300)  # of the fine-tuning, and with more than 10 of each class:
STEPS_OF_MANY = (100, 300, 600)
BATCH_SIZE = 32
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


class FineTuning:
    """A classifier that begins with the weights of an encoder; compiled once.

    Args:
        world: A `companion.challenges.pretext.World`.

    The output layer begins with zeros, so that at first all classes are equally likely.
    """

    def __init__(self, world):
        n_classes = len(np.unique(world.parts[0][1]))
        dense = [keras.layers.Dense(width, "relu") for width in pretext.HIDDEN]
        last = keras.layers.Dense(n_classes, kernel_initializer="zeros")
        inputs = keras.Input((world.x.shape[1],))
        self.world, self.model = world, keras.Sequential([inputs, *dense, last])
        self._last = self.model.get_weights()[-2:]
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self._trained = TrainedAgain(self.model, LEARNING_RATE, loss)

    def accuracies(self, starts, n_each, seeds, in_all_places=False):
        """Train the whole network on the labeled images.

        Args:
            starts: Weights of models of `pretext.build`, which take turns.
            n_each: Labels of each class; None for all.
            seeds: One draw of labels, and one order of the images, for each.
            in_all_places: Whether the labeled images are shown in all places.

        Returns:
            Test accuracy for each draw, (n_seeds,).
        """

        def fit(j, x, y):
            start = starts[j % len(starts)][: 2 * len(pretext.HIDDEN)]
            self._trained.begin([*start, *self._last])
            stops = STEPS if n_each is not None and n_each <= 10 else STEPS_OF_MANY
            rng = np.random.default_rng(seeds[j])
            order = draw_epochs(len(x), stops[-1] * BATCH_SIZE, rng)
            for start, end in zip((0, *stops), stops, strict=False):
                rows = order[start * BATCH_SIZE : end * BATCH_SIZE]
                self._trained.steps.run(x, y, rows, BATCH_SIZE)
                yield [self._score(*part) for part in self.world.parts[1:]]

        return _accuracies(fit, self.world, n_each, seeds, in_all_places)

    def _score(self, x, y):
        logits = keras.ops.convert_to_numpy(self.model(x))
        return np.mean(logits.argmax(axis=1) == y)


def _accuracies(fit, world, n_each, seeds, in_all_places):
    """Run a method that yields validation and test accuracy for each of its settings."""
    found = [
        list(fit(j, *labeled(world, n_each, seed, in_all_places)))
        for j, seed in enumerate(seeds)
    ]
    return chosen(np.swapaxes(found, 0, 1))
