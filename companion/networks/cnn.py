"""A small convolutional network in NumPy, trained by the package's own gradients.

    image -> convolution -> ReLU -> pooling -> convolution -> ReLU -> readout -> logits

Parameters are ``[(kernel, bias), (kernel, bias), (weights, bias)]``. Both convolutions are
"valid" with 3 by 3 windows; max pooling halves the sides. The readout is a dense layer on
every unit of the last maps, so that each place has weights of its own.
"""

import math

import numpy as np

from companion.networks import checks, convolution, initializers, losses, pooling, windows

SIDE = 3


def draw_weights(shape, rng):
    """Draw the weights of a dense layer or a convolution, Glorot-uniform as in Keras.

    Args:
        shape: (n_in, n_out), or (kernel height, kernel width, channels, filters).
        rng: A `numpy.random.Generator`.

    Returns:
        Array of that shape; a window of k pixels has k times as many inputs as channels
        and k times as many outputs as filters.
    """
    window = math.prod(shape[:-2])
    limit = initializers.uniform_limit("glorot", window * shape[-2], window * shape[-1])
    return rng.uniform(-limit, limit, size=shape)


def map_sides(side):
    """Sides of the maps of a square image: after each convolution and the pooling.

    Args:
        side: Pixels of the image along one side.

    Returns:
        Sides after the first convolution, the pooling and the second convolution.

    Raises:
        ValueError: If the image is too small.
    """
    first = windows.output_size(side, SIDE)
    pooled = windows.output_size(first, 2, 2)
    return first, pooled, windows.output_size(pooled, SIDE)


def init(side, filters, n_classes, rng):
    """Draw Glorot-uniform weights, as Keras does, and set all biases to zero.

    Args:
        side: Pixels of the square images along one side; they have one channel.
        filters: Filters of the two convolutions.
        n_classes: Number of logits.
        rng: A `numpy.random.Generator`.

    Returns:
        params: Two kernels (3, 3, channels, filters) and weights (n_features,
            n_classes), each in a tuple with its bias.

    Raises:
        ValueError: If a count is below 1 or the image too small.
    """
    first, second = filters
    checks.check_counts(n_classes=n_classes, filters=first)
    checks.check_counts(filters=second)
    shapes = [
        (SIDE, SIDE, 1, first),
        (SIDE, SIDE, first, second),
        (map_sides(side)[-1] ** 2 * second, n_classes),
    ]
    return [(draw_weights(shape, rng), np.zeros(shape[-1])) for shape in shapes]


def forward(params, x):
    """Run the network and keep what each layer put out.

    Args:
        params: As `init` returns them.
        x: Images, (batch, side, side, 1).

    Returns:
        outputs: The images, the maps after the first ReLU, after pooling and after the
            second ReLU, and the logits (batch, n_classes).

    Raises:
        ValueError: If `x` does not fit `params`.
    """
    (kernel_1, bias_1), (kernel_2, bias_2), (weights, bias) = params
    x = np.asarray(x, dtype=kernel_1.dtype)
    first = np.maximum(convolution.forward(x, kernel_1, bias_1), 0.0)
    pooled = pooling.max_forward(first)
    second = np.maximum(convolution.forward(pooled, kernel_2, bias_2), 0.0)
    logits = second.reshape(len(second), -1) @ weights + bias
    return [x, first, pooled, second, logits]


def backward(params, outputs, grad_logits):
    """Backpropagate from the logits to every parameter.

    Args:
        params: As `init` returns them.
        outputs: What `forward` returned.
        grad_logits: Gradient of the loss by the logits.

    Returns:
        Gradients, nested as `params`.
    """
    x, first, pooled, second, _ = outputs
    kernel_2, weights = params[1][0], params[2][0]
    features = second.reshape(len(second), -1)
    grad_dense = (features.T @ grad_logits, grad_logits.sum(axis=0))

    grad_second = (grad_logits @ weights.T).reshape(second.shape)
    delta_2 = grad_second * (second > 0)
    grad_pooled, *grads_2 = convolution.backward(pooled, kernel_2, delta_2)

    delta_1 = pooling.max_backward(first, grad_pooled) * (first > 0)
    grad_kernel = convolution.grad_kernel(x, (SIDE, SIDE), delta_1)
    return [(grad_kernel, delta_1.sum(axis=(0, 1, 2))), tuple(grads_2), grad_dense]


def loss_and_grads(params, x, target):
    """Cross-entropy of the network on a batch, in nats, and its gradients.

    Args:
        params: As `init` returns them.
        x: Images.
        target: Their classes, integers, (batch,).

    Returns:
        value: The mean loss.
        grads: Nested as `params`.

    Raises:
        ValueError: If `x` or `target` does not fit.
    """
    outputs = forward(params, x)
    value, grad_logits = losses.cross_entropy(outputs[-1], target)
    return value, backward(params, outputs, grad_logits)
