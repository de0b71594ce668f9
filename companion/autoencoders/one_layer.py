"""One map to the code and one map back, in NumPy: linear or sigmoid output, tied or not.

    z = x @ E + b,    x_hat = out(z @ F + c),    tied: F = E.T

The network is the one of `companion.networks.mlp` with the layers E and F. With tied
weights there is one matrix with two uses, so its gradient is the sum of two:

    dL/dE (tied) = dL/dE + (dL/dF).T

This is the NumPy twin of `companion.autoencoders.linear.LinearAutoencoder`.
"""

import numpy as np
from threadpoolctl import threadpool_limits

from companion import metrics
from companion.networks import checks, mlp, optimizers


def initialize(n_features, latent_dim, *, tied=False, rng):
    """Draw Glorot-uniform weights; biases start at zero.

    Args:
        n_features: D, the length of an example.
        latent_dim: K, the number of code units.
        tied: Whether the decoder shall use the encoder's weights, transposed.
        rng: A `numpy.random.Generator`.

    Returns:
        params: (weights, biases); weights is [E, F], or [E] if tied; biases is [b, c].

    Raises:
        ValueError: If a size is not an integer of at least 1.
    """
    checks.check_counts(n_features=n_features, latent_dim=latent_dim)
    weights, biases = mlp.init([n_features, latent_dim, n_features], rng)
    return weights[:1] if tied else weights, biases


def both_layers(params):
    """Write tied parameters as a network of two layers; untied ones come back as given."""
    weights, biases = params
    return (weights if len(weights) == 2 else [weights[0], weights[0].T], biases)


def loss_and_grads(params, x, output_activation="linear"):
    """Mean squared error of the reconstruction, and its gradients.

    Args:
        params: (weights, biases), as from `initialize`.
        x: Examples, shape (batch, D).
        output_activation: "linear", "sigmoid" or another of `mlp.ACTIVATIONS`.

    Returns:
        loss: The mean over examples and features.
        grads: Shaped as `params`.
    """
    activations = ["linear", output_activation]
    loss, grads = mlp.loss_and_grads(both_layers(params), x, x, activations)
    (grad_encoder, grad_decoder), grad_biases = grads
    if len(params[0]) == 1:
        return loss, ([grad_encoder + grad_decoder.T], grad_biases)
    return loss, grads


def reconstruct(params, x, output_activation="linear"):
    """Encode and decode x, shape (n, D)."""
    return mlp.forward(both_layers(params), x, ["linear", output_activation])[-1]


# Matrices this small are multiplied fastest on one thread, above all on a busy machine.
@threadpool_limits.wrap(limits=1, user_api="blas")
def train(
    params, x, *, output_activation="linear", epochs, batch_size=64, learning_rate, rng
):
    """Train with Adam, the step size falling along half a cosine to zero.

    Args:
        params: (weights, biases) to start from; left unchanged.
        x: Examples, shape (n, D), within the range of the output.
        output_activation: As in `loss_and_grads`.
        epochs: Passes over the data.
        batch_size: Examples in a step.
        learning_rate: Step size of Adam at the start.
        rng: A `numpy.random.Generator` that shuffles.

    Returns:
        params: The trained parameters.
        losses: For each epoch, the mean loss over its examples while training.

    Raises:
        ValueError: If a count is below 1 or not whole, or `x` has a wrong shape, is not
            finite, or lies where the output cannot reach.
    """
    checks.check_counts(epochs=epochs, batch_size=batch_size)
    x = checks.checked_data("x", x, len(params[0][0]), output_activation)
    state, losses = None, []
    for epoch in range(epochs):
        rate, total = learning_rate * 0.5 * (1.0 + np.cos(np.pi * epoch / epochs)), 0.0
        for rows in mlp.draw_batches(len(x), batch_size, rng):
            loss, grads = loss_and_grads(params, x[rows], output_activation)
            params, state = optimizers.adam(params, grads, state, rate)
            total += loss * len(rows)
        losses.append(total / len(x))
    return params, losses


def compare(x_train, x_test, axes, *, output_activation, tied, seeds, **settings):
    """Train once for each seed; measure the test error and the overlap with a subspace.

    Args:
        x_train: Examples, shape (n, D).
        x_test: Examples that play no part in training, shape (m, D).
        axes: Orthonormal rows that span the subspace, shape (K, D); K is the code size.
        output_activation: As in `loss_and_grads`.
        tied: As in `initialize`.
        seeds: One integer for each training.
        settings: Further arguments of `train`.

    Returns:
        errors: Mean squared error on the test examples, one for each seed.
        overlaps: Mean squared cosine of the principal angles between the decoder's rows
            and the axes: 1 for the same subspace; one for each seed.
    """
    errors, overlaps = [], []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        params = initialize(x_train.shape[1], len(axes), tied=tied, rng=rng)
        params, _ = train(
            params, x_train, output_activation=output_activation, rng=rng, **settings
        )
        x_hat = reconstruct(params, x_test, output_activation)
        errors.append(metrics.mse(x_test, x_hat))
        decoder = both_layers(params)[0][1]
        angles = metrics.principal_angles(decoder.T, axes.T)
        overlaps.append(float(np.mean(np.cos(angles) ** 2)))
    return errors, overlaps
