"""Gradients of a few examples: the noise they bring, and where it leaves the weights.

The gradient of a batch of B examples is the gradient of all of them plus noise of
variance sigma**2 / B. Along a direction of curvature h one step of gradient descent makes
of the mean square m of the distance to the minimum ::

    m <- (1 - eta h)**2 m + eta**2 sigma**2 / B

which at a constant learning rate eta settles, not at 0, but at ::

    eta sigma**2 / (B h (2 - eta h))

so descent on batches reaches a *noise floor* that is nearly proportional to eta / B. With a
rate that falls as 1 / t the floor falls with it.
"""

import numpy as np

from companion.networks import mlp
from companion.networks.parameters import leaves


def noise_floor(curvature, learning_rate, noise_variance):
    """Mean square distance to the minimum at which noisy descent settles.

    Args:
        curvature: h, above 0.
        learning_rate: eta, above 0 and below 2 / h.
        noise_variance: Variance of the gradient that a step uses, sigma**2 / B.

    Returns:
        The mean square; the mean loss above the minimum is h / 2 times it.

    Raises:
        ValueError: If the learning rate is not below 2 / h, where nothing settles.
    """
    if not 0 < learning_rate * curvature < 2:
        raise ValueError(
            f"learning_rate must be above 0 and below 2 / curvature; got {learning_rate} "
            f"and curvature {curvature}"
        )
    pull = curvature * (2.0 - learning_rate * curvature)
    return learning_rate * noise_variance / pull


def expected_squares(curvature, learning_rates, noise_variance, start):
    """Mean square distance to the minimum after every step, exactly.

    Args:
        curvature: h.
        learning_rates: The learning rate of each step, shape (n_steps,).
        noise_variance: As in `noise_floor`.
        start: Distance at the start.

    Returns:
        Array (n_steps + 1,), the start first.
    """
    squares = [float(start) ** 2]
    for rate in learning_rates:
        kept = (1.0 - rate * curvature) ** 2 * squares[-1]
        squares.append(kept + rate**2 * noise_variance)
    return np.array(squares)


def noisy_descent(curvature, learning_rates, noise_variance, start, n_walks, rng):
    """Many independent noisy descents, and the mean square of their distances.

    Args:
        curvature: h.
        learning_rates: The learning rate of each step, shape (n_steps,).
        noise_variance: As in `noise_floor`; the noise is normal.
        start: Distance at the start, the same for all.
        n_walks: Number of descents.
        rng: A `numpy.random.Generator`.

    Returns:
        Array (n_steps + 1,), the start first.
    """
    w = np.full(n_walks, float(start))
    squares = [np.mean(w**2)]
    for rate in learning_rates:
        noise = np.sqrt(noise_variance) * rng.normal(size=n_walks)
        w = w - rate * (curvature * w + noise)
        squares.append(np.mean(w**2))
    return np.array(squares)


def noise_scale(params, x, target, activations, loss):
    """Batch size at which the noise of a gradient is as large as the gradient itself.

    The summed variance of the gradients of single examples over the squared length of
    the mean gradient, both without bias.

    Args:
        params: (weights, biases).
        x: Examples, shape (n, n_in), n at least 2.
        target: Their targets or labels, n of them.
        activations: One name for each layer.
        loss: A function of `companion.networks.losses`.

    Returns:
        The noise scale, in examples; negative or huge where the mean gradient is so short
        that n examples cannot tell it from 0.

    Source:
        McCandlish et al. (2018), arXiv:1812.06162, the "simple noise scale".
    """
    rows = []
    for i in range(len(x)):
        one = slice(i, i + 1)
        _, grads = mlp.loss_and_grads(params, x[one], target[one], activations, loss)
        rows.append(np.concatenate([np.ravel(grad) for grad in leaves(grads)]))
    rows = np.array(rows)
    variance = float(np.sum(np.var(rows, axis=0, ddof=1)))
    squared_length = float(np.sum(np.mean(rows, axis=0) ** 2)) - variance / len(rows)
    return variance / squared_length
