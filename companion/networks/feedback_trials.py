"""Networks that learn along different ways back, and the angles of their steps.

A *way* is a function of the parameters, the input and the target that returns a loss and
steps, as `mlp.loss_and_grads` does. Every network of one seed starts from the same weights
and sees the same batches; only the way differs, and the learning rate that is chosen for it
on validation data. Tests are looked at once, in the end.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from companion.brain.learning_rules import angle_deg
from companion.networks import feedback_alignment as back
from companion.networks import losses, mlp, optimizers
from companion.networks.parameters import map_arrays

WAYS = (
    "backpropagation",
    "sign-concordant",
    "feedback alignment",
    "direct feedback",
    "redrawn feedback",
    "last layer only",
)


@dataclass(frozen=True, eq=False)
class Task:
    """What a network is trained for.

    Args:
        x: Maps "train", "val" and "test" to inputs, (n, n_in).
        target: Maps the same names to what the loss compares with.
        loss: A function of `companion.networks.losses`.
        score: Function of output and target; larger is better.
    """

    x: dict
    target: dict
    loss: object
    score: object


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


def reconstruction(data):
    """Make the task to repeat the centered inputs, scored by minus the squared error."""
    x = classification(data).x
    return Task(x, x, losses.mse, lambda x_hat, x: -losses.mse(x_hat, x)[0])


def way(name, params, rng, activations=None, loss=losses.mse):
    """Draw the way back of a name, for networks shaped as `params`.

    "redrawn feedback" is the control of feedback alignment: new random weights in every
    step, to which nothing can align. "last layer only" leaves the hidden layers as drawn.

    Args:
        name: One of `WAYS`.
        params: (weights, biases).
        rng: A `numpy.random.Generator`.
        activations: As in `mlp.forward`.
        loss: A function of `companion.networks.losses`.

    Returns:
        A function of (params, x, target) that returns the loss and the steps.

    Raises:
        ValueError: If `name` is unknown.
    """
    if name not in WAYS:
        raise ValueError(f"name must be one of {WAYS}; got {name!r}")
    fixed, direct = back.draw(params, rng), back.draw_direct(params, rng)
    rest = {"activations": activations, "loss": loss}
    if name == "direct feedback":
        return lambda p, x, t: back.direct_gradients(p, direct, x, t, **rest)
    feedback_of = {
        "backpropagation": lambda p: p,
        "sign-concordant": back.sign_concordant,
        "feedback alignment": lambda p: fixed,
        "redrawn feedback": lambda p: back.draw(p, rng),
        "last layer only": partial(map_arrays, np.zeros_like),
    }[name]
    return lambda p, x, t: back.gradients(p, feedback_of(p), x, t, **rest)


def tilted_way(angle, seed, *, fixed, activations=None, loss=losses.mse):
    """A way whose feedback keeps one angle to the forward weights in every step.

    Args:
        angle: In degrees, as in `feedback_alignment.tilted`.
        seed: Of the rest of the feedback, which points elsewhere.
        fixed: Whether the rest is the same in every step, but for what keeps it at a
            right angle to the forward weights; otherwise it is drawn anew.
        activations: As in `mlp.forward`.
        loss: A function of `companion.networks.losses`.

    Returns:
        A function of (params, x, target) that returns the loss and the steps.
    """
    rng = np.random.default_rng(seed)

    def steps_of(params, x, target):
        rest = np.random.default_rng(seed) if fixed else rng
        feedback = back.tilted(params, angle, rest)
        return back.gradients(params, feedback, x, target, activations, loss)

    return steps_of


def train_by(params, steps_of, x, target, *, learning_rate, n_steps, rng, batch_size=50):
    """Take steps along a way by gradient descent, batch by batch.

    Args:
        params: (weights, biases) to start from; left unchanged.
        steps_of: A way.
        x: Inputs, shape (n, n_in).
        target: What the loss compares with, n rows or labels.
        learning_rate: Step size, above 0.
        n_steps: Number of batches, not negative.
        rng: A `numpy.random.Generator` that draws the batches.
        batch_size: Examples in a batch.

    Returns:
        The parameters after the last step.

    Raises:
        ValueError: If `learning_rate` is not above 0 or `n_steps` is negative.
    """
    if not learning_rate > 0 or n_steps < 0:
        raise ValueError(
            "learning_rate must be above 0 and n_steps not negative; "
            f"got {learning_rate}, {n_steps}"
        )
    for _ in range(n_steps):
        rows = rng.integers(len(x), size=batch_size)
        _, steps = steps_of(params, x[rows], target[rows])
        params, _ = optimizers.gradient_descent(params, steps, None, learning_rate)
    return params


def begin(task, name, hidden, seed, activations=None):
    """Draw a network and its way back; the network of a seed is the same for every way.

    Args:
        task: A `Task`.
        name: One of `WAYS`.
        hidden: Widths of the hidden layers.
        seed: Of weights and feedback.
        activations: As in `mlp.forward`.

    Returns:
        params: (weights, biases).
        steps_of: The way.
    """
    rng, x, target = np.random.default_rng(seed), task.x["train"], task.target["train"]
    n_out = target.shape[1] if target.ndim == 2 else int(target.max()) + 1
    params = mlp.init([x.shape[1], *hidden, n_out], rng)
    return params, way(name, params, rng, activations, task.loss)


def trained(task, name, hidden, seed, *, learning_rate, n_steps, activations=None):
    """Train the network of a seed along a way; arguments as in `begin` and `train_by`."""
    params, steps_of = begin(task, name, hidden, seed, activations)
    settings = {"learning_rate": learning_rate, "n_steps": n_steps}
    batches = np.random.default_rng(seed)
    x, target = task.x["train"], task.target["train"]
    return train_by(params, steps_of, x, target, **settings, rng=batches)


def train_and_score(task, name, hidden, part, *, seeds, activations=None, **settings):
    """Score on a part of the data for every seed; other arguments as in `trained`."""
    found = []
    for seed in seeds:
        with np.errstate(all="ignore"):  # a rate that is too large shows in the score
            settings_of = settings | {"activations": activations}
            params = trained(task, name, hidden, seed, **settings_of)
            output = mlp.forward(params, task.x[part], activations)[-1]
            score = task.score(output, task.target[part])
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


def step_angles(params, steps_of, x, target, activations=None, loss=losses.mse):
    """Angle between a way's step and the gradient, for the weights of each layer.

    Args:
        params: (weights, biases).
        steps_of: A way.
        x: Inputs, shape (n, n_in).
        target: What the loss compares with.
        activations: As in `mlp.forward`.
        loss: A function of `companion.networks.losses`.

    Returns:
        Degrees, one for each layer; the last layer's is 0 along every way here.
    """
    _, (steps, _) = steps_of(params, x, target)
    _, (true, _) = mlp.loss_and_grads(params, x, target, activations, loss)
    return [angle_deg(s, g) for s, g in zip(steps, true, strict=True)]


def train_and_measure(
    task, name, hidden, seed, measure, *, every, n_steps, activations=None, **rest
):
    """Measure a network again and again while it learns.

    Args:
        task: A `Task`.
        name: One of `WAYS`.
        hidden: Widths of the hidden layers.
        seed: Of weights, feedback and batches.
        measure: Function of the parameters and the way.
        every: Steps from one measurement to the next.
        n_steps: Steps in all.
        activations: As in `mlp.forward`.
        rest: The learning rate, as in `train_by`.

    Returns:
        The measurements, the first before any step, n_steps // every + 1 of them.
    """
    params, steps_of = begin(task, name, hidden, seed, activations)
    batches, found = np.random.default_rng(seed), [measure(params, steps_of)]
    x, target = task.x["train"], task.target["train"]
    for _ in range(n_steps // every):
        params = train_by(params, steps_of, x, target, n_steps=every, rng=batches, **rest)
        found.append(measure(params, steps_of))
    return np.array(found)
