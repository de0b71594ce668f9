"""The fastest matrix product that the machine was seen to do, which shares refer to."""

import time

import numpy as np

SIDE = 2048


def matrix_product(library):
    """Return a function that multiplies two square float32 matrices, and waits for it."""
    a, b = np.random.default_rng(0).random((2, SIDE, SIDE), dtype="float32")
    if library == "numpy":
        return lambda: a @ b
    if library == "torch":
        import torch

        a, b = torch.from_numpy(a), torch.from_numpy(b)
        return lambda: a @ b
    if library == "jax":
        import jax

        a, b = jax.numpy.asarray(a), jax.numpy.asarray(b)
        product = jax.jit(lambda a, b: a @ b)
        return lambda: product(a, b).block_until_ready()
    import tensorflow as tf

    a, b = tf.constant(a), tf.constant(b)
    return lambda: tf.matmul(a, b).numpy()


def gflops(library, repeats=10):
    """Measure the best of a few products, after one that does not count, in GFLOP/s."""
    product, seconds = matrix_product(library), []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        product()
        seconds.append(time.perf_counter() - start)
    return 2 * SIDE**3 / min(seconds[1:]) / 1e9
