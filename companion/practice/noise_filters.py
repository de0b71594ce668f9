"""Noise filters without learning: a gain for each window and frequency, and one for clicks.

The first two multiply the noisy amplitude X by a gain G between 0 and 1 and keep the noisy
phase. They need the power N of the noise in each frequency, which is measured in a pause.
With the a-posteriori SNR ``g = |X|**2 / N``:

- spectral subtraction takes power away,    ``G = sqrt(max(1 - a / g, b))``
- the Wiener filter estimates the SNR xi of the clean sound,  ``G = xi / (1 + xi)``

The third looks at samples, and replaces those that stand out from their neighbors.
"""

import numpy as np
from scipy.ndimage import median_filter

from companion.practice.spectrogram import sound_of, spectrum

PAUSE = slice(3, 16)  # the windows that lie within the first 1024 samples


def noise_power(amplitudes):
    """Measure the noise's power in each frequency, in the pause at the beginning.

    Args:
        amplitudes: Noisy amplitudes, shape (..., n_windows, n_bins).

    Returns:
        Mean power in the windows of `PAUSE`, shape (..., 1, n_bins).
    """
    pause = np.abs(amplitudes[..., PAUSE, :]) ** 2
    return np.maximum(pause.mean(axis=-2, keepdims=True), 1e-12)


def spectral_subtraction(amplitudes, power, oversubtraction=1.0, floor=0.01):
    """Return the gain that takes the noise's power away.

    Args:
        amplitudes: Noisy amplitudes, shape (..., n_windows, n_bins).
        power: Power of the noise, shape (..., 1, n_bins).
        oversubtraction: a, how many times the noise's power is taken away.
        floor: b, the smallest share of power that stays.

    Returns:
        Gains, shape of `amplitudes`, between sqrt(b) and 1.

    Source:
        Boll (1979), doi:10.1109/TASSP.1979.1163209, with powers for his magnitudes, the
        factor of Berouti et al. (1979), and a floor in shares of the noisy power.
    """
    share = 1.0 - oversubtraction * power / np.maximum(np.abs(amplitudes) ** 2, 1e-12)
    return np.sqrt(np.maximum(share, floor))


def wiener(amplitudes, power, memory=0.98, least=0.003):
    """Return the gain of a Wiener filter whose SNR is carried from window to window.

    The estimate of the SNR is "decision-directed": a share `memory` of it comes from what
    the filter made of the window before, the rest from this window::

        xi[m] = memory * |G[m-1] X[m-1]|**2 / N  +  (1 - memory) * max(g[m] - 1, 0)

    Args:
        amplitudes: Noisy amplitudes, shape (..., n_windows, n_bins).
        power: Power of the noise, shape (..., 1, n_bins).
        memory: The share of the past, in [0, 1).
        least: The smallest xi.

    Returns:
        Gains, shape of `amplitudes`.

    Source:
        Ephraim and Malah (1984), eq. 51; Scalart and Filho (1996) for the Wiener gain.
    """
    g = np.abs(amplitudes) ** 2 / power
    gains, past = np.empty_like(g), np.maximum(g[..., 0, :] - 1.0, 0.0)
    for m in range(g.shape[-2]):
        present = np.maximum(g[..., m, :] - 1.0, 0.0)
        xi = np.maximum(memory * past + (1.0 - memory) * present, least)
        gains[..., m, :] = xi / (1.0 + xi)
        past = gains[..., m, :] ** 2 * g[..., m, :]
    return gains


def hampel(sound, width=3, threshold=3.0):
    """Replace samples that stand out from the median around them by that median.

    Args:
        sound: Samples, shape (n, n_samples).
        width: Samples in a median, an odd number.
        threshold: How far a sample may lie from its median, in units of the usual
            distance: 1.4826 times the median of the sound's distances, which for Gaussian
            distances is their standard deviation.

    Returns:
        Shape (n, n_samples).
    """
    median = median_filter(sound, size=(1, width))
    distance = np.abs(sound - median)
    usual = 1.4826 * np.median(distance, axis=-1, keepdims=True)
    return np.where(distance > threshold * usual, median, sound)


def ideal_gain(clean, amplitudes):
    """Return the real gain in [0, 1] that comes closest to the clean amplitudes.

    It looks at the answer, and it is the best for each number by itself. For the sound it
    is no bound: see `gains_together`.

    Args:
        clean: The clean amplitudes S, shape (..., n_windows, n_bins).
        amplitudes: The noisy ones X.

    Returns:
        ``clip(Re(S conj(X)) / |X|**2, 0, 1)``.
    """
    power = np.maximum(np.abs(amplitudes) ** 2, 1e-12)
    return np.clip((clean * amplitudes.conj()).real / power, 0.0, 1.0)


def gains_together(clean, noisy, n_rounds):
    """Choose the gains in [0, 1] of all numbers at once, by looking at the clean sound.

    Windows overlap, so the error of one can cancel that of the next, and gains chosen
    together make a better sound than those of `ideal_gain`, where the search begins. It
    goes down the slope of half the squared error over windows and frequencies that is left
    after the windows were added up; with a step of 1 no round makes the error larger.

    Args:
        clean: Sounds, shape (n, n_samples).
        noisy: The same with noise.
        n_rounds: Steps of the search; 0 gives `ideal_gain`.

    Returns:
        Gains, shape (n, n_windows, n_bins).
    """
    wanted, amplitudes = spectrum(clean), spectrum(noisy)
    power = np.maximum(np.abs(amplitudes) ** 2, 1e-12)
    gain = ideal_gain(wanted, amplitudes)
    for _ in range(n_rounds):
        error = spectrum(sound_of(gain * amplitudes, noisy.shape[-1])) - wanted
        slope = (error * amplitudes.conj()).real
        gain = np.clip(gain - slope / power, 0.0, 1.0)
    return gain
