"""The eight steps of training an autoencoder, one function each, and the loop.

    1 initialize      3 encode    5 reconstruction_error    7 update
    2 draw_batches    4 decode    6 backpropagate           8 should_stop

The network is the one of `companion.networks.mlp`, in NumPy: ``params`` holds its weights
and biases, the first half of its layers is the encoder and the second half the decoder.
Step 6 computes gradients and changes no weight; step 7 changes the weights.

What is minimized is the mean squared error or the cross-entropy; what is reported, and
what decides when to stop, is the mean squared error in both cases.
"""

import numpy as np
from threadpoolctl import threadpool_limits

from companion.autoencoders.slopes import loss_slope
from companion.networks import checks, losses, mlp, optimizers


def _halves(params, activations):
    """Split parameters and activation names into those of encoder and decoder."""
    weights, biases = params
    half = len(weights) // 2
    encoder = (weights[:half], biases[:half]), activations[:half]
    decoder = (weights[half:], biases[half:]), activations[half:]
    return encoder, decoder


def initialize(sizes, rng):
    """Step 1: draw small random weights (Glorot uniform), and set the biases to zero.

    Args:
        sizes: Widths of the layers from input to output, the code in the middle, for
            example (64, 32, 8, 32, 64).
        rng: A `numpy.random.Generator`.

    Returns:
        params: (weights, biases), as in `companion.networks.mlp`.

    Raises:
        ValueError: If the output is not as wide as the input, or there is no middle.
    """
    if len(sizes) < 3 or len(sizes) % 2 == 0 or sizes[0] != sizes[-1]:
        raise ValueError(
            "sizes must be an odd number of widths, at least three, with the output as "
            f"wide as the input; got {tuple(sizes)}"
        )
    return mlp.init(sizes, rng)


def draw_batches(x, batch_size, rng):
    """Step 2: shuffle the examples and yield them in batches, each once in an epoch.

    Args:
        x: Examples, shape (n, D).
        batch_size: Examples in a batch; the last batch may be smaller.
        rng: A `numpy.random.Generator`.

    Yields:
        batch: Rows of x, shape (at most batch_size, D).
    """
    for rows in mlp.draw_batches(len(x), batch_size, rng):
        yield x[rows]


def encode(params, x, activations):
    """Step 3: run the encoder; keep what every layer answers, for step 6.

    Args:
        params: (weights, biases) of the whole network.
        x: Examples, shape (batch, D).
        activations: One name for each layer of the whole network.

    Returns:
        outputs: List of arrays; outputs[0] is x, outputs[-1] the code z, (batch, K).
    """
    (encoder, names), _ = _halves(params, activations)
    return mlp.forward(encoder, x, names)


def decode(params, z, activations):
    """Step 4: run the decoder on codes; keep what every layer answers.

    Args:
        params: (weights, biases) of the whole network.
        z: Codes, shape (batch, K).
        activations: One name for each layer of the whole network.

    Returns:
        outputs: List of arrays; outputs[0] is z, outputs[-1] is x_hat, (batch, D).
    """
    _, (decoder, names) = _halves(params, activations)
    return mlp.forward(decoder, z, names)


def reconstruction_error(x_hat, x):
    """Step 5: mean squared error of the reconstruction, over examples and features."""
    return losses.mse(x_hat, x)[0]


def backpropagate(params, encoded, decoded, activations, loss="mse"):
    """Step 6: compute the gradient of the loss by every weight and bias.

    Args:
        params: (weights, biases).
        encoded: What step 3 returned for the batch.
        decoded: What step 4 returned for it.
        activations: One name for each layer.
        loss: As in `loss_slope`; "mse" is the error of step 5.

    Returns:
        grads: (grad_weights, grad_biases), shaped as `params`.
    """
    grad_output = loss_slope(encoded[0], decoded[-1], loss)
    return mlp.backward(params, [*encoded, *decoded[1:]], grad_output, activations)


