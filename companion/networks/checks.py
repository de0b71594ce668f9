"""Refuse what no training can use, with one sentence that names argument and value.

The trainings of the course call these functions before any work, so that NaN, data on
the wrong scale or a wrong shape never look like a network that does not learn.
"""

import math
import numbers

import numpy as np

# What an output activation can reach; a target outside can never be reproduced.
OUTPUT_RANGES = {"relu": (0.0, math.inf), "sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}


def is_count(value):
    """Tell whether a value is an integer of at least 1, Python's or NumPy's; no bool."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and value > 0


def check_counts(**counts):
    """Refuse sizes and numbers of things that are not integers of at least 1.

    Args:
        counts: The values to check, under the names of their arguments.

    Raises:
        ValueError: If one is no integer, a bool, or below 1.
    """
    for name, count in counts.items():
        if not is_count(count):
            raise ValueError(f"{name} must be an integer of at least 1; got {count!r}")


def checked_rows(name, array, n_columns, dtype=float):
    """Turn a batch into numbers of one precision, if it has the right width.

    Args:
        name: Name of the argument.
        array: The batch, shape (batch, n_columns).
        n_columns: The width it must have.
        dtype: The precision; float64 by default.

    Returns:
        The batch as an array of that precision.

    Raises:
        ValueError: If the shape is another, or there is no row.
    """
    array = np.asarray(array, dtype=dtype)
    if array.ndim != 2 or array.shape[1] != n_columns or len(array) == 0:
        raise ValueError(
            f"{name} must have shape (batch, {n_columns}) with at least one row; "
            f"got shape {array.shape}"
        )
    return array


def check_same_shape(name, array, other_name, other):
    """Refuse two arrays that NumPy would broadcast to one shape, or that do not fit.

    Args:
        name: Name of the argument that must fit.
        array: Its value.
        other_name: Name of the argument that it must fit.
        other: Its value.

    Raises:
        ValueError: If the shapes differ.
    """
    if np.shape(array) != np.shape(other):
        raise ValueError(
            f"{name} must have the shape of {other_name}, {np.shape(other)}; "
            f"got shape {np.shape(array)}"
        )


def check_same_rows(name, array, other_name, other):
    """Refuse a batch with another number of rows than the one that it belongs to.

    Args:
        name: Name of the argument that must fit.
        array: Its value.
        other_name: Name of the argument that it must fit.
        other: Its value.

    Raises:
        ValueError: If the numbers of rows differ.
    """
    if len(array) != len(other):
        raise ValueError(
            f"{name} must have {len(other)} rows, as {other_name}; got {len(array)}"
        )


def check_finite(name, array):
    """Refuse an array with NaN or infinite values.

    Args:
        name: Name of the argument.
        array: Numbers, any shape.

    Raises:
        ValueError: If an entry is not finite.
    """
    n_bad = np.count_nonzero(~np.isfinite(array))
    if n_bad:
        raise ValueError(f"{name} must be finite; got {n_bad} NaN or infinite values")


def checked_data(name, array, n_columns, activation="linear", dtype=float):
    """Turn examples into numbers of one precision, if a network can be trained on them.

    Args:
        name: Name of the argument.
        array: Examples, shape (n, n_columns).
        n_columns: The width that the network takes or gives.
        activation: For targets, the activation of the layer that shall reproduce them.
        dtype: The precision; float64 by default.

    Returns:
        The examples as an array of that precision.

    Raises:
        ValueError: If the shape is another, a value is not finite, or one lies outside
            the range of the activation.
    """
    array = checked_rows(name, array, n_columns, dtype)
    check_finite(name, array)
    low, high = OUTPUT_RANGES.get(activation, (-math.inf, math.inf))
    if array.min() < low or array.max() > high:
        raise ValueError(
            f"{name} must lie in [{low:g}, {high:g}], which a {activation} output can "
            f"reach; got values from {array.min():.4g} to {array.max():.4g}"
        )
    return array
