"""Autoencoders with one hidden layer on either side, many side by side in NumPy, 64 bits.

Every array has an axis of members in front. With the pixels x in [0, 1], for each member::

    h = tanh(x @ W_1 + b_1)                    the code is linear in h:
    z = h @ W_2 + b_2                          in a plain autoencoder
    (m, l) = h @ W_2 + b_2                     in a variational one, where
    z = m + exp(l / 2) eps                     eps is drawn from N(0, I)
    x_hat = sigma(tanh(z @ W_3 + b_3) @ W_4 + b_4)

Minimized is the mean over the batch: of the squared error, averaged over the pixels, or
variationally, in nats and summed over pixels and code units, of

    -log p(x | z) + beta KL(N(m, exp l) || N(0, I)).

`companion.autoencoders.variational` trains one network at a time with Keras, and computes
the same loss. Here no time is lost on compiling one model after the other.
"""

import numpy as np
from scipy.special import expit
from threadpoolctl import threadpool_limits

from companion.networks.checks import check_counts
from companion.networks.optimizers import adam
from companion.practice import many_seeds


def init(n_features, n_hidden, latent_dim, seeds, x, *, variational):
    """Draw one member for each seed; at first each answers the mean of its examples.

    Args:
        n_features: D, the length of an example.
        n_hidden: Width of both hidden layers.
        latent_dim: K.
        seeds: One for each member.
        x: Examples, shape (n_members, n, D).
        variational: Whether W_2 has room for m and l.

    Returns:
        params: (weights, biases), two lists of four arrays with the members in front.
    """
    n_read = 2 * latent_dim if variational else latent_dim
    weights, biases = many_seeds.init([n_features, n_hidden, n_read], seeds)
    later = many_seeds.init(
        [latent_dim, n_hidden, n_features], [(seed, 1) for seed in seeds]
    )
    weights, biases = weights + later[0], biases + later[1]
    mean = np.clip(np.mean(x, axis=1, keepdims=True, dtype=float), 1e-3, 1.0 - 1e-3)
    biases[-1] = np.log(mean / (1.0 - mean))
    return weights, biases


def gradients(params, x, eps=None, beta=0.0):
    """Gradient of each member's own loss.

    Args:
        params: From `init`.
        x: Examples, shape (n_members, batch, D).
        eps: Noise, (n_members, batch, K); None for plain autoencoders.
        beta: Weight of the KL, without a meaning for plain autoencoders.

    Returns:
        grads: Nested as `params`.
    """
    weights, (b_1, b_2, b_3, b_4) = params
    w_1, w_2, w_3, w_4 = weights
    n_rows = x.shape[1]
    h = np.tanh(x @ w_1 + b_1)
    read = h @ w_2 + b_2
    if eps is None:
        z = read
    else:
        m, log_var = np.split(read, 2, axis=-1)
        noise = np.exp(0.5 * log_var) * eps
        z = m + noise
    g = np.tanh(z @ w_3 + b_3)
    x_hat = g @ w_4 + b_4
    expit(x_hat, out=x_hat)
    delta_4 = (x_hat - x) / n_rows
    if eps is None:
        delta_4 *= 2.0 / x.shape[2] * x_hat * (1.0 - x_hat)
    delta_3 = delta_4 @ np.swapaxes(w_4, 1, 2) * (1.0 - g**2)
    delta_2 = delta_3 @ np.swapaxes(w_3, 1, 2)
    if eps is not None:
        by_log_var = 0.5 * (delta_2 * noise + beta / n_rows * np.expm1(log_var))
        delta_2 = np.concatenate([delta_2 + beta / n_rows * m, by_log_var], axis=-1)
    delta_1 = delta_2 @ np.swapaxes(w_2, 1, 2) * (1.0 - h**2)
    deltas = delta_1, delta_2, delta_3, delta_4
    inputs = x, h, z, g
    grad_weights = [np.swapaxes(a, 1, 2) @ d for a, d in zip(inputs, deltas, strict=True)]
    return grad_weights, [d.sum(axis=1, keepdims=True) for d in deltas]


def train(x, n_hidden, latent_dim, seeds, *, epochs, learning_rate, beta=None):
    """Train one member for each seed, each on its own examples, with Adam.

    Args:
        x: Examples in [0, 1], shape (n_members, n, D).
        n_hidden: Width of both hidden layers.
        latent_dim: K.
        seeds: One for each: initial weights, the order of its examples, and noise.
        epochs: Passes over the examples, in batches of 64.
        learning_rate: Of Adam.
        beta: Weight of the KL, not negative; None for plain autoencoders.

    Returns:
        The trained params, as from `init`.

    Raises:
        ValueError: If a count is below 1, `beta` is negative or the members do not match
            the seeds.
    """
    check_counts(n_hidden=n_hidden, latent_dim=latent_dim, epochs=epochs)
    if beta is not None and beta < 0:
        raise ValueError(f"beta must not be negative; got {beta}")
    if np.ndim(x) != 3 or len(x) != len(seeds):
        raise ValueError(
            f"x must be ({len(seeds)}, n, D), one part for a seed; got {np.shape(x)}"
        )
    x = np.asarray(x, dtype=float)
    variational, state = beta is not None, None
    params = init(x.shape[2], n_hidden, latent_dim, seeds, x, variational=variational)
    rngs = [np.random.default_rng((seed, 2)) for seed in seeds]
    members = np.arange(len(x))[:, np.newaxis]
    # Products of matrices this small are slower when they are shared among threads.
    with threadpool_limits(1, "blas"):
        for _ in range(epochs):
            order = np.stack([rng.permutation(x.shape[1]) for rng in rngs])
            for start in range(0, x.shape[1], 64):
                batch, eps = x[members, order[:, start : start + 64]], None
                if variational:
                    size = (batch.shape[1], latent_dim)
                    eps = np.stack([rng.normal(size=size) for rng in rngs])
                grads = gradients(params, batch, eps, beta)
                params, state = adam(params, grads, state, learning_rate)
    return params


def network(params, i, latent_dim):
    """Take member i out.

    Args:
        params: From `train`.
        i: Which member.
        latent_dim: K; of a variational member only the m of the code is kept.

    Returns:
        Two lists, of the encoder and of the decoder: weights, bias, weights, bias.
    """
    layers = [
        array[i]
        for w, b in zip(*params, strict=True)
        for array in (w, np.squeeze(b, axis=1))
    ]
    encoder = layers[:2] + [array[..., :latent_dim] for array in layers[2:4]]
    return encoder, layers[4:]
