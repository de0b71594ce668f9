"""Optimizers: what is done with a gradient once backpropagation has computed it.

With g the gradient at the parameters w, and eta the learning rate::

    gradient descent    w <- w - eta g
    momentum            v <- mu v - eta g             w <- w + v
    Nesterov            v <- mu v - eta g             w <- w + mu v - eta g
    RMSprop             s <- rho s + (1 - rho) g**2   w <- w - eta g / sqrt(s + eps)
    Adam                m <- b1 m + (1 - b1) g
                        s <- b2 s + (1 - b2) g**2     w <- w - eta_t m / (sqrt(s) + eps)

with ``eta_t = eta sqrt(1 - b2**t) / (1 - b1**t)`` in step t. Gradient descent on a batch of
randomly drawn examples is called *stochastic* gradient descent; the rule is the same.

An optimizer is one function: of the parameters, their gradients, its memory (None before
the first step) and the learning rate. It returns new parameters and a new memory, and
changes nothing that it was given. Each makes the steps of the Keras optimizer of its name.
"""

import math

import numpy as np

from companion.networks.parameters import map_arrays

MOMENTUM = 0.9


def _memory(state, params):
    """The memory, or zeros in the nesting of the parameters before the first step."""
    return map_arrays(np.zeros_like, params) if state is None else state


def gradient_descent(params, grads, state, learning_rate):
    """One step of gradient descent: against the gradient, as long as the gradient.

    Args:
        params: Arrays in lists and tuples.
        grads: Gradients, nested as `params`.
        state: None; this optimizer remembers nothing.
        learning_rate: Above 0.

    Returns:
        params: The new parameters.
        state: None.
    """
    return map_arrays(lambda w, g: w - learning_rate * g, params, grads), state


def momentum(params, grads, velocity, learning_rate, momentum=MOMENTUM):
    """One step with momentum: gradients add up to a velocity that decays.

    Along a direction in which the gradient keeps its sign the steps grow up to
    1 / (1 - momentum) times as long; where the sign alternates they cancel.

    Args:
        params: Arrays in lists and tuples.
        grads: Gradients, nested as `params`.
        velocity: What the step before returned, or None.
        learning_rate: Above 0.
        momentum: Share of the velocity that a step keeps, at least 0 and below 1.

    Returns:
        params: The new parameters.
        velocity: The new velocity.

    Source:
        Rumelhart, Hinton and Williams (1986), doi:10.1038/323533a0, their equation 9,
        as Keras writes it.
    """
    velocity = _memory(velocity, params)
    velocity = map_arrays(lambda v, g: momentum * v - learning_rate * g, velocity, grads)
    return map_arrays(lambda w, v: w + v, params, velocity), velocity


def nesterov(params, grads, velocity, learning_rate, momentum=MOMENTUM):
    """One step of Nesterov's momentum, which looks one step of the velocity ahead.

    The parameters kept here are those ahead, where the next gradient is taken, so that
    the caller computes gradients as for every other optimizer.

    Args:
        params: Arrays in lists and tuples.
        grads: Gradients, nested as `params`.
        velocity: What the step before returned, or None.
        learning_rate: Above 0.
        momentum: Share of the velocity that a step keeps, at least 0 and below 1.

    Returns:
        params: The new parameters.
        velocity: The new velocity.
    """
    velocity = _memory(velocity, params)
    velocity = map_arrays(lambda v, g: momentum * v - learning_rate * g, velocity, grads)

    def ahead(w, v, g):
        return w + momentum * v - learning_rate * g

    return map_arrays(ahead, params, velocity, grads), velocity


def rmsprop(params, grads, second, learning_rate, rho=0.9, eps=1e-7):
    """One step of RMSprop: every gradient divided by the root of its mean square.

    Args:
        params: Arrays in lists and tuples.
        grads: Gradients, nested as `params`.
        second: The mean squares that the step before returned, or None.
        learning_rate: Above 0.
        rho: Decay of the mean of the squares, at least 0 and below 1.
        eps: Added to the mean square under the root, where Keras puts it.

    Returns:
        params: The new parameters.
        second: The new mean squares.
    """
    second = _memory(second, params)
    second = map_arrays(lambda s, g: rho * s + (1 - rho) * g**2, second, grads)

    def step(w, g, s):
        return w - learning_rate * g / np.sqrt(s + eps)

    return map_arrays(step, params, grads, second), second


def adam(params, grads, state, learning_rate, beta_1=0.9, beta_2=0.999, eps=1e-7):
    """One step of Adam: momentum and RMSprop together, corrected for starting at zero.

    Args:
        params: Arrays in lists and tuples.
        grads: Gradients, nested as `params`.
        state: What the step before returned, or None.
        learning_rate: Above 0.
        beta_1: Decay of the mean of the gradients.
        beta_2: Decay of the mean of their squares.
        eps: Added to the root of the second moment, where Keras puts it.

    Returns:
        params: The new parameters.
        state: The two moments and the number of steps made.

    Source:
        Kingma and Ba (2015), arXiv:1412.6980, algorithm 1 as section 2 reorders it.
    """
    first, second, n_steps = state or (_memory(None, params), _memory(None, params), 0)
    n_steps += 1
    first = map_arrays(lambda m, g: beta_1 * m + (1 - beta_1) * g, first, grads)
    second = map_arrays(lambda s, g: beta_2 * s + (1 - beta_2) * g**2, second, grads)
    rate = learning_rate * math.sqrt(1 - beta_2**n_steps) / (1 - beta_1**n_steps)

    def step(w, m, s):
        return w - rate * m / (np.sqrt(s) + eps)

    return map_arrays(step, params, first, second), (first, second, n_steps)


OPTIMIZERS = {
    "gradient descent": gradient_descent,
    "momentum": momentum,
    "nesterov": nesterov,
    "rmsprop": rmsprop,
    "adam": adam,
}


def find(name):
    """Look up an optimizer.

    Args:
        name: A key of `OPTIMIZERS`.

    Returns:
        The function that makes one step.

    Raises:
        ValueError: If `name` is unknown.
    """
    if name not in OPTIMIZERS:
        known = ", ".join(map(repr, OPTIMIZERS))
        raise ValueError(f"optimizer must be among {known}; got {name!r}")
    return OPTIMIZERS[name]
