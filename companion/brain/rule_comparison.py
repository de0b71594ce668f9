"""One task for all learning rules: labeled images, one network, rates by validation.

Every rule gets the same start, the same batches and the same number of steps. Rules need
different step sizes, so each has its own: the one with the best mean accuracy on validation
images, the smaller one of two that are equal. Test images are looked at once, in the end.
"""

from dataclasses import dataclass

import numpy as np

from companion.brain import feedback_alignment as fa
from companion.brain import learning_rules

HEBB = "Hebb (Sanger), then readout"
RULES = (
    "last layer only",
    HEBB,
    "feedback alignment",
    "predictive coding",
    "backpropagation",
)


@dataclass(frozen=True, eq=False)
class Task:
    """Inputs with a constant last column and labels, three parts of each.

    Args:
        x: Maps "train", "val" and "test" to inputs, (n, D + 1).
        labels: Maps the same names to labels, (n,).
        target: One output for each class, 1 for the label and 0 elsewhere, (n, classes).
    """

    x: dict
    labels: dict
    target: np.ndarray


def task_of(data, gain=2.0):
    """Center images by the training mean, multiply by a gain, add the constant input 1.

    Args:
        data: A `companion.datasets.Dataset` of images with labels from 0.
        gain: Factor on the centered images.

    Returns:
        A `Task`.
    """
    data = data.flat()
    mean = data.x_train.astype(float).mean(axis=0)
    x, labels = {}, {}
    for part in ("train", "val", "test"):
        centered = gain * (getattr(data, f"x_{part}") - mean)
        x[part] = np.hstack([centered, np.ones((len(centered), 1))])
        labels[part] = getattr(data, f"y_{part}")
    return Task(x, labels, np.eye(labels["train"].max() + 1)[labels["train"]])


def trained(task, name, hidden, *, learning_rate, n_steps, seed):
    """Train one network by the rule of a name; runs away quietly if the rate is too large.

    Args:
        task: A `Task`.
        name: One of `RULES`.
        hidden: Widths of the hidden layers, a tuple.
        learning_rate: Step size.
        n_steps: Batches of 50.
        seed: Of start, feedback and batches.

    Returns:
        The weights.

    Raises:
        ValueError: If `name` is unknown.
    """
    if name not in RULES:
        raise ValueError(f"name must be one of {RULES}; got {name!r}")
    rng, x = np.random.default_rng(seed), task.x["train"]
    widths = (x.shape[1], *hidden, task.target.shape[1])
    weights, feedback = fa.start(widths, rng), fa.random_feedback(widths, rng)
    rule = {
        "last layer only": fa.last_layer_only,
        HEBB: fa.last_layer_only,
        "feedback alignment": fa.feedback_alignment(feedback),
        "predictive coding": learning_rules.predictive_coding(1.0),
        "backpropagation": fa.backpropagation,
    }[name]
    if name == HEBB:
        settings = {"gain": 0.5, "learning_rate": 0.005, "n_passes": 2, "rng": rng}
        weights[0] = learning_rules.hebbian_features(x, hidden[0], **settings)
    settings = {"learning_rate": learning_rate, "n_steps": n_steps}
    batches = np.random.default_rng(seed)
    with np.errstate(over="ignore", invalid="ignore"):
        return fa.train(weights, x, task.target, rule, **settings, rng=batches)


def accuracies(task, name, hidden, part, *, seeds, **settings):
    """Accuracy on a part of the data for every seed; other arguments as in `trained`."""
    networks = (trained(task, name, hidden, seed=seed, **settings) for seed in seeds)
    with np.errstate(over="ignore", invalid="ignore"):
        return [fa.accuracy(w, task.x[part], task.labels[part]) for w in networks]


def choose_rate(task, name, hidden, *, rates, seeds, n_steps):
    """Pick the rate with the best mean validation accuracy, the smallest of equal ones."""
    args, settings = (task, name, hidden, "val"), {"seeds": seeds, "n_steps": n_steps}
    means = [np.mean(accuracies(*args, learning_rate=r, **settings)) for r in rates]
    return rates[int(np.argmax(np.round(means, 9)))]


def angles_along(task, hidden, *, learning_rate, n_steps, every, seed):
    """Angle of feedback alignment's step to the steepest descent while it learns.

    Args:
        task: A `Task`.
        hidden: Widths of the hidden layers, a tuple.
        learning_rate: Step size.
        n_steps: Batches of 50.
        every: Steps from one measurement to the next.
        seed: Of start, feedback and batches.

    Returns:
        Degrees, shape (n_steps // every + 1, number of hidden layers), on all training
        images, the first before any step.
    """
    rng, x = np.random.default_rng(seed), task.x["train"]
    widths = (x.shape[1], *hidden, task.target.shape[1])
    weights, feedback = fa.start(widths, rng), fa.random_feedback(widths, rng)
    rule, batches = fa.feedback_alignment(feedback), np.random.default_rng(seed)

    def angles():
        pairs = zip(
            rule(weights, x, task.target),
            fa.backpropagation(weights, x, task.target),
            strict=True,
        )
        return [fa.angle_deg(found, true) for found, true in pairs][:-1]

    found = [angles()]
    settings = {"learning_rate": learning_rate, "n_steps": every, "rng": batches}
    for _ in range(n_steps // every):
        weights = fa.train(weights, x, task.target, rule, **settings)
        found.append(angles())
    return np.array(found)
