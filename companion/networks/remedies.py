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

    def recoded(self, encoders):
        """The same task with other inputs.

        Args:
            encoders: One function for each seed, of inputs (..., n_features), that returns
                their codes. The codes of the validation and test inputs get a first axis
                for the seeds.
        """
        held_out = ([part[0]] * len(encoders) for part in (self.validation, self.test))
        x, x_val, x_test = (
            np.stack([f(x) for f, x in zip(encoders, xs, strict=True)])
            for xs in (self.x, *held_out)
        )
        return replace(
            self, x=x, validation=(x_val, self.validation[1]), test=(x_test, self.test[1])
        )

    def validated_by(self, n):
        """The same task with the first n validation examples only."""
        return replace(self, validation=tuple(part[:n] for part in self.validation))

    def merged(self):
        """The same task with the validation examples added to every training set."""
        x, labels = (
            np.concatenate([own, np.broadcast_to(new, (len(own), *new.shape))], axis=1)
            for own, new in zip((self.x, self.labels), self.validation, strict=True)
        )
        return replace(self, x=x, labels=labels)


@dataclass(frozen=True)
class Outcome:
    """How well the members of a task do: three accuracies and a loss, each (n_seeds,).

    The loss is the cross-entropy in nats, without dropout and without penalties.
    """

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    test_loss: np.ndarray

    @property
    def gap(self):
        """Training minus test accuracy."""
        return self.train - self.test


def make_task(dataset, n, seeds, share_wrong=0.0):
    """Draw the training sets of a task.

    Args:
        dataset: A `companion.datasets.Dataset` with flat inputs and classes from 0.
        n: Examples in a training set.
        seeds: One for each training set.
        share_wrong: Share of wrong labels among the training and validation labels.

    Returns:
        A `Task`. With equal seeds a larger training set contains the smaller, with the same
        wrong labels; the share is exact for all examples together.
    """
    seeds, n_classes = tuple(seeds), int(dataset.y_train.max()) + 1
    rng = np.random.default_rng(round(1000 * share_wrong))
    every = dataset.x_train, dataset.y_train
    x, _ = generalization.draw_subsets(*every, n, seeds)
    _, labels = generalization.draw_subsets(*every, len(every[0]), seeds)
    y_val, labels = (
        generalization.spoil_labels(y, share_wrong, n_classes, rng)
        for y in (dataset.y_val, labels)
    )
    x, x_val, x_test = (np.asarray(a, float) for a in (x, dataset.x_val, dataset.x_test))
    return Task(x, labels[:, :n], (x_val, y_val), (x_test, dataset.y_test), seeds)


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
        settings: Further arguments of `companion.networks.many_classifiers.train`. Its
            seed stays 0, so that all attempts see the examples in the same order.

    Returns:
        An `Outcome`.
    """
    epochs = count_epochs(task, n_steps, batch_size)
    trained = many_classifiers.train(
        _start(task, hidden),
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


def count_epochs(task, n_steps, batch_size=32):
    """The whole epochs that take at least `n_steps` updates on the task's sets."""
    return -(-n_steps // -(-task.x.shape[1] // batch_size))


def _start(task, hidden):
    n_classes = int(task.test[1].max()) + 1
    seeds = [1000 + seed for seed in task.seeds]  # apart from those that drew the examples
    return stacked.init([task.x.shape[2], *hidden, n_classes], seeds)


def after_updates(task, updates, **settings):
    """One training of `attempt`, measured at several lengths.

    Args:
        task: A `Task`.
        updates: Numbers of updates, each rounded up to whole epochs.
        settings: Further arguments of `companion.networks.many_classifiers.train`.

    Returns:
        last: Test accuracies after each number of updates, (n_numbers, n_seeds).
        early: Likewise at the lowest validation loss seen until then, at every epoch that
            all the numbers share as a divisor.
    """
    epochs = np.array([count_epochs(task, n) for n in updates])
    every = int(np.gcd.reduce(epochs))
    trained = many_classifiers.train(
        _start(task, (64,)),
        task.x,
        task.labels,
        epochs=int(epochs.max()),
        learning_rate=6e-3,
        watch=[task.validation, task.test],
        every=every,
        **settings,
    )
    ends, members = epochs // every, np.arange(len(task.x))
    loss, accuracy = trained.loss[:, 0], trained.accuracy[:, 1]
    early = [accuracy[loss[:end].argmin(axis=0), members] for end in ends]
    return accuracy[ends - 1], np.array(early)


def measured(params, task):
    """The `Outcome` of the members of a task, whatever has trained them."""
    parts = (task.x, task.labels), task.validation, task.test
    losses, scores = zip(
        *(many_classifiers.measure(params, *p) for p in parts), strict=True
    )
    return Outcome(*scores, losses[2])


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


# What is tried for each remedy: names of strengths, and the arguments of `attempt`.
GRIDS = {
    "L1": {f"{strength:g}": {"l1": strength} for strength in (1e-3, 3e-3, 1e-2)},
    "L2": {f"{strength:g}": {"l2": strength} for strength in (1e-3, 1e-2, 3e-2)},
    "early stopping": {"best of 20": {"early": True}},
    "augmentation": {f"{s:.0%}": {"augment": partly_shifted(s)} for s in (0.1, 0.5)},
    "dropout": {f"{rate:g}": {"rate": rate} for rate in (0.2, 0.5, 0.8)},
}


def try_all(task, grids=GRIDS):
    """Try every remedy at every strength of its grid.

    Args:
        task: A `Task`.
        grids: Maps the name of a remedy to its strengths, and these to arguments of
            `attempt`.

    Returns:
        Maps each remedy, after "nothing", to its strengths, and these to an `Outcome`.
    """
    return {
        remedy: {name: attempt(task, **settings) for name, settings in grid.items()}
        for remedy, grid in ({"nothing": {"-": {}}} | grids).items()
    }
