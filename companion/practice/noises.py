"""Kinds of noise that disturb a sound: hiss, rumble, hum, crackle and other voices."""

import numpy as np

from companion.datasets.voices import RATE

KINDS = ("white", "pink", "hum", "crackle", "babble")
N_TALKERS = 6


def noise(kind, n, n_samples, rng, voices=None):
    """Make noises of one kind.

    Args:
        kind: "white" (all frequencies alike), "pink" (power falls as 1 / frequency),
            "hum" (50 Hz and its harmonics), "crackle" (rare clicks) or "babble" (six
            other voices at once, each begun at a random place).
        n: How many.
        n_samples: Samples of each.
        rng: A `numpy.random.Generator`.
        voices: Sounds to take the babble from, shape (n_voices, n_samples).

    Returns:
        Shape (n, n_samples).

    Raises:
        ValueError: If `kind` is unknown, or babble has no voices to take.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {KINDS}; got {kind!r}")
    if kind == "babble" and voices is None:
        raise ValueError("voices must be given for babble; got None")
    if kind == "hum":
        t = np.arange(n_samples) / RATE
        phases = rng.uniform(0.0, 2.0 * np.pi, size=(n, 8, 1))
        harmonics = np.arange(1, 9)[:, np.newaxis]
        return np.sum(np.sin(2 * np.pi * 50.0 * harmonics * t + phases) / harmonics, axis=1)
    if kind == "crackle":
        clicks = rng.random((n, n_samples)) < 0.005
        return clicks * rng.normal(size=(n, n_samples))
    if kind == "babble":
        talkers = voices[rng.integers(len(voices), size=(n, N_TALKERS))]
        begins = rng.integers(n_samples, size=(n, N_TALKERS))
        turned = (begins[..., np.newaxis] + np.arange(n_samples)) % n_samples
        return np.take_along_axis(talkers, turned, axis=-1).sum(axis=1)
    white = rng.normal(size=(n, n_samples))
    if kind == "white":
        return white
    frequencies = np.fft.rfftfreq(n_samples, 1.0 / RATE)
    scale = 1.0 / np.sqrt(np.maximum(frequencies, 20.0))
    return np.fft.irfft(np.fft.rfft(white) * scale, n_samples)
