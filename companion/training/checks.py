"""Refuse what no training of Keras can use, before any work, in one clear sentence."""

import math
import numbers

import keras
import numpy as np

# What an output activation can reach; a target outside can never be reproduced.
OUTPUT_RANGES = {"sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "tanh": (-1.0, 1.0)}
OUTPUT_RANGES |= {"relu": (0.0, math.inf), "softplus": (0.0, math.inf)}

# Losses that compare prediction and target entry by entry, so that the shapes must agree.
PROBABILITY_LOSSES = ("binary_crossentropy", "binary_focal_crossentropy")
ELEMENTWISE_LOSSES = ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh")
ELEMENTWISE_LOSSES += PROBABILITY_LOSSES


def loss_name(loss):
    """Full name of a loss of Keras, be it given by a name, as a function or an object."""
    loss = keras.losses.get(loss) if isinstance(loss, str) else loss
    return getattr(getattr(loss, "fn", loss), "__name__", "")


def _check_finite(name, array):
    n_bad = np.sum(~np.isfinite(array)) if np.issubdtype(array.dtype, np.number) else 0
    if n_bad:
        raise ValueError(f"{name} must be finite; got {n_bad} NaN or infinite values")


def _checked_array(name, array):
    array = np.asarray(array)
    if array.ndim < 2 or array.size == 0:
        raise ValueError(
            f"{name} must have shape (n, ...) with n and all sides >= 1; "
            f"got shape {array.shape}"
        )
    if array.dtype == np.uint8:
        raise ValueError(
            f"{name} must be scaled to [0, 1]; got raw bytes from {array.min()} to "
            f"{array.max()} (divide by 255)"
        )
    _check_finite(name, array)
    return array


def _output_range(model):
    """Range of the last layer's activation, or no bound where it cannot be told."""
    model = getattr(model, "decoder", model)
    if not hasattr(model, "outputs"):  # a subclass, whose last layer could be any
        return -math.inf, math.inf
    last = model.layers[-1]
    if isinstance(last, keras.Model):
        return _output_range(last)
    name = getattr(getattr(last, "activation", None), "__name__", None)
    return OUTPUT_RANGES.get(name, (-math.inf, math.inf))


def _check_range(model, name, target, loss):
    low, high = _output_range(model)
    if loss in PROBABILITY_LOSSES:
        low, high = max(low, 0.0), min(high, 1.0)
    if target.min() < low or target.max() > high:
        raise ValueError(
            f"{name} must lie in [{low:g}, {high:g}], which the model's output and loss "
            f"can express; got values from {target.min():.4g} to {target.max():.4g}"
        )


def _check_shapes(model, name, x, target_name, target, loss):
    if len(x) != len(target):
        raise ValueError(
            f"{target_name} must have {len(x)} rows, as {name}; got {len(target)}"
        )
    try:
        output = model(x[:1])
    except Exception as error:
        raise ValueError(
            f"{name} must have a shape that the model takes; got {x.shape} ({error})"
        ) from error
    if loss in ELEMENTWISE_LOSSES and tuple(output.shape[1:]) != target.shape[1:]:
        raise ValueError(
            f"{target_name} must have the shape of the model's output, "
            f"(n, {str(tuple(output.shape[1:])).strip('(,)')}); got {target.shape}"
        )


def checked_data(model, part, x, target, loss):
    """Check the inputs and targets of one part of the data.

    Args:
        model: A Keras model.
        part: "train" or "val", for the messages.
        x: Inputs, or None.
        target: Wanted outputs; None for x itself.
        loss: Full name of the loss, as `loss_name` returns it.

    Returns:
        Inputs and targets as arrays, or None where `x` is None.

    Raises:
        ValueError: If one is empty, not finite, of a wrong shape or out of range.
    """
    if x is None:
        return None
    name, target_name = f"x_{part}", "target" if part == "train" else "target_val"
    x = _checked_array(name, x)
    target, target_name = (x, name) if target is None else (np.asarray(target), target_name)
    _check_finite(target_name, target)
    _check_shapes(model, name, x, target_name, target, loss)
    if loss in ELEMENTWISE_LOSSES:
        _check_range(model, target_name, _checked_array(target_name, target), loss)
    return x, target


def check_settings(epochs, batch_size, learning_rate, patience, x_val):
    """Refuse settings that make no sense; the arguments are those of `training.fit`."""
    counts = {"epochs": epochs, "batch_size": batch_size}
    counts |= {} if patience is None else {"patience": patience}
    for name, count in counts.items():
        whole = isinstance(count, numbers.Integral) and not isinstance(count, bool)
        if not whole or count < 1:
            raise ValueError(f"{name} must be an integer of at least 1; got {count!r}")
    if not (isinstance(learning_rate, numbers.Real) and 0 < learning_rate < math.inf):
        raise ValueError(f"learning_rate must be above 0 and finite; got {learning_rate!r}")
    if patience is not None and x_val is None:
        raise ValueError(f"patience={patience} stops on validation data; got x_val=None")
