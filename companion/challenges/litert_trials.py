"""Four small autoencoders, each trained from several seeds and stored in four ways."""

from typing import NamedTuple

import numpy as np

from companion import datasets, metrics
from companion.autoencoders.convolutional import ConvolutionalAutoencoder
from companion.autoencoders.dense import DenseAutoencoder
from companion.autoencoders.pca import PCA, MeanPredictor
from companion.challenges import litert
from companion.training.again import TrainedAgain

LATENT_DIM = {"digits": 8, "photographs_gray": 16}
HIDDEN = {"digits": 64, "photographs_gray": 128}
FORMATS = litert.KINDS[:4]
# A stored change is stated as a bound, because near zero its digits mean nothing.
BOUNDS = (0.02, 0.05, 0.1, 0.5)


class Trial(NamedTuple):
    """What one network on one data set leaves behind.

    Args:
        x_train: Training examples, as the network takes them.
        x_test: Test examples.
        model: The Keras model, with the weights of the last seed.
        weights: Its weights for each seed.
        files: Maps each format to its files, one for each seed.
    """

    x_train: np.ndarray
    x_test: np.ndarray
    model: object
    weights: list
    files: dict


def build(data, kind, shape, seed):
    """Build an autoencoder for a data set: "dense" or "convolutional"."""
    if kind == "dense":
        width = int(np.prod(shape))
        return DenseAutoencoder(width, LATENT_DIM[data], (HIDDEN[data],), seed=seed)
    return ConvolutionalAutoencoder(shape, LATENT_DIM[data], (8, 16), seed=seed)


def draw(x, n, seed=0):
    """Draw n of the examples at random, so that they come from all of the data."""
    return x[np.random.default_rng(seed).choice(len(x), n, replace=False)]


def train_and_convert(data, kind, seeds, n_steps=600, n_examples=1000):
    """Train one autoencoder from several seeds, and convert each to every format.

    Args:
        data: Name of a data set of images.
        kind: "dense" or "convolutional".
        seeds: Seeds of the initial weights and of the order of examples.
        n_steps: Steps of Adam on batches of 32 with the learning rate 0.003.
        n_examples: Training examples, drawn at random, to measure ranges on for int8.

    Returns:
        A `Trial`.

    Raises:
        ValueError: If `kind` or `data` is unknown.
    """
    if kind not in ("dense", "convolutional"):
        raise ValueError(f"kind must be dense or convolutional; got {kind!r}")
    if data not in LATENT_DIM:
        raise ValueError(f"data must be among {', '.join(LATENT_DIM)}; got {data!r}")
    loaded = datasets.load(data)
    shape = loaded.x_train.shape[1:]
    loaded = loaded.flat() if kind == "dense" else loaded
    x_train, x_test = (x.astype("float32") for x in (loaded.x_train, loaded.x_test))
    model = build(data, kind, shape, seeds[0])
    trainer, weights = TrainedAgain(model, 3e-3, "mse"), []
    files = {name: [] for name in FORMATS}
    for seed in seeds:
        trainer.begin(build(data, kind, shape, seed).get_weights())
        weights.append(trainer.train(x_train, n_steps, 32, np.random.default_rng(seed)))
        examples, frozen = draw(x_train, n_examples, seed), litert.freeze(model)
        for name in FORMATS:
            files[name].append(litert.convert(model, name, examples, frozen))
    return Trial(x_train, x_test, model, weights, files)


def errors(trial):
    """Test MSE of every format, one value for each seed, and of the two baselines."""
    flat, test = (x.reshape(len(x), -1) for x in (trial.x_train, trial.x_test))
    baselines = {"mean": MeanPredictor(), "PCA": PCA(trial.model.latent_dim)}
    found = {
        name: [metrics.mse(test, model.fit(flat).reconstruct(test))]
        for name, model in baselines.items()
    }
    for name, files in trial.files.items():
        found[name] = [
            metrics.mse(trial.x_test, litert.reconstruct(file, trial.x_test))
            for file in files
        ]
    return found


def change_bound(found, name):
    """Bound the change of the MSE by a format: the first of `BOUNDS` that no seed exceeds.

    Args:
        found: What `errors` returned.
        name: The format.

    Returns:
        A share of the MSE of float32; infinite beyond the last bound.
    """
    changes = np.abs(np.divide(found[name], found["float32"]) - 1)
    return next((bound for bound in BOUNDS if changes.max() <= bound), float("inf"))


def size_ratios(trial):
    """Bytes of the float32 file over those of each format, for the first seed."""
    sizes = {name: len(files[0]) for name, files in trial.files.items()}
    return {name: sizes["float32"] / size for name, size in sizes.items()}


def error_with_examples(trial, seed_index, examples):
    """Test MSE of an int8 file whose ranges were measured on given examples.

    Args:
        trial: A `Trial`; its model takes the weights.
        seed_index: Which of the trained weights to take.
        examples: Inputs, shape (n, ...).
    """
    trial.model.set_weights(trial.weights[seed_index])
    file = litert.convert(trial.model, "int8", examples)
    return metrics.mse(trial.x_test, litert.reconstruct(file, trial.x_test))


def times(trial, batch, n_times=30):
    """Time of an example by format, in microseconds of the clock, on one thread.

    Args:
        trial: A `Trial`.
        batch: Examples in a run.
        n_times: Runs, of which the median counts.

    Returns:
        Maps each format to its time.
    """
    found = {}
    for name, files in trial.files.items():
        runner = litert.Runner(files[0], (batch, *trial.x_test.shape[1:]))
        inputs = runner.prepare(trial.x_test[:batch])
        found[name] = litert.seconds(runner, inputs, n_times) / batch * 1e6
    return found
