"""What is timed on each backend: the companion, plain Keras, and a loop by hand.

A variant is a function of a model, its data and `after_epoch`, which it calls with the
loss after every epoch. It trains for `EPOCHS` epochs, or until
`after_epoch` raises.
"""

import importlib

import keras

from companion import training
from reproductions.bench import BATCH_SIZE, EPOCHS, LEARNING_RATE
from reproductions.bench.networks import layers_of, pairs


class _Bar:
    """Stands for the progress bar of `companion.training.fit`, which moves every epoch."""

    def __init__(self, after_epoch):
        self.after_epoch = after_epoch

    def set_postfix(self, logs):
        self.loss = float(logs["loss"])

    def update(self):
        self.after_epoch(self.loss)

    def close(self):
        pass


def companion_fit(model, x, after_epoch):
    """Train through `companion.training.fit`."""
    training.tqdm = lambda **settings: _Bar(after_epoch)
    settings = {"batch_size": BATCH_SIZE, "learning_rate": LEARNING_RATE}
    training.fit(model, x, epochs=EPOCHS, **settings)


def plain_keras(model, x, after_epoch):
    """Train with `compile` and `fit` of Keras, all other settings left as they are."""
    after = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: after_epoch(logs["loss"])
    )
    model.compile(keras.optimizers.Adam(LEARNING_RATE), loss="mse")
    settings = {"batch_size": BATCH_SIZE, "callbacks": [after], "verbose": 0}
    model.fit(x, x, epochs=EPOCHS, **settings)


def by_hand(library):
    """Return the variant that trains with the loop written in one library."""

    def train(model, x, after_epoch):
        loop = importlib.import_module(f"reproductions.bench.loop_{library}")
        loop.train(layers_of(model), pairs(model), x, EPOCHS, after_epoch)

    return train


VARIANTS = {
    "companion": companion_fit,
    "plain Keras": plain_keras,
    "tf.function, XLA": by_hand("tensorflow"),
    "scan, jitted": by_hand("jax"),
    "loop, fused Adam": by_hand("torch"),
    "companion.networks.mlp": by_hand("numpy"),
}
