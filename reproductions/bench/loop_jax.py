"""A training loop in JAX: one jitted scan over the batches of an epoch."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from reproductions.bench import BATCH_SIZE, LEARNING_RATE

ACTIVATIONS = {"relu": jax.nn.relu, "sigmoid": jax.nn.sigmoid, "linear": lambda s: s}
IMAGES = {"dimension_numbers": ("NHWC", "HWIO", "NHWC"), "padding": "SAME"}


def forward(layers, weights, x):
    """Run the network on a batch."""
    waiting = iter(weights)
    for layer in layers:
        if layer.kind == "reshape":
            x = x.reshape(len(x), *layer.output_shape)
            continue
        kernel, bias = next(waiting)
        if layer.kind == "dense":
            x = x @ kernel
        elif layer.kind == "conv":
            x = jax.lax.conv_general_dilated(x, kernel, (2, 2), **IMAGES)
        else:
            x = jax.lax.conv_transpose(x, kernel, (2, 2), transpose_kernel=True, **IMAGES)
        x = ACTIVATIONS[layer.activation](x + bias)
    return x


def mse(weights, layers, x):
    """Return the mean squared error of a batch."""
    return jnp.mean((forward(layers, weights, x) - x) ** 2)


def loss_and_grads(layers, weights, x):
    """Return the mean squared error of a batch and its gradients, pairs as the weights."""
    loss, grads = jax.value_and_grad(mse)(weights, layers, x)
    return float(loss), [tuple(map(np.asarray, pair)) for pair in grads]


def train(layers, weights, x, epochs, after_epoch):
    """Train as `reproductions.bench.loop_numpy.train` does."""

    def adam(carry, rows):
        weights, first, second, step = carry
        loss, grads = jax.value_and_grad(mse)(weights, layers, x[rows])
        step += 1.0
        rate = LEARNING_RATE * jnp.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        each = jax.tree.map
        first = each(lambda m, g: m + 0.1 * (g - m), first, grads)
        second = each(lambda v, g: v + 0.001 * (g * g - v), second, grads)
        weights = each(
            lambda w, m, v: w - rate * m / (jnp.sqrt(v) + 1e-7), weights, first, second
        )
        return (weights, first, second, step), loss

    @partial(jax.jit, donate_argnums=0)
    def epoch(carry, order):
        return jax.lax.scan(adam, carry, order)

    x, weights = jnp.asarray(x), jax.tree.map(jnp.array, weights)
    zeros = [jax.tree.map(jnp.zeros_like, weights) for _ in range(2)]
    carry, rng = (weights, *zeros, jnp.array(0.0)), np.random.default_rng(0)
    for _ in range(epochs):
        order = rng.permutation(len(x)).reshape(-1, min(BATCH_SIZE, len(x)))
        carry, losses = epoch(carry, order)
        after_epoch(float(losses.mean()))
