"""Train one Keras classifier again and again: other seeds, rates, subsets of the images.

All trainings are alike: new weights, Adam on batches of 32, and a learning rate that falls
to zero along a cosine, so that a training ends where it has settled.
"""

import math

import keras
import numpy as np
from keras import ops

from companion.networks import checks, cnn
from companion.training.again import TrainedAgain, draw_epochs

BATCH_SIZE = 32


class Falling(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that falls to zero along a half cosine, set anew without compiling.

    Step t of n has the rate ``start * (1 + cos(pi t / n)) / 2``.
    """

    def __init__(self):
        self._start = keras.Variable(0.0, trainable=False)
        self._n_steps = keras.Variable(1.0, trainable=False)

    def set(self, start, n_steps):
        """Choose the first rate and the number of steps until the rate is zero."""
        self._start.assign(start)
        self._n_steps.assign(n_steps)

    def __call__(self, step):
        part = ops.minimum(ops.cast(step, "float32") / self._n_steps, 1.0)
        return self._start * 0.5 * (1.0 + ops.cos(math.pi * part))


def new_weights(model, rng):
    """Draw weights for a model: Glorot-uniform kernels, biases of zero.

    Args:
        model: A built Keras model of dense layers and convolutions.
        rng: A `numpy.random.Generator`.

    Returns:
        Arrays, in the order of ``model.get_weights()``.
    """
    return [
        cnn.draw_weights(w.shape, rng) if w.ndim > 1 else np.zeros_like(w)
        for w in model.get_weights()
    ]


def subset(x, y, n, seed):
    """Draw n examples at random; the same seed draws the same."""
    rows = np.random.default_rng(seed).permutation(len(x))[:n]
    return x[rows], y[rows]


class Trials:
    """A classifier that is compiled once and trained as often as wanted.

    Args:
        model: A built Keras model that puts out logits.
    """

    def __init__(self, model):
        self.model, self._rate = model, Falling()
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self._again = TrainedAgain(model, self._rate, loss)

    def predict(self, x):
        """Return the classes that the model gives to images."""
        return self.model.predict_on_batch(x).argmax(axis=1)

    def repeat(self, training, measure, *, seeds, n_steps, learning_rate, n=None):
        """Train from several seeds, each on a subset of its own.

        Args:
            training: Images and their classes.
            measure: Takes a function from images to classes, returns numbers.
            seeds: One training for each; a seed draws subset, weights and order.
            n_steps: Steps of each training; few examples are seen more often.
            learning_rate: Where the step size of Adam starts.
            n: Examples in a subset; None for all.

        Returns:
            What `measure` returned, as an array (n_seeds, ...).

        Raises:
            ValueError: If `n_steps` is not above 0, or images and classes differ in
                number.
        """
        checks.check_counts(n_steps=n_steps)
        checks.check_same_rows("classes", training[1], "images", training[0])
        self._rate.set(learning_rate, n_steps)
        found = []
        for seed in seeds:
            x, y = subset(*training, n or len(training[0]), seed)
            rng = np.random.default_rng([seed, 1])  # apart from that of the subset
            self._again.begin(new_weights(self.model, rng))
            order = draw_epochs(len(x), n_steps * BATCH_SIZE, rng)
            self._again.steps.run(x, y, order, BATCH_SIZE)
            found.append(measure(self.predict))
        return np.array(found)

    def choose_rate(self, training, measure, rates, **settings):
        """Choose the learning rate by trainings that serve for nothing else.

        Args:
            training: As in `repeat`.
            measure: As in `repeat`: a number, taken on validation images.
            rates: The candidates.
            settings: Seeds and the rest, as in `repeat`.

        Returns:
            The rate with the highest mean, the first of equals.
        """
        scores = [
            self.repeat(training, measure, learning_rate=rate, **settings).mean()
            for rate in rates
        ]
        return rates[int(np.argmax(scores))]
