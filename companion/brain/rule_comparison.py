"""One task for all learning rules: labeled images, one network, rates by validation.

Every rule gets the same batches and the same number of steps, and starts from the same
weights; where hidden weights come from the inputs (principal axes, Hebb), these take the
place of the first matrix. Rules need different step sizes, so each has its own: the one
with the best mean accuracy on validation images, the smaller one of two that are equal.
Test images are looked at once, in the end.
"""

from dataclasses import dataclass

import numpy as np

from companion.brain import learning_rules as rules

FIXED_FEATURES = ("no hidden layer", "random features", "principal axes", "Hebb (Sanger)")
RULES = (*FIXED_FEATURES, "feedback alignment", "predictive coding", "backpropagation")
GAIN = 2.0  # on the centered images
FEATURE_LENGTH = 0.5  # of the weights of a hidden unit that come from the inputs


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


def task_of(data):
    """Center images by the training mean, double them, add the constant input 1.

    Args:
        data: A `companion.datasets.Dataset` of images with labels from 0.

    Returns:
        A `Task`.
    """
    data = data.flat()
    mean = data.x_train.astype(float).mean(axis=0)
    x, labels = {}, {}
    for part in ("train", "val", "test"):
        centered = GAIN * (getattr(data, f"x_{part}") - mean)
        x[part] = np.hstack([centered, np.ones((len(centered), 1))])
        labels[part] = getattr(data, f"y_{part}")
    return Task(x, labels, np.eye(labels["train"].max() + 1)[labels["train"]])


def principal_axes(x, n_hidden):
    """Hidden weights along the leading principal axes of inputs; shapes as in Hebb's."""
    _, axes = np.linalg.eigh(np.cov(x[:, :-1].T))
    weights = FEATURE_LENGTH * axes[:, ::-1][:, :n_hidden]
    return np.vstack([weights, np.zeros(n_hidden)])


def begin(task, name, hidden, seed):
    """Draw what a rule starts from.

    Args:
        task: A `Task`.
        name: One of `RULES`.
        hidden: Widths of the hidden layers, a tuple; "no hidden layer" takes none.
        seed: Of weights, feedback and Hebb's order of inputs.

    Returns:
        weights: W_1, ..., W_L.
        feedback: B_2, ..., B_L.

    Raises:
        ValueError: If `name` is unknown.
    """
    if name not in RULES:
        raise ValueError(f"name must be one of {RULES}; got {name!r}")
    rng, x = np.random.default_rng(seed), task.x["train"]
    hidden = () if name == "no hidden layer" else hidden
    widths = (x.shape[1], *hidden, task.target.shape[1])
    weights, feedback = rules.start(widths, rng), rules.random_feedback(widths, rng)
    if name == "principal axes":
        weights[0] = principal_axes(x, hidden[0])
    if name == "Hebb (Sanger)":
        settings = {"gain": FEATURE_LENGTH, "learning_rate": 0.005, "n_passes": 2}
        weights[0] = rules.hebbian_features(x, hidden[0], **settings, rng=rng)
    return weights, feedback


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
    weights, feedback = begin(task, name, hidden, seed)
    rule = {
        "feedback alignment": rules.feedback_alignment(feedback),
        "predictive coding": rules.predictive_coding(1.0),
        "backpropagation": rules.backpropagation,
    }.get(name, rules.last_layer_only)
    settings = {"learning_rate": learning_rate, "n_steps": n_steps}
    batches = np.random.default_rng(seed)
    with np.errstate(over="ignore", invalid="ignore"):
        return rules.train(
            weights, task.x["train"], task.target, rule, **settings, rng=batches
        )


def accuracies(task, name, hidden, part, *, seeds, **settings):
    """Accuracy on a part of the data for every seed; other arguments as in `trained`."""
    networks = (trained(task, name, hidden, seed=seed, **settings) for seed in seeds)
    with np.errstate(over="ignore", invalid="ignore"):
        return [rules.accuracy(w, task.x[part], task.labels[part]) for w in networks]


def choose_rate(task, name, hidden, *, rates, seeds, n_steps):
    """Pick the rate with the best mean validation accuracy, the smallest of equal ones."""
    args, settings = (task, name, hidden, "val"), {"seeds": seeds, "n_steps": n_steps}
    means = [np.mean(accuracies(*args, learning_rate=r, **settings)) for r in rates]
    return rates[int(np.argmax(np.round(means, 9)))]


def compare(task, names, hidden, *, rates, choice_seeds, seeds, n_steps):
    """Test every rule at the rate that is chosen for it; arguments as in `choose_rate`.

    Args:
        task: A `Task`.
        names: Some of `RULES`.
        hidden: Widths of the hidden layers, a tuple.
        rates: Step sizes to choose from.
        choice_seeds: Of the networks that are validated.
        seeds: Of the networks that are tested.
        n_steps: Batches of 50.

    Returns:
        chosen: The rate of each name.
        found: The accuracies on test images of each name, one for each seed.
    """
    chosen, found = {}, {}
    for name in names:
        settings = {"n_steps": n_steps, "seeds": choice_seeds}
        chosen[name] = choose_rate(task, name, hidden, rates=rates, **settings)
        settings = {"n_steps": n_steps, "seeds": seeds, "learning_rate": chosen[name]}
        found[name] = accuracies(task, name, hidden, "test", **settings)
    return chosen, found


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
    weights, feedback = begin(task, "feedback alignment", hidden, seed)
    rule, batches = rules.feedback_alignment(feedback), np.random.default_rng(seed)
    x = task.x["train"]

    def angles():
        pairs = zip(
            rule(weights, x, task.target),
            rules.backpropagation(weights, x, task.target),
            strict=True,
        )
        return [rules.angle_deg(found, true) for found, true in pairs][:-1]

    found = [angles()]
    settings = {"learning_rate": learning_rate, "n_steps": every, "rng": batches}
    for _ in range(n_steps // every):
        weights = rules.train(weights, x, task.target, rule, **settings)
        found.append(angles())
    return np.array(found)
