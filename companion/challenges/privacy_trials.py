"""Trials of the privacy chapter: attacks on gradients, private trainings, and an audit."""

import numpy as np

from companion.challenges import federated, gradient_leakage, gradient_matching, private_sgd
from companion.challenges.membership import measure
from companion.networks import losses, mlp

HIDDEN_UNITS = 64
ACTIVATIONS = ("relu", "linear")


def gradient_of(params, x, labels, activations=None):
    """Gradient of the mean cross-entropy of some images: what a client would send."""
    return mlp.loss_and_grads(params, x, labels, activations, losses.cross_entropy)[1]


def attack_one_by_one(params, x, labels, defend):
    """Attack the gradient of every single image by the closed form.

    Args:
        params: (weights, biases) of a network with tanh units.
        x: Images, shape (n, D).
        labels: Their classes, (n,).
        defend: A function of one gradient that returns what is sent instead.

    Returns:
        The reconstructions, shape (n, D).
    """
    seen = [defend(gradient_of(params, x[[i]], labels[[i]])) for i in range(len(x))]
    return np.stack([gradient_leakage.image_from_gradient(grads) for grads in seen])


def attack_pruned(params, x, labels, share):
    """Attack pruned gradients, by an attacker who leaves the zeros out.

    Args:
        params: As in `attack_one_by_one`; so are the next two.
        x: See there.
        labels: See there.
        share: Share of the entries of every array that are set to zero.

    Returns:
        The reconstructions, shape (n, D).
    """
    found = []
    for i in range(len(x)):
        seen = gradient_leakage.pruned(gradient_of(params, x[[i]], labels[[i]]), share)
        found.append(gradient_leakage.image_from_gradient(seen, seen[0][0] != 0))
    return np.stack(found)


def batch_psnr(params, x, labels, *, how, steps=400, rng=None, relu=False):
    """Attack the gradient of one batch, and measure the mean PSNR of its images.

    Args:
        params: (weights, biases).
        x: The batch, shape (n, D).
        labels: Their classes, (n,).
        how: "quotients", or "squared" or "cosine" for matching.
        steps: Iterations of the matching at most.
        rng: Draws the start of the matching.
        relu: Whether the hidden units are ReLU; matching needs tanh.

    Returns:
        Mean PSNR in dB, each image beside a candidate of its own.
    """
    grads = gradient_of(params, x, labels, list(ACTIVATIONS) if relu else None)
    if how == "quotients":
        found = np.clip(gradient_leakage.quotients(grads), 0.0, 1.0)
    else:
        found = gradient_matching.match(
            params, grads, labels, measure=how, steps=steps, rng=rng
        )
    matched = gradient_leakage.best_match(x, found)
    return float(gradient_leakage.psnr_each(x, matched).mean())


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
