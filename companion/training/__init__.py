"""Reproducible training in Keras: seeds, input checks, progress, early stopping.

`fit` is the one way in which the chapters train a Keras model. It refuses bad data
before any work, takes the fastest settings of the backend (`companion.training.engine`),
and returns the history as plain lists. Call `seed_everything` first: the order of the
batches is drawn from it.
"""

import logging
import random
import warnings

import keras
import numpy as np
from tqdm import tqdm

from companion.training.checks import check_settings, checked_data, loss_name
from companion.training.engine import adam, jit_compile, steps_per_execution
from companion.training.steps import Steps, in_memory

# TensorFlow warns on stderr when several models are trained in one process.
logging.getLogger("tensorflow").setLevel(logging.ERROR)


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
    check_settings(epochs, batch_size, learning_rate, patience, x_val)
    x_train, target = checked_data(model, "train", x_train, target, loss_name(loss))
    validation = checked_data(model, "val", x_val, target_val, loss_name(loss))

    callbacks = [_Progress()]
    if patience is not None:
        stop = {"patience": patience, "mode": "min", "restore_best_weights": True}
        callbacks.append(keras.callbacks.EarlyStopping("val_loss", **stop))
    with warnings.catch_warnings():
        # Keras goes on uncompiled where a layer cannot be compiled, or where operations
        # must be deterministic, as after `seed_everything`: that is what is wanted.
        warnings.filterwarnings("ignore", "Model doesn't support `jit_compile")
        model.compile(
            optimizer=adam(learning_rate),
            loss=loss,
            steps_per_execution=steps_per_execution(),
            jit_compile=jit_compile(model, len(x_train), epochs),
        )
    model.optimizer.build(model.trainable_variables)
    callbacks = keras.callbacks.CallbackList(callbacks, model=model, epochs=int(epochs))
    return _train(model, (x_train, target), validation, int(batch_size), callbacks)


def _train(model, data, validation, batch_size, callbacks):
    """Train and measure in turns; one rng, seeded by `seed_everything`, draws the order."""
    train, measure = Steps(model), Steps(model, training=False)
    data = in_memory(*data)
    rng, history = np.random.default_rng(random.getrandbits(64)), {}
    model.stop_training = False
    callbacks.on_train_begin()
    for epoch in range(callbacks.params["epochs"]):
        callbacks.on_epoch_begin(epoch)
        logs = train.run(*data, rng.permutation(len(data[0])), batch_size)
        if validation is not None:
            found = measure.run(*validation, np.arange(len(validation[0])), batch_size)
            logs |= {f"val_{name}": value for name, value in found.items()}
        for name, value in logs.items():
            history.setdefault(name, []).append(float(value))
        callbacks.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    callbacks.on_train_end()
    return history


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
