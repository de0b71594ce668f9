"""A small convolutional network in NumPy, trained by the package's own gradients.

    image -> convolution -> ReLU -> pooling -> convolution -> ReLU -> readout -> logits

Parameters are ``[(kernel, bias), (kernel, bias), (weights, bias)]``. Both convolutions are
"valid" with 3 by 3 windows; pooling halves the sides. The readout is a dense layer, either
on every unit of the last maps ("places"), so that each place has weights of its own, or on
the mean of each map over its places ("mean").
"""

import numpy as np

from companion.networks import checks, convolution, losses, windows
from companion.networks.pooling import POOLINGS

SIDE = 3
READOUTS = ("places", "mean")


def _glorot(shape, n_in, n_out, rng):
    limit = np.sqrt(6.0 / (n_in + n_out))
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


def init(side, filters, n_classes, rng, n_channels=1, readout="places"):
    """Draw Glorot-uniform weights, as Keras does, and set all biases to zero.

    Args:
        side: Pixels of the square images along one side.
        filters: Filters of the two convolutions.
        n_classes: Number of logits.
        rng: A `numpy.random.Generator`.
        n_channels: Channels of the images.
        readout: "places" or "mean".

    Returns:
        params: Kernels (3, 3, channels, filters), weights (n_features, n_classes), each
            in a tuple with its bias.

    Raises:
        ValueError: If a count is below 1, the image too small or `readout` unknown.
    """
    checks.check_counts(n_classes=n_classes, n_channels=n_channels)
    if readout not in READOUTS:
        raise ValueError(f"readout must be 'places' or 'mean'; got {readout!r}")
    n_places = map_sides(side)[-1] ** 2
    n_features = filters[-1] * (n_places if readout == "places" else 1)
    params = []
    for n_in, n_out in ((n_channels, filters[0]), (filters[0], filters[1])):
        checks.check_counts(filters=n_out)
        kernel = _glorot((SIDE, SIDE, n_in, n_out), SIDE**2 * n_in, SIDE**2 * n_out, rng)
        params.append((kernel, np.zeros(n_out)))
    weights = _glorot((n_features, n_classes), n_features, n_classes, rng)
    return [*params, (weights, np.zeros(n_classes))]


def _features(maps, readout):
    return maps.reshape(len(maps), -1) if readout == "places" else maps.mean(axis=(1, 2))


def _grad_maps(grad_features, shape, readout):
    if readout == "places":
        return grad_features.reshape(shape)
    _, rows, columns, _ = shape
    return np.broadcast_to(grad_features[:, None, None] / (rows * columns), shape)


def forward(params, x, pooling="max", readout="places"):
    """Run the network and keep what each layer put out.

    Args:
        params: As `init` returns them.
        x: Images, (batch, side, side, channels).
        pooling: "max" or "average".
        readout: What `init` was called with.

    Returns:
        outputs: The images, the maps after the first ReLU, after pooling and after the
            second ReLU, and the logits (batch, n_classes).

    Raises:
        ValueError: If `x` does not fit `params`.
    """
    (kernel_1, bias_1), (kernel_2, bias_2), (weights, bias) = params
    pool, _ = POOLINGS[pooling]
    x = np.asarray(x, dtype=kernel_1.dtype)
    first = np.maximum(convolution.forward(x, kernel_1, bias_1), 0.0)
    pooled = pool(first)
    second = np.maximum(convolution.forward(pooled, kernel_2, bias_2), 0.0)
    logits = _features(second, readout) @ weights + bias
    return [x, first, pooled, second, logits]


def backward(params, outputs, grad_logits, pooling="max", readout="places"):
    """Backpropagate from the logits to every parameter.

    Args:
        params: As `init` returns them.
        outputs: What `forward` returned.
        grad_logits: Gradient of the loss by the logits.
        pooling: As in `forward`.
        readout: As in `forward`.

    Returns:
        Gradients, nested as `params`.
    """
    x, first, pooled, second, _ = outputs
    kernel_2, weights = params[1][0], params[2][0]
    features = _features(second, readout)
    grad_dense = (features.T @ grad_logits, grad_logits.sum(axis=0))

    grad_second = _grad_maps(grad_logits @ weights.T, second.shape, readout)
    delta_2 = grad_second * (second > 0)
    grad_pooled, *grads_2 = convolution.backward(pooled, kernel_2, delta_2)

    _, unpool = POOLINGS[pooling]
    delta_1 = unpool(first, grad_pooled) * (first > 0)
    grad_kernel = convolution.grad_kernel(x, (SIDE, SIDE), delta_1)
    return [(grad_kernel, delta_1.sum(axis=(0, 1, 2))), tuple(grads_2), grad_dense]


def loss_and_grads(params, x, target, pooling="max", readout="places"):
    """Cross-entropy of the network on a batch, in nats, and its gradients.

    Args:
        params: As `init` returns them.
        x: Images.
        target: Their classes, integers, (batch,).
        pooling: As in `forward`.
        readout: As in `forward`.

    Returns:
        value: The mean loss.
        grads: Nested as `params`.

    Raises:
        ValueError: If `x` or `target` does not fit.
    """
    outputs = forward(params, x, pooling, readout)
    value, grad_logits = losses.cross_entropy(outputs[-1], target)
    return value, backward(params, outputs, grad_logits, pooling, readout)
