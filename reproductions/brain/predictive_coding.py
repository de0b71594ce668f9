"""Predictive coding and feedback alignment beside other routes to the same numbers."""

from functools import cache

import numpy as np

from companion import datasets
from companion.brain import (
    end_stopping,
    fixed_predictions,
    learning_rules,
    rule_comparison,
    strips,
)
from companion.brain import predictive_coding as pc
from companion.datasets import photographs
from companion.networks import mlp
from reproductions.brain.check import Check

SEEDS = range(5)
LENGTHS_PX = tuple(range(2, strips.LENGTH + 1, 2))
TRAINING = {"learning_rate": 0.05, "decay": 0.02, "n_steps": 1000, "batch_size": 50}


def random_hierarchy(seed):
    """A hierarchy of 2 to 4 levels with random widths, weights, bends and variances."""
    rng = np.random.default_rng(seed)
    widths = rng.integers(2, 7, size=rng.integers(2, 5))
    pairs = zip(widths[:-1], widths[1:], strict=True)
    weights = tuple(rng.normal(size=pair) / np.sqrt(pair[0]) for pair in pairs)
    kinds = tuple(rng.choice(["linear", "tanh"], size=len(weights)))
    variances = tuple(rng.uniform(0.5, 2.0, size=len(weights)))
    return pc.Hierarchy(weights, kinds, variances), rng


def share_of_rises(n_hierarchies=30):
    """Share of the steps of inference on which the energy rose, random hierarchies."""
    rose = []
    for seed in range(n_hierarchies):
        net, rng = random_hierarchy(seed)
        widths = [net.weights[0].shape[0], *(w.shape[1] for w in net.weights)]
        begin = [rng.normal(size=(4, width)) for width in widths]
        _, energies = pc.infer(net, begin, rate=0.02, n_steps=100)
        rose.append(np.diff(energies) > 1e-12 * energies[0])
    return np.mean(rose)


def energy_at_rest():
    """Energy of one linear level after inference, and in closed form (Woodbury)."""
    rng = np.random.default_rng(0)
    weights, x = rng.normal(size=(3, 7)), rng.normal(size=(9, 7))
    net = pc.Hierarchy((weights,), variances=(0.4,))
    _, energies = pc.infer(net, [np.zeros((9, 3)), x], rate=0.02, n_steps=1500)
    solved = np.linalg.solve(weights.T @ weights + 0.4 * np.eye(7), x.T).T
    return energies[-1], 0.5 * np.mean(np.sum(x * solved, axis=1))


def weight_slope():
    """Slope of the mean energy along a random direction, and a central difference."""
    rng = np.random.default_rng(1)
    weights = (rng.normal(size=(3, 5)), rng.normal(size=(5, 4)))
    activities = [rng.normal(size=(6, width)) for width in (3, 5, 4)]
    direction = rng.normal(size=(3, 5))

    def net(step):
        return pc.Hierarchy((weights[0] + step * direction, weights[1]), ("tanh", "linear"))

    slope = np.sum(pc.weight_gradients(net(0.0), activities)[0] * direction)
    up, down = (pc.energy(net(step), activities).mean() for step in (1e-5, -1e-5))
    return slope, (up - down) / 2e-5


def supervised_task(widths=(6, 8, 3)):
    """Weights of a network with one hidden layer, its input and its target."""
    rng = np.random.default_rng(2)
    weights = learning_rules.start(widths, rng)
    return weights, rng.normal(size=(20, widths[0])), rng.normal(size=(20, widths[-1]))


def settled_gradients(weights, x, target, output_variance, n_steps=600):
    """Weight gradients of predictive coding after inference, top and bottom clamped."""
    kinds = ("tanh",) * (len(weights) - 1) + ("linear",)
    variances = (1.0,) * (len(weights) - 1) + (output_variance,)
    net = pc.Hierarchy(tuple(weights), kinds, variances)
    begin = [*pc.forward(net, x)[:-1], target]
    settled, _ = pc.infer(net, begin, rate=0.1, n_steps=n_steps, clamp_top=True)
    return pc.weight_gradients(net, settled)


def backpropagated(weights, x, target):
    """Gradients of |target - output|^2 / 2 from the network of part 3."""
    params = (list(weights), [np.zeros(w.shape[1]) for w in weights])
    _, (grads, _) = mlp.loss_and_grads(params, x, target)
    return [0.5 * target.shape[1] * grad for grad in grads]


def cosine(found, expected):
    """Cosine of the angle between two arrays."""
    return np.sum(found * expected) / np.linalg.norm(found) / np.linalg.norm(expected)


def smallest_cosine(found, expected):
    """The worse of the cosines of all weight matrices."""
    return min(cosine(f, e) for f, e in zip(found, expected, strict=True))


def relative_distance(found, expected):
    """Distance of two lists of arrays, divided by the length of the second."""
    squares = [np.sum((f - e) ** 2) for f, e in zip(found, expected, strict=True)]
    return np.sqrt(sum(squares) / sum(np.sum(e**2) for e in expected))


def held_gradients(weights, x, target):
    """Weight gradients of predictive coding with the predictions held fixed."""
    kinds = ("tanh",) * (len(weights) - 1) + ("linear",)
    net = pc.Hierarchy(tuple(weights), kinds)
    return fixed_predictions.weight_gradients(net, x, target, rate=0.5, n_steps=60)


