"""One task, many remedies: the classifier on few examples, measured in and out of them.

A task is a set of small training sets, one per seed, with one large validation and one
test set. Every remedy against overfitting trains one member for each set, from the same
initial weights and with the same number of updates, so that two remedies can be compared
seed by seed.
"""

from dataclasses import dataclass, replace

import numpy as np

from companion.networks import generalization, many_classifiers, stacked


@dataclass(frozen=True)
class Task:
    """Small training sets of one size, and what they are judged by.

    Args:
        x: Training inputs, (n_seeds, n, n_features).
        labels: Their classes, (n_seeds, n), some of them spoiled if so asked.
        validation: Inputs and labels; the labels are spoiled in the same share.
        test: Inputs and right labels.
        seeds: One for each training set; seed s draws its initial weights, too.
    """

    x: np.ndarray
    labels: np.ndarray
    validation: tuple
    test: tuple
    seeds: tuple

    def recoded(self, encode):
        """The same task with other inputs.

        Args:
            encode: A function of inputs (..., n_features) that returns their codes; or a
                list of one for each seed. Then the codes of the validation and test
                inputs get a first axis for the seeds.
        """
        if callable(encode):
            parts = [encode(x) for x in (self.x, self.validation[0], self.test[0])]
        else:
            each = [self.x, *([part] * len(encode) for part in self._held_out())]
            parts = [
                np.stack([f(x) for f, x in zip(encode, xs, strict=True)]) for xs in each
            ]
        x, x_val, x_test = parts
        return replace(
            self, x=x, validation=(x_val, self.validation[1]), test=(x_test, self.test[1])
        )

    def _held_out(self):
        return self.validation[0], self.test[0]


@dataclass(frozen=True)
class Outcome:
    """How well the members of a task do; accuracies and losses are (n_seeds,).

    The loss is the cross-entropy in nats, without dropout and without penalties.
    """

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    train_loss: np.ndarray
    test_loss: np.ndarray

    @property
    def gap(self):
        """Training minus test accuracy."""
        return self.train - self.test

    @property
    def loss_gap(self):
        """Test minus training loss."""
        return self.test_loss - self.train_loss


def make_task(dataset, n, seeds, share_wrong=0.0):
    """Draw the training sets of a task.

    Args:
        dataset: A `companion.datasets.Dataset` with flat inputs and classes from 0.
        n: Examples in a training set.
        seeds: One for each training set.
        share_wrong: Share of wrong labels among the training and validation labels.

    Returns:
        A `Task`. With equal seeds a larger training set contains the smaller.
    """
    seeds, n_classes = tuple(seeds), int(dataset.y_train.max()) + 1
    x, labels = generalization.draw_subsets(dataset.x_train, dataset.y_train, n, seeds)
    rng = np.random.default_rng(n)
    labels, y_val = (
        generalization.spoil_labels(y, share_wrong, n_classes, rng)
        for y in (labels, dataset.y_val)
    )
    x, x_val, x_test = (np.asarray(a, float) for a in (x, dataset.x_val, dataset.x_test))
    return Task(x, labels, (x_val, y_val), (x_test, dataset.y_test), seeds)


def attempt(
    task,
    *,
    hidden=(64,),
    n_steps=500,
    batch_size=32,
    learning_rate=6e-3,
    early=False,
    **settings,
):
    """Train the classifier on every training set of a task, and measure it.

    Args:
        task: A `Task`.
        hidden: Widths of the hidden layers.
        n_steps: Updates, rounded up to whole epochs.
        batch_size: Examples in a step.
        learning_rate: Step size of Adam.
        early: Whether each member goes back to the weights with its lowest validation
            loss, looked for about 20 times while training.
        settings: Further arguments of `companion.networks.many_classifiers.train`.

    Returns:
        An `Outcome`.
    """
    n_features, n = task.x.shape[2], task.x.shape[1]
    n_classes = int(task.test[1].max()) + 1
    seeds = [1000 + seed for seed in task.seeds]  # apart from those that drew the examples
    params = stacked.init([n_features, *hidden, n_classes], seeds)
    epochs = -(-n_steps // -(-n // batch_size))
    trained = many_classifiers.train(
        params,
        task.x,
        task.labels,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        watch=[task.validation] if early else (),
        every=max(1, epochs // 20),
        **settings,
    )
    return measured(trained.best if early else trained.last, task)


def measured(params, task):
    """The `Outcome` of the members of a task, whatever has trained them."""
    parts = (task.x, task.labels), task.validation, task.test
    losses, scores = zip(
        *(many_classifiers.measure(params, *p) for p in parts), strict=True
    )
    return Outcome(*scores, losses[0], losses[2])


def best(outcomes):
    """The setting with the highest validation accuracy, averaged over the seeds.

    Args:
        outcomes: Maps a setting to its `Outcome`; the first of equal ones wins.

    Returns:
        The setting and its outcome.
    """
    setting = max(outcomes, key=lambda key: outcomes[key].validation.mean())
    return setting, outcomes[setting]


def partly_shifted(share):
    """An augmentation that moves this share of the 8 x 8 images by up to one pixel."""

    def augment(x, rng):
        moved = rng.random((*x.shape[:-1], 1)) < share
        return np.where(moved, generalization.shift_images(x, rng), x)

    return augment


# What is tried for each remedy: the arguments of `attempt`.
GRIDS = {
    "L1": [{"l1": strength} for strength in (3e-4, 1e-3, 3e-3)],
    "L2": [{"l2": strength} for strength in (1e-3, 3e-3, 1e-2)],
    "early stopping": [{"early": True}],
    "augmentation": [{"augment": partly_shifted(share)} for share in (0.1, 0.5)],
    "dropout": [{"rate": rate} for rate in (0.2, 0.5, 0.8)],
}


def tune(task, grids=GRIDS):
    """Try every remedy at a few strengths, and keep the one that validation prefers.

    Args:
        task: A `Task`.
        grids: Maps the name of a remedy to a list of arguments of `attempt`.

    Returns:
        The `Outcome` of each remedy at its best strength, after that of "nothing".
    """
    outcomes = {"nothing": attempt(task)}
    for name, grid in grids.items():
        tried = {i: attempt(task, **settings) for i, settings in enumerate(grid)}
        outcomes[name] = best(tried)[1]
    return outcomes
