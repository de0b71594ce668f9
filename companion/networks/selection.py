"""How a choice made on data spoils the score measured on the same data.

Two forms of one mistake. The best of many validation scores is too good, because the
luck of the draw was chosen along with the model (the *winner's curse*). And features that
were chosen on all examples know the test examples already (a *leak*).
"""

import numpy as np

from companion.networks import checks


def winners(validation, test):
    """Choose, for every split, the candidate with the best validation score.

    Args:
        validation: Scores, higher is better, (n_candidates, n_splits).
        test: Test scores of the same candidates, same shape.

    Returns:
        chosen: Index of the winner of each split, (n_splits,); the first of equal ones.
        promised: The winners' validation scores, (n_splits,).
        kept: Their test scores, (n_splits,).
    """
    validation, test = np.asarray(validation), np.asarray(test)
    checks.check_same_shape("test", test, "validation", validation)
    chosen = validation.argmax(axis=0)
    splits = np.arange(validation.shape[1])
    return chosen, validation[chosen, splits], test[chosen, splits]


def best_columns(x, labels, n_keep):
    """Find the columns whose class means differ most, measured in standard deviations.

    Args:
        x: Examples, (n, n_features).
        labels: Two classes, 0 and 1, (n,).
        n_keep: How many columns to keep.

    Returns:
        Their indices, (n_keep,).
    """
    difference = x[labels == 1].mean(axis=0) - x[labels == 0].mean(axis=0)
    return np.argsort(-np.abs(difference) / x.std(axis=0))[:n_keep]


def nearest_mean_accuracy(x_train, y_train, x_test, y_test):
    """Share of test examples that lie nearer to the mean of their own class, of two."""
    means = [x_train[y_train == c].mean(axis=0) for c in (0, 1)]
    distances = [np.sum((x_test - mean) ** 2, axis=1) for mean in means]
    return float(np.mean((distances[1] < distances[0]) == y_test))


def cross_validated_accuracy(x, labels, n_keep, n_folds, rng, *, choose_first):
    """Cross-validate a selection of columns followed by a nearest-mean classifier.

    Args:
        x: Examples, (n, n_features).
        labels: Two classes, 0 and 1, (n,).
        n_keep: Columns to keep.
        n_folds: Number of parts, each of which is the test part once.
        rng: A `numpy.random.Generator` that draws the parts.
        choose_first: True chooses the columns on all examples, before the split; this is
            the fault. False chooses them anew within each training part.

    Returns:
        The accuracy, averaged over the parts.

    Source:
        Ambroise and McLachlan (2002), doi:10.1073/pnas.102102699.
    """
    checks.check_counts(n_keep=n_keep, n_folds=n_folds)
    folds = np.array_split(rng.permutation(len(x)), n_folds)
    columns, scores = best_columns(x, labels, n_keep), []
    for fold in folds:
        train = np.setdiff1d(np.arange(len(x)), fold)
        if not choose_first:
            columns = best_columns(x[train], labels[train], n_keep)
        parts = x[train][:, columns], labels[train], x[fold][:, columns], labels[fold]
        scores.append(nearest_mean_accuracy(*parts))
    return float(np.mean(scores))
