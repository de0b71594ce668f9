"""Multilayer perceptron in NumPy, with its gradients written out by hand.

Layer l maps the output of the layer before it, with examples in rows:

    a_l = act_l(a_(l-1) @ W_l + b_l),    a_0 = x

A network is ``params = (weights, biases)``, two lists with one array for each layer;
gradients come back in the same structure. It computes in the precision of its weights,
which `init` draws in float64. Nothing here changes its arguments.
"""

import numpy as np

from companion.networks import checks, losses, optimizers


def _relu(s):
    return np.maximum(s, 0.0)


def _sigmoid(s):
    # The same function as 1 / (1 + exp(-s)), without overflow at large negative s.
    return 0.5 * (1.0 + np.tanh(0.5 * s))


# Each activation beside its slope, and the slope as a function of the output a.
ACTIVATIONS = {
    "relu": (_relu, lambda a: (a > 0.0).astype(a.dtype)),
    "tanh": (np.tanh, lambda a: 1.0 - a**2),
    "sigmoid": (_sigmoid, lambda a: a * (1.0 - a)),
    "linear": (lambda s: s, np.ones_like),
}


def _activations_of(params, activations):
    weights, _ = params
    if activations is None:
        return ["tanh"] * (len(weights) - 1) + ["linear"]
    if len(activations) != len(weights):
        raise ValueError(
            f"activations must name one activation for each of the {len(weights)} layers; "
            f"got {list(activations)}"
        )
    for name in activations:
        if name not in ACTIVATIONS:
            known = ", ".join(ACTIVATIONS)
            raise ValueError(f"activations must be among {known}; got {name!r}")
    return list(activations)


def init(sizes, rng):
    """Draw Glorot-uniform weights and set all biases to zero.

    Args:
        sizes: Widths of the layers, the input first; at least two, each at least 1.
        rng: A `numpy.random.Generator`.

    Returns:
        params: (weights, biases); weights[l] has shape (sizes[l], sizes[l + 1]) and
            is uniform within sqrt(6 / (n_in + n_out)); biases[l] is (sizes[l + 1],).

    Raises:
        ValueError: If `sizes` has fewer than two entries or one is no integer above 0.
    """
    if len(sizes) < 2 or not all(map(checks.is_count, sizes)):
        raise ValueError(f"sizes must be at least two integers, each >= 1; got {sizes}")
    weights = []
    for n_in, n_out in zip(sizes[:-1], sizes[1:], strict=True):
        limit = np.sqrt(6.0 / (n_in + n_out))
        weights.append(rng.uniform(-limit, limit, size=(n_in, n_out)))
    return weights, [np.zeros(n_out) for n_out in sizes[1:]]


def forward(params, x, activations=None):
    """Run the network and keep the output of every layer.

    Args:
        params: (weights, biases).
        x: Input, shape (batch, n_in).
        activations: One of "relu", "tanh", "sigmoid", "linear" for each layer; by
            default tanh everywhere and linear at the end.

    Returns:
        outputs: List of arrays (batch, n_l); outputs[0] is x, outputs[-1] the result.

    Raises:
        ValueError: If `x` or `activations` does not fit `params`.
    """
    weights, biases = params
    outputs = [checks.checked_rows("x", x, len(weights[0]), weights[0].dtype)]
    names = _activations_of(params, activations)
    for kernel, bias, name in zip(weights, biases, names, strict=True):
        function, _ = ACTIVATIONS[name]
        outputs.append(function(outputs[-1] @ kernel + bias))
    return outputs


