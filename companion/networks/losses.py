"""Losses in NumPy, each with its gradient by the output of the network.

A loss is a function of the network's output and the target that returns two things: its
value, and the gradient of that value by the output, an array of the output's shape. With
n examples in rows and C columns::

    mse             sum of (output - target)**2 / (n C)      2 (output - target) / (n C)
    cross_entropy   mean of -log p[label],                   (p - onehot(label)) / n
                    p = softmax(output)

The cross-entropy takes *logits*, one for each class, and labels as integers: it is the
"sparse categorical cross-entropy from logits" of Keras.
"""

import numpy as np

from companion.networks import checks


def mse(output, target):
    """Mean squared error over examples and features.

    Args:
        output: What the network answers, shape (n, C).
        target: What it should answer, of the same shape.

    Returns:
        value: The loss.
        grad_output: Its gradient by `output`.

    Raises:
        ValueError: If the shapes differ; NumPy would broadcast some silently.
    """
    checks.check_same_shape("target", target, "output", output)
    error = output - np.asarray(target, dtype=output.dtype)
    return float(np.mean(error**2)), 2.0 * error / error.size


def log_softmax(logits):
    """Logarithms of the probabilities ``exp(l_c) / sum over k of exp(l_k)``, by rows.

    The largest logit of a row is taken off first: that changes no probability, and no
    exponential can overflow.
    """
    shifted = logits - np.max(logits, axis=-1, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))


def softmax(logits):
    """Probabilities of the classes, by rows; every row adds up to 1."""
    return np.exp(log_softmax(logits))


def cross_entropy(output, target):
    """Negative log probability of the right class in nats, averaged over examples.

    Args:
        output: Logits, shape (n, n_classes).
        target: The right classes, integers from 0 to n_classes - 1, shape (n,).

    Returns:
        value: The loss.
        grad_output: Its gradient by `output`.

    Raises:
        ValueError: If `target` has another shape, is not whole, or names no class.
    """
    n, n_classes = output.shape
    target = np.asarray(target)
    if target.shape != (n,) or not np.issubdtype(target.dtype, np.integer):
        raise ValueError(
            f"target must be {n} whole numbers, one for each row of output; "
            f"got shape {target.shape} of {target.dtype}"
        )
    if target.min() < 0 or target.max() >= n_classes:
        raise ValueError(
            f"target must name classes from 0 to {n_classes - 1}; "
            f"got {target.min()} to {target.max()}"
        )
    log_p, rows = log_softmax(output), np.arange(n)
    grad_output = np.exp(log_p)
    grad_output[rows, target] -= 1.0
    return float(-np.mean(log_p[rows, target])), grad_output / n
