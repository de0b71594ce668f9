"""Images at other places: what a shift leaves unchanged, and what pooling forgets."""

import numpy as np

from companion.networks.checks import check_counts


def place_on_canvas(images, side, offsets):
    """Put every image somewhere on a larger black square.

    Args:
        images: The images, (n, height, width, channels).
        side: Pixels of the canvas along each side.
        offsets: Row and column of each image's first pixel, (n, 2) integers, or one pair
            for all.

    Returns:
        The canvases, (n, side, side, channels), of the type of the images.

    Raises:
        ValueError: If an image would not lie on the canvas as a whole.
    """
    images = np.asarray(images)
    check_counts(side=side)
    n, height, width, channels = images.shape
    offsets = np.broadcast_to(np.asarray(offsets, dtype=int), (n, 2))
    if offsets.min() < 0 or (offsets.max(axis=0) + [height, width]).max() > side:
        raise ValueError(
            f"offsets must keep {height} x {width} pixels inside a canvas of side {side}; "
            f"got {offsets.min()} to {offsets.max()}"
        )
    canvases = np.zeros((n, side, side, channels), images.dtype)
    for canvas, image, (row, column) in zip(canvases, images, offsets, strict=True):
        canvas[row : row + height, column : column + width] = image
    return canvases


def max_pool(images, size):
    """Keep the largest value of each square window; windows do not overlap.

    Args:
        images: The images, (n, height, width, channels); `size` divides both sides.
        size: Side of a window.

    Returns:
        The maxima, (n, height / size, width / size, channels).

    Raises:
        ValueError: If `size` does not divide a side.
    """
    n, height, width, channels = np.shape(images)
    if height % size or width % size:
        raise ValueError(f"size must divide {height} and {width}; got {size}")
    windows = (n, height // size, size, width // size, size, channels)
    return np.reshape(images, windows).max(axis=(2, 4))


def dots(side):
    """Make every image of one white pixel on a black square: (side**2, side, side, 1)."""
    check_counts(side=side)
    return np.eye(side**2).reshape(-1, side, side, 1)
