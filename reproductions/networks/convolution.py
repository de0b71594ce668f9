"""Convolution, pooling and the small network beside Keras and PyTorch."""

import keras
import numpy as np
import scipy.signal
import tensorflow as tf
import torch

from companion.networks import cnn, convolution, optimizers, pooling
from companion.networks.parameters import leaves, map_arrays
from reproductions.networks.parity import Parity, largest_difference

FLOAT32 = 1e-5  # about a hundred roundings of numbers near 1
FLOAT64 = 1e-12


def parities():
    """Measure every comparison of the chapter on convolution."""
    return [*layer_parities(), *network_parities()]


def layer_parities():
    """Compare the layers, one setting after the other."""
    rng = np.random.default_rng(0)
    return [
        *(_keras_convolution(rng, *s) for s in [(1, "valid"), (1, "same"), (2, "same")]),
        *(_torch_convolution(rng, stride) for stride in (1, 2)),
        _scipy_convolution(rng),
        *(_keras_pooling(rng, name) for name in pooling.POOLINGS),
        *(_torch_pooling(rng, name) for name in pooling.POOLINGS),
        _ties(),
    ]


def _draw(rng):
    x, kernel = rng.normal(size=(4, 9, 8, 3)), 0.2 * rng.normal(size=(3, 3, 3, 5))
    return x, kernel, rng.normal(size=5)


def _keras_convolution(rng, stride, padding):
    x, kernel, bias = map_arrays(np.float32, _draw(rng))
    layer = keras.layers.Conv2D(5, 3, strides=stride, padding=padding)
    layer.build(x.shape)
    layer.set_weights([kernel, bias])
    ours = convolution.forward(x, kernel, bias, stride, padding)
    return Parity(
        "convolution.forward",
        "keras.layers.Conv2D",
        f"output, {padding}, stride {stride}, float32",
        largest_difference([ours], [keras.ops.convert_to_numpy(layer(x))]),
        FLOAT32,
    )


def _channels_first(x):
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, 3, 1)))


def _torch_convolution(rng, stride):
    x, kernel, bias = _draw(rng)
    twins = (
        _channels_first(x),
        torch.from_numpy(np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))),
        torch.from_numpy(bias),
    )
    theirs = torch.nn.functional.conv2d(*(t.requires_grad_() for t in twins), stride=stride)
    ours = convolution.forward(x, kernel, bias, stride)
    errors = rng.normal(size=ours.shape)
    theirs.backward(_channels_first(errors))
    order = (0, 2, 3, 1), (2, 3, 1, 0), (0,)
    grads = [t.grad.numpy().transpose(axes) for t, axes in zip(twins, order, strict=True)]
    return Parity(
        "convolution.forward, backward",
        "torch.nn.functional.conv2d, torch.autograd",
        f"output and three gradients, stride {stride}, float64",
        largest_difference(
            [ours, *convolution.backward(x, kernel, errors, stride)],
            [np.moveaxis(theirs.detach().numpy(), 1, 3), *grads],
        ),
        FLOAT64,
    )


def _scipy_convolution(rng):
    x, kernel = rng.normal(size=(9, 8)), rng.normal(size=(3, 3))
    ours = convolution.convolve(x[None, ..., None], kernel[..., None, None], np.zeros(1))
    theirs = scipy.signal.convolve2d(x, kernel, mode="valid")
    return Parity(
        "convolution.convolve",
        "scipy.signal.convolve2d",
        "output, valid, float64",
        largest_difference([ours[0, ..., 0]], [theirs]),
        FLOAT64,
    )


def _keras_pooling(rng, name):
    layers = {"max": keras.layers.MaxPooling2D, "average": keras.layers.AveragePooling2D}
    x = rng.normal(size=(4, 9, 8, 3)).astype(np.float32)
    forward, _ = pooling.POOLINGS[name]
    theirs = [layers[name](2)(x), layers[name](3, strides=2)(x)]
    return Parity(
        f"pooling.{name}_forward",
        f"keras.layers.{layers[name].__name__}",
        f"output, {name} of 2 and of 3 by stride 2, float32",
        largest_difference([forward(x), forward(x, 3, 2)], map(np.asarray, theirs)),
        FLOAT32,
    )