def update(params, grads, state, learning_rate):
    """Step 7: let the optimizer, here Adam, turn gradients into new parameters.

    Args:
        params: (weights, biases); left unchanged.
        grads: What step 6 returned.
        state: The optimizer's memory; None at first.
        learning_rate: Above 0.

    Returns:
        params: The new parameters.
        state: The new memory.
    """
    return optimizers.adam(params, grads, state, learning_rate)


def should_stop(val_losses, patience):
    """Step 8: has the validation error not improved for `patience` epochs?

    Args:
        val_losses: Validation error after each epoch so far, at least one.
        patience: Epochs to wait for a new lowest value, at least 1.

    Returns:
        True if the lowest value is at least `patience` epochs old.
    """
    return len(val_losses) - 1 - int(np.argmin(val_losses)) >= patience


def reconstruct(params, x, activations):
    """Encode and decode x, shape (n, D): steps 3 and 4 in a row."""
    return mlp.forward(params, x, activations)[-1]


# Matrices this small are multiplied fastest on one thread, above all on a busy machine.
@threadpool_limits.wrap(limits=1, user_api="blas")
def train(
    x_train,
    x_val,
    sizes,
    activations,
    *,
    epochs,
    batch_size=32,
    learning_rate=1e-3,
    patience=10,
    loss="mse",
    check_range=True,
    rng,
):
    """Run the eight steps until the validation error stops improving.

    Args:
        x_train: Examples to learn from, shape (n, D).
        x_val: Examples that only decide when to stop, shape (m, D).
        sizes: Widths of the layers, as in `initialize`.
        activations: One name for each layer.
        epochs: Passes over the training examples, at most.
        batch_size: Examples in a batch.
        learning_rate: Step size of the optimizer.
        patience: Epochs to wait for a better validation error.
        loss: What is minimized, as in `loss_slope`; errors are always squared ones.
        check_range: Whether to refuse data that the output cannot reach; False serves
            to measure what such a training costs.
        rng: A `numpy.random.Generator`; draws the weights and the order of examples.

    Returns:
        params: The parameters of the epoch with the lowest validation error.
        history: "loss" (mean over the batches of an epoch while training) and
            "val_loss", one number for each epoch.

    Raises:
        ValueError: Before training, if a count is below 1 or not whole, or if data have a
            wrong shape, are not finite, or lie where the output cannot reach.
    """
    checks.check_counts(epochs=epochs, batch_size=batch_size, patience=patience)
    reach = "sigmoid" if loss == "cross-entropy" else activations[-1]
    reach = reach if check_range else "linear"
    x_train = checks.checked_data("x_train", x_train, sizes[0], reach)
    x_val = checks.checked_data("x_val", x_val, sizes[0], reach)
    params = initialize(sizes, rng)
    best, state = params, None
    history = {"loss": [], "val_loss": []}
    for _ in range(epochs):
        errors = []
        for batch in draw_batches(x_train, batch_size, rng):
            encoded = encode(params, batch, activations)
            decoded = decode(params, encoded[-1], activations)
            errors.append(reconstruction_error(decoded[-1], batch))
            grads = backpropagate(params, encoded, decoded, activations, loss)
            params, state = update(params, grads, state, learning_rate)
        history["loss"].append(float(np.mean(errors)))
        val_loss = reconstruction_error(reconstruct(params, x_val, activations), x_val)
        if val_loss < min(history["val_loss"], default=np.inf):
            best = params
        history["val_loss"].append(val_loss)
        if should_stop(history["val_loss"], patience):
            break
    return best, history


def errors_after_training(x_train, x_val, x_test, sizes, activations, *, seeds, **settings):
    """Train once for each seed, and measure every network on the test examples.

    Args:
        x_train: As in `train`.
        x_val: As in `train`.
        x_test: Examples that played no part in training, shape (k, D).
        sizes: As in `train`.
        activations: As in `train`.
        seeds: One integer for each training.
        settings: Further arguments of `train`, the same for each seed.

    Returns:
        The mean squared error on the test examples, one number for each seed.
    """
    errors = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        params, _ = train(x_train, x_val, sizes, activations, rng=rng, **settings)
        x_hat = reconstruct(params, x_test, activations)
        errors.append(reconstruction_error(x_hat, x_test))
    return errors
