"""Generated voices: syllables of a synthetic speaker, whose clean sound is known.

A voice is a source and a filter. The source is a pulse train with a gliding pitch in the
voiced parts, and noise in the hissed parts; the filter is a row of three resonances, the
formants, that glide from one vowel's to the next's::

    y[t] = x[t] + 2 r cos(2 pi F / rate) y[t - 1] - r**2 y[t - 2],    r = exp(-pi B / rate)

for a formant at F Hz of bandwidth B Hz. It is no recorded speech: no words, no room, and
hisses in place of consonants. Its use is that the clean sound is exactly known.
"""

import numpy as np
from scipy.signal import lfilter

from companion.datasets import Dataset

RATE = 8000  # samples in a second
N_SAMPLES = 8192
BLOCK = 64  # samples in which the filter stands still, 8 ms
BANDWIDTHS_HZ = (60.0, 90.0, 150.0)
# F1, F2, F3 of ten vowels of men, Peterson and Barney (1952), table II.
FORMANTS_HZ = np.array(
    [
        (270, 2290, 3010),
        (390, 1990, 2550),
        (530, 1840, 2480),
        (660, 1720, 2410),
        (730, 1090, 2440),
        (570, 840, 2410),
        (440, 1020, 2240),
        (300, 870, 2240),
        (640, 1190, 2390),
        (490, 1350, 1690),
    ],
    dtype=float,
)
SIZES = (300, 60, 60)


def voices():
    """Sounds of 1.02 s at 8 kHz, each of another synthetic speaker with 3 to 5 syllables.

    Returns:
        A `Dataset`; x is the clean sound, (n, 8192), its largest value 0.5; y is the mean
        pitch in Hz, (n, 1). `truth` holds the rate.

    Source:
        Formants: Peterson and Barney (1952), doi:10.1121/1.1906875. Resonators in a row:
        Klatt (1980), doi:10.1121/1.383940.
    """
    parts = []
    for i, n in enumerate(SIZES):
        spoken = [speak(np.random.default_rng([7, i, k])) for k in range(n)]
        sounds, pitches = zip(*spoken, strict=True)
        parts += [np.array(sounds, np.float32), np.array(pitches, np.float32)[:, None]]
    return Dataset(
        *parts,
        name="voices",
        source="made by companion.datasets.voices, formants of Peterson and Barney (1952)",
        license="made by this course",
        truth={"rate_hz": RATE},
    )


def speak(rng):
    """Make one sound.

    Args:
        rng: A `numpy.random.Generator`.

    Returns:
        sound: Shape (8192,), float32, largest absolute value 0.5.
        pitch_hz: The mean pitch of the speaker.
    """
    pitch_hz = rng.uniform(90.0, 260.0)
    tract = rng.uniform(0.95, 1.2)  # a shorter tract raises all formants
    loud, hiss, formants = _syllables(rng, tract)
    wobble = np.cumsum(rng.normal(size=N_SAMPLES // BLOCK)) * 0.01
    pitch = pitch_hz * np.exp(np.interp(np.arange(N_SAMPLES), _centers(), wobble))
    pulses = np.diff(np.floor(np.cumsum(pitch) / RATE), prepend=0.0)
    source = loud * ((1.0 - hiss) * pulses + 0.05 * hiss * rng.normal(size=N_SAMPLES))
    sound = _filter(source, formants)
    return (0.5 * sound / np.abs(sound).max()).astype(np.float32), pitch_hz


def _centers():
    return BLOCK * (np.arange(N_SAMPLES // BLOCK) + 0.5)


def _syllables(rng, tract):
    """Loudness and share of hiss of every sample, and the formants of every block."""
    n = rng.integers(3, 6)
    # A pause of an eighth of the sound comes first; syllables share the rest.
    edges = np.linspace(N_SAMPLES // 8, N_SAMPLES, n + 1).astype(int)
    loud, hiss = np.zeros(N_SAMPLES), np.zeros(N_SAMPLES)
    times, vowels = [], []
    for start, end in zip(edges[:-1], edges[1:], strict=True):
        length = int((end - start) * rng.uniform(0.7, 0.95))
        loud[start : start + length] = np.hanning(length) ** 0.5 * rng.uniform(0.5, 1.0)
        hiss[start : start + length // 4] = rng.integers(2)
        times += [start, start + length]
        vowels += list(FORMANTS_HZ[rng.integers(len(FORMANTS_HZ), size=2)])
    formants = [np.interp(_centers(), times, column) for column in np.array(vowels).T]
    return loud, hiss, tract * np.array(formants)


def _filter(source, formants):
    """Pass the source through three resonators, block by block."""
    sound = source
    for bandwidth, centers in zip(BANDWIDTHS_HZ, formants, strict=True):
        r, state, blocks = np.exp(-np.pi * bandwidth / RATE), np.zeros(2), []
        for f, block in zip(centers, sound.reshape(-1, BLOCK), strict=True):
            a = [1.0, -2.0 * r * np.cos(2.0 * np.pi * f / RATE), r * r]
            out, state = lfilter([1.0], a, block, zi=state)
            blocks.append(out)
        sound = np.concatenate(blocks)
    return sound
