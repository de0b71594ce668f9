"""Train cleaners of photographs from several seeds, and measure them on others' pictures.

Every network sees the same patches, the same noise and equally many updates for a seed;
a filter sees the same test photographs with the same noise.
"""

from dataclasses import dataclass
from functools import partial

import keras
import numpy as np

from companion.autoencoders.pca import PCA
from companion.metrics import psnr, ssim
from companion.practice import denoising_choices as choices
from companion.practice import denoising_rivals as rivals
from companion.practice.denoiser import denoise
from companion.practice.filling import fill
from companion.practice.photograph_noise import damaged, stabilized, unstabilized
from companion.training.again import TrainedAgain

# A network that is not told the level gets this one in its map, always.
UNTOLD = 0.15
VALIDATION_SEED = 100


@dataclass(frozen=True)
class Lesson:
    """What a network is trained on.

    Args:
        low: Smallest standard deviation of the noise, above 0; each patch has its own.
        high: Largest one.
        told: Whether the map holds the level, or always `UNTOLD`.
        n_steps: Updates of the weights.
        batch_size: Patches for an update.
        learning_rate: Of Adam, falling to zero along a cosine.
    """

    low: float
    high: float
    told: bool = True
    n_steps: int = 120
    batch_size: int = 8
    learning_rate: float = 2e-3


def examples(lesson, patches, n, rng):
    """Draw patches, turn and mirror them, and make each noisy in its own measure.

    Args:
        lesson: A `Lesson`.
        patches: Clean patches, shape (n_patches, side, side, 1).
        n: How many examples.
        rng: A `numpy.random.Generator`.

    Returns:
        Inputs, shape (n, side, side, 2), and clean targets, shape (n, side, side, 1).
    """
    clean = patches[rng.integers(len(patches), size=n), ..., 0]
    turns, mirrored = rng.integers(4, size=n), rng.random(n) < 0.5
    clean = np.stack([np.rot90(x, k) for x, k in zip(clean, turns, strict=True)])
    clean = np.where(mirrored[:, None, None], clean[:, :, ::-1], clean)
    # A density that falls with the square: else the largest amounts make up the loss.
    levels = 1.0 / rng.uniform(1.0 / lesson.high, 1.0 / lesson.low, size=(n, 1, 1))
    noise = rng.standard_normal(clean.shape, dtype=np.float32)
    told = np.broadcast_to(levels if lesson.told else UNTOLD, clean.shape)
    x = np.stack([clean + levels * noise, told], axis=-1)
    return x.astype(np.float32), clean[..., np.newaxis]


def trained(make, lesson, patches, seeds):
    """Train one kind of network from several seeds, compiled once.

    Args:
        make: Maps a seed to a network with fresh weights.
        lesson: A `Lesson`.
        patches: Clean patches, shape (n, side, side, 1).
        seeds: Seeds of weights, patches and noise.

    Returns:
        Trained networks, one for each seed.
    """
    models = [make(seed) for seed in seeds]
    rate = keras.optimizers.schedules.CosineDecay(lesson.learning_rate, lesson.n_steps)
    again, weights = TrainedAgain(models[0], rate, loss="mse"), []
    fresh = [model.get_weights() for model in models]
    n = lesson.n_steps * lesson.batch_size
    for seed, start in zip(seeds, fresh, strict=True):
        rng = np.random.default_rng(seed)
        x, target = examples(lesson, patches, n, rng)
        again.begin(start)
        again.steps.run(x, target, np.arange(n), lesson.batch_size)
        weights.append(models[0].get_weights())
    for model, values in zip(models, weights, strict=True):
        model.set_weights(values)
    return models


def damaged_scenes(clean, kind, amount, seed=0):
    """Damage test photographs, each with noise of its own that is always the same.

    Args:
        clean: Photographs, shape (n, height, width, 1).
        kind: "gaussian", "salt_and_pepper" or "masking".
        amount: Standard deviation, or share of pixels that are hit.
        seed: Seed of the noise.

    Returns:
        Noisy photographs and their maps, both shaped as clean.
    """
    rngs = np.random.default_rng(seed).spawn(len(clean))
    pairs = [damaged(x, kind, amount, rng) for x, rng in zip(clean, rngs, strict=True)]
    noisy, known = (np.stack(parts) for parts in zip(*pairs, strict=True))
    return noisy, known


def cleaned(model, noisy, level=None):
    """Clean several photographs; `level` is their maps, one number, or None to estimate."""
    levels = [level] * len(noisy) if np.ndim(level) == 0 else level
    return np.stack([denoise(model, y, k) for y, k in zip(noisy, levels, strict=True)])


