"""Pre-training without labels: four tasks that make their own targets.

Digits on a canvas may stand in nine places, up to one pixel off the middle. Every task
trains the same encoder, D-96-48 with ReLU, on all training images in all places:

    plain        draw the image again
    denoising    draw it from the image plus noise
    masked       draw it from a part of its pixels
    contrastive  find, among all others, the same image in another place

Only the last task is told what does not matter, the place.
"""

from collections import namedtuple
from functools import lru_cache

import numpy as np

from companion import datasets
from companion.autoencoders.denoising import DenoisingAutoencoder
from companion.challenges.contrastive import ContrastiveModel
from companion.networks.checks import check_counts
from companion.networks.moved_images import in_every_place, on_canvas, shifted, shifts_of
from companion.training.again import TrainedAgain, draw_epochs

MARGIN = 1
HIDDEN = (96, 48)
BATCH_SIZE = 64
TASKS = ("plain", "denoising", "masked", "contrastive")
NOISE = 0.3  # standard deviation
HIDDEN_SHARE = 0.5  # of the pixels
LEARNING_RATE = 2e-3

World = namedtuple("World", "x number parts")


def moved_digits(margin=MARGIN, keep=None, seed=0):
    """Put the digits that ship with scikit-learn on a canvas, at random places.

    Args:
        margin: Pixels that a digit may move, in every direction.
        keep: Classes that stay among the unlabeled images; None for all.
        seed: Seed of the places.

    Returns:
        A `World`: `x`, unlabeled training images in every place, (n_places n, D);
        `number`, which image each of them shows; and `parts`, the images, each in one
        place, and classes of the training, validation and test part.
    """
    data, rng = datasets.load("digits"), np.random.default_rng(seed)
    pairs = [
        (on_canvas(getattr(data, f"x_{p}"), margin), getattr(data, f"y_{p}"))
        for p in ("train", "val", "test")
    ]
    images, classes = pairs[0]
    if keep is not None:
        images = images[np.isin(classes, keep)]
    x, number = in_every_place(images, np.arange(len(images)), margin)
    parts = [(placed(images, margin, rng), y) for images, y in pairs]
    return World(x.reshape(len(x), -1), number, parts)


def placed(images, margin, rng):
    """Move each image, (n, height, width, 1), to a random place; return rows (n, D)."""
    steps = [shift for d in range(margin + 1) for shift in shifts_of(d)]
    moved = np.stack([shifted(images, *step) for step in steps])
    chosen = rng.integers(len(steps), size=len(images))
    return moved[chosen, np.arange(len(images))].reshape(len(images), -1)


def everywhere(world, rows):
    """Show some training images, given by their rows in the training part, in all places.

    Args:
        world: A `World` that keeps all classes.
        rows: Numbers of images, (n,).

    Returns:
        Images (n_places n, D) and their classes.
    """
    shown = np.isin(world.number, rows)
    return world.x[shown], world.parts[0][1][world.number[shown]]


def pairs_of_views(world, rng):
    """Pair every image in every place with itself in a place drawn at random.

    Args:
        world: A `World`.
        rng: A `numpy.random.Generator`.

    Returns:
        Pairs of rows, (n_places n, 2, D).
    """
    n = world.number.max() + 1
    place = rng.integers(len(world.number) // n, size=len(world.number))
    return np.stack([world.x, world.x[place * n + world.number]], axis=1)


def build(task, n_features, seed=0, hidden_share=HIDDEN_SHARE):
    """Build the untrained model of a task.

    Args:
        task: One of `TASKS`, or "attraction", which is contrastive without negatives.
        n_features: D.
        seed: Seed of the weights and of the noise.
        hidden_share: Share of the pixels that the masked task hides.

    Returns:
        A Keras model with an `encode`.

    Raises:
        ValueError: If `task` is unknown.
    """
    if task in ("contrastive", "attraction"):
        negatives = task == "contrastive"
        return ContrastiveModel(n_features, HIDDEN, negatives=negatives, seed=seed)
    damage = {
        "plain": ("gaussian", 0.0),
        "denoising": ("gaussian", NOISE),
        "masked": ("masking", hidden_share),
    }
    if task not in damage:
        raise ValueError(f"task must be among {(*TASKS, 'attraction')}; got {task!r}")
    settings = {"hidden": HIDDEN[:-1], "activation": "relu", "seed": seed}
    return DenoisingAutoencoder(n_features, HIDDEN[-1], *damage[task], **settings)


def pretrain(task, world, seeds, n_steps, stops=(), **settings):
    """Train the encoder on one task, from several seeds.

    Args:
        task: As in `build`.
        world: A `World`.
        seeds: Seeds of the weights, the pairs and the order of the images.
        n_steps: Updates by Adam, each on 64 images or pairs.
        stops: Numbers of updates, below `n_steps`, after which the encoder is kept too.
        **settings: Further settings of `build`.

    Returns:
        runs: For each seed a list with one entry for each of `stops`, and one for the
            end: the model's weights, the encoder's first, and the mean loss since the
            entry before.

    Raises:
        ValueError: If `task` is unknown or a number of steps no count.
    """
    check_counts(n_steps=n_steps)
    ends, contrasts = [*stops, n_steps], task in ("contrastive", "attraction")
    trained, runs = _compiled(task, world.x.shape[1], **settings), []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        start = build(task, world.x.shape[1], seed, **settings)
        trained.begin(start.get_weights())
        if not contrasts:  # the noise begins anew too
            trained.model.noise_seed.state.assign(start.noise_seed.state)
        x = pairs_of_views(world, rng) if contrasts else world.x
        order, runs = draw_epochs(len(x), n_steps * BATCH_SIZE, rng), [*runs, []]
        for start, end in zip([0, *ends], ends, strict=False):
            rows = order[start * BATCH_SIZE : end * BATCH_SIZE]
            loss = trained.steps.run(x, x, rows, BATCH_SIZE)["loss"]
            runs[-1].append((trained.model.get_weights(), loss))
    return runs


@lru_cache(maxsize=8)
def _compiled(task, n_features, **settings):
    """Compile the model of a task once; every training begins it anew."""
    loss = None if task in ("contrastive", "attraction") else "mse"
    return TrainedAgain(build(task, n_features, **settings), LEARNING_RATE, loss)


def encoder(weights):
    """Return the function from rows of pixels to codes that a model has learned."""
    layers = _layers(weights)[: len(HIDDEN)]

    def encode(x):
        for kernel, bias in layers:
            x = np.maximum(x @ kernel + bias, 0.0)
        return x

    return encode


def projected(weights):
    """Return the function from pixels to what the contrastive loss compares."""
    encode, (hidden, last) = encoder(weights), _layers(weights)[len(HIDDEN) :]
    return lambda x: np.maximum(encode(x) @ hidden[0] + hidden[1], 0.0) @ last[0] + last[1]


def _layers(weights):
    return list(zip(weights[::2], weights[1::2], strict=True))
