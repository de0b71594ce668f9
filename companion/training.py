"""Reproducible training in Keras: seeds, input checks, progress, early stopping.

`fit` is the one way in which the chapters train a Keras model. It refuses bad data
before any work, runs many steps for each call into the backend, and returns the history
as plain lists. Call `seed_everything` first: the order of the batches is drawn from it.
"""

import logging
import math
import numbers

import keras
import numpy as np
from tqdm import tqdm

# TensorFlow warns on stderr when several models are trained in one process.
logging.getLogger("tensorflow").setLevel(logging.ERROR)

# Steps of training run in one call into the backend: for small models the call costs
# more than the arithmetic.
STEPS_PER_EXECUTION = 32

# What an output activation can reach; a target outside can never be reproduced.
OUTPUT_RANGES = {"sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "tanh": (-1.0, 1.0)}
OUTPUT_RANGES |= {"relu": (0.0, math.inf), "softplus": (0.0, math.inf)}

# Losses that compare prediction and target entry by entry, so that the shapes must agree.
PROBABILITY_LOSSES = ("binary_crossentropy", "binary_focal_crossentropy")
ELEMENTWISE_LOSSES = ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh")
ELEMENTWISE_LOSSES += PROBABILITY_LOSSES


def seed_everything(seed):
    """Seed Python, NumPy and Keras, and ask the backend for deterministic operations.

    Args:
        seed: A non-negative integer.

    Returns:
        rng: A `numpy.random.Generator` with the same seed, for the caller's own draws.

    Raises:
        ValueError: If `seed` is not a non-negative integer.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ValueError(f"seed must be a non-negative integer; got {seed!r}")
    keras.utils.set_random_seed(int(seed))
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    elif keras.backend.backend() == "torch":
        import torch

        torch.use_deterministic_algorithms(True)
    return np.random.default_rng(seed)


class _Progress(keras.callbacks.Callback):
    """One line of tqdm for a whole training; silent where TQDM_DISABLE is set."""

    def on_train_begin(self, logs=None):
        self.bar = tqdm(total=self.params["epochs"], unit="epoch")

    def on_epoch_end(self, epoch, logs=None):
        self.bar.set_postfix({name: f"{value:.3g}" for name, value in logs.items()})
        self.bar.update()

    def on_train_end(self, logs=None):
        self.bar.close()


def _loss_name(loss):
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


def _checked_data(model, part, x, target, loss):
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


def _check_settings(epochs, batch_size, learning_rate, patience, x_val):
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


def fit(
    model,
    x_train,
    *,
    target=None,
    x_val=None,
    target_val=None,
    epochs,
    batch_size=64,
    learning_rate=1e-3,
    loss="mse",
    patience=None,
):
    """Check the data, then compile with Adam and train.

    Args:
        model: A Keras model, changed in place.
        x_train: Inputs, shape (n, ...); images scaled to what the output can reach.
        target: Wanted outputs; by default x_train itself, as for an autoencoder.
        x_val: Validation inputs, or None.
        target_val: Their wanted outputs; by default x_val itself.
        epochs: Passes over the data, at most.
        batch_size: Examples in a step.
        learning_rate: Step size of Adam.
        loss: A Keras loss; None for a model with a `compute_loss` of its own.
        patience: With it, training stops after this many epochs without a lower
            validation loss, and the weights of the best epoch are restored.

    Returns:
        history: A dictionary of lists, one number for each epoch: "loss", and
            "val_loss" where x_val is given.

    Raises:
        ValueError: Before training, if an array is empty, not finite, of a shape that
            does not fit, or outside the range of the model's output; or if a setting
            makes no sense.
    """
    _check_settings(epochs, batch_size, learning_rate, patience, x_val)
    x_train, target = _checked_data(model, "train", x_train, target, _loss_name(loss))
    validation = _checked_data(model, "val", x_val, target_val, _loss_name(loss))

    callbacks = [_Progress()]
    if patience is not None:
        stop = {"patience": patience, "mode": "min", "restore_best_weights": True}
        callbacks.append(keras.callbacks.EarlyStopping("val_loss", **stop))
    on_torch = keras.backend.backend() == "torch"
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=loss,
        steps_per_execution=1 if on_torch else STEPS_PER_EXECUTION,
        jit_compile="auto",
    )
    history = model.fit(
        x_train,
        target,
        validation_data=validation,
        epochs=int(epochs),
        batch_size=int(batch_size),
        callbacks=callbacks,
        verbose=0,
    )
    return {name: [float(v) for v in values] for name, values in history.history.items()}


def dead_units(activations, threshold=0.0):
    """Find the units that answer to no example.

    Args:
        activations: Outputs of a layer, shape (n, n_units).
        threshold: A unit is dead if its largest output is not above this.

    Returns:
        Boolean array, shape (n_units,): True where the unit never exceeds the threshold.

    Raises:
        ValueError: If `activations` is not a table with at least one row.
    """
    activations = np.asarray(activations)
    if activations.ndim != 2 or len(activations) == 0:
        raise ValueError(
            f"activations must have shape (n, n_units), n >= 1; got {activations.shape}"
        )
    return activations.max(axis=0) <= threshold
