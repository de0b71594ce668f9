"""A convolution written as a matrix, and what its transpose does.

A convolution is linear, so there is a matrix C with conv(x) = C x for the image x written
as one column. Most entries are zero (a window is small), and the others repeat (the same
weights at every place). The layer called transposed convolution multiplies by C^T: what
gathered a window into one number now spreads one number over a window. It is the inverse
of nothing.
"""

import numpy as np
from scipy import sparse

from companion.networks.checks import check_counts


def padding_before(side, kernel_size, stride):
    """Zeros that "same" padding puts before the first pixel; an odd one goes to the end.

    Args:
        side: Pixels along the axis.
        kernel_size: Pixels of a window along the axis.
        stride: Distance of neighboring windows.

    Returns:
        The number of zeros, an int.
    """
    n_windows = -(-side // stride)
    return max((n_windows - 1) * stride + kernel_size - side, 0) // 2


def convolution_matrix(kernel, image_shape, stride):
    """Build the matrix of a strided convolution with "same" padding, without its bias.

        conv(x)[i, j, o] = sum over a, b, c of W[a, b, c, o] x[s i + a - p, s j + b - q, c]

    with the stride s, the padding (p, q) of `padding_before`, and zeros outside the image.

    Args:
        kernel: W, the weights, shape (kernel_height, kernel_width, C_in, C_out), as in
            Keras's Conv2D, and in the Conv2DTranspose that goes the other way.
        image_shape: (height, width, C_in).
        stride: s, at least 1.

    Returns:
        C, a sparse array of shape (n_out, n_in), so that C @ x.ravel() is the convolved
        image, n_out = ceil(height / s) * ceil(width / s) * C_out numbers, and
        C.T @ y.ravel() the transposed convolution.

    Raises:
        ValueError: If a size is no integer of at least 1, or the channels do not fit.

    Source:
        Dumoulin and Visin (2016), arXiv:1603.07285, sections 4.1 and 4.2.
    """
    kernel = np.asarray(kernel, dtype=float)
    if kernel.ndim != 4 or len(image_shape) != 3 or kernel.shape[2] != image_shape[2]:
        raise ValueError(
            "kernel must be (height, width, C_in, C_out) for an image (height, width, "
            f"C_in); got {kernel.shape} and image_shape {tuple(image_shape)}"
        )
    height, width, n_in = image_shape
    check_counts(height=height, width=width, stride=stride)
    k_height, k_width, _, n_out = kernel.shape
    rows, columns = -(-height // stride), -(-width // stride)
    i, j, o, a, b, c = np.indices((rows, columns, n_out, k_height, k_width, n_in)).reshape(
        6, -1
    )
    y = stride * i + a - padding_before(height, k_height, stride)
    x = stride * j + b - padding_before(width, k_width, stride)
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    places = ((i * columns + j) * n_out + o, (y * width + x) * n_in + c)
    return sparse.csr_array(
        (kernel[a, b, c, o][inside], tuple(place[inside] for place in places)),
        shape=(rows * columns * n_out, height * width * n_in),
    )


def overlap_count(height, width, kernel_size, stride):
    """Count the windows that reach each output pixel of a transposed convolution.

    Where the count alternates, the output tends to: a checkerboard. In the interior it
    is even exactly if the stride divides the kernel size.

    Args:
        height: Pixels of the output from top to bottom.
        width: Pixels of the output from left to right.
        kernel_size: Side of the windows.
        stride: Distance of neighboring windows.

    Returns:
        Counts, shape (height, width), int64.

    Raises:
        ValueError: If an argument is not an integer of at least 1.
    """
    check_counts(height=height, width=width, kernel_size=kernel_size, stride=stride)
    ones = np.ones((kernel_size, kernel_size, 1, 1))
    matrix = convolution_matrix(ones, (height, width, 1), stride)
    return matrix.sum(axis=0).astype(np.int64).reshape(height, width)
