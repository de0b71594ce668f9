"""Synthetic vowels: the published table, the filter, the spectrum and the best listener."""

import numpy as np
import pytest
from scipy import signal
from scipy.stats import norm

from companion.networks import vowels

# Sums over the ten vowels of F1, F2, F3 in table II of Peterson and Barney (1952).
SUMS_HZ = {
    "men": (5020, 14200, 23860),
    "women": (5750, 16940, 27830),
    "children": (6710, 19280, 32660),
}
# Their mean fundamentals over the ten vowels, rounded.
MEAN_PITCH_HZ = {"men": 132, "women": 223, "children": 264}


@pytest.mark.parametrize("group", SUMS_HZ)
def test_formants_and_pitch_are_those_of_the_published_table(group):
    np.testing.assert_array_equal(np.sum(vowels.FORMANTS_HZ[group], axis=0), SUMS_HZ[group])
    assert vowels.PITCH_HZ[group] == pytest.approx(MEAN_PITCH_HZ[group], rel=0.02)


def test_pitch_scatters_twice_as_much_and_groups_are_equally_frequent(rng):
    spoken = vowels.draw(2000, rng, spread=0.01, noise=0.0)
    off = np.log(spoken.pitch_hz)[:, np.newaxis] - np.log(list(vowels.PITCH_HZ.values()))
    nearest = np.abs(off).argmin(axis=1)
    assert off[np.arange(2000), nearest].std() == pytest.approx(0.02, rel=0.1)
    share = np.bincount(nearest, minlength=3) / 2000
    assert np.abs(share - 1 / 3).max() < 4 * np.sqrt(2 / 9 / 2000)


def test_formants_of_a_speaker_scatter_independently(rng):
    spoken = vowels.draw(3000, rng, spread=0.05, noise=0.0)
    table = np.log(list(vowels.FORMANTS_HZ.values()))
    off = np.log(spoken.formants_hz)[:, np.newaxis] - table[:, spoken.labels].swapaxes(0, 1)
    off = off[np.arange(3000), np.abs(off).sum(axis=2).argmin(axis=1)]
    assert np.abs(np.corrcoef(off.T) - np.eye(3)).max() < 0.35  # the same draw would give 1


def test_phases_differ_from_sound_to_sound(rng):
    spoken = vowels.draw(300, rng, spread=0.0, noise=0.0)
    heed = spoken.labels == 0
    same = heed & (spoken.pitch_hz == spoken.pitch_hz[heed][0])
    first, second = spoken.sound[same][:2]
    assert np.abs(first - second).max() > 0.1


def test_filter_is_that_of_scipy_and_one_at_zero():
    formants = (500.0, 1500.0, 2500.0)
    f = np.array([0.0, 100, 480, 500, 1490, 3000])
    expected = np.ones(f.size)
    for peak, width in zip(formants, (60.0, 90.0, 150.0), strict=True):
        # A resonance of second order in angular frequency.
        center, damping = 2 * np.pi * peak, 2 * np.pi * width
        _, h = signal.freqs([center**2], [1, damping, center**2], 2 * np.pi * f)
        expected *= np.abs(h)
    np.testing.assert_allclose(vowels.filter_gain(f, formants), expected, rtol=1e-9)
    assert vowels.filter_gain([0.0], formants) == pytest.approx(1.0)


def test_harmonics_of_a_vowel_have_the_amplitudes_of_source_times_filter():
    pitch, formants = 125.0, (500.0, 1500.0, 2500.0)  # 8 periods in 64 ms
    sound = vowels.speak(formants, pitch, np.zeros(200))
    amplitude = 2 * np.abs(np.fft.rfft(sound)) / sound.size
    k = np.arange(1, 32)
    expected = vowels.filter_gain(k * pitch, formants) / k
    np.testing.assert_allclose(amplitude[8 * k], expected, rtol=1e-9)
    assert sound.shape == (512,)
    others = np.setdiff1d(np.arange(amplitude.size), 8 * k)
    assert amplitude[others].max() < 1e-12


def test_speakers_scatter_around_the_averages(rng):
    spoken = vowels.draw(3000, rng, spread=0.05, noise=0.0)
    np.testing.assert_allclose(spoken.sound.std(axis=1), 1.0)
    heed = spoken.labels == 0
    logs = np.log(spoken.formants_hz[heed])
    averages = np.log([f[0] for f in vowels.FORMANTS_HZ.values()])
    nearest = np.abs(logs[:, np.newaxis] - averages).sum(axis=2).argmin(axis=1)
    assert (logs - averages[nearest]).std() == pytest.approx(0.05, rel=0.1)
    assert np.bincount(spoken.labels, minlength=10).min() > 200


