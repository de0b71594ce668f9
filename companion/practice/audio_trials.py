"""Filters chosen on validation sounds, and networks trained from several seeds."""

import itertools

import keras
import numpy as np

from companion.practice import noise_filters
from companion.practice.frame_denoiser import (
    N_FEATURES,
    FrameDenoiser,
    denoise,
    inputs,
    targets,
)
from companion.practice.noises import noise
from companion.practice.spectrogram import N_BINS, mix, snr_db, sound_of, spectrum
from companion.training.again import TrainedAgain, draw_epochs

# What is tried on the validation sounds, for each filter.
CANDIDATES = {
    "spectral_subtraction": {
        "oversubtraction": (1.0, 2.0, 4.0, 6.0, 8.0),
        "floor": (0.0001, 0.001, 0.01),
    },
    "wiener": {"memory": (0.8, 0.9, 0.92, 0.94, 0.98), "least": (0.001, 0.003, 0.01, 0.03)},
    "hampel": {"width": (3, 5, 7), "threshold": (1.0, 1.5, 2.0, 3.0, 6.0)},
}


def disturb(clean, kinds, decibels, seed, voices):
    """Add noise to sounds, each with a kind and an SNR of its own, drawn evenly.

    Args:
        clean: Sounds, shape (n, n_samples).
        kinds: Names of `companion.practice.noises.KINDS` to draw from.
        decibels: The lowest and the highest SNR.
        seed: Seed of all draws.
        voices: What babble is made of, see `companion.practice.noises.noise`.

    Returns:
        Noisy sounds, shape (n, n_samples).
    """
    rng = np.random.default_rng(seed)
    made = np.concatenate(
        [
            noise(kinds[i % len(kinds)], 1, clean.shape[-1], rng, voices)
            for i in range(len(clean))
        ]
    )
    return mix(clean, made, rng.uniform(*decibels, size=len(clean)))


def filtered(name, noisy, **settings):
    """Clean sounds by a filter of `companion.practice.noise_filters`.

    Args:
        name: "spectral_subtraction", "wiener" or "hampel".
        noisy: Sounds that begin with a pause, shape (n, n_samples).
        settings: The filter's.

    Returns:
        Shape (n, n_samples).
    """
    if name == "hampel":
        return noise_filters.hampel(noisy, **settings)
    amplitudes = spectrum(noisy)
    power = noise_filters.noise_power(amplitudes)
    gain = getattr(noise_filters, name)(amplitudes, power, **settings)
    return sound_of(gain * amplitudes, noisy.shape[-1])


def choose(name, clean, noisy):
    """Return the filter's settings with the highest mean SNR.

    Args:
        name: As in `filtered`.
        clean: Validation sounds, shape (n, n_samples).
        noisy: The same with noise.

    Returns:
        A mapping, to be passed to `filtered`.
    """
    names, values = zip(*CANDIDATES[name].items(), strict=True)
    tried = [dict(zip(names, v, strict=True)) for v in itertools.product(*values)]
    return max(tried, key=lambda s: snr_db(clean, filtered(name, noisy, **s)).mean())


def train(model, clean, noisy, seeds, n_steps, learning_rate=2e-3, batch_size=64):
    """Train one model from several seeds.

    Args:
        model: A `companion.practice.frame_denoiser.FrameDenoiser`, changed in place.
        clean: Training sounds, shape (n, n_samples).
        noisy: The same with noise.
        seeds: One training for each, with its own weights and order of examples.
        n_steps: Updates of the weights; the rate falls along half a cosine to zero.
        learning_rate: At the first step.
        batch_size: Windows in a step.

    Yields:
        The model after each training.
    """
    x = inputs(noisy)[0].reshape(-1, N_FEATURES + N_BINS)
    y = targets(clean, noisy).reshape(len(x), -1)
    rate = keras.optimizers.schedules.CosineDecay(learning_rate, n_steps)
    trained = TrainedAgain(model, rate, "mse")
    for seed in seeds:
        fresh = FrameDenoiser(model.latent_dim, model.answer, model.hidden, seed)
        trained.begin(fresh.get_weights())
        rng = np.random.default_rng(seed)
        order = draw_epochs(len(x), n_steps * batch_size, rng)
        trained.steps.run(x, y, order, batch_size)
        yield model


def gains_db(models, clean, noisy_sets):
    """Measure what models add to the SNR of several sets of noisy sounds.

    Args:
        models: What `train` yields.
        clean: Test sounds, shape (n, n_samples).
        noisy_sets: Maps a name to the same sounds with noise.

    Returns:
        Maps each name to the gain in dB of every model and sound, (n_models, n).
    """
    found = {name: [] for name in noisy_sets}
    for model in models:
        for name, noisy in noisy_sets.items():
            gain = snr_db(clean, denoise(model, noisy)) - snr_db(clean, noisy)
            found[name].append(gain)
    return {name: np.array(gains) for name, gains in found.items()}
