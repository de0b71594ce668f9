"""Measures of one trained model by what it is used for; each says what it ignores.

Codes z are tables (n, K), examples x are tables (n, D), and models come in as functions
`encode`, `decode` and `reconstruct` between them.
"""

import numpy as np
from scipy.stats import rankdata

from companion import metrics
from companion.autoencoders.rate_distortion import BEYOND, ideal_lengths
from companion.networks.checks import check_counts, check_finite


def auc(normal, anomalous):
    """Probability that a random anomaly scores higher than a random normal example.

    It is the area under the curve of hits against false alarms; ties count one half. It
    sees the order of the scores alone: it names no threshold, and no share of anomalies
    enters.

    Args:
        normal: Scores of normal examples, shape (n,).
        anomalous: Scores of anomalies, shape (m,).

    Returns:
        A number in [0, 1]; 0.5 for scores that say nothing.

    Raises:
        ValueError: If one of the two is empty or not finite.
    """
    normal, anomalous = np.asarray(normal, float), np.asarray(anomalous, float)
    check_counts(normal=normal.size, anomalous=anomalous.size)
    check_finite("normal", normal)
    check_finite("anomalous", anomalous)
    ranks = rankdata(np.concatenate((normal, anomalous)))
    above = ranks[normal.size :].sum() - anomalous.size * (anomalous.size + 1) / 2
    return float(above / (normal.size * anomalous.size))


def errors_of_examples(x, x_hat):
    """Squared error of each example, summed over its features: shape (n,)."""
    return np.sum((np.asarray(x, float) - np.asarray(x_hat, float)) ** 2, axis=1)


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
    z, costs = np.asarray(z, float), []
    for k, std in enumerate(z.std(axis=0)):
        up, down = z.copy(), z.copy()
        up[:, k] += step * std
        down[:, k] -= step * std
        change = errors_of_examples(decode(up), decode(down)).mean()
        costs.append(change / (2 * step * std) ** 2 if std > 0 else 0.0)
    return np.array(costs)


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
    bits, errors = [], []
    for step in steps:
        train, test = (
            np.rint(z[:, used] * scales[used] / step).astype(int) for z in (z_train, z_test)
        )
        # What lies far beyond all training codes is cut off: the tables have no place.
        test = np.clip(test, train.min(axis=0) - BEYOND, train.max(axis=0) + BEYOND)
        rounded = np.tile(z_train.mean(axis=0), (len(z_test), 1))
        rounded[:, used] = test * step / scales[used]
        bits.append(float(np.mean(code_bits(train, test))))
        errors.append(metrics.squared_error_per_example(x_test, decode(rounded)))
    return np.array(bits), np.array(errors)


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


def fill_in(reconstruct, x, hidden, start, n_rounds=10):
    """Fill hidden features with what a model reconstructs there, again and again.

    The holes start at given values; each round reconstructs the whole example and copies
    the answer into the holes alone. For PCA the rounds converge to least squares on the
    visible features.

    Args:
        reconstruct: Function from examples (n, D) to reconstructions (n, D).
        x: Examples, (n, D); their hidden features are never looked at.
        hidden: Boolean array, True in the holes, (n, D).
        start: First values for the holes, shape (D,), for example the training mean.
        n_rounds: Number of rounds, at least 1.

    Returns:
        The filled examples, (n, D).

    Raises:
        ValueError: If `n_rounds` is below 1.
    """
    check_counts(n_rounds=n_rounds)
    filled = np.where(hidden, start, x)
    for _ in range(n_rounds):
        filled = np.where(hidden, reconstruct(filled), x)
    return filled


def units_in_use(decode, z, x, share=0.01):
    """Count the code units that the reconstruction would miss.

    A unit is in use if setting it to its mean raises the squared error by more than a
    share of the error; no scale of the code enters.

    Args:
        decode: Function from codes (n, K) to examples (n, D).
        z: Codes, (n, K).
        x: The examples, (n, D).
        share: The share, above 0.

    Returns:
        The count, from 0 to K.
    """
    error = metrics.squared_error_per_example(x, decode(z))
    count = 0
    for k in range(np.shape(z)[1]):
        without = np.array(z, float)
        without[:, k] = without[:, k].mean()
        count += metrics.squared_error_per_example(x, decode(without)) > (1 + share) * error
    return int(count)
