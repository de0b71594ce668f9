"""How many examples and steps an optimizer needs to learn an autoencoder.

The network is the one of `companion.networks.mlp`. A batch may hold one example, some, or
all of them; an epoch then has as many steps as the data have batches.
"""

import numpy as np
from threadpoolctl import threadpool_limits

from companion.networks import checks, mlp, optimizers


def _checked(params, x, n_steps, batch_size, learning_rate):
    checks.check_counts(n_steps=n_steps, batch_size=batch_size)
    if not 0 < learning_rate < np.inf:
        raise ValueError(f"learning_rate must be above 0 and finite; got {learning_rate}")
    return checks.checked_data("x", x, params[0][0].shape[0])


def _batches(x, batch_size, rng):
    """Batches of shuffled examples, epoch after epoch, without end."""
    while True:
        for rows in mlp.draw_batches(len(x), batch_size, rng):
            yield x[rows]


# Matrices this small are multiplied fastest on one thread, above all on a busy machine.
@threadpool_limits.wrap(limits=1, user_api="blas")
def descend(
    params, x, activations, *, optimizer, batch_size, learning_rate, n_steps, every, rng
):
    """Reconstruct x with one optimizer, and watch the error over all of x.

    Args:
        params: (weights, biases) to start from; left unchanged.
        x: Examples, shape (n, D).
        activations: One name for each layer.
        optimizer: A name of `companion.networks.optimizers.OPTIMIZERS`.
        batch_size: Examples in a batch, at most n are used.
        learning_rate: Step size.
        n_steps: Steps to make.
        every: Steps between two measurements; the first comes before any step.
        rng: A `numpy.random.Generator` that shuffles.

    Returns:
        params: The parameters after the last step.
        losses: Mean squared error of all examples at each measurement; it may be
            infinite, or no number, where the learning rate was too large.

    Raises:
        ValueError: If `optimizer` is unknown, a count is below 1 or not whole, the
            learning rate is not above 0, or `x` has a wrong shape or is not finite.
    """
    step = optimizers.find(optimizer)
    checks.check_counts(every=every)
    x = _checked(params, x, n_steps, batch_size, learning_rate)
    state, batches, losses = None, _batches(x, batch_size, rng), []
    with np.errstate(over="ignore", invalid="ignore"):
        for n_done in range(n_steps + 1):
            if n_done % every == 0:
                x_hat = mlp.forward(params, x, activations)[-1]
                losses.append(float(np.mean((x_hat - x) ** 2)))
            if n_done < n_steps:
                batch = next(batches)
                _, grads = mlp.loss_and_grads(params, batch, batch, activations)
                params, state = step(params, grads, state, learning_rate)
    return params, losses


def steps_to_reach(target_loss, losses, every):
    """Steps after which the loss was first measured at or below a target.

    Args:
        target_loss: The loss to reach.
        losses: Measurements, as `descend` returns them.
        every: Steps between two measurements.

    Returns:
        The number of steps, a multiple of `every`, or infinity if it was not reached.
    """
    reached = np.flatnonzero(np.asarray(losses) <= target_loss)
    return float(reached[0] * every) if reached.size else np.inf


def count_steps(x, sizes, activations, rates, *, goal, seeds, n_steps, every=10):
    """Steps that each optimizer needs at each learning rate, with all of x in each batch.

    Args:
        x: Examples, shape (n, D).
        sizes: Widths of the layers, from D to D.
        activations: One name for each layer.
        rates: Maps the name of an optimizer to the learning rates to try.
        goal: Training error to reach, as a mean over examples and features.
        seeds: One integer for each run; it draws the first weights.
        n_steps: Steps after which a run is given up.
        every: Steps between two measurements.

    Returns:
        A dictionary that maps (optimizer, learning rate) to a list with the steps of
        each seed; infinity where the goal was not reached.
    """
    counts = {}
    tried = [(optimizer, rate) for optimizer, several in rates.items() for rate in several]
    for name, rate in tried:
        counts[name, rate] = []
        for seed in seeds:
            rng = np.random.default_rng(seed)
            settings = {"optimizer": name, "learning_rate": rate, "batch_size": len(x)}
            settings |= {"n_steps": n_steps, "every": every, "rng": rng}
            _, losses = descend(mlp.init(sizes, rng), x, activations, **settings)
            counts[name, rate].append(steps_to_reach(goal, losses, every))
    return counts


def settle(x, sizes, activations, *, batch_size, learning_rate, epochs, seeds):
    """Descend with batches of one size, then a little longer at a tenth of the rate.

    Args:
        x: Examples, shape (n, D), n a multiple of `batch_size`.
        sizes: Widths of the layers, from D to D.
        activations: One name for each layer.
        batch_size: Examples in a batch.
        learning_rate: Step size of gradient descent.
        epochs: Passes over x at the full rate; a twelfth of them follow at the lower one.
        seeds: One integer for each run.

    Returns:
        curves: Error over all of x before the first epoch and after each, shape
            (len(seeds), epochs + 1).
        lower: Error at the end of the passes at the lower rate, one for each seed.
    """
    every = len(x) // batch_size
    settings = {"optimizer": "gradient descent", "batch_size": batch_size, "every": every}
    curves, lower = [], []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        params = mlp.init(sizes, rng)
        for rate, n_epochs, results in (
            (learning_rate, epochs, curves),
            (learning_rate / 10, max(1, epochs // 12), lower),
        ):
            steps = settings | {"learning_rate": rate, "n_steps": n_epochs * every}
            params, losses = descend(params, x, activations, rng=rng, **steps)
            results.append(losses)
    return np.array(curves), np.array(lower)[:, -1]
