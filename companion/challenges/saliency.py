"""Maps of which pixels a classifier's answer depends on, and ways to measure them.

The classifier is an MLP of `companion.networks.mlp` with ReLU units and logits s. For an
image x and a class c the maps are::

    gradient          |ds_c / dx_d|
    gradient x input  x_d ds_c / dx_d
    occlusion         s_c(x) - s_c(x with a window around pixel d filled)
"""

import numpy as np
from scipy.stats import rankdata

from companion.networks import losses, mlp


def train_classifier(x, labels, seed, n_hidden=64, epochs=40):
    """Train one hidden layer of ReLU units on labeled images.

    Args:
        x: Images, shape (n, D).
        labels: Classes from 0, shape (n,).
        seed: Seed of initial weights and batches.
        n_hidden: Hidden units.
        epochs: Passes over the images.

    Returns:
        trained: (weights, biases) after training.
        untrained: (weights, biases) before.
    """
    rng = np.random.default_rng(seed)
    untrained = mlp.init([x.shape[1], n_hidden, int(labels.max()) + 1], rng)
    trained, _ = mlp.train(
        untrained,
        x,
        labels,
        activations=names(untrained),
        loss=losses.cross_entropy,
        epochs=epochs,
        learning_rate=3e-3,
        rng=rng,
    )
    return trained, untrained


def names(params):
    """Names of the activations: ReLU everywhere, and linear logits."""
    return ["relu"] * (len(params[0]) - 1) + ["linear"]


def logits(params, x):
    """Logits s, shape (n, n_classes), of images x, (n, D)."""
    return mlp.forward(params, x, names(params))[-1]


def accuracy(params, x, labels):
    """Share of images whose largest logit is that of their label."""
    return float(np.mean(logits(params, x).argmax(axis=1) == labels))


def input_gradient(params, x, classes):
    """Slope of one logit of each image by its pixels, ds_c / dx.

    Args:
        params: (weights, biases).
        x: Images, shape (n, D).
        classes: Class c of each image, shape (n,).

    Returns:
        Gradients, shape (n, D), by backpropagation down to the input.

    Raises:
        ValueError: If there is not one class for each image.
    """
    outputs = mlp.forward(params, x, names(params))
    if np.shape(classes) != (len(x),):
        raise ValueError(
            f"classes must be one for each of {len(x)} images; got {np.shape(classes)}"
        )
    grad = np.eye(outputs[-1].shape[1])[classes]
    for layer in reversed(range(len(params[0]))):
        grad = grad @ params[0][layer].T
        if layer > 0:
            grad *= outputs[layer] > 0
    return grad


