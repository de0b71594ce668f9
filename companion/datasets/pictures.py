"""Two generated worlds of images: bars with known causes, sprites with known factors."""

import numpy as np

SHAPES = ("square", "disc", "triangle")


def bars(n, seed=0, size=8, probability=None):
    """Images of horizontal and vertical bars, each present or not by an independent coin.

    A pixel is 1 where any bar that is present covers it, so crossings do not add up.

    Args:
        n: Number of images, at least 1.
        seed: Seed of the coins.
        size: Height and width in pixels; there are 2 * size possible bars.
        probability: Chance of each bar, in (0, 1); 1 / size if None.

    Returns:
        x: Images, (n, size, size, 1), float32, 0 or 1.
        y: Causes, (n, 2 * size), float32, 1 where a bar is present; rows from the top
            come first, then columns from the left.
        truth: Mapping with templates (2 * size, size, size) and probability.

    Raises:
        ValueError: If an argument is out of range.

    Source:
        Foldiak (1990), Forming sparse representations by local anti-Hebbian learning.
    """
    if n < 1:
        raise ValueError(f"n must be at least 1; got {n}")
    if size < 2:
        raise ValueError(f"size must be at least 2; got {size}")
    probability = 1.0 / size if probability is None else probability
    if not 0.0 < probability < 1.0:
        raise ValueError(f"probability must be in (0, 1); got {probability}")
    causes = np.random.default_rng(seed).uniform(size=(n, 2 * size)) < probability
    row, column = causes[:, :size, np.newaxis], causes[:, np.newaxis, size:]
    x = (row | column)[..., np.newaxis].astype(np.float32)
    truth = {"templates": _bar_templates(size), "probability": probability}
    return x, causes.astype(np.float32), truth


def _bar_templates(size):
    templates = np.zeros((2 * size, size, size), dtype=np.float32)
    index = np.arange(size)
    templates[index, index, :] = 1.0
    templates[size + index, :, index] = 1.0
    return templates


def sprites(n, seed=0, image_size=32):
    """One bright shape on black with four independent, uniform factors of variation.

    Shapes are a square, a disc and an equilateral triangle that points up. The size is the
    radius of the disc of equal area, so brightness tells the size but not the shape.
    Pixels at an edge hold the share of their area that is covered, to first order.

    Args:
        n: Number of images, at least 1.
        seed: Seed of the factors.
        image_size: Height and width in pixels, at least 16.

    Returns:
        x: Images, (n, image_size, image_size, 1), float32 in [0, 1].
        y: Factors, (n, 4), float32: index in `SHAPES`; center x (rightward) and
            center y (downward), and size, in units of the image's width.
        truth: Mapping with shapes, factor_names and the range of each factor.

    Raises:
        ValueError: If an argument is out of range.
    """
    if n < 1:
        raise ValueError(f"n must be at least 1; got {n}")
    if image_size < 16:
        raise ValueError(f"image_size must be at least 16; got {image_size}")
    ranges = {"x": (0.3, 0.7), "y": (0.3, 0.7), "size": (0.08, 0.16)}
    rng = np.random.default_rng(seed)
    shape = rng.integers(len(SHAPES), size=n)
    low, high = np.transpose(list(ranges.values()))
    y = np.column_stack((shape, rng.uniform(low, high, size=(n, 3)))).astype(np.float32)
    names = ("shape", *ranges)
    truth = {"shapes": SHAPES, "factor_names": names, "ranges": ranges}
    return render_sprites(y, image_size), y, truth


def render_sprites(factors, image_size=32):
    """Draw the sprites of given factors, for example along one factor alone.

    Args:
        factors: Shape index, x, y and size of each sprite, (n, 4), as in `sprites`.
        image_size: Height and width in pixels.

    Returns:
        Images, (n, image_size, image_size, 1), float32 in [0, 1].
    """
    shape, x, y, size = np.asarray(factors, dtype=float).T[:, :, np.newaxis, np.newaxis]
    center = (np.arange(image_size) + 0.5) / image_size
    dx, dy = center[np.newaxis, np.newaxis, :] - x, center[np.newaxis, :, np.newaxis] - y
    # Signed distance to the edge, negative inside; the constants make all areas equal.
    half_side = np.sqrt(np.pi) / 2.0 * size
    inner_radius = np.sqrt(np.pi / np.sqrt(27.0)) * size
    slanted = np.sqrt(0.75) * np.abs(dx) - 0.5 * dy
    distances = (
        np.maximum(np.abs(dx), np.abs(dy)) - half_side,
        np.hypot(dx, dy) - size,
        np.maximum(dy, slanted) - inner_radius,
    )
    distance = np.choose(shape.astype(int), distances)
    return np.clip(0.5 - image_size * distance, 0.0, 1.0)[..., np.newaxis].astype(
        np.float32
    )