def backward(params, outputs, grad_output, activations=None):
    """Backpropagate: turn dLoss/d(network output) into the gradient of every parameter.

    With delta_l = dLoss/d(input of act_l), one row for each example:

        delta_L = grad_output * act_L'
        delta_l = (delta_(l+1) @ W_(l+1).T) * act_l'
        dLoss/dW_l = a_(l-1).T @ delta_l,    dLoss/db_l = sum of delta_l over the batch

    Args:
        params: (weights, biases).
        outputs: What `forward` returned for the batch.
        grad_output: Gradient of the loss by the network's output, (batch, n_out).
        activations: As in `forward`.

    Returns:
        grads: (grad_weights, grad_biases), shaped as `params`.

    Source:
        Rumelhart, Hinton and Williams (1986), doi:10.1038/323533a0.
    """
    weights, _ = params
    names = _activations_of(params, activations)
    grad_weights, grad_biases = [], []
    grad = grad_output
    for layer in reversed(range(len(weights))):
        _, slope = ACTIVATIONS[names[layer]]
        delta = grad * slope(outputs[layer + 1])
        grad_weights.append(outputs[layer].T @ delta)
        grad_biases.append(delta.sum(axis=0))
        if layer > 0:  # nobody needs the gradient by x
            grad = delta @ weights[layer].T
    return grad_weights[::-1], grad_biases[::-1]


def loss_and_grads(params, x, target, activations=None, loss=losses.mse):
    """Loss of the network on a batch, and its gradients.

    Args:
        params: (weights, biases).
        x: Input, shape (batch, n_in).
        target: What `loss` compares the output with; for the squared error of an
            autoencoder, x itself, for the cross-entropy, labels.
        activations: As in `forward`.
        loss: A function of `companion.networks.losses`.

    Returns:
        value: The loss.
        grads: (grad_weights, grad_biases), shaped as `params`.

    Raises:
        ValueError: If `x`, `target` or `activations` does not fit `params`.
    """
    outputs = forward(params, x, activations)
    value, grad_output = loss(outputs[-1], target)
    return value, backward(params, outputs, grad_output, activations)


def draw_batches(n_rows, batch_size, rng):
    """Yield the row numbers of one epoch in random order, `batch_size` at a time."""
    order = rng.permutation(n_rows)
    for start in range(0, n_rows, batch_size):
        yield order[start : start + batch_size]


def train(
    params,
    x,
    target,
    *,
    activations=None,
    loss=losses.mse,
    optimizer=optimizers.adam,
    epochs,
    batch_size=64,
    learning_rate,
    rng,
):
    """Train for a fixed number of epochs.

    Args:
        params: (weights, biases) to start from; left unchanged.
        x: Input, shape (n_examples, n_in).
        target: Wanted output, shape (n_examples, n_out), or labels, (n_examples,).
        activations: As in `forward`.
        loss: As in `loss_and_grads`.
        optimizer: A function of `companion.networks.optimizers`.
        epochs: Passes over the data.
        batch_size: Examples in a step.
        learning_rate: Step size of the optimizer.
        rng: A `numpy.random.Generator` that shuffles.

    Returns:
        params: The trained parameters.
        history: For each epoch, the mean loss over its examples while training.

    Raises:
        ValueError: Before training, if a count is below 1 or not whole, or if data have a
            wrong shape, are not finite, or lie where the output cannot reach.
    """
    checks.check_counts(epochs=epochs, batch_size=batch_size)
    last = _activations_of(params, activations)[-1]
    n_in, n_out = len(params[0][0]), len(params[1][-1])
    x = checks.checked_data("x", x, n_in, dtype=params[0][0].dtype)
    checks.check_same_rows("target", target, "x", x)
    if loss is losses.mse:
        target = checks.checked_data("target", target, n_out, last, x.dtype)
    target = np.asarray(target)
    loss(np.zeros((len(x), n_out)), target)  # refuses a target that it cannot compare
    state, history = None, []
    for _ in range(epochs):
        total = 0.0
        for rows in draw_batches(len(x), batch_size, rng):
            value, grads = loss_and_grads(params, x[rows], target[rows], activations, loss)
            params, state = optimizer(params, grads, state, learning_rate)
            total += value * len(rows)
        history.append(total / len(x))
    return params, history
