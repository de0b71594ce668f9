"""One classifier for four kinds of data: tables, images, texts and sounds.

The network is `companion.networks.mlp` with ReLU units and the cross-entropy, and it sees
rows of numbers, whatever they were before. The only steps that know the kind of data are
those that make the rows.
"""

from dataclasses import dataclass, replace

import numpy as np

from companion.networks import checks, letters, losses, mlp, vowels

NOISE = 0.2  # of the vowels; their own standard deviation is 1


@dataclass(frozen=True)
class Task:
    """Rows of numbers with labels, in three parts that share no example.

    Args:
        x_train: Inputs, (n, n_features); so are `x_val` and `x_test`.
        y_train: Numbers of the classes, (n,); so are `y_val` and `y_test`.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray

    @property
    def n_classes(self):
        """How many classes the training labels name."""
        return int(self.y_train.max()) + 1


def standardized(task):
    """Shift and scale every column to mean 0 and standard deviation 1 in training.

    The validation and test rows are shifted and scaled by the same numbers. A column that
    is constant in training is only shifted.

    Args:
        task: A `Task`.

    Returns:
        A `Task` in float64.
    """
    mean, std = task.x_train.mean(axis=0), task.x_train.std(axis=0)
    scale = np.where(std > 0, std, 1.0)
    x = [
        np.asarray((part - mean) / scale, dtype=float)
        for part in (task.x_train, task.x_val, task.x_test)
    ]
    return Task(x[0], task.y_train, x[1], task.y_val, x[2], task.y_test)


def first(task, n):
    """The same task with only the first n training examples; nothing is scaled anew."""
    return replace(task, x_train=task.x_train[:n], y_train=task.y_train[:n])


def from_dataset(dataset):
    """Rows of a `companion.datasets.Dataset`, images with one pixel beside the other."""
    flat = dataset.flat()
    parts = (flat.x_train, flat.y_train, flat.x_val, flat.y_val, flat.x_test, flat.y_test)
    return standardized(Task(*parts))


def from_names(names, rng, n_groups=400):
    """Names in several languages as counts of letter groups; the label is the language.

    Six in ten things are for training, two for validation, two for the test, so that no
    thing is met in one language and asked in another.

    Args:
        names: As in `letters.names_in_languages`.
        rng: A `numpy.random.Generator` that splits the things.
        n_groups: Letter groups to count, chosen on the training names.

    Returns:
        A `Task`.
    """
    texts, labels, keys = letters.names_in_languages(names)
    things = rng.permutation(np.unique(keys))
    ends = len(things) * 6 // 10, len(things) * 8 // 10
    rows = [np.flatnonzero(np.isin(keys, part)) for part in np.split(things, ends)]
    known = letters.vocabulary([texts[i] for i in rows[0]], n_groups)
    parts = []
    for part in rows:
        parts += [letters.count([texts[i] for i in part], known), labels[part]]
    return standardized(Task(*parts))


def from_vowels(n_train, rng, n_val=1000, n_test=2000, spread=0.06):
    """Spectra of synthetic vowels; the label is the vowel.

    Args:
        n_train: Examples for training.
        rng: A `numpy.random.Generator` that draws the speakers.
        n_val: Examples for validation.
        n_test: Examples for the test.
        spread: How far the formants of the speakers scatter, as in `vowels.draw`.

    Returns:
        task: A `Task`.
        ideal: Accuracy of `vowels.ideal_listener` on the test vowels.
    """
    parts = []
    for n in (n_train, n_val, n_test):
        spoken = vowels.draw(n, rng, spread=spread, noise=NOISE)
        parts += [vowels.spectrum_db(spoken.sound), spoken.labels]
    answer = vowels.ideal_listener(spoken.formants_hz, spoken.pitch_hz, max(spread, 1e-3))
    return standardized(Task(*parts)), float(np.mean(answer == spoken.labels))


def activations(hidden):
    """ReLU for every hidden layer, and logits at the end."""
    return ["relu"] * len(hidden) + ["linear"]


def train(task, hidden, seed, *, epochs=20, learning_rate=1e-3, batch_size=32):
    """Train one network on the training part.

    Args:
        task: A `Task`.
        hidden: Widths of the hidden layers.
        seed: Seed of the starting weights and of the order of examples.
        epochs: Passes over the data.
        learning_rate: Step size of Adam.
        batch_size: Examples in a step.

    Returns:
        params: (weights, biases).
    """
    checks.check_counts(epochs=epochs, batch_size=batch_size)
    rng = np.random.default_rng(seed)
    params, _ = mlp.train(
        mlp.init([task.x_train.shape[1], *hidden, task.n_classes], rng),
        task.x_train,
        task.y_train,
        activations=activations(hidden),
        loss=losses.cross_entropy,
        epochs=epochs,
        learning_rate=learning_rate,
        batch_size=batch_size,
        rng=rng,
    )
    return params


def accuracy(params, x, y):
    """Share of rows whose largest logit is that of their class."""
    names = activations(params[0][:-1])
    return float(np.mean(mlp.forward(params, x, names)[-1].argmax(axis=1) == y))


def tuned_accuracies(task, choices, seeds):
    """Choose the settings of the network on the validation part, and test what was chosen.

    Args:
        task: A `Task`.
        choices: Settings of `train`, one dictionary each.
        seeds: Seeds; the validation accuracy of a choice is its mean over them.

    Returns:
        chosen: The settings with the best validation accuracy.
        test: Their accuracy on the test part for each seed, (n_seeds,).
    """
    trained = [[train(task, seed=seed, **choice) for seed in seeds] for choice in choices]

    def mean_accuracy(networks):
        return np.mean([accuracy(params, task.x_val, task.y_val) for params in networks])

    best = int(np.argmax([mean_accuracy(networks) for networks in trained]))
    test = [accuracy(params, task.x_test, task.y_test) for params in trained[best]]
    return choices[best], np.array(test)
