"""Penalties on the weights of a network, and weight decay, in NumPy.

A penalty is added to the loss, with a strength lambda, and pulls the weights to zero::

    L1    lambda * sum of |w|       gradient    lambda * sign(w)
    L2    lambda * sum of w**2      gradient  2 lambda * w

Both are those of Keras (`keras.regularizers`), which does not halve the squares. Biases
are left alone. *Weight decay* shortens the weights in the step itself instead::

    w <- (1 - eta * decay) w,    then the optimizer's step

Under gradient descent decay is L2 with ``decay = 2 lambda``. Under Adam it is not.
"""

import numpy as np


def _check_strength(name, strength):
    if not (np.isfinite(strength) and strength >= 0):
        raise ValueError(f"{name} must be finite and not negative; got {strength!r}")


def l1(params, strength):
    """Absolute values of all weights, summed and weighted.

    Args:
        params: (weights, biases).
        strength: lambda, at least 0.

    Returns:
        value: The penalty.
        grads: Its gradients, shaped as `params`; 0 at a weight of exactly 0.

    Raises:
        ValueError: If `strength` is negative or not finite.
    """
    _check_strength("strength", strength)
    weights, biases = params
    value = strength * sum(float(np.abs(w).sum()) for w in weights)
    return value, ([strength * np.sign(w) for w in weights], _zeros(biases))


def l2(params, strength):
    """Squares of all weights, summed and weighted.

    Args:
        params: (weights, biases).
        strength: lambda, at least 0.

    Returns:
        value: The penalty.
        grads: Its gradients, shaped as `params`.

    Raises:
        ValueError: If `strength` is negative or not finite.
    """
    _check_strength("strength", strength)
    weights, biases = params
    value = strength * sum(float((w**2).sum()) for w in weights)
    return value, ([2.0 * strength * w for w in weights], _zeros(biases))


def _zeros(biases):
    return [np.zeros_like(bias) for bias in biases]


def with_decay(optimizer, decay):
    """Let an optimizer shorten the weights before each of its steps.

    The gradient, and with it the memory of the optimizer, never sees the decay. Adam with
    decay is called AdamW.

    Args:
        optimizer: A function of `companion.networks.optimizers`.
        decay: Share of a weight that a step with the learning rate 1 takes away.

    Returns:
        A function that is called as `optimizer`, for params = (weights, biases).

    Raises:
        ValueError: If `decay` is negative or not finite.

    Source:
        Loshchilov and Hutter (2019), arXiv:1711.05101, algorithm 2, as Keras writes it.
    """
    _check_strength("decay", decay)

    def step(params, grads, state, learning_rate):
        weights, biases = params
        shorter = [w - learning_rate * decay * w for w in weights]
        return optimizer((shorter, biases), grads, state, learning_rate)

    return step
