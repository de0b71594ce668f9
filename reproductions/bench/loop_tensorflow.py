"""A training loop in TensorFlow: a whole epoch is one function, compiled by XLA."""

import numpy as np
import tensorflow as tf

from reproductions.bench import BATCH_SIZE, LEARNING_RATE

ACTIVATIONS = {"relu": tf.nn.relu, "sigmoid": tf.nn.sigmoid, "linear": tf.identity}


def forward(layers, weights, x):
    """Run the network on a batch."""
    n, waiting = x.shape[0], iter(weights)
    for layer in layers:
        if layer.kind == "reshape":
            x = tf.reshape(x, (n, *layer.output_shape))
            continue
        kernel, bias = next(waiting)
        if layer.kind == "dense":
            x = x @ kernel
        elif layer.kind == "conv":
            x = tf.nn.conv2d(x, kernel, 2, "SAME")
        else:
            x = tf.nn.conv2d_transpose(x, kernel, (n, *layer.output_shape), 2, "SAME")
        x = ACTIVATIONS[layer.activation](x + bias)
    return x


def mse_and_grads(layers, weights, x):
    """Return the mean squared error and its gradients, as tensors in a flat list."""
    flat = tf.nest.flatten(weights)
    with tf.GradientTape() as tape:
        tape.watch(flat)
        loss = tf.reduce_mean(tf.square(forward(layers, weights, x) - x))
    return loss, tape.gradient(loss, flat)


def loss_and_grads(layers, weights, x):
    """Return the mean squared error of a batch and its gradients, pairs as the weights."""
    weights = [tuple(map(tf.constant, pair)) for pair in weights]
    loss, grads = mse_and_grads(layers, weights, tf.constant(x))
    grads = [grad.numpy() for grad in grads]
    return float(loss), list(zip(grads[::2], grads[1::2], strict=True))


def train(layers, weights, x, epochs, after_epoch):
    """Train as `reproductions.bench.loop_numpy.train` does."""
    weights = [tuple(map(tf.Variable, pair)) for pair in weights]
    flat = tf.nest.flatten(weights)
    moments = [[tf.Variable(tf.zeros_like(w)) for w in flat] for _ in range(2)]
    x, step = tf.constant(x), tf.Variable(0.0)

    @tf.function(jit_compile=True)
    def epoch(order):
        total = 0.0
        for i in tf.range(order.shape[0]):
            loss, grads = mse_and_grads(layers, weights, tf.gather(x, order[i]))
            total += loss
            step.assign_add(1.0)
            rate = LEARNING_RATE * tf.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            for w, g, first, second in zip(flat, grads, *moments, strict=True):
                first.assign_add(0.1 * (g - first))
                second.assign_add(0.001 * (g * g - second))
                w.assign_sub(rate * first / (tf.sqrt(second) + 1e-7))
        return total / order.shape[0]

    rng = np.random.default_rng(0)
    for _ in range(epochs):
        order = rng.permutation(len(x)).reshape(-1, min(BATCH_SIZE, len(x)))
        after_epoch(float(epoch(tf.constant(order))))
