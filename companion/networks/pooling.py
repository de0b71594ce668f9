"""Max and average pooling, with their gradients.

A pooling layer takes windows of ``size`` by ``size`` pixels, ``stride`` pixels apart, in
each channel by itself, and keeps one number of each: the largest, or the mean. It has no
parameters. The windows stay inside the image; what is left over at its end is not seen.

In the backward pass the mean gives every pixel of a window an equal share of the error.
The maximum gives the whole error to the pixel that was the largest; if several are, to
the first of them, row by row, as TensorFlow and PyTorch do on a processor.
"""

import numpy as np

from companion.networks import checks, windows


def _seen(x, size, stride):
    """Windows with their pixels in one axis: (batch, rows, columns, size**2, channels)."""
    x = np.asarray(x)
    if x.ndim != 4:
        raise ValueError(
            f"x must have shape (batch, height, width, channels); got shape {x.shape}"
        )
    checks.check_counts(size=size)
    stride = size if stride is None else stride
    for side in x.shape[1:3]:
        windows.output_size(side, size, stride)
    view = windows.view(x, (size, size), stride)
    return view.reshape(*view.shape[:3], size**2, view.shape[5])


def _spread(shares, shape, size, stride):
    """Add the shares of each window, shaped as `_seen`, to the pixels they belong to."""
    stride = size if stride is None else stride
    rows, columns = shares.shape[1:3]
    grad = np.zeros(shape, shares.dtype)
    for place in range(size**2):
        u, v = divmod(place, size)
        grad[:, u : u + stride * rows : stride, v : v + stride * columns : stride] += (
            shares[:, :, :, place]
        )
    return grad


def max_forward(x, size=2, stride=None):
    """Keep the largest number of each window.

    Args:
        x: Feature maps, (batch, height, width, channels).
        size: Side of the window in pixels.
        stride: Pixels from one window to the next; by default `size`, which makes the
            windows touch without overlap.

    Returns:
        Pooled maps, (batch, rows, columns, channels).

    Raises:
        ValueError: If `x` is no batch of images, or the window does not fit.
    """
    return _seen(x, size, stride).max(axis=3)


def max_backward(x, grad_output, size=2, stride=None):
    """Give each error to the largest pixel of its window, the first one if several are.

    Args:
        x: What went into `max_forward`.
        grad_output: Gradient of the loss by the output, of the output's shape.
        size: As in `max_forward`.
        stride: As in `max_forward`.

    Returns:
        Gradient of the loss by `x`; where windows overlap, errors add up.

    Raises:
        ValueError: As `max_forward`.
    """
    seen = _seen(x, size, stride)
    winner = np.argmax(seen, axis=3)[:, :, :, np.newaxis]
    shares = np.zeros(seen.shape, grad_output.dtype)
    np.put_along_axis(shares, winner, grad_output[:, :, :, np.newaxis], axis=3)
    return _spread(shares, np.shape(x), size, stride)


def average_forward(x, size=2, stride=None):
    """Keep the mean of each window.

    Args:
        x: As in `max_forward`.
        size: As in `max_forward`.
        stride: As in `max_forward`.

    Returns:
        Pooled maps, (batch, rows, columns, channels).

    Raises:
        ValueError: As `max_forward`.
    """
    return _seen(x, size, stride).mean(axis=3)


def average_backward(x, grad_output, size=2, stride=None):
    """Give each pixel of a window the share 1 / size**2 of its error.

    Args:
        x: What went into `average_forward`; only its shape matters.
        grad_output: Gradient of the loss by the output, of the output's shape.
        size: As in `max_forward`.
        stride: As in `max_forward`.

    Returns:
        Gradient of the loss by `x`; where windows overlap, errors add up.

    Raises:
        ValueError: As `max_forward`.
    """
    shape = _seen(x, size, stride).shape
    shares = np.broadcast_to(grad_output[:, :, :, np.newaxis] / size**2, shape)
    return _spread(shares, np.shape(x), size, stride)


# Each kind of pooling: its forward and its backward pass.
POOLINGS = {
    "max": (max_forward, max_backward),
    "average": (average_forward, average_backward),
}
