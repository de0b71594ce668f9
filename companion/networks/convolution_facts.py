"""What a convolution is as a dense layer, what it costs, and how far its units see."""

import math
from dataclasses import dataclass

import numpy as np

from companion.networks.windows import border, output_size


def as_matrix(kernel, sides, stride=1, padding="valid"):
    """The weights of the dense layer that does the same as a convolution.

    With images and maps written as rows, ``y.ravel() = x.ravel() @ matrix`` for every
    image x; the bias is added to each map. Each weight of the kernel stands in the matrix
    once for every place at which it meets a pixel; all other entries are zero.

    Args:
        kernel: Weights, (kernel height, kernel width, channels, filters).
        sides: Height and width of the images.
        stride: Pixels from one window to the next.
        padding: "valid" or "same".

    Returns:
        Array (height * width * channels, rows * columns * filters).

    Raises:
        ValueError: As `companion.networks.windows.output_size`.
    """
    n_u, n_v, n_channels, n_filters = kernel.shape
    height, width = sides
    rows = output_size(height, n_u, stride, padding)
    columns = output_size(width, n_v, stride, padding)
    top, left = (
        border(height, n_u, stride, padding)[0],
        border(width, n_v, stride, padding)[0],
    )
    matrix = np.zeros((height, width, n_channels, rows, columns, n_filters), kernel.dtype)
    for i, j, u, v in np.ndindex(rows, columns, n_u, n_v):
        y, x = stride * i + u - top, stride * j + v - left
        if 0 <= y < height and 0 <= x < width:
            matrix[y, x, :, i, j, :] = kernel[u, v]
    return matrix.reshape(height * width * n_channels, rows * columns * n_filters)


@dataclass(frozen=True)
class Cost:
    """What a layer holds and does.

    Args:
        n_parameters: Numbers that are learned, the biases included.
        n_multiply_adds: Products that are added up for one image.
    """

    n_parameters: int
    n_multiply_adds: int

    def __add__(self, other):
        return Cost(
            self.n_parameters + other.n_parameters,
            self.n_multiply_adds + other.n_multiply_adds,
        )


def convolution_cost(sides, kernel_shape, stride=1, padding="valid"):
    """Count the parameters of a convolution and its multiply-adds for one image.

    Args:
        sides: Height and width of the image.
        kernel_shape: (kernel height, kernel width, channels, filters).
        stride: As in `as_matrix`.
        padding: As in `as_matrix`; products with the zeros of a border are counted.

    Returns:
        A `Cost`.
    """
    places = math.prod(
        output_size(size, window, stride, padding)
        for size, window in zip(sides, kernel_shape[:2], strict=True)
    )
    weights = math.prod(kernel_shape)
    return Cost(weights + kernel_shape[3], weights * places)


def dense_cost(n_in, n_out):
    """Count the parameters of a dense layer and its multiply-adds for one example."""
    return Cost(n_in * n_out + n_out, n_in * n_out)


def receptive_field(layers):
    """Pixels of the input that one unit sees along one side, after each layer.

    A window of k units adds k - 1 steps of the layer below, and a step of that layer is
    as many pixels as the product of all strides before::

        r_l = r_(l-1) + (k_l - 1) j_(l-1),    j_l = j_(l-1) s_l,    r_0 = j_0 = 1

    Args:
        layers: For each layer, the side of its window and its stride; pooling counts.

    Returns:
        The sides r_1, r_2, ... in pixels.
    """
    field, step, fields = 1, 1, []
    for window, stride in layers:
        field += (window - 1) * step
        step *= stride
        fields.append(field)
    return fields
