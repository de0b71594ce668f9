"""Classifiers of small images, trained alike and asked about shifted images.

The digits stand on a canvas with an empty margin, so that a shift by up to the margin
loses no ink. All networks are trained by one loop: Adam on batches of 32, in float32.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from companion.networks import checks, cnn, losses, mlp, optimizers
from companion.networks.parameters import map_arrays

MARGIN = 2
BATCH_SIZE = 32
LAYERS = ["relu", "linear"]


@dataclass(frozen=True)
class Classifier:
    """A kind of network, as functions; `params` is what `init` returns.

    Args:
        init: Takes a `numpy.random.Generator`, returns parameters.
        loss_and_grads: Takes parameters, images and labels.
        logits: Takes parameters and images.
    """

    init: Callable
    loss_and_grads: Callable
    logits: Callable


def convolutional(side, filters, n_classes=10, readout="places"):
    """The network of `companion.networks.cnn` with max pooling."""
    options = {"readout": readout}
    return Classifier(
        lambda rng: cnn.init(side, filters, n_classes, rng, **options),
        lambda params, x, y: cnn.loss_and_grads(params, x, y, **options),
        lambda params, x: cnn.forward(params, x, **options)[-1],
    )


def dense(side, n_hidden, n_classes=10):
    """A perceptron with one hidden layer of ReLUs, on the pixels in a row."""

    def flat(x):
        return x.reshape(len(x), -1)

    return Classifier(
        lambda rng: mlp.init([side**2, n_hidden, n_classes], rng),
        lambda params, x, y: mlp.loss_and_grads(
            params, flat(x), y, LAYERS, losses.cross_entropy
        ),
        lambda params, x: mlp.forward(params, flat(x), LAYERS)[-1],
    )


def on_canvas(x, margin=MARGIN):
    """Put an empty margin around images, (n, height, width, channels)."""
    return np.pad(x, [(0, 0), (margin, margin), (margin, margin), (0, 0)])


def shifted(x, down, right):
    """Shift images on their canvas; what leaves at one side would enter at the other."""
    return np.roll(x, (down, right), axis=(1, 2))


def randomly_shifted(x, max_shift, rng):
    """Shift each image by its own random steps of at most `max_shift` each way."""
    steps = rng.integers(-max_shift, max_shift + 1, size=(len(x), 2))
    rows = (np.arange(x.shape[1]) - steps[:, :1]) % x.shape[1]
    columns = (np.arange(x.shape[2]) - steps[:, 1:]) % x.shape[2]
    return x[np.arange(len(x))[:, None, None], rows[:, :, None], columns[:, None, :]]


def permuted(x, rng):
    """Move the pixels of all images by one and the same random permutation."""
    flat = x.reshape(len(x), -1)
    return flat[:, rng.permutation(flat.shape[1])].reshape(x.shape)


def train(classifier, x, y, *, n_steps, learning_rate, seed, max_shift=0):
    """Train from new weights.

    Args:
        classifier: A `Classifier`.
        x: Images, (n, height, width, channels).
        y: Their classes, (n,).
        n_steps: Steps of Adam; few examples are seen more often.
        learning_rate: Its step size.
        seed: Draws the weights, the order of examples and the shifts.
        max_shift: With more than 0, each image is shifted anew each time it is seen.

    Returns:
        The trained parameters, float32.

    Raises:
        ValueError: If `n_steps` is not above 0, or x and y differ in length.
    """
    checks.check_counts(n_steps=n_steps)
    checks.check_same_rows("y", y, "x", x)
    rng = np.random.default_rng(seed)
    params, state = map_arrays(np.float32, classifier.init(rng)), None
    n_epochs = -(-n_steps * BATCH_SIZE // len(x))
    order = np.concatenate([rng.permutation(len(x)) for _ in range(n_epochs)])
    for rows in order[: n_steps * BATCH_SIZE].reshape(n_steps, BATCH_SIZE):
        images = randomly_shifted(x[rows], max_shift, rng) if max_shift else x[rows]
        _, grads = classifier.loss_and_grads(params, images, y[rows])
        params, state = optimizers.adam(params, grads, state, learning_rate)
    return params


def accuracy(classifier, params, x, y):
    """Share of images whose largest logit is that of their class."""
    return float(np.mean(classifier.logits(params, x).argmax(axis=1) == y))


def accuracy_at(distance, predict, x, y):
    """Accuracy on images shifted by a distance, over all shifts of that length.

    Args:
        distance: The larger of the two steps of a shift, in pixels; 0 for none.
        predict: Takes images, returns classes.
        x: Images with a margin of at least `distance`.
        y: Their classes.

    Returns:
        The mean over the shifts: one at distance 0, eight at 1, sixteen at 2.
    """
    steps = range(-distance, distance + 1)
    shifts = [(r, c) for r in steps for c in steps if max(abs(r), abs(c)) == distance]
    return float(np.mean([np.mean(predict(shifted(x, *s)) == y) for s in shifts]))


def choose_rate(classifier, training, validation, rates, max_shift=0, **settings):
    """Choose the learning rate by the validation images.

    Args:
        classifier: A `Classifier`.
        training: x and y to train on.
        validation: x and y to choose by; shifted at random if `max_shift` is above 0.
        rates: The candidates.
        max_shift: As in `train`.
        settings: Passed to `train`.

    Returns:
        The rate with the highest validation accuracy, the first of equals.
    """
    x_val, y_val = validation
    if max_shift:
        rng = np.random.default_rng(0)
        x_val = np.concatenate([randomly_shifted(x_val, max_shift, rng) for _ in range(5)])
        y_val = np.tile(y_val, 5)
    scores = [
        accuracy(
            classifier,
            train(classifier, *training, learning_rate=r, max_shift=max_shift, **settings),
            x_val,
            y_val,
        )
        for r in rates
    ]
    return rates[int(np.argmax(scores))]


def predictor(classifier, params):
    """The function that takes images and returns the class of the largest logit."""
    return lambda x: classifier.logits(params, x).argmax(axis=1)


def subset(x, y, n, seed):
    """Draw n examples at random; the same seed draws the same."""
    rows = np.random.default_rng(seed).permutation(len(x))[:n]
    return x[rows], y[rows]


def repeat(
    classifier,
    training,
    validation,
    *,
    n,
    rates,
    seeds,
    n_steps,
    n_choice=None,
    max_shift=0,
    first_seed=100,
):
    """Choose a learning rate once, then train from several seeds on several subsets.

    Args:
        classifier: A `Classifier`.
        training: x and y, of which each seed draws its own subset.
        validation: x and y to choose the rate by.
        n: Examples in a subset.
        rates: The candidates.
        seeds: One training for each.
        n_steps: As in `train`.
        n_choice: Steps of the trainings that choose the rate; `n_steps` if None.
        max_shift: As in `train`.
        first_seed: Seed of the subset and the trainings that choose the rate.

    Returns:
        For each seed, the `predictor`.
    """
    rate = choose_rate(
        classifier,
        subset(*training, n, first_seed),
        validation,
        rates,
        max_shift=max_shift,
        n_steps=n_choice or n_steps,
        seed=first_seed,
    )
    runs = []
    for seed in seeds:
        params = train(
            classifier,
            *subset(*training, n, seed),
            n_steps=n_steps,
            learning_rate=rate,
            seed=seed,
            max_shift=max_shift,
        )
        runs.append(predictor(classifier, params))
    return runs


def accuracies(runs, x, y, distance=0):
    """`accuracy_at` a distance, for each of several predictors."""
    return [accuracy_at(distance, predict, x, y) for predict in runs]


def unmatched(layer, x, right):
    """Part of a layer's answer to shifted images that is no shift of its first answer.

    Args:
        layer: Takes images, returns maps.
        x: Images with a wide margin.
        right: Shift in pixels; shifts of the maps by up to 4 are tried.

    Returns:
        Length of the difference at the best shift, by that of the answer.
    """
    old, new = layer(x), layer(shifted(x, 0, right))
    errors = [np.linalg.norm(new - shifted(old, 0, k)) for k in range(5)]
    return min(errors) / np.linalg.norm(new)
