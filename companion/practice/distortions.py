"""Small shifts and elastic distortions of images: more training data without a model."""

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

SMOOTH = 2.0  # width of the Gaussian that smooths an elastic field, in pixels


def moved(images, field):
    """Read every pixel at another place, between pixels by straight lines.

    Args:
        images: Shape (n, height, width); outside they are 0.
        field: Where to read, relative to each pixel, in rows and columns, shape
            (n, 2, height, width) or one that broadcasts to it.

    Returns:
        Shape (n, height, width).
    """
    images = np.asarray(images, float)
    n, height, width = images.shape
    places = np.stack(np.meshgrid(np.arange(height), np.arange(width), indexing="ij"))
    rows, columns = np.moveaxis(
        places + np.broadcast_to(field, (n, 2, height, width)), 1, 0
    )
    number = np.broadcast_to(np.arange(n)[:, None, None], images.shape)
    return map_coordinates(images, [number, rows, columns], order=1, mode="grid-constant")


def shift_fields(n, furthest, rng):
    """Draw one shift for each image, uniform up to `furthest` pixels: (n, 2, 1, 1)."""
    return rng.uniform(-furthest, furthest, (n, 2, 1, 1))


def elastic_fields(n, shape, strength, rng):
    """Draw smooth random fields for elastic distortions.

    Args:
        n: How many.
        shape: Height and width.
        strength: Root mean square of each field and axis, in pixels.
        rng: A `numpy.random.Generator`.

    Returns:
        Shape (n, 2, height, width).

    Source:
        Simard, Steinkraus and Platt (2003), doi:10.1109/ICDAR.2003.1227801.
    """
    raw = rng.uniform(-1.0, 1.0, (n, 2, *shape))
    smooth = gaussian_filter(raw, (0, 0, SMOOTH, SMOOTH))
    size = np.sqrt(np.mean(smooth**2, axis=(2, 3), keepdims=True))
    return strength * smooth / size


def more_images(kind, x, n_each, strength, rng, side=8):
    """Distort every image several times.

    Args:
        kind: "shifted" or "elastic".
        x: Square images as rows, shape (n, side * side).
        n_each: Distorted images for each.
        strength: Furthest shift, or strength of the field, in pixels.
        rng: A `numpy.random.Generator`.
        side: Pixels along each side.

    Returns:
        Shape (n * n_each, side * side); those of one image follow one another.

    Raises:
        ValueError: If `kind` is unknown.
    """
    if kind not in ("shifted", "elastic"):
        raise ValueError(f"kind must be shifted or elastic; got {kind!r}")
    images = np.repeat(np.reshape(x, (-1, side, side)), n_each, axis=0)
    if kind == "shifted":
        field = shift_fields(len(images), strength, rng)
    else:
        field = elastic_fields(len(images), (side, side), strength, rng)
    return moved(images, field).reshape(len(images), -1)
