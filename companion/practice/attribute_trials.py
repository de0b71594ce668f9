"""Arithmetic with codes against the same arithmetic with pixels.

A direction is the mean of the examples that have a property minus the mean of the others.
Added to examples without the property it should bring it, and change nothing else. What a
direction in codes is worth shows beside the same direction taken from the pixels.
"""

import numpy as np


def attribute(codes, has):
    """Direction of a property: the mean code of those that have it minus the others'.

    Args:
        codes: Shape (n, K).
        has: Whether each example has the property, booleans, shape (n,).

    Returns:
        Shape (K,).

    Raises:
        ValueError: If all examples have it, or none.
    """
    codes, has = np.asarray(codes, float), np.asarray(has, bool)
    if has.all() or not has.any():
        raise ValueError(f"has must hold both; got {has.sum()} of {has.size} true")
    return codes[has].mean(axis=0) - codes[~has].mean(axis=0)


def ink(x):
    """Sum of the pixels of images, (n, D): shape (n,)."""
    return np.sum(x, axis=1)


def more_ink(encode, decode, x_train, x, steps, classes):
    """Make light images darker by directions, in codes and in pixels.

    Dark is what has more ink than the median training image.

    Args:
        encode: Function from images to codes.
        decode: Function from codes to images.
        x_train: Images that give the directions, shape (n_train, D).
        x: Other images, of which the light ones are changed, shape (n, D).
        steps: Multiples of the direction to add.
        classes: Function from images to classes.

    Returns:
        Maps "codes" and "pixels" to the shares of images that are dark afterwards and
        that keep their class, shape (n_steps, 2).
    """
    bound = np.median(ink(x_train))
    light = x[ink(x) <= bound]
    names, dark = classes(light), ink(x_train) > bound
    z, z_train = encode(light), encode(x_train)
    ways = {
        "codes": (z, attribute(z_train, dark), decode),
        "pixels": (light, attribute(x_train, dark), lambda a: np.clip(a, 0.0, 1.0)),
    }
    found = {}
    for way, (start, direction, draw) in ways.items():
        images = [draw(start + step * direction) for step in steps]
        found[way] = np.array(
            [(np.mean(ink(a) > bound), np.mean(classes(a) == names)) for a in images]
        )
    return found


def other_class(encode, decode, train, new, pair, classes):
    """Add the mean of one class minus that of another to new images of the latter.

    Args:
        encode: As in `more_ink`.
        decode: As in `more_ink`.
        train: Images that give the means, (n_train, D), and their classes.
        new: Images to change, (n, D), and their classes.
        pair: The class to leave, and the class to reach.
        classes: As in `more_ink`.

    Returns:
        Shares of the images that are read as the second class: by codes, by pixels.
    """
    (x_train, y_train), (x, y), (start, end) = train, new, pair
    chosen, z_train = x[y == start], encode(x_train)

    def way(a):
        return a[y_train == end].mean(axis=0) - a[y_train == start].mean(axis=0)

    by_codes = decode(encode(chosen) + way(z_train))
    by_pixels = np.clip(chosen + way(x_train), 0.0, 1.0)
    return tuple(float(np.mean(classes(a) == end)) for a in (by_codes, by_pixels))
