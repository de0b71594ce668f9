"""Deep autoencoders in NumPy, many of them side by side, with or without two remedies.

A network of width M maps x (n, D) to a first state, turns the state in `n_blocks` blocks,
maps it to a code of K numbers and back, turns it in `n_blocks` more, and ends in sigmoid
outputs. One block adds a layer of weights W (M, M) and biases b::

    h  <-  relu(N(h)) W + b             plain
    h  <-  h + relu(N(h)) W + b         with a skip connection

N is the identity, or batch normalization, unit by unit over the n examples of a batch::

    N(h) = gamma (h - mean) / sqrt(variance + EPS) + beta

In training, mean and variance are those of the batch. Afterward they are those of the
training set. Rectifying before the weights and not after them makes a network the same
function, and leaves the path along the skips free of anything else.
"""

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from companion.networks import checks, initializers, mlp
from companion.networks.optimizers import adam

EPS = 1e-3  # as in Keras


@dataclass(frozen=True)
class Shape:
    """Sizes of a network, and its remedies.

    Args:
        n_features: D.
        latent_dim: K.
        width: M, units of every hidden layer.
        n_blocks: Blocks on either side of the code, at least 0.
        skip: Whether blocks have skip connections.
        normalize: Whether blocks normalize over the batch.
    """

    n_features: int
    latent_dim: int
    width: int
    n_blocks: int
    skip: bool = False
    normalize: bool = False

    def layers(self):
        """Return (n_in, n_out, rectified, skip) of every layer of weights, in order."""
        d, k, m = self.n_features, self.latent_dim, self.width
        blocks = [(m, m, True, self.skip)] * self.n_blocks
        plain = [(d, m, False, False), *blocks, (m, k, False, False)]
        return [*plain, (k, m, False, False), *blocks, (m, d, True, False)]


def init(shape, seeds, scheme="he"):
    """Draw the initial weights of one member for each seed; biases are zero.

    Args:
        shape: A `Shape`.
        seeds: One for each member.
        scheme: A scheme of `companion.networks.initializers.weight_variance`.

    Returns:
        One list of arrays for each layer, every array with a first axis for the members:
        weights (S, n_in, n_out), biases (S, 1, n_out) and, where a layer normalizes,
        gamma and beta, (S, 1, n_in) each.
    """
    rngs, layers = [np.random.default_rng(seed) for seed in seeds], []
    for n_in, n_out, rectified, _ in shape.layers():
        weights = np.stack([initializers.draw(scheme, n_in, n_out, rng) for rng in rngs])
        arrays = [weights, np.zeros((len(rngs), 1, n_out))]
        if rectified and shape.normalize:
            arrays += [np.ones((len(rngs), 1, n_in)), np.zeros((len(rngs), 1, n_in))]
        layers.append(arrays)
    return layers


def normalize(h, gamma, beta, moments=None):
    """Normalize every unit over the examples.

    Args:
        h: States, (S, n, M).
        gamma: Factors, (S, 1, M).
        beta: Summands, (S, 1, M).
        moments: Mean and variance to use, (S, 1, M) each; None for those of `h`.

    Returns:
        out: As `h`.
        standard: The states before gamma and beta.
        moments: The mean and variance that were used.

    Source:
        Ioffe and Szegedy (2015), arXiv:1502.03167, algorithms 1 and 2.
    """
    if moments is None:
        moments = h.mean(axis=-2, keepdims=True), h.var(axis=-2, keepdims=True)
    standard = (h - moments[0]) / np.sqrt(moments[1] + EPS)
    return gamma * standard + beta, standard, moments


def normalize_backward(grad, standard, gamma, variance):
    """Send a gradient back through `normalize`, mean and variance being those of the batch.

    Args:
        grad: Gradient of the loss by the output, (S, n, M).
        standard: As `normalize` returned it.
        gamma: Factors, (S, 1, M).
        variance: Variance of the batch, (S, 1, M).

    Returns:
        Gradients by the states, by gamma and by beta.
    """
    grad_gamma = np.sum(grad * standard, axis=-2, keepdims=True)
    grad_beta = np.sum(grad, axis=-2, keepdims=True)
    n = grad.shape[-2]
    centered = grad - grad_beta / n - standard * grad_gamma / n
    return gamma / np.sqrt(variance + EPS) * centered, grad_gamma, grad_beta


