"""How the size of a batch and the learning rate belong together, in NumPy."""

import time

import numpy as np

from companion.networks import mlp, optimizers
from companion.networks.checks import check_counts

SIZES = (64, 32, 8, 32, 64)
BASE_BATCH = 16
BASE_RATE = 0.2
WARMUP_EPOCHS = 4
DIVERGED = 1e3  # a mean squared error of pixels in [0, 1] that nothing comes back from


def learning_rate(rule, batch_size):
    """Return the learning rate that a rule gives to a batch.

    With k the batch divided by the base batch, "fixed" is the base rate, "square root"
    sqrt(k) times it, "linear" and "linear, warm-up" k times it.

    Args:
        rule: One of these names.
        batch_size: Examples in a step.

    Raises:
        ValueError: If the rule is not one of these.

    Source:
        Goyal et al. (2017), arXiv:1706.02677, section 2.1: the linear rule.
    """
    powers = {"fixed": 0.0, "square root": 0.5, "linear": 1.0, "linear, warm-up": 1.0}
    if rule not in powers:
        raise ValueError(f"rule must be one of {tuple(powers)}; got {rule!r}")
    return BASE_RATE * (batch_size / BASE_BATCH) ** powers[rule]


def warm_rate(full, n_seen, n_warm):
    """Return the rate of a step: from the base rate up to the full one, along a line.

    Args:
        full: The rate after warming up.
        n_seen: Examples before this step.
        n_warm: Examples over which the rate rises; 0 for none.

    Source:
        Goyal et al. (2017), arXiv:1706.02677, section 2.2: gradual warm-up.
    """
    if n_seen >= n_warm:
        return full
    return BASE_RATE + (full - BASE_RATE) * n_seen / n_warm


def train(x, x_val, batch_size, rule, seed, epochs):
    """Train an autoencoder with momentum 0.9, one batch size and one rule.

    Rows that fill no batch sit an epoch out.

    Args:
        x: Training rows, shape (n, 64).
        x_val: Validation rows, shape (n_val, 64).
        batch_size: Examples in a step, at most n.
        rule: As in `learning_rate`.
        seed: Of the initial weights and of the order.
        epochs: Passes over the data.

    Returns:
        losses: Validation error after each epoch, (epochs,), infinite once it diverged.
        seconds: Processor seconds spent on the steps until then, (epochs,).

    Raises:
        ValueError: If a count is below 1, or the batch is larger than the data.
    """
    check_counts(batch_size=batch_size, epochs=epochs)
    if batch_size > len(x):
        raise ValueError(f"batch_size must be at most {len(x)}; got {batch_size}")
    rng, state, spent = np.random.default_rng(seed), None, 0.0
    params, full, seen = mlp.init(SIZES, rng), learning_rate(rule, batch_size), 0
    n_warm = WARMUP_EPOCHS * len(x) if rule == "linear, warm-up" else 0
    losses, seconds = np.full(epochs, np.inf), np.zeros(epochs)
    for epoch in range(epochs):
        start = time.process_time()
        for rows in mlp.draw_batches(len(x) - len(x) % batch_size, batch_size, rng):
            loss, grads = mlp.loss_and_grads(params, x[rows], x[rows])
            if not loss < DIVERGED:
                seconds[epoch:] = spent
                return losses, seconds
            rate = warm_rate(full, seen, n_warm)
            params, state = optimizers.momentum(params, grads, state, rate)
            seen += batch_size
        spent += time.process_time() - start
        losses[epoch] = np.square(mlp.forward(params, x_val)[-1] - x_val).mean()
        seconds[epoch] = spent
    return losses, seconds


def train_each(x, x_val, batch_sizes, rules, seeds, epochs):
    """Train with every rule and batch size.

    At the base batch all rules are one, so it is trained once for all of them.

    Args:
        x: As in `train`.
        x_val: As in `train`.
        batch_sizes: Batch sizes.
        rules: Names of rules.
        seeds: Seeds.
        epochs: As in `train`.

    Returns:
        losses: Maps a pair of rule and batch size to (n_seeds, epochs).
        seconds: The same for processor seconds.
    """
    losses, seconds = {}, {}
    for rule in rules:
        for size in batch_sizes:
            key, same = (rule, size), (rules[0], size)
            if size == BASE_BATCH and same in losses:
                losses[key], seconds[key] = losses[same], seconds[same]
                continue
            runs = [train(x, x_val, size, rule, seed, epochs) for seed in seeds]
            losses[key], seconds[key] = map(np.array, zip(*runs, strict=True))
    return losses, seconds
