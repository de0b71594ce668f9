"""Voices have the pitch and the resonances they say they have."""

import numpy as np
import pytest

from companion import datasets
from companion.datasets import voices


@pytest.fixture(scope="module")
def data():
    return datasets.load("voices")


def test_a_pause_comes_first_and_the_largest_value_is_a_half(data):
    assert not data.x_test[:, :1024].any()
    np.testing.assert_allclose(np.abs(data.x_test).max(axis=1), 0.5)


def test_the_pitch_is_where_the_autocorrelation_peaks(data):
    errors = []
    for sound, pitch in zip(data.x_test, data.y_test[:, 0], strict=True):
        spectrum = np.abs(np.fft.rfft(sound, 2 * len(sound))) ** 2
        correlation = np.fft.irfft(spectrum)[:120]
        found = voices.RATE / (30 + np.argmax(correlation[30:]))
        errors.append(abs(np.log2(found / pitch)) % 1.0)
    # Octaves aside; the pitch glides, so its mean is met within a third of an octave.
    near = np.minimum(errors, 1.0 - np.array(errors)) < 1 / 3
    assert near.mean() > 0.9


@pytest.mark.parametrize("f", [500.0, 1500.0])
def test_a_resonator_answers_an_impulse_with_a_decaying_cosine(monkeypatch, f):
    # y[t] = r**t sin((t + 1) w) / sin(w), the inverse z-transform of two poles.
    monkeypatch.setattr(voices, "BANDWIDTHS_HZ", (80.0,))
    impulse = np.eye(1, voices.N_SAMPLES)[0]
    found = voices._filter(impulse, [np.full(voices.N_SAMPLES // voices.BLOCK, f)])
    t, w = np.arange(voices.N_SAMPLES), 2 * np.pi * f / voices.RATE
    expected = np.exp(-np.pi * 80.0 / voices.RATE * t) * np.sin((t + 1) * w) / np.sin(w)
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_vowels_of_a_shorter_tract_have_higher_formants():
    rng = np.random.default_rng(0)
    same = np.random.default_rng(0)
    _, _, low = voices._syllables(rng, 1.0)
    _, _, high = voices._syllables(same, 1.2)
    np.testing.assert_allclose(high, 1.2 * low)
