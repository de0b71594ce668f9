"""Where a window stands: sizes, borders of zeros, and a view of all windows.

Shared by convolution and pooling. Images are (batch, height, width, channels).
"""

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from companion.networks import checks

PADDINGS = ("valid", "same")


def output_size(size, window, stride=1, padding="valid"):
    """Count the places of a window along one axis.

    Args:
        size: Pixels of the input along the axis.
        window: Pixels of the window.
        stride: Pixels from one place to the next.
        padding: "valid" keeps the window inside the image; "same" adds zeros around it
            such that a stride of 1 keeps the size.

    Returns:
        Numbers of the output along the axis.

    Raises:
        ValueError: If `padding` is unknown, a count is not above 0, or the window does
            not fit.
    """
    checks.check_counts(size=size, window=window, stride=stride)
    if padding not in PADDINGS:
        raise ValueError(f"padding must be 'valid' or 'same'; got {padding!r}")
    if padding == "same":
        return math.ceil(size / stride)
    if window > size:
        raise ValueError(f"window must be at most the size {size}; got {window}")
    return (size - window) // stride + 1


def border(size, window, stride=1, padding="valid"):
    """Zeros before and after the pixels of one axis, as TensorFlow places them.

    Args:
        size: As in `output_size`.
        window: As in `output_size`.
        stride: As in `output_size`.
        padding: As in `output_size`.

    Returns:
        before, after: The second is larger by one if their sum is odd.
    """
    n_places = output_size(size, window, stride, padding)
    if padding == "valid":
        return 0, 0
    total = max((n_places - 1) * stride + window - size, 0)
    return total // 2, total - total // 2


def pad(x, sides, stride=1, padding="valid"):
    """Put zeros around images.

    Args:
        x: Images, (batch, height, width, channels).
        sides: Height and width of the window.
        stride: As in `output_size`.
        padding: As in `output_size`.

    Returns:
        The images with their border, or `x` itself where there is none.
    """
    widths = [
        border(size, window, stride, padding)
        for size, window in zip(x.shape[1:3], sides, strict=True)
    ]
    return np.pad(x, [(0, 0), *widths, (0, 0)]) if np.any(widths) else x


def view(x, sides, stride=1):
    """Show every window of images, without a copy.

    Args:
        x: Images with their border, (batch, height, width, channels).
        sides: Height and width of the window.
        stride: Pixels from one window to the next.

    Returns:
        View of the shape (batch, rows, columns, sides[0], sides[1], channels).
    """
    seen = sliding_window_view(x, sides, axis=(1, 2))[:, ::stride, ::stride]
    return np.moveaxis(seen, 3, 5)
