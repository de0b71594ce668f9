"""Two-dimensional convolution as a layer, with its gradients written out by hand.

With x one image, K the kernel, b the bias, s the stride and p zeros put before the first
row and column, the layer computes::

    y[i, j, f] = b[f] + sum over u, v, c of K[u, v, c, f] x[s i + u - p, s j + v - p, c]

This is a *cross-correlation*: the window is laid on the image as it stands. A convolution
in the sense of mathematics turns the window by 180 degrees first, which is `convolve`.
Images are (batch, height, width, channels) and kernels (height, width, channels, filters),
as in Keras. The layer computes in the precision of its kernel.
"""

import numpy as np

from companion.networks import windows


def forward(x, kernel, bias, stride=1, padding="valid"):
    """Cross-correlate images with a kernel and add a bias.

    Args:
        x: Images, (batch, height, width, channels).
        kernel: Weights, (kernel height, kernel width, channels, filters).
        bias: One number for each filter, (filters,).
        stride: Pixels from one window to the next, at least 1.
        padding: "valid" keeps the windows inside the image; "same" puts zeros around it
            such that a stride of 1 keeps the size.

    Returns:
        Feature maps, (batch, rows, columns, filters).

    Raises:
        ValueError: If the shapes do not fit, or `stride` or `padding` is invalid.

    Source:
        LeCun et al. (1998), doi:10.1109/5.726791, section II.
    """
    x = checked_images(x, kernel, bias)
    sides = kernel.shape[:2]
    seen = windows.view(windows.pad(x, sides, stride, padding), sides, stride)
    return np.tensordot(seen, kernel, axes=3) + bias


def forward_in_loops(x, kernel, bias, stride=1, padding="valid"):
    """The same as `forward`, as slow and as plain as the formula.

    Args:
        x: As in `forward`.
        kernel: As in `forward`.
        bias: As in `forward`.
        stride: As in `forward`.
        padding: As in `forward`.

    Returns:
        As `forward`.
    """
    n, height, width, _ = x.shape
    n_u, n_v, _, n_filters = kernel.shape
    rows = windows.output_size(height, n_u, stride, padding)
    columns = windows.output_size(width, n_v, stride, padding)
    x = windows.pad(x, (n_u, n_v), stride, padding)
    y = np.empty((n, rows, columns, n_filters), kernel.dtype)
    for i in range(rows):
        for j in range(columns):
            window = x[:, stride * i : stride * i + n_u, stride * j : stride * j + n_v]
            for f in range(n_filters):
                y[:, i, j, f] = np.sum(window * kernel[..., f], axis=(1, 2, 3)) + bias[f]
    return y


def turned(kernel):
    """A kernel turned by 180 degrees in the plane of the image."""
    return kernel[::-1, ::-1]


def convolve(x, kernel, bias, stride=1, padding="valid"):
    """The convolution of mathematics: `forward` with the kernel turned by 180 degrees.

    Args:
        x: As in `forward`.
        kernel: As in `forward`.
        bias: As in `forward`.
        stride: As in `forward`.
        padding: As in `forward`.

    Returns:
        Feature maps, as `forward`.
    """
    return forward(x, turned(kernel), bias, stride, padding)


def grad_kernel(x, sides, grad_output, stride=1, padding="valid"):
    """Gradient by the kernel: the input correlated with the errors of the output.

    Args:
        x: What went into `forward`.
        sides: Height and width of the kernel.
        grad_output: Gradient of the loss by the output, of the output's shape.
        stride: As in `forward`.
        padding: As in `forward`.

    Returns:
        Array of the kernel's shape, summed over the batch and over all places.
    """
    seen = windows.view(windows.pad(x, sides, stride, padding), sides, stride)
    return np.tensordot(seen, grad_output, axes=((0, 1, 2), (0, 1, 2)))


def grad_input(shape, kernel, grad_output, stride=1, padding="valid"):
    """Gradient by the input: a full correlation of the errors with the turned kernel.

    The errors are put back to where their windows began, `stride` pixels apart, with
    zeros between and around them.

    Args:
        shape: Shape of what went into `forward`.
        kernel: As in `forward`.
        grad_output: Gradient of the loss by the output, of the output's shape.
        stride: As in `forward`.
        padding: As in `forward`.

    Returns:
        Array of the shape `shape`.
    """
    n, height, width, _ = shape
    n_u, n_v, _, n_filters = kernel.shape
    (top, bottom), (left, right) = (
        windows.border(size, window, stride, padding)
        for size, window in zip(shape[1:3], kernel.shape[:2], strict=True)
    )
    padded = height + top + bottom, width + left + right
    spread = np.zeros(
        (n, padded[0] + n_u - 1, padded[1] + n_v - 1, n_filters), grad_output.dtype
    )
    rows, columns = grad_output.shape[1:3]
    inside = spread[:, n_u - 1 :, n_v - 1 :]
    inside[:, : rows * stride : stride, : columns * stride : stride] = grad_output
    grad = forward(spread, turned(kernel).swapaxes(2, 3), np.zeros(shape[3], kernel.dtype))
    return grad[:, top : top + height, left : left + width]


def backward(x, kernel, grad_output, stride=1, padding="valid"):
    """Turn the gradient by the output into those by input, kernel and bias.

    Args:
        x: What went into `forward`.
        kernel: As in `forward`.
        grad_output: Gradient of the loss by the output, of the output's shape.
        stride: As in `forward`.
        padding: As in `forward`.

    Returns:
        grad_x: As `x`.
        grad_kernel: As `kernel`.
        grad_bias: One number for each filter.
    """
    return (
        grad_input(x.shape, kernel, grad_output, stride, padding),
        grad_kernel(x, kernel.shape[:2], grad_output, stride, padding),
        grad_output.sum(axis=(0, 1, 2)),
    )


def checked_images(x, kernel, bias):
    """Turn images into the precision of a kernel, if kernel and bias fit them.

    Args:
        x: As in `forward`.
        kernel: As in `forward`.
        bias: As in `forward`.

    Returns:
        The images as an array of the kernel's precision.

    Raises:
        ValueError: If a shape does not fit.
    """
    if np.ndim(kernel) != 4:
        raise ValueError(
            "kernel must have shape (height, width, channels, filters); "
            f"got shape {np.shape(kernel)}"
        )
    x = np.asarray(x, dtype=kernel.dtype)
    if x.ndim != 4 or x.shape[3] != kernel.shape[2]:
        raise ValueError(
            f"x must have shape (batch, height, width, {kernel.shape[2]}); "
            f"got shape {x.shape}"
        )
    if np.shape(bias) != kernel.shape[3:]:
        raise ValueError(
            f"bias must have shape {kernel.shape[3:]}; got shape {np.shape(bias)}"
        )
    return x
