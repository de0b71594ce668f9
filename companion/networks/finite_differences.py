"""Gradients by trying out: slopes of the loss from its values alone.

For one entry w of the parameters and a step h::

    forward difference    [loss(w + h) - loss(w)] / h              error about  h
    central difference    [loss(w + h) - loss(w - h)] / (2 h)      error about  h**2

To either comes the rounding of the losses, about eps / h, with eps the epsilon of the
precision. The sum is smallest near ``h = sqrt(eps)`` for the forward difference, and near
``h = eps**(1/3)`` for the central one.
"""

import numpy as np

from companion.networks.parameters import leaves, map_arrays


def gradient(loss, params, step):
    """Take a forward difference for every single parameter.

    Args:
        loss: Function of `params` that returns the loss; it is called once, and once more
            for each parameter.
        params: Arrays of float64 in lists and tuples; left unchanged.
        step: h, above 0.

    Returns:
        The gradient, nested as `params`.

    Raises:
        ValueError: If `step` is not above 0.
    """
    if not step > 0:
        raise ValueError(f"step must be above 0; got {step}")
    here, params = loss(params), map_arrays(np.copy, params)
    grads = map_arrays(np.zeros_like, params)
    for array, grad in zip(leaves(params), leaves(grads), strict=True):
        for place in np.ndindex(array.shape):
            start = array[place]
            array[place] = start + step
            grad[place] = (loss(params) - here) / step
            array[place] = start
    return grads


def slope_errors(loss, params, grads, direction, steps, *, central=True):
    """Errors of the slope along one direction, for many steps.

    Args:
        loss: Function of the parameters that returns the loss.
        params: Arrays in lists and tuples, in the precision that shall be tried.
        grads: The right gradient, in float64, nested as `params`.
        direction: Nested as `params`.
        steps: The steps h, each above 0.
        central: Whether differences are central; otherwise they are forward.

    Returns:
        For each step, the distance of the difference from the right slope, relative to
        that slope, shape (n_steps,).
    """
    pairs = zip(leaves(grads), leaves(direction), strict=True)
    slope = sum(np.sum(grad * v) for grad, v in pairs)

    def loss_at(distance):
        def move(w, v):
            return w + (distance * v).astype(w.dtype)

        return loss(map_arrays(move, params, direction))

    found = []
    for h in steps:
        back = -h if central else 0.0
        found.append((loss_at(h) - loss_at(back)) / (h - back))
    return np.abs(np.array(found) / slope - 1.0)
