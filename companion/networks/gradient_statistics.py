"""One gradient for each example: the batch gradient is their mean, and no more.

Both losses of `companion.networks.losses` are means over the examples, and a derivative of
a sum is the sum of the derivatives. So for a batch of n examples::

    grad(batch) = 1/n * sum over examples of grad(example)

This holds for any network and says nothing about how one gradient is computed.
"""

import numpy as np

from companion.networks import losses, mlp
from companion.networks.parameters import map_arrays


def per_example(params, x, target, activations=None, loss=losses.mse):
    """Backpropagate every example by itself.

    Args:
        params: (weights, biases).
        x: Input, shape (n, n_in).
        target: As in `mlp.loss_and_grads`, n rows or labels.
        activations: As in `mlp.forward`.
        loss: A function of `companion.networks.losses`.

    Returns:
        grads: (grad_weights, grad_biases); each array has one axis more than its
            parameter, the first, of length n.

    Raises:
        ValueError: If `target` has another number of rows than `x`.
    """
    if len(x) != len(target):
        raise ValueError(f"target must have {len(x)} rows, as x; got {len(target)}")
    rows = [slice(i, i + 1) for i in range(len(x))]
    grads = [
        mlp.loss_and_grads(params, x[row], target[row], activations, loss)[1]
        for row in rows
    ]
    return map_arrays(lambda *arrays: np.stack(arrays), *grads)


def spread(grads):
    """How far single gradients lie from their mean, in units of that mean's length.

    Args:
        grads: What `per_example` returned.

    Returns:
        The root mean square distance of the gradients of single examples from the mean
        gradient, over all parameters, divided by the length of the mean gradient.
    """
    n = len(grads[1][0])
    flat = np.hstack([g.reshape(n, -1) for part in grads for g in part])
    mean = flat.mean(axis=0)
    distance = np.sqrt(np.mean(np.sum((flat - mean) ** 2, axis=1)))
    return float(distance / np.linalg.norm(mean))