def test_noise_is_as_strong_as_asked(rng):
    quiet = vowels.draw(200, np.random.default_rng(5), noise=0.0).sound
    noisy = vowels.draw(200, np.random.default_rng(5), noise=0.3).sound
    assert (noisy - quiet).std() == pytest.approx(0.3, rel=0.02)


def test_spectrum_of_a_tone_stands_in_its_band():
    t_s = np.arange(512) / vowels.SAMPLING_HZ
    tone = np.sin(2 * np.pi * 1030.0 * t_s)[np.newaxis]
    spectrum = vowels.spectrum_db(tone)
    assert spectrum.shape == (1, 64)
    assert spectrum.argmax() == 1030 // 62.5
    # 1000 Hz is the first of the four frequencies in its band, and is not spread below.
    whole = vowels.spectrum_db(np.sin(2 * np.pi * 1000.0 * t_s)[np.newaxis])
    assert whole.argmax() == 16
    # Ten times the amplitude is 20 dB.
    np.testing.assert_allclose(vowels.spectrum_db(10 * tone) - spectrum, 20.0)


def test_a_tone_in_the_middle_of_a_band_has_the_power_of_a_hann_window():
    # Line 65 and, at half its amplitude, lines 64 and 66: all of band 16, lines 64 to 67.
    tone = np.sin(2 * np.pi * 65 / 512 * np.arange(512))[np.newaxis]
    expected = 10 * np.log10(256**2 * (1 / 4 + 2 / 16) / 4)
    spectrum = vowels.spectrum_db(tone)[0]
    assert spectrum[16] == pytest.approx(expected, abs=0.1)
    between = np.sin(2 * np.pi * 65.5 / 512 * np.arange(512))[np.newaxis]
    spectrum = vowels.spectrum_db(between)[0]
    assert spectrum[48] < spectrum[16] - 100  # without the window it is 45 dB


def test_ideal_listener_knows_averages_and_is_beaten_by_nobody(rng):
    table = np.array(list(vowels.FORMANTS_HZ.values()), dtype=float)
    pitch = np.array(list(vowels.PITCH_HZ.values()))
    for group in range(3):
        answer = vowels.ideal_listener(table[group], np.full(10, pitch[group]))
        np.testing.assert_array_equal(answer, np.arange(10))
    spoken = vowels.draw(4000, rng)
    ideal = np.mean(
        vowels.ideal_listener(spoken.formants_hz, spoken.pitch_hz) == spoken.labels
    )
    assert 0.85 < ideal < 1.0
    off = np.log(spoken.formants_hz)[:, np.newaxis, np.newaxis] - np.log(table)
    nearest = np.sum(off**2, axis=3).min(axis=1).argmin(axis=1)  # deaf to the pitch
    assert ideal > np.mean(nearest == spoken.labels)
    # A listener who takes the voice for a higher one is not better.
    other = vowels.ideal_listener(spoken.formants_hz, spoken.pitch_hz * 1.3)
    assert ideal > np.mean(other == spoken.labels)


# The classifier.


@pytest.mark.parametrize(("pitch_spread", "believed"), [(None, 0.4), (0.1, 0.1)])
def test_ideal_listener_is_bayes_rule_by_densities(rng, pitch_spread, believed):
    spread = 0.2
    spoken = vowels.draw(3000, rng, spread, pitch_spread)
    p = np.zeros((3000, 10))
    for name, table in vowels.FORMANTS_HZ.items():
        of_pitch = norm.pdf(np.log(spoken.pitch_hz / vowels.PITCH_HZ[name]) / believed)
        for v, formants in enumerate(table):
            parts = norm.pdf(np.log(spoken.formants_hz / np.array(formants)) / spread)
            p[:, v] += parts.prod(axis=1) * of_pitch
    answer = vowels.ideal_listener(
        spoken.formants_hz, spoken.pitch_hz, spread, pitch_spread
    )
    np.testing.assert_array_equal(answer, p.argmax(axis=1))


def test_formants_and_pitch_scatter_as_told_one_without_the_other():
    still = vowels.draw(400, np.random.default_rng(0), spread=0.0, pitch_spread=0.1)
    table = np.concatenate(list(vowels.FORMANTS_HZ.values()))
    assert np.isclose(still.formants_hz[:, np.newaxis], table).all(axis=2).any(axis=1).all()
    assert len(set(still.pitch_hz)) == 400
    steady = vowels.draw(400, np.random.default_rng(0), spread=0.1, pitch_spread=0.0)
    assert set(steady.pitch_hz) == set(vowels.PITCH_HZ.values())
    assert len(set(steady.formants_hz[:, 0])) == 400