def forward(shape, params, x, moments=None):
    """Run every member.

    Args:
        shape: A `Shape`.
        params: As `init` returns them.
        x: Inputs, (n, D).
        moments: One entry for each layer, as `forward` returns them; None for those of x.

    Returns:
        states: What enters each layer and, last, the sum that enters the sigmoid.
        kept: For each layer the rectified states, and those before gamma and beta.
        moments: For each layer the mean and variance, or None.
    """
    h, states, kept, used = np.asarray(x), [], [], []
    moments = moments or [None] * len(params)
    for (_, _, rectified, skip), arrays, known in zip(
        shape.layers(), params, moments, strict=True
    ):
        states.append(h)
        n, standard = h, None
        if rectified and shape.normalize:
            n, standard, known = normalize(h, *arrays[2:], known)
        a = np.maximum(n, 0.0) if rectified else n
        y = a @ arrays[0] + arrays[1]
        h = y + h if skip else y
        kept.append((a, standard))
        used.append(known)
    return [*states, h], kept, used


def reconstruct(shape, params, x, moments=None):
    """Return the outputs, (S, n, D)."""
    return mlp.ACTIVATIONS["sigmoid"][0](forward(shape, params, x, moments)[0][-1])


def errors(shape, params, x, moments=None):
    """Return the mean squared error of every member over examples and features, (S,)."""
    return np.mean((reconstruct(shape, params, x, moments) - x) ** 2, axis=(1, 2))


def loss_and_grads(shape, params, x):
    """Mean squared error over examples and features, and its gradients.

    Args:
        shape: A `Shape`.
        params: As `init` returns them.
        x: Inputs, (n, D), in [0, 1].

    Returns:
        losses: (S,).
        grads: Nested as `params`; each member's gradient is that of its own loss.
        signals: Gradients by what enters each layer, the first layer first.
    """
    states, kept, moments = forward(shape, params, x)
    x_hat = mlp.ACTIVATIONS["sigmoid"][0](states[-1])
    losses = np.mean((x_hat - x) ** 2, axis=(1, 2))
    grad = 2.0 * (x_hat - x) / x.size * x_hat * (1.0 - x_hat)
    grads, signals = [], []
    layers = list(zip(shape.layers(), params, kept, moments, strict=True))
    for (_, _, rectified, skip), arrays, (a, standard), used in reversed(layers):
        own = [a.swapaxes(-1, -2) @ grad, grad.sum(axis=-2, keepdims=True)]
        back = grad @ arrays[0].swapaxes(-1, -2)
        if rectified:
            back = back * (a > 0)
        if standard is not None:
            back, *more = normalize_backward(back, standard, arrays[2], used[1])
            own += more
        grad = back + grad if skip else back
        grads.insert(0, own)
        signals.insert(0, grad)
    return losses, grads, signals


def train(shape, params, x, *, learning_rate, n_steps, batch_size=32, order_seed=0):
    """Train every member on the same batches, with Adam.

    Args:
        shape: A `Shape`.
        params: Where to start; left unchanged.
        x: Training inputs, (n, D).
        learning_rate: A number, or one for each member, (S,).
        n_steps: Steps.
        batch_size: Examples in a step; more than 1 where the network normalizes.
        order_seed: Seed of the order of the examples.

    Returns:
        params: After the last step.
        moments: Means and variances over all of `x`, for `reconstruct`.

    Raises:
        ValueError: If a count is no integer of at least 1, an input lies outside [0, 1],
            or batches of one example are to be normalized.
    """
    checks.check_counts(n_steps=n_steps, batch_size=batch_size)
    if not (x.min() >= 0.0 and x.max() <= 1.0):
        raise ValueError(f"x must lie in [0, 1]; got {x.min():.3g} to {x.max():.3g}")
    if shape.normalize and batch_size == 1:
        raise ValueError("batch_size must be above 1 to normalize over a batch; got 1")
    dtype = params[0][0].dtype
    rates = np.reshape(np.asarray(learning_rate, dtype), (-1, 1, 1))
    rng, state, x = np.random.default_rng(order_seed), None, np.asarray(x, dtype)
    with threadpool_limits(1, "blas"), np.errstate(over="ignore", invalid="ignore"):
        for _ in range(n_steps):
            rows = rng.choice(len(x), batch_size, replace=False)
            _, grads, _ = loss_and_grads(shape, params, x[rows])
            params, state = adam(params, grads, state, rates)
        return params, forward(shape, params, x)[2]