def _torch_pooling(rng, name):
    functions = {
        "max": torch.nn.functional.max_pool2d,
        "average": torch.nn.functional.avg_pool2d,
    }
    forward, backward = pooling.POOLINGS[name]
    x = rng.normal(size=(4, 9, 8, 3))
    twin = _channels_first(x).requires_grad_()
    theirs = functions[name](twin, 3, stride=2)
    ours = forward(x, 3, 2)
    errors = rng.normal(size=ours.shape)
    theirs.backward(_channels_first(errors))
    pairs = [np.moveaxis(t.detach().numpy(), 1, 3) for t in (theirs, twin.grad)]
    return Parity(
        f"pooling.{name}_forward, backward",
        f"torch.nn.functional.{functions[name].__name__}, torch.autograd",
        f"output and gradient, {name} of 3 by stride 2, float64",
        largest_difference([ours, backward(x, errors, 3, 2)], pairs),
        FLOAT64,
    )


def _ties():
    # Zeros and ones only, so that most windows have several largest pixels.
    rng = np.random.default_rng(1)
    x = rng.integers(0, 2, size=(8, 8, 8, 3)).astype(float)
    errors = rng.normal(size=(8, 4, 4, 3))
    twin = _channels_first(x).requires_grad_()
    torch.nn.functional.max_pool2d(twin, 2).backward(_channels_first(errors))
    variable = tf.Variable(x)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.nn.max_pool2d(variable, 2, 2, "VALID") * errors)
    theirs = [np.moveaxis(twin.grad.numpy(), 1, 3), tape.gradient(loss, variable).numpy()]
    return Parity(
        "pooling.max_backward",
        "torch.nn.functional.max_pool2d, tensorflow.nn.max_pool2d",
        "gradient where pixels tie, float64",
        largest_difference([pooling.max_backward(x, errors)] * 2, theirs),
        FLOAT64,
    )


def keras_twin(params, side, learning_rate=1e-3):
    """Build the network of `companion.networks.cnn` from Keras's layers.

    Args:
        params: As `cnn.init` returns them.
        side: Pixels of the images along one side.
        learning_rate: Step size of its Adam.

    Returns:
        A compiled `keras.Sequential` with the same weights.
    """
    layers = keras.layers
    filters = [kernel.shape[-1] for kernel, _ in params[:2]]
    model = keras.Sequential(
        [
            keras.Input((side, side, params[0][0].shape[2])),
            layers.Conv2D(filters[0], cnn.SIDE, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(filters[1], cnn.SIDE, activation="relu"),
            layers.Flatten(),
            layers.Dense(len(params[2][1])),
        ]
    )
    model.set_weights(leaves(params))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(learning_rate), loss, run_eagerly=False)
    return model


def network_parities():
    """Compare the network before training and after twenty steps of Adam."""
    rng = np.random.default_rng(2)
    params = map_arrays(np.float32, cnn.init(12, (4, 6), 10, rng))
    x = rng.uniform(size=(20, 16, 12, 12, 1)).astype(np.float32)
    y = rng.integers(0, 10, size=(20, 16))
    twin = keras_twin(params, 12)

    def logits():
        return cnn.forward(params, x[0])[-1], np.asarray(twin(x[0]))

    before, state = logits(), None
    for images, labels in zip(x, y, strict=True):
        _, grads = cnn.loss_and_grads(params, images, labels)
        params, state = optimizers.adam(params, grads, state, 1e-3)
        twin.train_on_batch(images, labels)
    ours, theirs = zip(before, logits(), strict=True)
    twin_name = "keras.Sequential"
    return [
        Parity(
            "cnn.forward",
            twin_name,
            "logits with the same weights, float32",
            largest_difference(ours[:1], theirs[:1]),
            FLOAT32,
        ),
        Parity(
            "cnn.loss_and_grads, optimizers.adam",
            twin_name,
            "weights after 20 steps, float32",
            largest_difference(leaves(params), twin.get_weights()),
            1e-4,  # Adam divides by small gradients, which magnifies their rounding
        ),
    ]
