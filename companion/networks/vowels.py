"""Synthetic vowels: a buzzing source, a filter with three resonances. In Hz and ms.

The folds of the larynx make a tone with all harmonics of a fundamental f0; the tract above
them strengthens the harmonics near its resonances, the *formants* F1, F2, F3. Here::

    sound(t) = sum over k of  (1 / k) |H(k f0)| cos(2 pi k f0 t + phase_k)  +  noise
    |H(f)|   = product over j of  F_j**2 / sqrt((F_j**2 - f**2)**2 + (B_j f)**2)

with harmonics up to half the sampling rate. It is a generator, not recorded speech: no
consonants, no movement, no room. The formants are averages measured on speakers, and the
speakers drawn here scatter around them.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from companion.networks import checks

VOWELS = ("heed", "hid", "head", "had", "hod", "hawed", "hood", "who'd", "hud", "heard")
# Averages of Peterson and Barney (1952), doi:10.1121/1.1906875, table II: F1, F2, F3.
FORMANTS_HZ = {
    "men": (
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
    ),
    "women": (
        (310, 2790, 3310),
        (430, 2480, 3070),
        (610, 2330, 2990),
        (860, 2050, 2850),
        (850, 1220, 2810),
        (590, 920, 2710),
        (470, 1160, 2680),
        (370, 950, 2670),
        (760, 1400, 2780),
        (500, 1640, 1960),
    ),
    "children": (
        (370, 3200, 3730),
        (530, 2730, 3600),
        (690, 2610, 3570),
        (1010, 2320, 3320),
        (1030, 1370, 3170),
        (680, 1060, 3180),
        (560, 1410, 3310),
        (430, 1170, 3260),
        (850, 1590, 3360),
        (560, 1820, 2160),
    ),
}
# Round values near the same authors' means over their vowels.
PITCH_HZ = {"men": 130.0, "women": 220.0, "children": 265.0}
BANDWIDTHS_HZ = np.array([60.0, 90.0, 150.0])  # chosen; they set how sharp the peaks are
SAMPLING_HZ = 8000
DURATION_MS = 64
N_BANDS = 64


@dataclass(frozen=True)
class Spoken:
    """Vowels of many synthetic speakers, one each.

    Args:
        sound: Air pressure without unit, of standard deviation 1, (n, 512).
        labels: Number of the vowel in `VOWELS`, (n,).
        formants_hz: F1, F2 and F3 of each, (n, 3).
        pitch_hz: f0 of each, (n,).
    """

    sound: np.ndarray
    labels: np.ndarray
    formants_hz: np.ndarray
    pitch_hz: np.ndarray


def filter_gain(frequency_hz, formants_hz):
    """The gain ``|H(f)|`` of the tract; 1 at f = 0.

    Args:
        frequency_hz: f, (n,).
        formants_hz: F1, F2 and F3, (3,).

    Returns:
        Gains, (n,).
    """
    f, peak = np.asarray(frequency_hz)[:, np.newaxis], np.asarray(formants_hz)
    return np.prod(peak**2 / np.hypot(peak**2 - f**2, BANDWIDTHS_HZ * f), axis=1)


def speak(formants_hz, pitch_hz, phases):
    """One vowel without noise.

    Args:
        formants_hz: F1, F2 and F3, (3,).
        pitch_hz: f0, below half the sampling rate.
        phases: One for each harmonic up to half the sampling rate; more are ignored.

    Returns:
        The sound, (512,).
    """
    t_s = np.arange(SAMPLING_HZ * DURATION_MS // 1000) / SAMPLING_HZ
    k = np.arange(1, int(np.ceil(SAMPLING_HZ / 2 / pitch_hz)))
    amplitude = filter_gain(k * pitch_hz, formants_hz) / k
    # Harmonic k turns k times as fast as the voice: a polynomial, by Horner's rule.
    turn, sound = np.exp(2j * np.pi * pitch_hz * t_s), np.zeros(len(t_s), dtype=complex)
    for coefficient in (amplitude * np.exp(1j * phases[: len(k)]))[::-1]:
        sound = (sound + coefficient) * turn
    return sound.real


def draw(n, rng, spread=0.06, pitch_spread=None, noise=0.2):
    """Let n speakers say one vowel each.

    Args:
        n: How many, at least 1.
        rng: A `numpy.random.Generator`.
        spread: Standard deviation of the logarithm of each formant around its average,
            each formant for itself.
        pitch_spread: That of the logarithm of the pitch; None makes it twice `spread`.
        noise: Standard deviation of the noise, where that of the sound is 1.

    Returns:
        A `Spoken`; speakers are men, women and children, and vowels any, at equal chance.

    Raises:
        ValueError: If `n` is no integer of at least 1.
    """
    checks.check_counts(n=n)
    labels = rng.integers(len(VOWELS), size=n)
    group = rng.integers(len(FORMANTS_HZ), size=n)
    average = np.array(list(FORMANTS_HZ.values()), dtype=float)[group, labels]
    formants_hz = average * np.exp(spread * rng.normal(size=(n, 3)))
    pitch_hz = np.array(list(PITCH_HZ.values()))[group]
    pitch_spread = 2 * spread if pitch_spread is None else pitch_spread
    pitch_hz = pitch_hz * np.exp(pitch_spread * rng.normal(size=n))
    phases = rng.uniform(0, 2 * np.pi, size=(n, 200))
    sound = np.array(list(map(speak, formants_hz, pitch_hz, phases)))
    sound = sound / sound.std(axis=1, keepdims=True)
    sound += noise * rng.normal(size=sound.shape)
    return Spoken(sound, labels, formants_hz, pitch_hz)


def ideal_listener(formants_hz, pitch_hz, spread=0.06, pitch_spread=None):
    """The most probable vowel, for one who knows this generator and hears no noise.

    The formants of vowel v from a speaker of group g are normal in their logarithm, and so
    is the pitch; groups have equal chances. Bayes' rule adds up the three groups. No
    classifier of these sounds can be right more often, whatever it hears.

    Args:
        formants_hz: The true formants, (n, 3).
        pitch_hz: The true pitch, (n,).
        spread: As in `draw`, above 0.
        pitch_spread: As in `draw`, above 0.

    Returns:
        Numbers of vowels, (n,).
    """
    average = np.log(np.array(list(FORMANTS_HZ.values()), dtype=float))
    pitch = np.log(np.array(list(PITCH_HZ.values())))
    off = np.log(formants_hz)[:, np.newaxis, np.newaxis] - average
    off_pitch = (np.log(pitch_hz)[:, np.newaxis] - pitch)[:, :, np.newaxis]
    pitch_spread = 2 * spread if pitch_spread is None else pitch_spread
    log_p = -np.sum(off**2, axis=3) / 2 / spread**2 - off_pitch**2 / 2 / pitch_spread**2
    return np.argmax(logsumexp(log_p, axis=1), axis=1)


def spectrum_db(sound):
    """Power in 64 bands of equal width, in dB: what the network hears.

    Args:
        sound: (n, n_samples), with n_samples divisible by 128.

    Returns:
        10 log10 of the mean power in each band, from 0 to half the sampling rate, (n, 64).
    """
    n, n_samples = np.shape(sound)
    power = np.abs(np.fft.rfft(sound * np.hanning(n_samples), axis=1)[:, :-1]) ** 2
    return 10 * np.log10(power.reshape(n, N_BANDS, -1).mean(axis=2))
