"""A classifier with few labels and more images: generated, distorted, or none.

Settings were chosen on validation images, over ten draws of the labels: shifts of up to
0.25 to 2 pixels, elastic fields of 0.25 to 1 pixel. The spread of generated codes is not
chosen, since every smaller one of 1, 0.6, 0.3 and 0.1 did less harm: both ends are shown.
"""

import numpy as np

from companion.practice import distortions, generators
from companion.practice.generated_labels import accuracy_with, class_codes, few_of_each

SHIFT, ELASTIC = 1.0, 0.5
SPREADS = (1.0, 0.1)
N_MORE = 500  # images added, in all


def more_of(x, y, model, weights, rng):
    """Make more images of each kind from a few labeled ones.

    Args:
        x: Images, shape (n, D), equally many of each class.
        y: Their classes.
        model: A model with `encode` and `decode`.
        weights: Its weights.
        rng: A `numpy.random.Generator`.

    Returns:
        Maps the kind to images and classes, 500 of each kind.
    """
    more, n_each = {}, N_MORE // len(x)
    codes = generators.encoded(model, weights, x)
    for spread in SPREADS:
        z, names = class_codes(codes, y, N_MORE // len(np.unique(y)), rng, spread)
        more[f"generated, spread {spread:g}"] = generators.decoded(model, weights, z), names
    for kind, strength in (("shifted", SHIFT), ("elastic", ELASTIC)):
        images = distortions.more_images(kind, x, n_each, strength, rng)
        more[kind] = images, np.repeat(y, n_each)
    return more


def accuracies(data, per_class, seed, model, weights, part="test"):
    """Train a support vector machine on labeled images and more, in every way.

    Args:
        data: A flat `companion.datasets.Dataset`.
        per_class: Labeled images of each class, drawn from the training images.
        seed: Seed of the draw.
        model: As in `more_of`.
        weights: As in `more_of`.
        part: "test", or "val" to choose settings.

    Returns:
        Maps each way to the accuracy on that part of the data.
    """
    rng = np.random.default_rng(seed)
    rows = few_of_each(data.y_train, per_class, rng)
    x, y = data.x_train[rows].astype(float), data.y_train[rows]
    new = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
    found = {"labeled only": accuracy_with(x, y, x[:0], y[:0], *new)}
    for kind, more in more_of(x, y, model, weights, rng).items():
        found[f"and {kind}"] = accuracy_with(x, y, *more, *new)
        if kind.startswith("generated"):
            found[f"{kind}, alone"] = accuracy_with(*more, x[:0], y[:0], *new)
    return found


def over_draws(data, per_class, seeds, model, weights):
    """Repeat `accuracies` over draws of the labels: a list for each way."""
    each = [accuracies(data, per_class, seed, model, weights) for seed in seeds]
    return {name: [one[name] for one in each] for name in each[0]}
