"""Weight tying in NumPy: a decoder whose kernels are the encoder's, transposed.

A tied network of L encoder layers is ``(kernels, biases)``: the L kernels of the encoder
and the biases of all 2 L layers. Each kernel is used twice, once as W and once as W.T, so
its gradient is the sum over both uses. The Keras form is
`companion.autoencoders.dense.DenseAutoencoder` with ``tied=True``.
"""

from companion.autoencoders import steps
from companion.networks import checks, mlp, optimizers


def untie(tied):
    """Write out all layers of a tied network: the decoder's kernels are transposes.

    Args:
        tied: (kernels, biases), of L and 2 L arrays.

    Returns:
        params: (weights, biases) with 2 L arrays each, as in `companion.networks.mlp`.
    """
    kernels, biases = tied
    return [*kernels, *(kernel.T for kernel in kernels[::-1])], biases


def tie_gradients(grads):
    """Add, for each kernel, the gradients from its use in the encoder and the decoder.

    Args:
        grads: (grad_weights, grad_biases) of all 2 L layers.

    Returns:
        (grad_kernels, grad_biases), shaped as the argument of `untie`.
    """
    grad_weights, grad_biases = grads
    half = len(grad_weights) // 2
    mirrored = grad_weights[: half - 1 : -1]
    sums = [a + b.T for a, b in zip(grad_weights[:half], mirrored, strict=True)]
    return sums, grad_biases


def train_tied(x, sizes, activations, *, epochs, batch_size=64, learning_rate, rng):
    """Train a network with tied weights as `companion.networks.mlp.train` trains others.

    Args:
        x: Examples to reproduce, (n, D).
        sizes: Widths of the layers, as in `companion.autoencoders.steps.initialize`.
        activations: One name for each layer.
        epochs: Passes over the examples.
        batch_size: Examples in a step.
        learning_rate: Step size of Adam.
        rng: A `numpy.random.Generator`; draws weights and batches.

    Returns:
        params: (weights, biases) of all layers, the decoder's as transposes.

    Raises:
        ValueError: If a count is below 1, or `x` or `sizes` cannot be used.
    """
    checks.check_counts(epochs=epochs, batch_size=batch_size)
    x = checks.checked_data("x", x, sizes[0], activations[-1])
    weights, biases = steps.initialize(sizes, rng)
    tied = weights[: len(weights) // 2], biases
    state = None
    for _ in range(epochs):
        for rows in mlp.draw_batches(len(x), batch_size, rng):
            _, grads = mlp.loss_and_grads(untie(tied), x[rows], x[rows], activations)
            tied, state = optimizers.adam(tied, tie_gradients(grads), state, learning_rate)
    return untie(tied)
