"""A paper so small that it runs in seconds: a VAE on the digits, with baselines."""

from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np

from companion import datasets
from companion.autoencoders.variational import VAE
from companion.metrics import squared_error_per_example
from reproductions.claims import Claim, Paper

EPOCHS = 3
PAPER = Paper(
    name="toy",
    key="hinton2006reducing",
    where="nowhere",
    dataset="digits",
    claim=Claim("squared error", 3.0, "squared error per image", 0.0, 100.0),
    recipe={"hidden": [8], "epochs": EPOCHS},
    epochs=EPOCHS,
    budget_cpu_minutes=1,
    also={"code": Claim("size of the code", 2.0, "units", 0.0, 1.0)},
)


class Interruption(Exception):
    """Stands for a kill or a power cut."""


def train(progress, seed, before_epoch=lambda epoch: None, epochs=EPOCHS):
    """Train a VAE, whose noise and optimizer have a state; return all of its state."""
    x_train = datasets.load("digits").flat().x_train[:200]
    model = VAE(x_train.shape[1], 2, hidden=(8,), seed=seed)
    schedule = keras.optimizers.schedules.CosineDecay(1e-2, 21)
    optimizer = keras.optimizers.Adam(schedule)
    epochs_begun = iter(range(epochs))

    def epoch_data(rng):
        before_epoch(next(epochs_begun))
        x = x_train[rng.permutation(len(x_train))]
        return x, x

    progress.fit(
        "vae", model, epoch_data, epochs=epochs, batch_size=32, optimizer=optimizer
    )
    state = [*model.variables, *optimizer.variables]
    return model, [keras.ops.convert_to_numpy(variable) for variable in state]


def module(before_epoch=lambda seed, epoch: None, paper=PAPER, source=__file__):
    """Return the toy paper as the runner sees a module, and the seeds that were run."""
    seeds = []

    def run(seed, progress):
        seeds.append(seed)
        model, _ = train(progress, seed, lambda epoch: before_epoch(seed, epoch))
        x_test = datasets.load("digits").flat().x_test
        x_hat = model.decode(model.encode(x_test))
        error = squared_error_per_example(x_test, keras.ops.convert_to_numpy(x_hat))
        return error, {"code": 2.0, "largest pixel": np.max(x_hat)}

    made = SimpleNamespace(PAPER=paper, run=run, baselines=lambda: {"nothing": 1.0})
    made.__file__ = str(Path(source))
    return made, seeds