def filled_in(model, noisy, known):
    """Fill several photographs in rounds, with a network as the cleaner."""
    pairs = zip(noisy[..., 0], known[..., 0], strict=True)
    whole = [fill(partial(denoise, model), y, k) for y, k in pairs]
    return np.stack(whole)[..., np.newaxis]


def filled_by(way, noisy, known):
    """Fill several photographs in rounds, with a filter of `ROUNDS` as the cleaner."""
    setting, *levels = choices.ROUNDS[way]

    def clean(x, level):
        return way(x, np.full_like(x, level), setting)

    pairs = zip(noisy[..., 0], known[..., 0], strict=True)
    return np.stack([fill(clean, y, k, *levels) for y, k in pairs])[..., np.newaxis]


def filtered(way, setting, noisy, known):
    """Apply a filter of `companion.practice.denoising_rivals` to several photographs."""
    images = [way(y[..., 0], k[..., 0], setting) for y, k in zip(noisy, known, strict=True)]
    return np.clip(np.stack(images), 0.0, 1.0)[..., np.newaxis].astype(np.float32)


def evened(way, setting, noisy, photons, read):
    """Filter a camera's photographs where their noise is even, and transform them back.

    Args:
        way: A filter that is told the noise level.
        setting: Its setting.
        noisy: Photographs, shape (n, height, width, 1).
        photons: As in `companion.practice.photograph_noise.camera`.
        read: As there.

    Returns:
        The cleaned photographs, in [0, 1].
    """
    even = stabilized(noisy[..., 0], photons, read)
    clean = np.stack([way(y, np.ones_like(y), setting) for y in even])
    whole = np.clip(unstabilized(clean, photons, read), 0.0, 1.0)
    return whole[..., np.newaxis].astype(np.float32)


def each_psnr(clean, estimates):
    """Peak signal-to-noise ratio of each photograph in dB, shape (n,)."""
    pairs = zip(clean, estimates, strict=True)
    return np.array([psnr(x[None], x_hat[None]) for x, x_hat in pairs])


def draws(clean, kind, amount, seeds):
    """Damage the same photographs once for each seed, as `damaged_scenes` does."""
    return [damaged_scenes(clean, kind, amount, seed) for seed in seeds]


def best_filters(kind, amount, validation, examples):
    """Tune all filters on validation photographs, and apply them to damaged photographs.

    Args:
        kind: "gaussian", "salt_and_pepper" or "masking".
        amount: Standard deviation, or share of pixels that are hit.
        validation: Clean photographs to choose on, shape (n, height, width, 1).
        examples: Pairs of noisy photographs and maps to answer for, as of `draws`.

    Returns:
        answers: By name of the filter, estimates for each of the examples.
        settings: The chosen settings, by name.
    """
    damaged_val = damaged_scenes(validation, kind, amount, VALIDATION_SEED)
    chosen = choices.tuned(kind, validation, *damaged_val) | {rivals.nothing: None}
    names = {way: way.__name__.replace("_", " ") for way in chosen}
    answers = {names[w]: [filtered(w, s, *e) for e in examples] for w, s in chosen.items()}
    return answers, {names[w]: s for w, s in chosen.items() if s is not None}


def block_pca(patches, n_components, side=8):
    """Fit principal components to square blocks of patches.

    Args:
        patches: Clean patches, shape (n, height, width, 1), sides divisible by `side`.
        n_components: Numbers kept for each block.
        side: Of a block, in pixels.

    Returns:
        A function that projects images, shaped as patches, block by block.
    """

    def blocks(images):
        n, height, width = images.shape[:3]
        grid = images.reshape(n, height // side, side, width // side, side)
        return grid.swapaxes(2, 3)

    pca = PCA(n_components).fit(blocks(patches).reshape(-1, side * side))

    def project(images):
        cut = blocks(images)
        found = pca.reconstruct(cut.reshape(-1, side * side)).reshape(cut.shape)
        whole = np.clip(found.swapaxes(2, 3).reshape(images.shape), 0.0, 1.0)
        return whole.astype(np.float32)

    return project


def mean_psnr(clean, answers):
    """Mean over photographs of `each_psnr`, one number for each batch of estimates."""
    return [each_psnr(clean, x_hat).mean() for x_hat in answers]


def quality(clean, answers):
    """Measure the answers of several seeds, or of one filter.

    Args:
        clean: Photographs, shape (n, height, width, 1).
        answers: Estimates of them, one batch for each seed.

    Returns:
        "PSNR in dB" and "SSIM", averaged over photographs, one number for each seed.
    """
    return {
        "PSNR in dB": mean_psnr(clean, answers),
        "SSIM": [ssim(clean, x_hat) for x_hat in answers],
    }