def rest_and_posterior():
    """Mean size of the higher area's answer at rest, and by Gaussian conditioning."""
    rng = np.random.default_rng(3)
    cortex = end_stopping.start(4, 5, rng, variance_code=0.7, variance_pixel=0.4)
    x = rng.normal(size=(6, 3, strips.SIDE**2))
    v, blocks = end_stopping.hierarchy(cortex).weights
    cov_x = blocks.T @ (v.T @ v + 0.7 * np.eye(12)) @ blocks + 0.4 * np.eye(768)
    posterior = v @ blocks @ np.linalg.solve(cov_x, x.reshape(6, -1).T)
    return np.abs(end_stopping.settle(cortex, x)[0]).mean(), np.abs(posterior).mean()


@cache
def natural_views(n_each=400):
    """What the three patches see of natural strips, scaled to a mean square of 1."""
    rng = np.random.default_rng(0)
    found = strips.natural_strips(photographs.GRAY_TRAIN, n_each, rng)
    x = strips.through_windows(found)
    return x / np.sqrt(np.mean(x**2))


def stopped_units(seed):
    """Units of 32 with an end-stopping index above 0.5, with feedback and without."""
    rng = np.random.default_rng(seed)
    start = end_stopping.start(32, 32, rng)
    cortex = end_stopping.train(start, natural_views(), **TRAINING, rng=rng)
    curves = end_stopping.length_tuning(cortex, LENGTHS_PX)
    index = end_stopping.end_stopping_index
    names = ("error", "error, no feedback")
    return [np.sum(index(curves[name], LENGTHS_PX) > 0.5) for name in names]


def hidden_angles(seed, n_steps=300):
    """Angle of feedback alignment to steepest descent, by the course and written out."""
    task = rule_comparison.task_of(datasets.load("digits"))
    settings = {"learning_rate": 0.1, "n_steps": n_steps, "seed": seed}
    angles = rule_comparison.angles_along(task, (20,), every=n_steps, **settings)
    name = "feedback alignment"
    w_1, w_2 = rule_comparison.trained(task, name, (20,), **settings)
    _, (feedback,) = rule_comparison.begin(task, name, (20,), seed)
    x, hidden = task.x["train"], np.tanh(task.x["train"] @ w_1)
    sent = (task.target - hidden @ w_2) @ feedback / np.cosh(np.arctanh(hidden)) ** 2
    down = -backpropagated([w_1, w_2], x, task.target)[0]
    return angles[-1, 0], np.rad2deg(np.arccos(cosine(x.T @ sent, down)))


def first_angles(n_seeds=200):
    """Angles to steepest descent before any step, for many random feedback weights."""
    found = []
    for seed in range(n_seeds):
        rng = np.random.default_rng(seed)
        weights = learning_rules.start((6, 20, 5), rng)
        x, target = rng.normal(size=(40, 6)), rng.normal(size=(40, 5))
        feedback = learning_rules.random_feedback((6, 20, 5), rng)
        found.append(
            learning_rules.angle_deg(
                learning_rules.changes(weights, x, target, feedback)[0],
                learning_rules.backpropagation(weights, x, target)[0],
            )
        )
    return np.array(found)


def checks():
    """Every tested quantity of the chapter on predictive coding."""
    task = supervised_task()
    true = backpropagated(*task)
    settled = learning_rules.predictive_coding(1.0)(*task)
    stopped, without = np.mean([stopped_units(seed) for seed in SEEDS], axis=0)
    return [
        Check(
            "share of the steps of inference on which the energy rose",
            "",
            share_of_rises(),
            0.0,
            1e-6,
            "closed form: descent by small steps",
        ),
        Check(
            "energy of one linear level when inference has come to rest",
            "nat",
            *energy_at_rest(),
            1e-8,
            "closed form: ridge regression",
        ),
        Check(
            "slope of the energy along a direction of the weights",
            "nat",
            *weight_slope(),
            1e-6,
            "central difference",
        ),
        Check(
            "activity of the higher area over three patches at rest",
            "",
            *rest_and_posterior(),
            1e-10,
            "closed form: mean of the Gaussian posterior",
        ),
        Check(
            "cosine of predictive coding's update with backpropagation's, output "
            "variance 1000",
            "",
            smallest_cosine(settled_gradients(*task, 1e3), true),
            1.0,
            0.01,
            "backpropagation in companion.networks.mlp",
        ),
        Check(
            "the same cosine outside the limit, output variance 1",
            "",
            smallest_cosine(settled_gradients(*task, 1.0), true),
            smallest_cosine(settled, [-t for t in true]),
            1e-8,
            "closed form of the settled activity",
        ),
        Check(
            "distance of the update with held predictions from backpropagation's",
            "",
            relative_distance(held_gradients(*task), true),
            0.0,
            1e-12,
            "backpropagation in companion.networks.mlp",
        ),
        Check(
            "distance of backpropagation as a learning rule from that of part 3",
            "",
            relative_distance(learning_rules.backpropagation(*task), [-t for t in true]),
            0.0,
            1e-12,
            "backpropagation in companion.networks.mlp",
        ),
        Check(
            "mean angle of feedback alignment to steepest descent before learning",
            "degree",
            first_angles().mean(),
            90.0,
            3.0,
            "closed form: random feedback shares nothing with the weights",
        ),
        Check(
            "the same angle on the digits after 300 steps",
            "degree",
            *hidden_angles(0),
            1e-6,
            "the rule written out, backpropagation in companion.networks.mlp",
        ),
        Check(
            "reduction of the number of strongly end-stopped units by loss of feedback",
            "",
            1.0 - without / stopped,
            1.0 - 5 / 28,
            0.25,
            "Rao and Ballard (1999), figure 5b: from 28 of 32 units to 5; here from "
            f"{stopped:.1f} to {without:.1f}",
        ),
    ]
