"""Gradient descent with differential privacy: clip every example, add noise to the sum.

In each step every example takes part with probability q, on its own (Poisson sampling).
With g_n the gradient of example n's loss, C the bound and B the examples that took part::

    sum = sum over n in B of g_n min(1, C / |g_n|)  +  sigma C N(0, I)

and the step goes along sum / (q N): the expected batch size, since the true one must stay
secret. One example more or less changes the sum of clipped gradients by at most C. For a
dense layer g_n is the outer product of its input a and slope delta, so ::

    |g_n|^2 = sum over layers of |delta_n|^2 (|a_n|^2 + 1)

and no gradient of a single example is ever formed.
"""

import numpy as np

from companion.networks import losses, mlp, optimizers
from companion.networks.checks import check_counts
from companion.networks.parameters import map_arrays


def slopes_of_examples(params, x, labels, activations=None):
    """Return what every layer needs for the gradient of each single example.

    Args:
        params: (weights, biases) of `companion.networks.mlp`.
        x: Inputs, shape (n, D).
        labels: Classes, (n,).
        activations: As in `companion.networks.mlp.forward`.

    Returns:
        inputs: For each layer its inputs a, (n, n_in).
        slopes: For each layer the slopes delta of every example's own loss, (n, n_out).
    """
    outputs = mlp.forward(params, x, activations)
    names = activations or ["tanh"] * (len(params[0]) - 1) + ["linear"]
    # The loss is a mean over examples; an example's own loss is not divided.
    grad = losses.cross_entropy(outputs[-1], labels)[1] * len(x)
    slopes = []
    for layer in reversed(range(len(params[0]))):
        delta = grad * mlp.ACTIVATIONS[names[layer]][1](outputs[layer + 1])
        slopes.insert(0, delta)
        grad = delta @ params[0][layer].T
    return outputs[:-1], slopes


def gradient_norms(inputs, slopes):
    """Lengths of the gradients of single examples, without forming one.

    Args:
        inputs: As `slopes_of_examples` returns them.
        slopes: Likewise.

    Returns:
        Shape (n,).

    Source:
        Goodfellow (2015), arXiv:1510.01799, section 3.
    """
    pairs = zip(inputs, slopes, strict=True)
    return np.sqrt(
        sum(np.sum(d**2, axis=1) * (np.sum(a**2, axis=1) + 1.0) for a, d in pairs)
    )


def clipped_sum(params, x, labels, bound, activations=None):
    """Sum the gradients of single examples, each shortened to a length of at most C.

    Args:
        params: (weights, biases).
        x: Inputs, shape (n, D); n may be 0.
        labels: Classes, (n,).
        bound: C, above 0; infinite for no clipping.
        activations: As in `companion.networks.mlp.forward`.

    Returns:
        grads: (grad_weights, grad_biases), shaped as `params`.

    Raises:
        ValueError: If `bound` is not above 0.

    Source:
        Abadi et al. (2016), algorithm 1.
    """
    if not bound > 0:
        raise ValueError(f"bound must be above 0; got {bound}")
    if len(x) == 0:
        return map_arrays(np.zeros_like, params)
    inputs, slopes = slopes_of_examples(params, x, labels, activations)
    length = gradient_norms(inputs, slopes)
    share = np.minimum(1.0, bound / np.maximum(length, 1e-30)).astype(slopes[0].dtype)
    slopes = [share[:, None] * delta for delta in slopes]
    grad_weights = [a.T @ delta for a, delta in zip(inputs, slopes, strict=True)]
    return grad_weights, [delta.sum(axis=0) for delta in slopes]


def noisy_sum(grads, bound, noise_multiplier, rng):
    """Add normal noise with the standard deviation ``sigma C`` to every entry.

    Args:
        grads: What `clipped_sum` returned.
        bound: C.
        noise_multiplier: sigma, not negative.
        rng: A `numpy.random.Generator`.

    Raises:
        ValueError: If `noise_multiplier` is negative.
    """
    if noise_multiplier < 0:
        raise ValueError(f"noise_multiplier must not be negative; got {noise_multiplier}")
    if noise_multiplier == 0:
        return grads
    std = noise_multiplier * bound

    def add_noise(g):
        return g + g.dtype.type(std) * rng.standard_normal(g.shape, dtype=g.dtype)

    return map_arrays(add_noise, grads)


def poisson_rows(n_rows, rate, rng):
    """Draw a batch: each row takes part with the same probability, on its own."""
    if not 0 < rate <= 1:
        raise ValueError(f"rate must be above 0 and at most 1; got {rate}")
    return np.flatnonzero(rng.random(n_rows) < rate)


def train(
    params,
    x,
    labels,
    *,
    steps,
    rate,
    bound,
    noise_multiplier,
    learning_rate,
    rng,
    activations=None,
    optimizer=optimizers.gradient_descent,
):
    """Train with clipped gradients, noise and Poisson sampling.

    Args:
        params: (weights, biases) to start from; left unchanged.
        x: Training inputs, (n, D).
        labels: Classes, (n,).
        steps: Number of steps.
        rate: q, the probability that an example takes part in a step.
        bound: C, the largest length of one example's gradient.
        noise_multiplier: sigma.
        learning_rate: Step size of the optimizer.
        rng: A `numpy.random.Generator` for batches and noise.
        activations: As in `companion.networks.mlp.forward`.
        optimizer: A function of `companion.networks.optimizers`. It sees noisy sums only,
            so its choice costs no privacy.

    Returns:
        params: The trained parameters.

    Raises:
        ValueError: If a setting makes no sense, or noise is asked for without a bound.

    Source:
        Abadi et al. (2016), algorithm 1.
    """
    check_counts(steps=steps)
    if noise_multiplier > 0 and not np.isfinite(bound):
        raise ValueError(f"bound must be finite where noise is added; got {bound}")
    state = None
    for _ in range(steps):
        rows = poisson_rows(len(x), rate, rng)
        total = clipped_sum(params, x[rows], labels[rows], bound, activations)
        total = noisy_sum(total, bound, noise_multiplier, rng)
        grads = map_arrays(lambda g: g / g.dtype.type(rate * len(x)), total)
        params, state = optimizer(params, grads, state, learning_rate)
    return params
