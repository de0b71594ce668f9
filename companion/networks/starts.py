"""Trainings of a digit classifier that differ in nothing but where they start.

The classifier is a network of `companion.networks.mlp` with one activation in all hidden
layers and logits at the end; gradient descent lowers its cross-entropy on batches of 64.
"""

import numpy as np

from companion.networks import initializers, losses, mlp, optimizers


def names_of(sizes, activation):
    """Activations of a classifier: one in all hidden layers, logits at the end."""
    return [activation] * (len(sizes) - 2) + ["linear"]


def train_from(params, data, *, activation="relu", learning_rate, epochs, rng):
    """Train a classifier by gradient descent from given parameters.

    Args:
        params: (weights, biases) to start from; left unchanged.
        data: A `companion.datasets.Dataset` with flat examples and integer labels.
        activation: Activation of the hidden layers.
        learning_rate: Step size.
        epochs: Passes over the training data.
        rng: A `numpy.random.Generator` that shuffles.

    Returns:
        params: The trained parameters; no numbers, if the learning rate was too large.
        history: Mean training loss of each epoch.
    """
    settings = {"epochs": epochs, "batch_size": 64, "learning_rate": learning_rate}
    settings |= {"loss": losses.cross_entropy, "optimizer": optimizers.gradient_descent}
    names = names_of([0, *params[1]], activation)
    with np.errstate(over="ignore", invalid="ignore"):
        return mlp.train(
            params, data.x_train, data.y_train, activations=names, rng=rng, **settings
        )


def loss_and_accuracy(params, x, y, activation="relu"):
    """Cross-entropy in nats, and the share of examples that are classified rightly.

    Args:
        params: (weights, biases).
        x: Examples, shape (n, n_in).
        y: Labels, shape (n,).
        activation: Activation of the hidden layers.

    Returns:
        loss: Mean over the examples; no number, if the parameters are none.
        accuracy: In [0, 1].
    """
    with np.errstate(over="ignore", invalid="ignore"):
        logits = mlp.forward(params, x, names_of([0, *params[1]], activation))[-1]
        loss, _ = losses.cross_entropy(logits, y)
    return loss, float(np.mean(np.argmax(logits, axis=1) == y))


def validation_losses(
    data, sizes, *, scheme, rates, epochs, seeds, activation="relu", gain=1.0
):
    """Validation loss after training from one scheme, at several learning rates.

    Args:
        data: As in `train_from`.
        sizes: Widths of the layers, from the features to the classes.
        scheme: As in `companion.networks.initializers.weight_variance`.
        rates: Learning rates, each tried with all seeds.
        epochs: Passes over the training data.
        seeds: One integer for each run; it draws the weights and shuffles.
        activation: Activation of the hidden layers.
        gain: As in `companion.networks.initializers.draw_network`.

    Returns:
        Array (n_rates, n_seeds); infinity where a training diverged.
    """
    table = np.empty((len(rates), len(seeds)))
    for i, rate in enumerate(rates):
        for j, seed in enumerate(seeds):
            rng = np.random.default_rng(seed)
            params = initializers.draw_network(sizes, scheme, rng, gain)
            settings = {"activation": activation, "learning_rate": rate, "epochs": epochs}
            params, _ = train_from(params, data, rng=rng, **settings)
            loss, _ = loss_and_accuracy(params, data.x_val, data.y_val, activation)
            table[i, j] = loss if np.isfinite(loss) else np.inf
    return table


def updates_to_leave(params, data, *, loss_below, learning_rate, n_steps):
    """Updates of a tanh classifier until its training loss falls, on all data at once.

    Args:
        params: (weights, biases) to start from.
        data: As in `train_from`.
        loss_below: The loss that counts as having left, in nats.
        learning_rate: Step size of gradient descent.
        n_steps: Updates after which it is given up.

    Returns:
        The number of updates; infinity if it was not reached.
    """
    names = names_of([0, *params[1]], "tanh")
    for n_done in range(n_steps + 1):
        task = data.x_train, data.y_train, names, losses.cross_entropy
        loss, grads = mlp.loss_and_grads(params, *task)
        if loss <= loss_below:
            return n_done
        params, _ = optimizers.gradient_descent(params, grads, None, learning_rate)
    return np.inf
