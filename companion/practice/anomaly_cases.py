"""When an autoencoder's error is a good score, and when not: four experiments.

Each of them varies one thing: the draw of a world, the size of the code, the class of
images that is taken to be normal, or the share of anomalies among the training rows.
"""

from dataclasses import replace
from itertools import product

import numpy as np

from companion.practice.anomaly import auc_of, roc_auc
from companion.practice.anomaly_trials import pool, split


def sweep_code_sizes(table, make, sizes, seeds):
    """Measure a detector for several sizes of its code.

    Args:
        table: Pair of rows and labels, as `companion.practice.anomaly_trials.pool`
            returns it.
        make: Function of a size and a seed that makes a detector.
        sizes: Sizes of the code.
        seeds: One division of the rows for each.

    Returns:
        auc: ROC-AUC on the test part, shape (n_sizes, n_seeds).
        error: Median score of normal and of anomalous test rows, (n_sizes, n_seeds, 2).
    """
    parts = [split(*table, seed) for seed in seeds]
    auc, error = np.empty((len(sizes), len(seeds))), np.empty((len(sizes), len(seeds), 2))
    for i, size in enumerate(sizes):
        for j, (seed, part) in enumerate(zip(seeds, parts, strict=True)):
            scores = make(size, seed).fit(part.x_train).score(part.x_test)
            auc[i, j] = roc_auc(part.y_test, scores)
            error[i, j] = [np.median(scores[part.y_test == kind]) for kind in (0, 1)]
    return auc, error


def contaminate(part, share):
    """Put known anomalies among the training rows of a split.

    Args:
        part: A `companion.practice.anomaly_trials.Split`.
        share: Share of anomalies among the training rows afterwards, in [0, 1).

    Returns:
        The split with more training rows; the test part is unchanged.

    Raises:
        ValueError: If the share is out of range, or more known anomalies are needed than
            there are.
    """
    if not 0 <= share < 1:
        raise ValueError(f"share must be in [0, 1); got {share}")
    n = round(share / (1.0 - share) * len(part.x_train))
    if n > len(part.x_known):
        raise ValueError(f"share must need at most {len(part.x_known)} rows; got {share}")
    return replace(part, x_train=np.concatenate((part.x_train, part.x_known[:n])))


def compare_contaminated(table, shares, seeds, makers, n_known):
    """Measure detectors that were trained on rows with some anomalies among them.

    Args:
        table: As in `sweep_code_sizes`.
        shares: Shares of anomalies among the training rows.
        seeds: One division of the rows for each.
        makers: Maps a name to a function of a seed that makes a detector.
        n_known: Anomalies kept apart for training, as many as the largest share needs.

    Returns:
        Maps each name to the ROC-AUC on the test part, shape (n_shares, n_seeds).
    """
    found = {name: np.empty((len(shares), len(seeds))) for name in makers}
    for j, seed in enumerate(seeds):
        clean = split(*table, seed, n_known)
        for i, share in enumerate(shares):
            part = contaminate(clean, share)
            for name, make in makers.items():
                scores = make(seed).fit(part.x_train).score(part.x_test)
                found[name][i, j] = roc_auc(part.y_test, scores)
    return found


def one_class_each(data, make, seed=0):
    """Take each class in turn as normal, and measure it against every other class.

    Args:
        data: A `companion.datasets.Dataset` with classes 0 .. n_classes - 1 as y.
        make: Function of a seed that makes a detector.
        seed: Seed of the divisions and of the detectors.

    Returns:
        auc: ROC-AUC, shape (n_classes, n_classes): the row is the normal class, the column
            the anomalous one; NaN on the diagonal.
        overall: ROC-AUC against all other classes together, shape (n_classes,).
    """
    (x, _), parts = pool(data, []), (data.y_train, data.y_val, data.y_test)
    labels = np.concatenate(parts)
    n_classes = int(labels.max()) + 1
    auc, overall = np.full((n_classes, n_classes), np.nan), np.empty(n_classes)
    for normal in range(n_classes):
        rng = np.random.default_rng([seed, normal])
        rows = rng.permutation(np.flatnonzero(labels == normal))
        train, rest = rows[: len(rows) // 2], rows[len(rows) // 2 :]
        detector = make(seed).fit(x[train])
        scores, own = detector.score(x), detector.score(x[rest])
        for other in set(range(n_classes)) - {normal}:
            auc[normal, other] = auc_of(own, scores[labels == other])
        overall[normal] = auc_of(own, scores[labels != normal])
    return auc, overall


def asymmetry(auc):
    """How much easier one class is seen among the other than the other way round.

    Args:
        auc: As `one_class_each` returns it, shape (n_classes, n_classes).

    Returns:
        ``auc[i, j] - auc[j, i]`` for all pairs i < j, shape (n_pairs,).
    """
    i, j = np.triu_indices(len(auc), 1)
    return auc[i, j] - auc[j, i]


def measure_on_worlds(generate, seeds, fits):
    """Measure methods on draws of a world.

    Args:
        generate: Function of a seed that returns a data set; y is 0 for normal rows.
        seeds: One draw of the world for each.
        fits: Maps a name to a function of a data set that returns a fitted detector.

    Returns:
        Maps each name to the ROC-AUC on the test part of each draw, shape (n_seeds,).
    """
    found = {name: [] for name in fits}
    for seed in seeds:
        data = generate(seed=seed)
        for name, fit in fits.items():
            found[name].append(roc_auc(data.y_test, fit(data).score(data.x_test)))
    return {name: np.array(values) for name, values in found.items()}


def grid(make, *values):
    """List all settings of a detector.

    Args:
        make: Function of as many arguments as there are `values` that makes a detector.
        values: What each argument may be.

    Returns:
        Maps each tuple of arguments to a function of a data set that returns the detector
        with them, fitted to its training rows.
    """
    return {
        setting: lambda data, setting=setting: make(*setting).fit(data.x_train)
        for setting in product(*values)
    }


def choose_on_worlds(generate, seeds, settings):
    """Choose the setting of each method that is best on draws of a world.

    The anomalies of these draws take part in the choice, so measure on others. (The
    autoencoder of the course was chosen so on two draws of `curved_anomalies`: of codes of
    2, 3 and 4 units, ReLU and tanh, and noise of 0.02 to 0.1 the code of 3 units with ReLU,
    at any such noise. More than 2500 steps, and a wider layer, help further.)

    Args:
        generate: As in `measure_on_worlds`.
        seeds: The draws to choose on.
        settings: Maps a method to its settings, as `grid` returns them.

    Returns:
        Maps each method to the setting with the highest mean ROC-AUC.
    """
    chosen = {}
    for method, fits in settings.items():
        found = measure_on_worlds(generate, seeds, fits)
        chosen[method] = max(found, key=lambda setting: found[setting].mean())
    return chosen


def ranked_starts(make, data, seeds):
    """Train from several weights, and rank the detectors by their error on new normal rows.

    Some starts end in a poor minimum. That shows on normal rows, without an anomaly.

    Args:
        make: Function with an argument `seed` that makes a detector whose score is an
            error.
        data: A `companion.datasets.Dataset` with normal rows for training and validation.
        seeds: Seeds of the starts.

    Returns:
        The fitted detectors, that with the lowest median score on validation rows first.
    """
    fitted = [make(seed=seed).fit(data.x_train) for seed in seeds]
    return sorted(fitted, key=lambda detector: np.median(detector.score(data.x_val)))
