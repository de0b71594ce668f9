"""Trials of training with differential privacy on the embedded digits, and an audit."""

from functools import cache

import numpy as np

from companion.challenges import federated, privacy_accounting, private_sgd
from companion.challenges.membership import measure
from companion.networks import losses, mlp

DELTA = 1e-4
NETWORKS = {"logistic regression": (), "hidden layer": (64,)}
EPSILONS = (0.5, 1, 2, 4, 8)
WITHOUT_NOISE = ("clipped, no noise", "not clipped", "not private")
# Learning rates at each epsilon, then for the three trainings without noise: each the best
# on validation images among the powers of 2 from 1/16 to 32, five seeds other than the
# page's. More noise wants a smaller rate, and so do fewer images.
RATES = {
    ("logistic regression", 1077): (2, 2, 4, 8, 16, 16, 8, 4),
    ("hidden layer", 1077): (1, 2, 2, 4, 4, 8, 1, 1),
    ("logistic regression", 200): (1 / 4, 1, 1, 2, 2, 16, 4, 2),
    ("hidden layer", 200): (1 / 8, 1 / 4, 1 / 2, 1, 1, 4, 1 / 2, 1),
}
# The same for 100 images and 300 steps of the hidden layer.
MEMBER_RATES = {
    2: 1 / 16,
    8: 1 / 4,
    32: 1 / 2,
    "clipped, no noise": 2,
    "not private": 1 / 2,
}


@cache
def noise_for(epsilon, rate, steps):
    """Return the noise multiplier that a training may have; asked twice, computed once."""
    return privacy_accounting.noise_for(epsilon, rate, steps, DELTA)


def private_accuracy(data, sigma, seeds, *, hidden, rows=None, bound=1.0, **settings):
    """Train with differential privacy from several seeds.

    Args:
        data: A flat `companion.datasets.Dataset`.
        sigma: The noise multiplier.
        seeds: One training for each.
        hidden: Widths of the hidden layers, none for logistic regression.
        rows: How many training images are used, drawn anew for each seed; all by default.
        bound: C, infinite for no clipping.
        settings: `steps`, `rate` and `learning_rate` of `private_sgd.train`.

    Returns:
        accuracy: Share of right answers on the test images, (n_seeds,).
        attack: The measures of membership inference by the loss, by name, (n_seeds,).
    """
    x = np.concatenate([data.x_train, data.x_val]).astype(float)
    labels = np.concatenate([data.y_train, data.y_val]).astype(int)
    x_test, y_test = data.x_test.astype(float), data.y_test.astype(int)
    n_rows = len(data.x_train) if rows is None else rows
    activations = ["relu"] * len(hidden) + ["linear"]
    accuracy, scores, is_member = [], [], np.zeros((len(seeds), len(x)), dtype=bool)
    for number, seed in enumerate(seeds):
        rng = np.random.default_rng(seed)
        chosen = rng.choice(len(data.x_train), n_rows, replace=False)
        is_member[number, chosen] = True
        params = mlp.init([x.shape[1], *hidden, 10], rng)
        params = private_sgd.train(
            params,
            x[chosen],
            labels[chosen],
            bound=bound,
            noise_multiplier=sigma,
            rng=rng,
            activations=activations,
            **settings,
        )
        accuracy.append(federated.accuracy(params, x_test, y_test, activations))
        log_p = losses.log_softmax(mlp.forward(params, x, activations)[-1])
        scores.append(log_p[np.arange(len(x)), labels])
    return np.array(accuracy), measure(np.array(scores), is_member)


