"""A fair race on a real task: steps to a fixed loss, each optimizer at a rate of its own.

The task is a classifier of digits: a network of `companion.networks.mlp` with tanh units
and the cross-entropy. For each optimizer the learning rate is chosen on validation data
and seeds of its own; the steps are then counted with other seeds, until the loss of the
*test* data, which nothing was chosen by, is below the goal.
"""

import numpy as np

from companion.networks import checks, losses, mlp, optimizers


def names_of(sizes):
    """Activations of a classifier: tanh in all layers, logits at the end."""
    return ["tanh"] * (len(sizes) - 2) + ["linear"]


def loss_of(params, x, y):
    """Cross-entropy of a tanh classifier in nats, averaged over examples."""
    logits = mlp.forward(params, x, names_of([0, *params[1]]))[-1]
    return losses.cross_entropy(logits, y)[0]


def train_and_watch(
    data, sizes, *, optimizer, learning_rate, batch_size, n_steps, every, seed, stop=None
):
    """Train a classifier and watch its loss on all three parts of the data.

    Args:
        data: A `companion.datasets.Dataset` with flat examples and integer labels.
        sizes: Widths of the layers, from the features to the classes.
        optimizer: A name of `companion.networks.optimizers.OPTIMIZERS`.
        learning_rate: Step size.
        batch_size: Examples in a batch.
        n_steps: Steps to make.
        every: Steps between two measurements; the first comes before any step.
        seed: Seed of the weights and of the batches.
        stop: None, or (part, loss): a part of the data, "train", "val" or "test", whose
            loss ends the run when it is measured at or below this loss.

    Returns:
        params: The parameters at the end.
        watched: Maps "train", "val" and "test" to the losses at each measurement, lists;
            with `stop` only its part is watched.

    Raises:
        ValueError: If `optimizer` is unknown or a count is below 1 or not whole.
    """
    step = optimizers.find(optimizer)
    checks.check_counts(batch_size=batch_size, n_steps=n_steps, every=every)
    rng, state = np.random.default_rng(seed), None
    params, batches = mlp.init(sizes, rng), _batches(len(data.x_train), batch_size, rng)
    parts = ("train", "val", "test") if stop is None else stop[:1]
    watched = {part: [] for part in parts}
    for n_done in range(n_steps + 1):
        if n_done % every == 0:
            for part in parts:
                x, y = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
                watched[part].append(loss_of(params, x, y))
            if stop is not None and watched[parts[0]][-1] <= stop[1]:
                break
        if n_done < n_steps:
            rows = next(batches)
            x, y = data.x_train[rows], data.y_train[rows]
            _, grads = mlp.loss_and_grads(
                params, x, y, names_of(sizes), losses.cross_entropy
            )
            params, state = step(params, grads, state, learning_rate)
    return params, watched


def _batches(n_rows, batch_size, rng):
    while True:
        yield from mlp.draw_batches(n_rows, batch_size, rng)


def train_until(goal, data, sizes, *, part, n_steps, every, seeds, **settings):
    """Steps until the loss of one part of the data is measured at or below a goal.

    Args:
        goal: The loss to reach, in nats.
        data: As in `train_and_watch`.
        sizes: As in `train_and_watch`.
        part: "train", "val" or "test".
        n_steps: Steps after which a run is given up.
        every: Steps between two measurements.
        seeds: One integer for each run.
        settings: Optimizer, learning rate and batch size, as in `train_and_watch`.

    Returns:
        Array (n_seeds,): multiples of `every`; infinity where the goal was not reached.
    """
    counts = []
    for seed in seeds:
        _, watched = train_and_watch(
            data,
            sizes,
            n_steps=n_steps,
            every=every,
            seed=seed,
            stop=(part, goal),
            **settings,
        )
        reached = watched[part][-1] <= goal
        counts.append((len(watched[part]) - 1) * every if reached else np.inf)
    return np.array(counts, dtype=float)


def tune(goal, data, sizes, rates, **settings):
    """Choose a learning rate: the fewest steps to a validation loss, over its seeds.

    Args:
        goal: The loss to reach.
        data: As in `train_and_watch`.
        sizes: As in `train_and_watch`.
        rates: Learning rates to try, in rising order.
        settings: As in `train_until`, without the part.

    Returns:
        best: The rate with the smallest mean number of steps.
        means: Mean number of steps at each rate; infinity if one run failed.

    Raises:
        ValueError: If the best rate stands at an end of the list, so that a better one
            may lie beyond.
    """
    means = []
    for rate in rates:
        counts = train_until(goal, data, sizes, part="val", learning_rate=rate, **settings)
        means.append(float(np.mean(counts)))
    best = int(np.argmin(means))
    if best in (0, len(rates) - 1):
        raise ValueError(
            f"rates must go on beyond the best one; got {rates[best]} as best of {rates}"
        )
    return rates[best], means


def train_tuned(goal, data, sizes, rates, *, tuning_seeds, seeds, **settings):
    """Choose a learning rate on validation data, then count steps on test data.

    Args:
        goal: The loss to reach on either.
        data: As in `train_and_watch`.
        sizes: As in `train_and_watch`.
        rates: Learning rates to try.
        tuning_seeds: Seeds of the runs that choose.
        seeds: Seeds of the runs that count; none of them should choose.
        settings: As in `train_until`, without part and learning rate.

    Returns:
        best: The chosen rate.
        means: Mean number of steps at each rate, on validation data.
        counts: Steps of the counting runs on test data, (n_seeds,).
    """
    best, means = tune(goal, data, sizes, rates, seeds=tuning_seeds, **settings)
    final = {"part": "test", "learning_rate": best, "seeds": seeds}
    return best, means, train_until(goal, data, sizes, **final, **settings)


def multiply_adds(sizes, n_examples, n_updates):
    """Multiplications with an addition that a training needs.

    For each example and each weight there is one on the way forward, one for its
    gradient, and, except in the first layer, one on the way back. An update of gradient
    descent adds one for each weight and bias.

    Args:
        sizes: Widths of the layers.
        n_examples: Examples seen, each as often as it was seen.
        n_updates: Steps made.

    Returns:
        The number, an int.
    """
    products = [n_in * n_out for n_in, n_out in zip(sizes[:-1], sizes[1:], strict=True)]
    per_example = 3 * sum(products) - products[0]
    return n_examples * per_example + n_updates * (sum(products) + sum(sizes[1:]))
