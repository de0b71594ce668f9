"""Images moved on an empty canvas, and layers asked whether their answers move along."""

import numpy as np


def on_canvas(x, margin):
    """Put an empty margin around images, (n, height, width, channels)."""
    return np.pad(x, [(0, 0), (margin, margin), (margin, margin), (0, 0)])


def shifted(x, down, right):
    """Shift images on their canvas; what leaves at one side would enter at the other."""
    return np.roll(x, (down, right), axis=(1, 2))


def shifts_of(distance):
    """List the steps down and right of which the larger is exactly a distance.

    Args:
        distance: In pixels, 0 or more.

    Returns:
        Pairs: one for the distance 0, eight for 1, sixteen for 2.
    """
    steps = range(-distance, distance + 1)
    return [(r, c) for r in steps for c in steps if max(abs(r), abs(c)) == distance]


def in_every_place(x, y, max_shift):
    """Show every image at every shift of at most some pixels, with its class.

    Args:
        x: Images with a margin of at least `max_shift`.
        y: Their classes, (n,).
        max_shift: The largest step down, up, right or left, in pixels.

    Returns:
        x: Images, (n * (2 * max_shift + 1)**2, height, width, channels).
        y: Their classes.
    """
    shifts = [shift for d in range(max_shift + 1) for shift in shifts_of(d)]
    return np.concatenate([shifted(x, *s) for s in shifts]), np.tile(y, len(shifts))


def permuted(x, order):
    """Give the pixels of all images one and the same other order.

    Args:
        x: Images, (n, height, width, channels).
        order: For each place, row by row, the pixel that comes to stand there.

    Returns:
        Images of the same shape.
    """
    return x.reshape(len(x), -1)[:, order].reshape(x.shape)


def accuracy_at(distance, predict, x, y):
    """Accuracy on images shifted by a distance, over all `shifts_of` it.

    Args:
        distance: In pixels.
        predict: Takes images, returns classes.
        x: Images with a margin of at least `distance`.
        y: Their classes.

    Returns:
        The mean over the shifts.
    """
    answers = [predict(shifted(x, *shift)) == y for shift in shifts_of(distance)]
    return float(np.mean(answers))


def unmatched(layer, x, right):
    """Part of a layer's answer to shifted images that is no shift of its first answer.

    Args:
        layer: Takes images, returns maps.
        x: Images with a wide margin.
        right: Shift in pixels; shifts of the maps by up to 4 are tried.

    Returns:
        Length of the difference at the best shift, by that of the answer.
    """
    old, new = layer(x), layer(shifted(x, 0, right))
    errors = [np.linalg.norm(new - shifted(old, 0, k)) for k in range(5)]
    return min(errors) / np.linalg.norm(new)
