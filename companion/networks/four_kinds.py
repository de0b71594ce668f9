"""One classifier for four kinds of data: tables, images, texts and sounds.

The network has one hidden layer of ReLU units and is trained with the cross-entropy, and
it sees rows of numbers, whatever they were before. The only steps that know the kind of
data are those that make the rows.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from companion.networks import letters, many_classifiers, stacked, vowels

N_HIDDEN = 64
PENALTIES = (0.0, 1e-3, 1e-2, 1e-1)  # strengths of the L2 penalty to choose from


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
    x = [np.asarray(part, dtype=float) for part in (task.x_train, task.x_val, task.x_test)]
    mean, std = x[0].mean(axis=0), x[0].std(axis=0)
    scale = np.where(std > 0, std, 1.0)
    train, val, test = ((part - mean) / scale for part in x)
    return Task(train, task.y_train, val, task.y_val, test, task.y_test)


def first(task, n):
    """The same task with only the first n training examples; nothing is scaled anew."""
    return replace(task, x_train=task.x_train[:n], y_train=task.y_train[:n])


def split_again(task, rng):
    """Put all examples of a task together and draw its three parts anew, of the same sizes.

    Args:
        task: A `Task`.
        rng: A `numpy.random.Generator`.

    Returns:
        A `Task`, standardized on its new training part.
    """
    x = np.concatenate([task.x_train, task.x_val, task.x_test])
    y = np.concatenate([task.y_train, task.y_val, task.y_test])
    ends = np.cumsum([len(task.y_train), len(task.y_val)])
    parts = []
    for rows in np.split(rng.permutation(len(x)), ends):
        parts += [x[rows], y[rows]]
    return standardized(Task(*parts))


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


def from_vowels(n_train, rng, n_val=1000, n_test=2000, spread=0.06, pitch_spread=0.12):
    """Spectra of synthetic vowels; the label is the vowel.

    Args:
        n_train: Examples for training.
        rng: A `numpy.random.Generator` that draws the speakers.
        n_val: Examples for validation.
        n_test: Examples for the test.
        spread: How far the formants of the speakers scatter, as in `vowels.draw`; 0 leaves
            each at the average of its group.
        pitch_spread: Likewise for the pitch.

    Returns:
        task: A `Task`.
        ideal: Accuracy of `vowels.ideal_listener` on the test vowels.
    """
    parts = []
    for n in (n_train, n_val, n_test):
        spoken = vowels.draw(n, rng, spread=spread, pitch_spread=pitch_spread)
        parts += [vowels.spectrum_db(spoken.sound), spoken.labels]
    believed = max(spread, 1e-3), max(pitch_spread, 1e-3)  # a width of 0 has no density
    answer = vowels.ideal_listener(spoken.formants_hz, spoken.pitch_hz, *believed)
    return standardized(Task(*parts)), float(np.mean(answer == spoken.labels))


def tuned_score(models, task):
    """Fit models of scikit-learn; test the one that is best on the validation part.

    Args:
        models: Classifiers that differ in one setting.
        task: A `Task`.

    Returns:
        Accuracy of the chosen one on the test part.
    """
    fitted = [model.fit(task.x_train, task.y_train) for model in models]
    best = max(fitted, key=lambda model: model.score(task.x_val, task.y_val))
    return best.score(task.x_test, task.y_test)


def tuned_accuracies(tasks, *, epochs):
    """Train a network for each task and each of `PENALTIES`; test those that validate best.

    All networks are trained side by side. Of each, the weights with the lowest validation
    loss are kept; of the networks of a task, the one with the best validation accuracy.

    Args:
        tasks: Tasks of equal sizes; the networks of the i-th start from the seed i. The
            same task several times tells how much the starting point matters.
        epochs: Passes over the data.

    Returns:
        Accuracy of the chosen network of each task on its test part, (n_tasks,).
    """
    n_choices = len(PENALTIES)
    x_train, y_train, x_val, y_val, x_test, y_test = (
        np.repeat([getattr(task, field.name) for task in tasks], n_choices, axis=0)
        for field in fields(Task)
    )
    sizes = [x_train.shape[2], N_HIDDEN, tasks[0].n_classes]
    trained = many_classifiers.train(
        stacked.init(sizes, np.repeat(np.arange(len(tasks)), n_choices)),
        x_train,
        y_train,
        epochs=epochs,
        learning_rate=3e-3,
        l2=np.tile(PENALTIES, len(tasks)),
        watch=[(x_val, y_val)],
    )
    _, val = many_classifiers.measure(trained.best, x_val, y_val)
    _, test = many_classifiers.measure(trained.best, x_test, y_test)
    best = val.reshape(len(tasks), n_choices).argmax(axis=1)
    return test.reshape(len(tasks), n_choices)[np.arange(len(tasks)), best]
