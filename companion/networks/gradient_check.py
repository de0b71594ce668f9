"""Check a gradient against slopes of the loss itself.

For a direction v, an array of random numbers shaped as the parameter w,

    sum(grad * v)  =  [loss(w + eps v) - loss(w - eps v)] / (2 eps)  +  O(eps**2)

so one number checks a whole array. The step eps is the cube root of the machine epsilon,
which balances the error of the formula against that of rounding.
"""

import numpy as np

from companion.networks.parameters import leaves, map_arrays

STEP = np.finfo(float).eps ** (1 / 3)


def largest_error(loss, params, grads, rng):
    """Compare every gradient with a central difference along a random direction.

    Args:
        loss: Function of `params` that returns the loss, a number.
        params: Arrays of float64 in lists and tuples; left unchanged.
        grads: The gradients to check, nested as `params`.
        rng: A `numpy.random.Generator` that draws the directions.

    Returns:
        The largest relative difference over the arrays of `params`: the distance of the
        two slopes by the larger of them (1e-8 at least). A right gradient of a smooth
        loss gives about 1e-9.
    """
    params, errors = map_arrays(np.copy, params), []
    for array, grad in zip(leaves(params), leaves(grads), strict=True):
        start, direction = array.copy(), rng.normal(size=array.shape)
        analytic = np.sum(grad * direction)
        array[...] = start + STEP * direction
        loss_up = loss(params)
        array[...] = start - STEP * direction
        numeric = (loss_up - loss(params)) / (2 * STEP)
        array[...] = start
        errors.append(abs(analytic - numeric) / max(abs(analytic), abs(numeric), 1e-8))
    return float(max(errors))
