"""ReLU units that have stopped: silent for every example, and therefore without gradient.

The slope of ReLU is 0 wherever its output is 0. A unit that is silent for all training
examples gets the gradient 0 for its weights and its bias, and gradient descent leaves it
as it is, for good, as long as the units before it do not change.
"""

import numpy as np

from companion.networks import initializers, mlp, starts


def dead_share(params, x, activations):
    """Share of the ReLU units that answer zero to every example.

    Args:
        params: (weights, biases).
        x: Examples, shape (n, n_in).
        activations: One name for each layer.

    Returns:
        The share over all layers that are named "relu", in [0, 1].

    Raises:
        ValueError: If no layer is named "relu".
    """
    outputs = mlp.forward(params, x, activations)[1:]
    silent = [
        ~(output > 0).any(axis=0)
        for output, name in zip(outputs, activations, strict=True)
        if name == "relu"
    ]
    if not silent:
        raise ValueError(f"activations must name a relu layer; got {list(activations)}")
    return float(np.mean(np.concatenate(silent)))


def share_after_training(data, sizes, *, scheme, learning_rate, epochs, seed):
    """Train a ReLU classifier by gradient descent on batches of 64, and count dead units.

    Args:
        data: A `companion.datasets.Dataset` with flat examples and integer labels.
        sizes: Widths of the layers, from the features to the classes; the last layer
            is linear, all others are ReLU.
        scheme: As in `companion.networks.initializers.weight_variance`.
        learning_rate: Step size.
        epochs: Passes over the training data.
        seed: Seed of the weights and of the batches.

    Returns:
        before: Share of units that are dead before training, for the training data.
        after: The same after training.
        accuracy: Share of the validation examples that are classified rightly.
    """
    rng = np.random.default_rng(seed)
    params = initializers.draw_network(sizes, scheme, rng)
    names = starts.names_of(sizes, "relu")
    before = dead_share(params, data.x_train, names)
    settings = {"learning_rate": learning_rate, "epochs": epochs, "rng": rng}
    params, _ = starts.train_from(params, data, **settings)
    _, accuracy = starts.loss_and_accuracy(params, data.x_val, data.y_val)
    return before, dead_share(params, data.x_train, names), accuracy


def shares_after_training(data, sizes, *, scheme, rates, epochs, seeds):
    """Shares of dead units, and accuracies, at several learning rates.

    Args:
        data: As in `share_after_training`.
        sizes: As in `share_after_training`.
        scheme: As in `companion.networks.initializers.weight_variance`.
        rates: Learning rates, each tried with all seeds.
        epochs: Passes over the training data.
        seeds: One integer for each run.

    Returns:
        before: Array (n_seeds,); the rate changes nothing yet.
        after: Array (n_rates, n_seeds).
        accuracy: Of the validation examples, after training, (n_rates, n_seeds).
    """
    settings = {"scheme": scheme, "epochs": epochs}
    runs = np.array(
        [
            [
                share_after_training(data, sizes, learning_rate=rate, seed=seed, **settings)
                for seed in seeds
            ]
            for rate in rates
        ]
    )
    return runs[0, :, 0], runs[..., 1], runs[..., 2]
