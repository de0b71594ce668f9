"""Each noise has the spectrum its name says."""

import numpy as np
import pytest

from companion.practice.noises import KINDS, noise


def power(kind, rng, n_samples=8192):
    sounds = noise(kind, 40, n_samples, rng, voices=rng.normal(size=(5, n_samples)))
    assert sounds.shape == (40, n_samples)
    return np.mean(np.abs(np.fft.rfft(sounds)) ** 2, axis=0)


def slope(spectrum, low, high):
    f = np.arange(low, high)
    return np.polyfit(np.log(f), np.log(spectrum[f]), 1)[0]


def test_power_is_flat_or_falls_with_frequency(rng):
    assert slope(power("white", rng), 100, 4000) == pytest.approx(0.0, abs=0.05)
    assert slope(power("pink", rng), 100, 4000) == pytest.approx(-1.0, abs=0.05)


def test_hum_has_eight_lines_that_fall_as_their_number(rng):
    # 8000 samples are one second, so bin k is k Hz.
    found = power("hum", rng, 8000)
    lines = found[50:401:50]
    np.testing.assert_allclose(lines / lines[0], 1.0 / np.arange(1, 9) ** 2, rtol=1e-9)
    assert lines.sum() == pytest.approx(found.sum())


def test_clicks_are_rare(rng):
    share = np.mean(noise("crackle", 40, 8192, rng) != 0)
    assert share == pytest.approx(0.005, abs=0.0005)


def test_babble_is_six_voices_at_once(rng):
    voice = np.eye(1, 300)
    found = noise("babble", 50, 300, rng, voices=voice)
    np.testing.assert_allclose(found.sum(axis=1), 6.0)
    assert len(np.unique(np.argmax(found, axis=1))) > 20


def test_the_same_seed_makes_the_same_noise():
    for kind in KINDS:
        a, b = (noise(kind, 2, 500, np.random.default_rng(3), np.eye(4, 500)) for _ in "ab")
        np.testing.assert_array_equal(a, b)
        assert not np.array_equal(a[0], a[1])


def test_what_cannot_be_made_is_refused(rng):
    with pytest.raises(ValueError, match="kind must be one of .*; got 'rain'"):
        noise("rain", 1, 300, rng)
    with pytest.raises(ValueError, match="voices must be given for babble"):
        noise("babble", 1, 300, rng)
