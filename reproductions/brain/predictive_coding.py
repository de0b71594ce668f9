"""Predictive coding and feedback alignment beside other routes to the same numbers."""

from functools import cache

import numpy as np

from companion import datasets
from companion.brain import (
    end_stopping,
    feedback_alignment,
    fixed_predictions,
    learning_rules,
    rule_comparison,
    strips,
)
from companion.brain import predictive_coding as pc
from companion.datasets import photographs
from companion.networks import mlp
from reproductions.brain.check import Check

SEEDS = (0, 1, 2)
LENGTHS_PX = tuple(range(2, strips.LENGTH + 1, 2))
TRAINING = {"learning_rate": 0.05, "decay": 0.02, "n_steps": 300}


def random_hierarchy(seed):
    """A hierarchy of 2 to 4 levels with random widths, weights, bends and variances."""
    rng = np.random.default_rng(seed)
    widths = rng.integers(2, 7, size=rng.integers(2, 5))
    pairs = zip(widths[:-1], widths[1:], strict=True)
    weights = tuple(rng.normal(size=pair) / np.sqrt(pair[0]) for pair in pairs)
    kinds = tuple(rng.choice(["linear", "tanh"], size=len(weights)))
    variances = tuple(rng.uniform(0.5, 2.0, size=len(weights)))
    return pc.Hierarchy(weights, kinds, variances), rng


def largest_rise(n_hierarchies=30):
    """Largest change of the energy in one step of inference, over random hierarchies."""
    rises = []
    for seed in range(n_hierarchies):
        net, rng = random_hierarchy(seed)
        widths = [net.weights[0].shape[0], *(w.shape[1] for w in net.weights)]
        begin = [rng.normal(size=(4, width)) for width in widths]
        _, energies = pc.infer(net, begin, rate=0.02, n_steps=100)
        rises.append(np.diff(energies).max() / energies[0])
    return max(rises)


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
    weights = feedback_alignment.start(widths, rng)
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
    scale = 1.0 / np.sqrt(np.mean(x**2))
    return scale * x, scale


def mean_indices(seed):
    """Mean end-stopping index of error units with and without feedback."""
    x, scale = natural_views()
    rng = np.random.default_rng(seed)
    cortex = end_stopping.train(end_stopping.start(32, 32, rng), x, **TRAINING, rng=rng)
    curves = end_stopping.length_tuning(cortex, LENGTHS_PX, scale)
    names = ("error", "error, no feedback")
    chosen = end_stopping.driven(curves[names[1]])
    return [end_stopping.end_stopping_index(curves[n][chosen]).mean() for n in names]


def angles_of_feedback_alignment():
    """Angle to steepest descent before and after training on the digits."""
    task = rule_comparison.task_of(datasets.load("digits"))
    settings = {"learning_rate": 0.1, "n_steps": 600, "every": 600, "seed": 0}
    return rule_comparison.angles_along(task, (20,), **settings)[:, 0]


def checks():
    """Every tested quantity of the chapter on predictive coding."""
    task = supervised_task()
    true = backpropagated(*task)
    settled = learning_rules.predictive_coding(1.0)(*task)
    before, after = angles_of_feedback_alignment()
    indices = np.array([mean_indices(seed) for seed in SEEDS])
    return [
        Check(
            "largest rise of the energy in one step of inference, share of its start",
            "",
            max(largest_rise(), 0.0),
            0.0,
            1e-12,
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
            relative_distance(
                feedback_alignment.backpropagation(*task), [-t for t in true]
            ),
            0.0,
            1e-12,
            "backpropagation in companion.networks.mlp",
        ),
        Check(
            "fall of the angle between feedback alignment and steepest descent",
            "degree",
            before - after,
            45.0,
            35.0,
            "Lillicrap et al. (2016): from about a right angle to well below it",
        ),
        Check(
            "share of seeds in which feedback makes error units more end-stopped",
            "",
            np.mean(indices[:, 0] > indices[:, 1] + 0.05),
            1.0,
            0.01,
            "Rao and Ballard (1999), figures 3 and 5: the direction, no number",
        ),
    ]