def occlusion(params, x, classes, shape, window=3, fill=0.0):
    """How much the logit of each image falls when a window around a pixel is filled.

    Args:
        params: (weights, biases).
        x: Images, shape (n, D).
        classes: Class c of each image, shape (n,).
        shape: (height, width) of an image, with D = height * width.
        window: Side of the window, odd; it is cut at the border.
        fill: What stands in the window, one number or (D,).

    Returns:
        Falls of the logit, shape (n, D); negative where it rises.

    Raises:
        ValueError: If `window` is not an odd number above 0, or `shape` does not fit.
    """
    height, width = shape
    if window < 1 or window % 2 == 0:
        raise ValueError(f"window must be odd and above 0; got {window}")
    if height * width != x.shape[1]:
        raise ValueError(f"shape must have {x.shape[1]} pixels; got {shape}")
    rows, columns = np.divmod(np.arange(height * width), width)
    each = np.arange(len(x))
    before = logits(params, x)[each, classes]
    falls = np.empty(x.shape)
    for pixel, (row, column) in enumerate(zip(rows, columns, strict=True)):
        far = np.maximum(np.abs(rows - row), np.abs(columns - column))
        filled = np.where(far <= window // 2, fill, x)
        falls[:, pixel] = before - logits(params, filled)[each, classes]
    return falls


def maps(params, x, classes, shape):
    """All maps of the module by name, each of shape (n, D), for images x, (n, D)."""
    gradient = input_gradient(params, x, classes)
    return {
        "gradient": np.abs(gradient),
        "gradient x input": x * gradient,
        "occlusion": occlusion(params, x, classes, shape),
    }


def deletion_curve(params, x, labels, salience, counts, fill=0.0):
    """Accuracy after the most salient pixels of each image were filled.

    Args:
        params: (weights, biases).
        x: Images, shape (n, D).
        labels: Right classes, shape (n,).
        salience: A map for each image, shape (n, D); largest first.
        counts: Numbers of filled pixels, each from 0 to D.
        fill: What a filled pixel holds, one number or (D,).

    Returns:
        Accuracies, shape (n_counts,); low ones say that the map found what matters.

    Raises:
        ValueError: If `salience` is not shaped as `x`, or a count is out of range.
    """
    if np.shape(salience) != np.shape(x):
        raise ValueError(f"salience must be {np.shape(x)}; got {np.shape(salience)}")
    if min(counts) < 0 or max(counts) > x.shape[1]:
        raise ValueError(f"counts must be from 0 to {x.shape[1]}; got {counts}")
    ranks = np.argsort(np.argsort(-salience, axis=1, kind="stable"), axis=1)
    return np.array(
        [accuracy(params, np.where(ranks < n, fill, x), labels) for n in counts]
    )


def rank_agreement(one, other):
    """Rank correlation of two maps of the same image, averaged over images.

    Args:
        one: Maps, shape (n, D).
        other: Maps, shape (n, D).

    Returns:
        Mean of Spearman's correlation over the images where both maps vary.
    """
    ranks = [rankdata(a, axis=1) for a in (one, other)]
    centered = [r - r.mean(axis=1, keepdims=True) for r in ranks]
    lengths = np.prod([np.linalg.norm(c, axis=1) for c in centered], axis=0)
    products = np.sum(centered[0] * centered[1], axis=1)
    return float(np.mean(products[lengths > 0] / lengths[lengths > 0]))


def deletion_trials(nets, x, labels, counts, fill):
    """Deletion curves of several classifiers, by every map and by two rivals.

    The maps explain the class that the classifier itself gives. The rivals, brightness
    and a random order, know nothing of it.

    Args:
        nets: Classifiers, each (weights, biases).
        x: Images of 8 x 8 pixels, shape (n, 64).
        labels: Right classes, shape (n,).
        counts: Numbers of filled pixels.
        fill: As in `deletion_curve`.

    Returns:
        Dictionary from a map's name to accuracies, shape (n_nets, n_counts).
    """
    curves = {}
    for number, net in enumerate(nets):
        orders = maps(net, x, logits(net, x).argmax(axis=1), (8, 8)) | {
            "brightness": x,
            "random": np.random.default_rng(number).random(x.shape),
        }
        for name, order in orders.items():
            curve = deletion_curve(net, x, labels, order, counts, fill)
            curves.setdefault(name, []).append(curve)
    return {name: np.array(found) for name, found in curves.items()}


def map_agreements(nets, rivals, x, classes, sign):
    """How much maps of each classifier agree with those of a rival for the same images.

    Args:
        nets: Classifiers, each (weights, biases).
        rivals: As many others.
        x: Images of 8 x 8 pixels, shape (n, 64).
        classes: The class to explain, shape (n,).
        sign: Whether maps keep their sign; else their absolute values are compared.

    Returns:
        Dictionary from a map's name to `rank_agreement`, one for each pair.
    """
    see, found = (np.asarray if sign else np.abs), {}
    for net, rival in zip(nets, rivals, strict=True):
        pair = [maps(p, x, classes, (8, 8)) for p in (net, rival)]
        for name in pair[0]:
            value = rank_agreement(*(see(each[name]) for each in pair))
            found.setdefault(name, []).append(value)
    return found
