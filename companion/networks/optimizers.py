"""Optimizers: what is done with a gradient once backpropagation has computed it.

With g the gradient at the parameters w, and eta the learning rate::

    gradient descent    w <- w - eta g
    momentum            v <- mu v - eta g,               w <- w + v
    Adam                m <- b1 m + (1 - b1) g           w <- w - eta_t m / (sqrt(s) + eps)
                        s <- b2 s + (1 - b2) g**2

Gradient descent on a batch of randomly drawn examples is called *stochastic* gradient
descent; the rule is the same. An optimizer is a pair of functions: ``start(params)``
returns its state before the first step, and ``step(params, grads, state, learning_rate)``
returns new parameters and a new state. Parameters are those of `companion.networks.mlp`.
"""

from companion.networks import mlp

MOMENTUM = 0.9


def descent_start(params):
    """The state of gradient descent: none."""
    return None


def descent_step(params, grads, state, learning_rate):
    """One step of gradient descent: against the gradient, as long as the gradient.

    Args:
        params: (weights, biases).
        grads: Gradients, shaped as `params`.
        state: None.
        learning_rate: Above 0.

    Returns:
        params: The new parameters.
        state: None.
    """
    return mlp.sgd_step(params, grads, learning_rate), None


def momentum_start(params):
    """The state of momentum: a velocity of zero for every parameter."""
    return mlp.apply(lambda p: 0.0 * p, params)


def momentum_step(params, grads, velocity, learning_rate, momentum=MOMENTUM):
    """One step with momentum: gradients add up to a velocity that decays.

    Along a direction in which the gradient keeps its sign the steps grow up to
    1 / (1 - momentum) times as long; where the sign alternates they cancel.

    Args:
        params: (weights, biases).
        grads: Gradients, shaped as `params`.
        velocity: What `momentum_start` or the step before returned.
        learning_rate: Above 0.
        momentum: Share of the velocity that a step keeps, at least 0 and below 1.

    Returns:
        params: The new parameters.
        velocity: The new velocity.

    Source:
        Rumelhart, Hinton and Williams (1986), doi:10.1038/323533a0, their equation 9,
        as Keras writes it.
    """
    velocity = mlp.apply(lambda v, g: momentum * v - learning_rate * g, velocity, grads)
    return mlp.apply(lambda p, v: p + v, params, velocity), velocity


OPTIMIZERS = {
    "gradient descent": (descent_start, descent_step),
    "momentum": (momentum_start, momentum_step),
    "adam": (mlp.adam_start, mlp.adam_step),
}


def find(name):
    """Look up an optimizer.

    Args:
        name: "gradient descent", "momentum" or "adam".

    Returns:
        start: Function of the parameters that returns the first state.
        step: Function that makes one step.

    Raises:
        ValueError: If `name` is unknown.
    """
    if name not in OPTIMIZERS:
        known = ", ".join(map(repr, OPTIMIZERS))
        raise ValueError(f"optimizer must be among {known}; got {name!r}")
    return OPTIMIZERS[name]
