"""Generated images as training data: a classifier with few labels and more images.

The images are generated, distorted, or none. Settings were chosen on validation images,
over ten draws of the labels: shifts of up to 0.25 to 2 pixels, elastic fields of 0.25 to 1
pixel. The spread of generated codes is not chosen, since every smaller one of 1, 0.6, 0.3
and 0.1 did less harm: both ends are shown.
"""

import numpy as np
from scipy.stats import t as student
from sklearn.svm import SVC

from companion.practice import distortions

SHIFT, ELASTIC = 1.0, 0.5
SPREADS = (1.0, 0.1)
N_MORE = 500  # images added, in all


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


def more_of(x, y, encode, decode, rng):
    """Make more images of each kind from a few labeled ones.

    Args:
        x: Images, shape (n, D), equally many of each class.
        y: Their classes.
        encode: From images to codes, (n, K).
        decode: From codes to images.
        rng: A `numpy.random.Generator`.

    Returns:
        Maps the kind to images and classes, 500 of each kind.
    """
    more, n_each = {}, N_MORE // len(x)
    codes = encode(x)
    for spread in SPREADS:
        z, names = class_codes(codes, y, N_MORE // len(np.unique(y)), rng, spread)
        more[f"generated, spread {spread:g}"] = decode(z), names
    for kind, strength in (("shifted", SHIFT), ("elastic", ELASTIC)):
        images = distortions.more_images(kind, x, n_each, strength, rng)
        more[kind] = images, np.repeat(y, n_each)
    return more


def accuracy_with(x, y, x_more, y_more, x_test, y_test):
    """Accuracy of a support vector machine that learns from both sets of examples."""
    model = SVC(C=10.0).fit(np.concatenate((x, x_more)), np.concatenate((y, y_more)))
    return float(model.score(x_test, y_test))


def accuracies(data, per_class, seed, encode, decode, part="test"):
    """Train a support vector machine on labeled images and more, in every way.

    Args:
        data: A flat `companion.datasets.Dataset`.
        per_class: Labeled images of each class, drawn from the training images.
        seed: Seed of the draw.
        encode: As in `more_of`.
        decode: As in `more_of`.
        part: "test", or "val" to choose settings.

    Returns:
        Maps each way to the accuracy on that part of the data.
    """
    rng = np.random.default_rng(seed)
    rows = few_of_each(data.y_train, per_class, rng)
    x, y = data.x_train[rows].astype(float), data.y_train[rows]
    new = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
    found = {"labeled only": accuracy_with(x, y, x[:0], y[:0], *new)}
    for kind, more in more_of(x, y, encode, decode, rng).items():
        found[f"and {kind}"] = accuracy_with(x, y, *more, *new)
        if kind.startswith("generated"):
            found[f"{kind}, alone"] = accuracy_with(*more, x[:0], y[:0], *new)
    return found


def over_draws(data, per_class, seeds, encode, decode):
    """Repeat `accuracies` over draws of the labels: a list for each way."""
    each = [accuracies(data, per_class, seed, encode, decode) for seed in seeds]
    return {name: [one[name] for one in each] for name in each[0]}


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
