"""Sound as short spectra and back, and how far an estimate lies from the clean sound.

A sound is cut into overlapping windows, and each window is taken apart into frequencies::

    X[m, k] = sum over n of  x[n] w[n - m hop] exp(-2 pi i k n / window)

The windows overlap so that the sound can be put together again exactly. SNR is the ratio
of the clean sound's energy to that of the error, in decibel (dB).
"""

import numpy as np
from scipy.signal import ShortTimeFFT
from scipy.signal.windows import hann

WINDOW, HOP = 256, 64  # samples: 32 ms and 8 ms at 8 kHz
N_BINS = WINDOW // 2 + 1
_TRANSFORM = ShortTimeFFT(hann(WINDOW, sym=False), HOP, fs=1.0)


def spectrum(sound):
    """Take sounds apart into frequencies, window by window.

    Args:
        sound: Samples, shape (..., n), n at least one window of 256.

    Returns:
        Complex amplitudes, shape (..., n_windows, 129).

    Raises:
        ValueError: If a sample is missing or the sound is shorter than a window.
    """
    sound = np.asarray(sound, dtype=float)
    if sound.ndim < 1 or sound.shape[-1] < WINDOW:
        raise ValueError(f"sound must have {WINDOW} samples or more; got {sound.shape}")
    if not np.isfinite(sound).all():
        raise ValueError("sound must be finite; got a sample that is not")
    return np.moveaxis(_TRANSFORM.stft(sound), -1, -2)


def sound_of(amplitudes, n_samples):
    """Put sounds together from their spectra: the inverse of `spectrum`.

    Args:
        amplitudes: Shape (..., n_windows, 129), complex.
        n_samples: Length of the sound.

    Returns:
        Samples, shape (..., n_samples).
    """
    return _TRANSFORM.istft(np.moveaxis(amplitudes, -1, -2), k1=n_samples)


def mix(clean, noise, snr_db):
    """Add noise to a sound, scaled so that the SNR is as wanted.

    Args:
        clean: Samples, shape (..., n).
        noise: Samples, shape (..., n), not all zero.
        snr_db: The wanted SNR in dB, one for all or one for each sound, (...).

    Returns:
        noisy: Shape (..., n).
    """
    energy = np.sum(np.square(clean), axis=-1) / np.sum(np.square(noise), axis=-1)
    scale = np.sqrt(energy * 10.0 ** (-np.asarray(snr_db) / 10.0))
    return clean + scale[..., np.newaxis] * noise


def snr_db(clean, estimate):
    """Return the SNR of estimates in dB: ``10 log10(sum s**2 / sum (s - s_hat)**2)``.

    Args:
        clean: The true sounds s, shape (..., n).
        estimate: What was made of them, s_hat, shape (..., n).

    Returns:
        Shape (...,); inf for a perfect estimate.
    """
    error = np.sum((np.asarray(clean) - estimate) ** 2, axis=-1)
    with np.errstate(divide="ignore"):
        return 10.0 * np.log10(np.sum(np.square(clean), axis=-1) / error)


def si_sdr_db(clean, estimate):
    """Return the SNR in dB after the best scaling, blind to loudness.

    The clean sound is scaled by ``a = <s_hat, s> / <s, s>``, and a s is what the estimate
    is compared with.

    Args:
        clean: As in `snr_db`.
        estimate: As in `snr_db`.

    Returns:
        Shape (...,).

    Source:
        Le Roux et al. (2019), SDR: half-baked or well done?, arXiv:1811.02508, eq. 5.
    """
    scale = np.sum(estimate * clean, axis=-1) / np.sum(np.square(clean), axis=-1)
    return snr_db(scale[..., np.newaxis] * clean, estimate)
