"""Networks trained along different ways back, on equal terms.

Every network of one seed starts from the same weights and sees the same batches; only the
way differs, and the learning rate that is chosen for it on validation data. Tests are
looked at once, in the end.
"""

from dataclasses import dataclass, replace

import numpy as np

from companion.brain import learning_rules
from companion.networks import losses, mlp
from companion.networks.feedback_ways import way
from companion.networks.parameters import leaves


@dataclass(frozen=True, eq=False)
class Task:
    """What a network is trained for.

    Args:
        x: Maps "train", "val" and "test" to inputs, (n, n_in).
        target: Maps the same names to what the loss compares with.
        loss: A function of `companion.networks.losses`.
        score: Function of output and target; larger is better.
        activations: Of the networks, as in `mlp.forward`.
    """

    x: dict
    target: dict
    loss: object
    score: object
    activations: tuple = None

    def score_of(self, params, part):
        """Score a network on a part of the data."""
        output = mlp.forward(params, self.x[part], self.activations)[-1]
        return self.score(output, self.target[part])


def accuracy(logits, labels):
    """Share of the examples whose largest logit stands at their label."""
    return float(np.mean(logits.argmax(axis=1) == labels))


def classification(data):
    """Make the task to tell the classes of a data set; inputs lose the training mean.

    Args:
        data: A `companion.datasets.Dataset` with labels.

    Returns:
        A `Task` with the cross-entropy, scored by accuracy.
    """
    data = data.flat()
    mean = data.x_train.astype(float).mean(axis=0)
    parts = ("train", "val", "test")
    x = {part: getattr(data, f"x_{part}") - mean for part in parts}
    target = {part: getattr(data, f"y_{part}") for part in parts}
    return Task(x, target, losses.cross_entropy, accuracy)


def parity(task):
    """Make the task to tell odd labels, 1, from even ones, 0, of a classification."""
    odd = {part: labels % 2 for part, labels in task.target.items()}
    return replace(task, target=odd)


def reconstruction(data):
    """Make the task to repeat centered inputs by a linear network with one hidden layer.

    The score is minus the squared error.
    """
    x = classification(data).x
    score = lambda x_hat, x: -losses.mse(x_hat, x)[0]  # noqa: E731
    return Task(x, x, losses.mse, score, ("linear", "linear"))


def train_by(params, steps_of, x, target, **settings):
    """Take steps along a way by gradient descent, batch by batch.

    Args:
        params: (weights, biases) to start from; left unchanged.
        steps_of: A way.
        x: Inputs, shape (n, n_in).
        target: What the loss compares with, n rows or labels.
        settings: learning_rate, n_steps, rng and batch_size, as in
            `companion.brain.learning_rules.train`, whose changes point uphill.

    Returns:
        The parameters after the last step.

    Raises:
        ValueError: If `learning_rate` is not above 0 or `n_steps` is negative.
    """
    n_layers = len(params[0])

    def rule(arrays, x, target):
        _, steps = steps_of((arrays[:n_layers], arrays[n_layers:]), x, target)
        return [-step for step in leaves(steps)]

    arrays = learning_rules.train(leaves(params), x, target, rule, **settings)
    return arrays[:n_layers], arrays[n_layers:]


def begin(task, name, hidden, seed):
    """Draw a network and its way back; the network of a seed is the same for every way.

    Args:
        task: A `Task`.
        name: One of `feedback_ways.WAYS`.
        hidden: Widths of the hidden layers.
        seed: Of weights and feedback.

    Returns:
        params: (weights, biases).
        steps_of: The way.
    """
    rng, x, target = np.random.default_rng(seed), task.x["train"], task.target["train"]
    n_out = target.shape[1] if target.ndim == 2 else int(target.max()) + 1
    params = mlp.init([x.shape[1], *hidden, n_out], rng)
    return params, way(name, params, rng, task.activations, task.loss)


def trained(task, name, hidden, seed, **settings):
    """Train the network of a seed along a way; arguments as in `begin` and `train_by`."""
    params, steps_of = begin(task, name, hidden, seed)
    batches = np.random.default_rng(seed)
    x, target = task.x["train"], task.target["train"]
    return train_by(params, steps_of, x, target, rng=batches, **settings)


def train_and_score(task, name, hidden, part, *, seeds, **settings):
    """Score on a part of the data for every seed; other arguments as in `trained`."""
    found = []
    for seed in seeds:
        with np.errstate(all="ignore"):  # a rate that is too large shows in the score
            score = task.score_of(trained(task, name, hidden, seed, **settings), part)
        found.append(score if np.isfinite(score) else -np.inf)
    return found


def choose_rate(task, name, hidden, *, rates, seeds, **settings):
    """Pick the rate with the best mean validation score, the smallest of equal ones."""
    args = (task, name, hidden, "val")
    means = [
        np.mean(train_and_score(*args, seeds=seeds, learning_rate=r, **settings))
        for r in rates
    ]
    return rates[int(np.argmax(np.round(means, 9)))]


def train_and_measure(task, name, hidden, seed, measure, *, every, n_steps, **rest):
    """Measure a network again and again while it learns.

    Args:
        task: A `Task`.
        name: One of `feedback_ways.WAYS`.
        hidden: Widths of the hidden layers.
        seed: Of weights, feedback and batches.
        measure: Function of the parameters and the way.
        every: Steps from one measurement to the next.
        n_steps: Steps in all.
        rest: The learning rate, as in `train_by`.

    Returns:
        The measurements, the first before any step, n_steps // every + 1 of them.
    """
    params, steps_of = begin(task, name, hidden, seed)
    batches, found = np.random.default_rng(seed), [measure(params, steps_of)]
    x, target = task.x["train"], task.target["train"]
    for _ in range(n_steps // every):
        params = train_by(params, steps_of, x, target, n_steps=every, rng=batches, **rest)
        found.append(measure(params, steps_of))
    return np.array(found)
