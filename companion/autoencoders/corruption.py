"""Three ways to damage an input: Gaussian noise, masking, salt and pepper.

With one random number for each entry of x, drawn independently::

    gaussian          x + amount * noise            noise from N(0, 1)
    masking           0 where noise < amount        noise uniform in [0, 1)
    salt_and_pepper   0 where noise < amount / 2,
                      1 where amount / 2 <= noise < amount

So `amount` is a standard deviation for Gaussian noise, and for the other two the share
of entries that are hit. Entries that are not hit stay as they are, and nothing is
clipped.

Source:
    Vincent et al. (2010), Stacked denoising autoencoders, section 3.3.
"""

import numbers
import sys

import keras
import numpy as np
from keras import ops

CORRUPTIONS = ("gaussian", "masking", "salt_and_pepper")


def check_corruption(corruption, amount):
    """Refuse an unknown corruption, or an amount that it cannot have.

    Args:
        corruption: One of `CORRUPTIONS`.
        amount: A standard deviation for "gaussian", else a share in [0, 1].

    Raises:
        ValueError: If the name is unknown, or the amount no number in its range.
    """
    if corruption not in CORRUPTIONS:
        known = ", ".join(map(repr, CORRUPTIONS))
        raise ValueError(f"corruption must be among {known}; got {corruption!r}")
    high = sys.float_info.max if corruption == "gaussian" else 1.0
    if not (isinstance(amount, numbers.Real) and 0 <= amount <= high):
        span = "finite and not negative" if corruption == "gaussian" else "in [0, 1]"
        raise ValueError(f"amount of {corruption} must be {span}; got {amount!r}")


def corrupt(x, noise, corruption, amount):
    """Damage x with given noise: no randomness, on any backend.

    Args:
        x: Clean data, any shape.
        noise: One number for each entry, shaped as x: from N(0, 1) for "gaussian", else
            uniform in [0, 1).
        corruption: One of `CORRUPTIONS`.
        amount: Standard deviation, or share of entries that are hit.

    Returns:
        The corrupted data, shaped as x.
    """
    if corruption == "gaussian":
        return ops.add(x, amount * noise)  # also for an array and a tensor
    kept = ops.where(noise < amount, ops.zeros_like(x), x)
    if corruption == "masking":
        return kept
    salt = ops.logical_and(noise >= amount / 2, noise < amount)
    return ops.where(salt, ops.ones_like(x), kept)


def draw_noise(shape, corruption, seed):
    """Draw the noise that `corrupt` takes, on the backend in use.

    Args:
        shape: Shape of the data.
        corruption: One of `CORRUPTIONS`.
        seed: A `keras.random.SeedGenerator`; every call advances it.

    Returns:
        Numbers from N(0, 1) for "gaussian", else uniform in [0, 1); a tensor.
    """
    draw = keras.random.normal if corruption == "gaussian" else keras.random.uniform
    return draw(shape, seed=seed)


def corrupted(x, corruption, amount, rng):
    """Damage an array once and for all, as a test set needs it.

    Args:
        x: Clean data, any shape.
        corruption: One of `CORRUPTIONS`.
        amount: Standard deviation, or share of entries that are hit.
        rng: A `numpy.random.Generator`.

    Returns:
        A new array of float32, shaped as x.

    Raises:
        ValueError: If the corruption is unknown or the amount out of its range.
    """
    check_corruption(corruption, amount)
    x = np.asarray(x, dtype=np.float32)
    draw = rng.standard_normal if corruption == "gaussian" else rng.random
    noise = draw(x.shape, dtype=np.float32)
    return ops.convert_to_numpy(corrupt(x, noise, corruption, amount))
