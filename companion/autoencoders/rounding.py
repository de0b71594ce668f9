"""Bits of a code of numbers: round every unit, count, and restore what was rounded.

Codes z are tables (n, K), examples x are tables (n, D), and models come in as functions
`encode` and `decode` between them. A unit is rounded to cells of one width, its whole
numbers m are priced by an ideal entropy code, -log2 p(m), with the shares p of the
training codes, and each is restored as the mean of the training codes in its cell.

Every unit has a code of its own. Units that depend on one another could be coded
together for fewer bits, so that the count is an upper bound for them.
"""

import numpy as np

from companion import metrics
from companion.autoencoders.measures import errors_of_examples
from companion.autoencoders.rate_distortion import BEYOND, ideal_lengths


def sensitivities(decode, z, step=0.1):
    """What a small squared error of 1 in a code unit costs the reconstruction.

    Args:
        decode: Function from codes (n, K) to examples (n, D).
        z: Codes to take the mean over, shape (n, K).
        step: Size of the finite difference, in standard deviations of the unit.

    Returns:
        The mean squared length of the decoder's slope along each unit, (K,). For a linear
        decoder it is the squared length of the unit's row. 0 for a unit that is constant.
    """
    z = np.asarray(z, float)
    moves = step * z.std(axis=0)
    # All moves are decoded at once: a call costs more than the arithmetic.
    up, down = (decode(np.concatenate(z + s * np.diag(moves)[:, None])) for s in (1, -1))
    changes = errors_of_examples(up, down).reshape(len(moves), -1).mean(axis=1)
    return np.where(moves > 0, changes / np.where(moves > 0, 2 * moves, 1) ** 2, 0.0)


def code_bits(symbols_train, symbols_test):
    """Bits of each example if every unit has an ideal entropy code of its own.

    The tables of the code are counted on training examples; sending these tables and the
    decoder is not part of the price.

    Args:
        symbols_train: Whole numbers, shape (n, K).
        symbols_test: Whole numbers, shape (m, K).

    Returns:
        Bits summed over the units, shape (m,).
    """
    columns = zip(symbols_train.T, symbols_test.T, strict=True)
    return sum(ideal_lengths(a, b, strength=0.1) for a, b in columns)


def rate_distortion(encode, decode, x_train, x_test, steps):
    """Round codes to multiples of a step, and count bits and error.

    A unit that matters s for the reconstruction (see `sensitivities`) is rounded to
    multiples of step / sqrt(s), so that its rounding costs about as much as any other's.
    A whole number is restored as the mean of the training codes that were rounded to it,
    see `cell_values`: a unit that is given up then keeps its mean, wherever its zero lies.

    Args:
        encode: Function from (n, D) to codes (n, K).
        decode: Function from codes to (n, D).
        x_train: Examples for the sensitivities and the tables, (n_train, D).
        x_test: Examples to code, (n, D).
        steps: Widths of the cells, in the unit of x.

    Returns:
        bits: Mean bits for an example, one for each step.
        errors: Mean squared error, summed over features, one for each step.
    """
    z_train, z_test = encode(x_train), encode(x_test)
    scales = np.sqrt(sensitivities(decode, z_train[:200]))
    used = scales > 1e-6
    bits, restored = [], []
    for step in steps:
        widths = step / scales[used]
        train, test = (np.rint(z[:, used] / widths).astype(int) for z in (z_train, z_test))
        # What lies far beyond all training codes is cut off: the tables have no place.
        test = np.clip(test, train.min(axis=0) - BEYOND, train.max(axis=0) + BEYOND)
        z_hat = np.tile(z_train.mean(axis=0), (len(z_test), 1))
        z_hat[:, used] = cell_values(train, z_train[:, used], widths, test)
        bits.append(float(np.mean(code_bits(train, test))))
        restored.append(z_hat)
    x_hat = decode(np.concatenate(restored)).reshape(len(bits), *np.shape(x_test))
    errors = [metrics.squared_error_per_example(x_test, part) for part in x_hat]
    return np.array(bits), np.array(errors)


def cell_values(symbols, z, widths, wanted):
    """Restore codes from whole numbers by what was rounded to each number in training.

    The value of a cell is the mean of the training codes in it and of its middle, which
    is counted once; so a cell that is empty in training is restored as its middle.

    Args:
        symbols: Whole numbers of the training codes, shape (n, K).
        z: These codes, shape (n, K).
        widths: Widths of the cells, shape (K,).
        wanted: Whole numbers to restore, (m, K), at most `BEYOND` outside of `symbols`.

    Returns:
        Codes, shape (m, K).
    """
    z_hat = np.empty(np.shape(wanted))
    for k, width in enumerate(widths):
        low, high = symbols[:, k].min() - BEYOND, symbols[:, k].max() + BEYOND
        middles, cells = width * np.arange(low, high + 1), symbols[:, k] - low
        counts = np.bincount(cells, minlength=len(middles))
        sums = np.bincount(cells, z[:, k], minlength=len(middles))
        z_hat[:, k] = ((sums + middles) / (counts + 1))[wanted[:, k] - low]
    return z_hat


def within(values, wanted):
    """Tell whether a number lies between the smallest and the largest of some values."""
    return bool(np.min(values) <= wanted <= np.max(values))


def error_at_bits(bits, errors, wanted):
    """Read off the squared error at a number of bits, on a line of log error over bits.

    Raises:
        ValueError: If `wanted` lies outside the measured bits.
    """
    order = np.argsort(bits)
    bits, errors = np.asarray(bits, float)[order], np.asarray(errors, float)[order]
    if not within(bits, wanted):
        raise ValueError(
            f"wanted must lie from {bits[0]:.3g} to {bits[-1]:.3g} bits; got {wanted}"
        )
    return float(np.exp(np.interp(wanted, bits, np.log(errors))))
