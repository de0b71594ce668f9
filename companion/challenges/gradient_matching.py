"""Recover a batch by matching its gradient, with the slope of the mismatch by hand.

The attacker knows the network and the gradient g* of the batch, and looks for images x
with the same gradient. Two measures of the mismatch of g(x) and g*::

    squared   |g - g*|^2 / |g*|^2
    cosine    1 - <g, g*> / (|g| |g*|)

Either has a slope v by g, and the slope by x is the product of v with the mixed second
derivative of the loss L by weights and x. That product needs no matrix: it is the change
of dL/dx when the weights move along v::

    d/dt dL/dx (weights + t v)  at t = 0

which is carried through the network beside the gradient itself. Hidden units are tanh,
because the second slope of ReLU is zero almost everywhere; the loss is the cross-entropy.
"""

import numpy as np
from scipy.optimize import minimize

from companion.networks import losses, mlp
from companion.networks.parameters import leaves, map_arrays

MEASURES = ("squared", "cosine")


def _sum_of_products(one, other):
    pairs = zip(leaves(one), leaves(other), strict=True)
    return sum(np.sum(a * b) for a, b in pairs)


def mismatch(grads, wanted, measure):
    """Return the mismatch of two gradients, and its slope by the first.

    Args:
        grads: (grad_weights, grad_biases) of the images that are tried.
        wanted: Those that were seen.
        measure: "squared" or "cosine".

    Returns:
        value: The mismatch, 0 where the gradients agree.
        slope: Shaped as `grads`.

    Raises:
        ValueError: If `measure` is neither.

    Source:
        Zhu, Liu and Han (2019), equation 4; Geiping et al. (2020), equation 4.
    """
    if measure not in MEASURES:
        raise ValueError(f"measure must be one of {MEASURES}; got {measure!r}")
    size = _sum_of_products(wanted, wanted)
    if measure == "squared":
        error = map_arrays(np.subtract, grads, wanted)
        value = _sum_of_products(error, error) / size
        return value, map_arrays(lambda e: 2.0 * e / size, error)
    own = _sum_of_products(grads, grads)
    lengths = np.sqrt(own * size)
    cosine = _sum_of_products(grads, wanted) / lengths
    slope = map_arrays(lambda g, w: cosine * g / own - w / lengths, grads, wanted)
    return 1.0 - cosine, slope


def gradient_by_input(params, x, labels, along):
    """Return how dL/dx changes when the weights move along a direction.

    With a tangent R(.) for every quantity, the rule of products gives for the layers::

        R(s) = R(a) W + a V + v,    R(tanh s) = (1 - a^2) R(s)

    and for the slopes going back, with ``delta`` by s and ``G = delta W^T``::

        R(G) = R(delta) W^T + delta V^T,
        R(delta) = R(G) (1 - a^2) - 2 G a R(a).

    Args:
        params: (weights, biases) of `companion.networks.mlp`, tanh and at the end linear.
        x: Images, shape (n, D).
        labels: Their classes, (n,).
        along: The direction (V, v), shaped as `params`.

    Returns:
        Shape (n, D).

    Source:
        Pearlmutter (1994), doi:10.1162/neco.1994.6.1.147.
    """
    outputs, tangents = mlp.forward(params, x), [np.zeros(x.shape)]
    layers = list(zip(*params, *along, strict=True))
    for layer, (kernel, _, moved, moved_bias) in enumerate(layers):
        tangent = tangents[-1] @ kernel + outputs[layer] @ moved + moved_bias
        if layer < len(layers) - 1:
            tangent = (1.0 - outputs[layer + 1] ** 2) * tangent
        tangents.append(tangent)
    p = losses.softmax(outputs[-1])
    delta = losses.cross_entropy(outputs[-1], labels)[1]
    change = p * (tangents[-1] - np.sum(p * tangents[-1], axis=1, keepdims=True)) / len(x)
    for layer in reversed(range(len(layers))):
        kernel, _, moved, _ = layers[layer]
        slope = delta @ kernel.T
        change = change @ kernel.T + delta @ moved.T
        if layer > 0:
            a = outputs[layer]
            change = change * (1.0 - a**2) - 2.0 * slope * a * tangents[layer]
            delta = slope * (1.0 - a**2)
    return change


def mismatch_of_images(params, x, labels, wanted, measure):
    """Return the mismatch of the gradient of some images, and its slope by the images."""
    _, grads = mlp.loss_and_grads(params, x, labels, loss=losses.cross_entropy)
    value, slope = mismatch(grads, wanted, measure)
    return value, gradient_by_input(params, x, labels, slope)


def match(params, wanted, labels, *, measure="squared", steps=200, rng):
    """Look for images in [0, 1] whose gradient is the one that was seen.

    Limited-memory BFGS from uniform noise, with bounds.

    Args:
        params: (weights, biases) of the network.
        wanted: The gradient that was seen.
        labels: Classes of the images of the batch, (n,); the attacker is given them.
        measure: As in `mismatch`.
        steps: Iterations at most.
        rng: A `numpy.random.Generator` that draws the start.

    Returns:
        The images, shape (n, D), in any order among those of one class.
    """
    shape = (len(labels), len(params[0][0]))

    def objective(flat):
        value, slope = mismatch_of_images(
            params, flat.reshape(shape), labels, wanted, measure
        )
        return value, slope.ravel()

    start = rng.uniform(size=shape).ravel()
    bounds = [(0.0, 1.0)] * start.size
    options = {"maxiter": steps, "ftol": 1e-15, "gtol": 1e-12}
    found = minimize(objective, start, jac=True, bounds=bounds, options=options)
    return found.x.reshape(shape)
