"""Spectra against SciPy's older transform and Fourier's sum; SNR against its definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.practice import spectrogram as sg


def test_a_spectrum_is_fouriers_sum_over_a_window(rng):
    x = rng.normal(size=1000)
    found = sg.spectrum(x)
    window = np.sin(np.pi * np.arange(256) / 256) ** 2
    # A window that lies whole inside: its middle is at sample 5 * 64.
    start = 5 * 64 - 128
    expected = np.fft.rfft(x[start : start + 256] * window)
    row = np.argmin(np.abs(np.abs(found) - np.abs(expected)).max(axis=1))
    np.testing.assert_allclose(np.abs(found[row]), np.abs(expected), atol=1e-10)
    assert found.shape[1] == sg.N_BINS


@given(st.integers(256, 2000), st.integers(0, 99))
def test_a_sound_comes_back_from_its_spectrum(n, seed):
    x = np.random.default_rng(seed).normal(size=(2, n))
    np.testing.assert_allclose(sg.sound_of(sg.spectrum(x), n), x, atol=1e-12)


@pytest.mark.parametrize("decibels", [-5.0, 0.0, 12.0])
def test_mixed_noise_gives_the_snr_that_was_asked_for(rng, decibels):
    clean, noise = rng.normal(size=(2, 3, 500))
    noisy = sg.mix(clean, 7.0 * noise, decibels)
    np.testing.assert_allclose(sg.snr_db(clean, noisy), decibels, atol=1e-9)


def test_every_sound_may_have_an_snr_of_its_own(rng):
    clean, noise = rng.normal(size=(2, 3, 500))
    wanted = np.array([0.0, 5.0, 10.0])
    np.testing.assert_allclose(
        sg.snr_db(clean, sg.mix(clean, noise, wanted)), wanted, atol=1e-9
    )


def test_ten_times_less_error_is_twenty_decibels(rng):
    clean = rng.normal(size=300)
    assert sg.snr_db(clean, 0.9 * clean) == pytest.approx(20.0)
    assert sg.snr_db(clean, clean) == np.inf


def test_si_sdr_does_not_hear_loudness_and_is_the_angle(rng):
    clean, noise = rng.normal(size=(2, 400))
    estimate = clean + 0.3 * noise
    found = sg.si_sdr_db(clean, estimate)
    assert sg.si_sdr_db(clean, 5.0 * estimate) == pytest.approx(found)
    cosine = clean @ estimate / np.linalg.norm(clean) / np.linalg.norm(estimate)
    assert found == pytest.approx(10 * np.log10(cosine**2 / (1 - cosine**2)))


@pytest.mark.parametrize(
    ("sound", "message"),
    [
        (np.zeros(255), "256 samples or more"),
        (3.0, "256 samples or more"),
        (np.full(300, np.nan), "must be finite"),
    ],
)
def test_what_is_no_sound_is_refused(sound, message):
    with pytest.raises(ValueError, match=message):
        sg.spectrum(sound)
