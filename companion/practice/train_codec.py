"""Make the image model that ships with the package, from photographs of the dependencies.

    python -m companion.practice.train_codec FOLDER

Training draws tiles from five photographs (`companion.datasets.photographs`); neither the
validation photograph nor the test photograph is among them. Then the weights are rounded
to whole numbers once, and the tables are counted on the codes of the training
photographs.
"""

import sys
from pathlib import Path

import numpy as np
from keras import ops

from companion.datasets.photographs import COLOR_TRAIN, photograph
from companion.practice import transform
from companion.practice.entropy_model import N_TABLES, SCALES, EntropyModel, fit_tables
from companion.practice.exact_decoder import NETWORK_POINT, PATTERN_POINT
from companion.practice.forecasts import FORECASTER, POINT, Forecaster
from companion.practice.image_model import (
    PRICE,
    QUALITIES,
    SHIPPED,
    ImageModel,
    fixed_steps,
    to_fixed,
)
from companion.practice.shift_trials import Falling
from companion.training import seed_everything
from companion.training.again import TrainedAgain, draw_epochs

RECIPE = {
    "photographs": list(COLOR_TRAIN),
    "n_tiles": 750,
    "tile": 128,
    "batch_size": 4,
    "n_steps": 3000,
    "learning_rate": 3e-3,
    "width": 24,
    "counted_qualities": list(QUALITIES[::4]),
}


def tiles(images, n, size, seed):
    """Cut tiles at random places, turned and mirrored at random.

    Args:
        images: Whole images, each (height, width, 3), sides of at least `size`.
        n: Number of tiles.
        size: Side in pixels.
        seed: Seed of the draws, or a NumPy generator.

    Returns:
        float32, (n, size, size, 3).
    """
    rng = np.random.default_rng(seed)
    areas = np.array([image.shape[0] * image.shape[1] for image in images], dtype=float)
    found = np.empty((n, size, size, 3), dtype=np.float32)
    for i, which in enumerate(rng.choice(len(images), n, p=areas / areas.sum())):
        top, left = (rng.integers(side - size + 1) for side in images[which].shape[:2])
        tile = np.rot90(
            images[which][top : top + size, left : left + size], rng.integers(4)
        )
        found[i] = tile[:, ::-1] if rng.integers(2) else tile
    return found


def train(model, x, n_steps, batch_size, learning_rate, seed):
    """Train a model with a loss of its own, the rate falling to zero along a cosine.

    Args:
        model: A built Keras model, changed in place.
        x: Its examples.
        n_steps: Steps of Adam.
        batch_size: Examples in a step.
        learning_rate: Where the step size of Adam starts.
        seed: Seed of their order.
    """
    rate = Falling()
    rate.set(learning_rate, n_steps)
    order = draw_epochs(len(x), n_steps * batch_size, np.random.default_rng(seed))
    TrainedAgain(model, rate).steps.run(x, x, order, batch_size)


def trained_coder(images, seed, recipe=RECIPE):
    """Train a `LappedCoder` on tiles of images, from their principal components."""
    seed_everything(seed)
    model = transform.LappedCoder(width=recipe["width"], seed=seed)
    model.start_from(*transform.principal_start(images))
    x = tiles(images, recipe["n_tiles"], recipe["tile"], seed)
    settings = (recipe[k] for k in ("n_steps", "batch_size", "learning_rate"))
    train(model, x, *settings, seed)
    return model


def forecaster_arrays(rates):
    """Round the weights of a trained `CodeRates` to whole numbers, by name.

    Most of the file are the weights of channels at the same place, so that these keep two
    digits less.
    """
    found = rates.effective_weights()
    lower = to_fixed(found.pop("lower"), POINT - 2, np.int16) * np.int16(4)
    found = {name: to_fixed(weights, POINT, np.int16) for name, weights in found.items()}
    return found | {"lower": lower, "thresholds": to_fixed(SCALES, POINT, np.int32)}


def count_tables(arrays, coefficients, recipe=RECIPE):
    """Count the tables on the codes of whole images, twice: codes depend on tables.

    Args:
        arrays: Of `forecaster_arrays`.
        coefficients: One array (K, h, w) for each image.
        recipe: Names the qualities to count on.

    Returns:
        Frequencies, (N_TABLES, N_SYMBOLS), uint16.
    """
    forecaster = Forecaster(**{name: arrays[name].astype(float) for name in FORECASTER})
    fixed = fixed_steps()
    nothing = np.zeros(0, dtype=np.int64)
    frequencies = fit_tables(nothing, nothing)
    for price in (0.0, PRICE):
        found = []
        for quality in recipe["counted_qualities"]:
            for values in coefficients:
                model = EntropyModel(forecaster, frequencies)
                per_step = int(fixed["per_step"][quality])
                step = fixed["step"][quality] / 2.0**16
                codes, _ = model.choose(values / step, per_step, price)
                found.append(excesses(forecaster, codes, per_step))
        frequencies = fit_tables(
            *(np.concatenate(part) for part in zip(*found, strict=True))
        )
    return frequencies


def excesses(forecaster, codes, per_step):
    """What codes exceed their means by, and the numbers of their tables."""
    n_channels, *grid = codes.shape
    known = np.zeros((n_channels, codes[0].size + 1))
    known[:, :-1] = codes.reshape(n_channels, -1)
    found = [
        (known[k, places].astype(np.int64) - means, tables)
        for k, places, means, tables in forecaster.plan(
            known, tuple(grid), per_step, n_channels
        )
    ]
    return tuple(np.concatenate(part) for part in zip(*found, strict=True))


def to_image_model(model, images, about, recipe=RECIPE):
    """Round a trained `LappedCoder` to an `ImageModel` and count its tables.

    Args:
        model: The trained coder.
        images: The training photographs.
        about: What to tell in the file.
        recipe: Names the qualities to count on.
    """
    weights = model.patterns()
    arrays = {n: weights[n].astype(np.float32) for n in ("rows", "columns", "colors")}
    for name in ("rows_back", "columns_back", "colors_back"):
        arrays[name] = to_fixed(weights[name], PATTERN_POINT, np.int16)
    arrays["order"] = transform.channel_order().astype(np.uint8)
    for name in ("kernels", "biases", "tilts"):
        for i, array in enumerate(getattr(model, name)):
            array = ops.convert_to_numpy(array)
            arrays[f"{name}_{i}"] = to_fixed(array, NETWORK_POINT, np.int16)
    arrays |= forecaster_arrays(model.rates) | fixed_steps()
    arrays["frequencies"] = np.ones((N_TABLES, 1), np.uint16)
    unfinished = ImageModel(arrays, about)
    coefficients = [unfinished.analyze(image) for image in images]
    frequencies = count_tables(arrays, coefficients, recipe)
    return ImageModel(arrays | {"frequencies": frequencies}, about)


def main(folder, seed=0, recipe=RECIPE):
    """Train, round and write one model."""
    images = [photograph(name, gray=False) for name in COLOR_TRAIN]
    model = trained_coder(images, seed, recipe)
    about = {"maker": "companion.practice.train_codec", "seed": seed, "recipe": recipe}
    path = Path(folder) / SHIPPED.name
    to_image_model(model, images, about, recipe).save(path)
    print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
