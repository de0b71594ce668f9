"""Generated examples as training data: for a classifier, and for the generator itself."""

import numpy as np
from scipy.stats import t as student
from sklearn.svm import SVC


def few_of_each(y, per_class, rng):
    """Draw the same number of examples of each class; their indices, class by class."""
    y = np.asarray(y)
    least = np.unique(y, return_counts=True)[1].min()
    if not 1 <= per_class <= least:
        raise ValueError(f"per_class must be from 1 to {least}; got {per_class}")
    rows = [rng.permutation(np.flatnonzero(y == c))[:per_class] for c in np.unique(y)]
    return np.concatenate(rows)


def class_codes(z, y, per_class, rng, spread=1.0):
    """Draw codes for each class from a Gaussian around the mean of its codes.

    The classes share one covariance, the mean of those within the classes.

    Args:
        z: Codes, shape (n, K).
        y: Their classes, shape (n,), at least two examples of each.
        per_class: Codes to draw for each class.
        rng: A `numpy.random.Generator`.
        spread: Factor of the standard deviations.

    Returns:
        codes: Shape (n_classes * per_class, K).
        labels: Shape (n_classes * per_class,).

    Raises:
        ValueError: If a class has fewer than two examples.
    """
    z, y = np.asarray(z, float), np.asarray(y)
    classes, counts = np.unique(y, return_counts=True)
    if counts.min() < 2:
        raise ValueError(f"each class must have at least 2 codes; got {counts.min()}")
    within = spread**2 * np.mean([np.cov(z[y == c].T) for c in classes], axis=0)
    drawn = [
        rng.multivariate_normal(z[y == c].mean(axis=0), within, per_class) for c in classes
    ]
    return np.concatenate(drawn), np.repeat(classes, per_class)


def accuracy_with(x, y, x_more, y_more, x_test, y_test):
    """Accuracy of a support vector machine that learns from both sets of examples."""
    model = SVC(C=10.0).fit(np.concatenate((x, x_more)), np.concatenate((y, y_more)))
    return float(model.score(x_test, y_test))


def mean_interval(differences, level=0.95):
    """Student's interval for the mean of paired differences.

    Args:
        differences: One for each draw, shape (n,), at least two.
        level: Confidence.

    Returns:
        mean, lower end, upper end: Floats.

    Raises:
        ValueError: If there are fewer than two differences.
    """
    found = np.asarray(differences, float)
    if found.ndim != 1 or found.size < 2:
        raise ValueError(f"differences must be (n,) with n > 1; got shape {found.shape}")
    half = student.ppf(0.5 + level / 2, found.size - 1) * found.std(ddof=1)
    half /= np.sqrt(found.size)
    return float(found.mean()), float(found.mean() - half), float(found.mean() + half)


def descend(x, fit_and_sample, n_generations):
    """Train each generation on nothing but samples of the one before.

    Args:
        x: Real examples, which the first generation learns from, shape (n, D).
        fit_and_sample: Takes examples and the number of the generation, and returns
            as many samples of what it has learned.
        n_generations: How many.

    Returns:
        The samples of each generation, a list of arrays of shape (n, D).
    """
    samples, line = x, []
    for number in range(n_generations):
        samples = fit_and_sample(samples, number)
        line.append(samples)
    return line
