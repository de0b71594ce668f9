"""Directions found in a network's activations, and what can be measured about them.

A *feature* here is a direction and the rule that says how active it is for an example.
Activations h, shape (n, D), are centered on the training examples and divided by a number,
their root mean squared length, before a sparse autoencoder learns from them.
"""

from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from companion.autoencoders.pca import PCA
from companion.brain import sparse_autoencoder
from companion.challenges import recovery
from companion.networks import checks


class Scale(NamedTuple):
    """Mean, shape (D,), and root mean squared length of activations."""

    mean: np.ndarray
    size: float


def fit_scale(h):
    """The `Scale` of activations h, shape (n, D)."""
    mean = h.mean(axis=0)
    return Scale(mean, float(np.sqrt(np.mean(np.sum((h - mean) ** 2, axis=1)))))


def scaled(scale, h):
    """Activations h, shape (n, D), centered and with squared lengths around 1."""
    return (h - scale.mean) / scale.size


# Matrices this small are multiplied fastest on one thread, above all on a busy machine.
@threadpool_limits.wrap(limits=1, user_api="blas")
def train_features(h, n_features, seed, n_batches=1000):
    """Train the L1 autoencoder of `companion.challenges.recovery` on activations.

    Args:
        h: Activations of training examples, shape (n, D).
        n_features: Code units.
        seed: Seed of start and batches.
        n_batches: Number of updates.

    Returns:
        model: A `companion.brain.sparse_autoencoder.SparseAutoencoder`.
        scale: The `Scale` that it expects.
    """
    rng, scale = np.random.default_rng(seed), fit_scale(h)
    x = scaled(scale, h)
    first = recovery.start(x, n_features, rng)
    return recovery.train_l1(first, x, n_batches=n_batches, rng=rng), scale


def activities(h_train, h, learned, rng):
    """How active single units, directions and features are for the same examples.

    Args:
        h_train: Activations of training examples, shape (n_train, D).
        h: Activations of the examples to measure, shape (n, D).
        learned: What `train_features` returned for `h_train`, with K features.
        rng: A `numpy.random.Generator` that draws the rivals.

    Returns:
        Dictionary of arrays (n, n_directions), each larger for a more active one: D single
        units, D random directions, D principal axes, the directions of K training
        examples, of which nothing was learned, and the K features.
    """
    model, scale = learned
    x = scaled(scale, h)
    x_train = scaled(scale, h_train)
    axes = PCA(min(h_train.shape)).fit(x_train)
    directions = rng.normal(size=(x.shape[1], x.shape[1]))
    examples = recovery.start(x_train, len(model.bias), rng)
    return {
        "single units": h,
        "random directions": x @ directions,
        "PCA": axes.encode(x),
        "training examples": x @ examples.encoder,
        "features": sparse_autoencoder.encode(model, x),
    }


def purity(activity, labels, n_top=10):
    """Share of one class among the examples that make a direction most active.

    It is NaN for a direction that is above 0 for fewer than `n_top` examples.

    Args:
        activity: Shape (n, n_directions).
        labels: Class of each example, integers from 0, shape (n,).
        n_top: Examples looked at, at most n.

    Returns:
        share: Share of the most frequent class, (n_directions,).
        classes: That class, (n_directions,).

    Raises:
        ValueError: If `n_top` is not from 1 to n, or labels do not fit.
    """
    checks.check_same_rows("labels", labels, "activity", activity)
    if not 1 <= n_top <= len(activity):
        raise ValueError(f"n_top must be from 1 to {len(activity)}; got {n_top}")
    top = np.argsort(-activity, axis=0, kind="stable")[:n_top]
    counts = np.stack([(labels[top] == c).sum(axis=0) for c in range(labels.max() + 1)])
    share = counts.max(axis=0) / n_top
    enough = (activity > 0).sum(axis=0) >= n_top
    return np.where(enough, share, np.nan), counts.argmax(axis=0)


def train_and_rate(h_train, h_test, labels, n_features, seed):
    """Learn features of activations, and rate them and their rivals by purity.

    Args:
        h_train: Activations of training examples, shape (n_train, D).
        h_test: Activations of test examples, shape (n, D).
        labels: Classes of the test examples, shape (n,).
        n_features: Features to learn.
        seed: Seed of the features and of the random directions.

    Returns:
        learned: What `train_features` returned.
        rated: Dictionary from the names of `activities` to what `purity` returned.
    """
    learned = train_features(h_train, n_features, seed)
    active = activities(h_train, h_test, learned, np.random.default_rng(seed))
    return learned, {name: purity(a, labels) for name, a in active.items()}


def ablation_effects(params, h, learned):
    """How each logit falls when one feature's part is taken out of the last hidden layer.

    Feature j adds ``size * z_j * atom_j`` to the reconstruction of h; this is subtracted
    from h itself, so that the error of the reconstruction stays where it is.

    Args:
        params: (weights, biases) of a classifier whose last layer reads h.
        h: Activations of its last hidden layer, shape (n, D).
        learned: What `train_features` returned.

    Returns:
        Falls of the logits, shape (n, K, n_classes), negative where one rises.
    """
    model, scale = learned
    z = sparse_autoencoder.encode(model, scaled(scale, h))
    written = scale.size * model.dictionary @ params[0][-1]
    return z[:, :, None] * written


def own_and_other(effects, labels, classes):
    """Effect of ablating a feature on its own class, and of ablating any other one.

    Args:
        effects: What `ablation_effects` returned, (n, K, n_classes).
        labels: Class of each example, shape (n,).
        classes: The class that each feature seems to stand for, shape (K,); -1 for none.

    Returns:
        own: Fall of logit c(j) when j is ablated, in examples of class c(j).
        other: The same when another feature with a class is ablated instead.
    """
    chosen = np.flatnonzero(classes >= 0)
    own, other = [], []
    for feature in chosen:
        target = classes[feature]
        falls = effects[labels == target][:, :, target].mean(axis=0)
        own.append(falls[feature])
        other.append(falls[chosen[chosen != feature]].mean())
    return float(np.mean(own)), float(np.mean(other))