def privacy_curve(data, seeds, n_images, *, steps=60, rate=0.5):
    """Train logistic regression and a hidden layer at several values of epsilon.

    Args:
        data: A flat `companion.datasets.Dataset`.
        seeds: One training for each.
        n_images: Training images that are used, 1077 or 200, for which `RATES` are known.
        steps: Steps of each training; five times as many without privacy.
        rate: q.

    Returns:
        Maps the name of each network to test accuracies, (n_seeds,), by epsilon; the last
        entries are those of `WITHOUT_NOISE`, "not private" with five times the steps.

    Raises:
        ValueError: If no learning rates are known for `n_images`.
    """
    known = sorted({n for _, n in RATES})
    if n_images not in known:
        raise ValueError(f"n_images must be one of {known}; got {n_images}")
    ways = [(f"ε = {e:g}", noise_for(e, rate, steps), 1.0, steps) for e in EPSILONS]
    bounds, lengths = (1.0, np.inf, np.inf), (steps, steps, 5 * steps)
    ways += list(zip(WITHOUT_NOISE, (0.0,) * 3, bounds, lengths, strict=True))
    found = {}
    for name, hidden in NETWORKS.items():
        found[name] = {}
        for way, learning_rate in zip(ways, RATES[name, n_images], strict=True):
            column, sigma, bound, n_steps = way
            found[name][column], _ = private_accuracy(
                data,
                sigma,
                seeds,
                hidden=hidden,
                rows=n_images,
                bound=bound,
                steps=n_steps,
                rate=rate,
                learning_rate=learning_rate,
            )
    return found


def members_under_privacy(data, seeds, targets, *, n_images, steps, rate=0.5):
    """Attack the members of private trainings that have few images.

    Args:
        data: A flat `companion.datasets.Dataset`.
        seeds: One training for each.
        targets: Values of epsilon, with a learning rate in `MEMBER_RATES`.
        n_images: Training images, the members.
        steps: Steps of each training.
        rate: q.

    Returns:
        Maps the name of each training to its measures, (n_seeds,), by name.
    """
    settings = [(f"ε = {e:g}", e, noise_for(e, rate, steps), 1.0) for e in targets]
    for name, bound in (("clipped, no noise", 1.0), ("not private", np.inf)):
        settings.append((name, name, 0.0, bound))
    found = {}
    for name, key, sigma, bound in settings:
        accuracy, attack = private_accuracy(
            data,
            sigma,
            seeds,
            hidden=NETWORKS["hidden layer"],
            rows=n_images,
            bound=bound,
            steps=steps,
            rate=rate,
            learning_rate=MEMBER_RATES[key],
        )
        found[name] = {"test accuracy": accuracy} | attack
    return found


def canary_scores(
    x, labels, *, takes_part, runs, steps, rate, bound, sigma, rng, clip=None
):
    """Play the steps of a private training, and score each run by a strong attacker.

    The last row is the canary. The attacker knows the weights, all other rows and whether
    each took part in a step, and projects what is released on the canary's own gradient.
    Such knowledge makes a bound from below stronger and leaves it valid.

    Args:
        x: Rows, shape (n, D), the canary last.
        labels: Classes, (n,).
        takes_part: Whether the canary is in the data.
        runs: Number of runs.
        steps: Steps of each run.
        rate: q.
        bound: C.
        sigma: The noise multiplier.
        rng: Draws weights, batches and noise.
        clip: The bound that is really applied; C by default. Another one is a fault that
            an audit should find.

    Returns:
        One score for each run, (runs,).
    """
    clip = bound if clip is None else clip
    scores = np.zeros(runs)
    for run in range(runs):
        params = mlp.init([x.shape[1], 10], rng)
        own = private_sgd.clipped_sum(params, x[-1:], labels[-1:], clip)
        direction = federated.flat(own)
        direction /= np.linalg.norm(direction)
        for _ in range(steps):
            rows = private_sgd.poisson_rows(len(x) if takes_part else len(x) - 1, rate, rng)
            others = rows[rows < len(x) - 1]
            total = private_sgd.clipped_sum(params, x[rows], labels[rows], clip)
            known = private_sgd.clipped_sum(params, x[others], labels[others], clip)
            seen = private_sgd.noisy_sum(total, bound, sigma, rng)
            scores[run] += (federated.flat(seen) - federated.flat(known)) @ direction
    return scores
