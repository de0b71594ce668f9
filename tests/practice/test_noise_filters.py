"""Gains against closed forms, and the ideal gain against a search."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.signal.windows import hann

from companion.practice import noise_filters as nf
from companion.practice.spectrogram import snr_db, sound_of, spectrum


@pytest.fixture
def amplitudes(rng):
    return rng.normal(size=(2, 30, 5)) + 1j * rng.normal(size=(2, 30, 5))


def test_the_pause_gives_the_mean_power_of_each_frequency(amplitudes):
    found = nf.noise_power(amplitudes)
    assert found.shape == (2, 1, 5)
    expected = np.mean(np.abs(amplitudes[1, 3:16, 3]) ** 2)
    assert found[1, 0, 3] == pytest.approx(expected)
    # Silence is no division by zero.
    assert np.isfinite(nf.wiener(0 * amplitudes, nf.noise_power(0 * amplitudes))).all()


def test_subtraction_leaves_the_rest_of_the_power():
    amplitudes = np.array([[[2.0j, 1.0, 3.0]]])
    power = np.array([[[1.0, 1.0, 0.25]]])
    gain = nf.spectral_subtraction(amplitudes, power, 2.0, floor=0.04)
    # |X|^2 = 4, 1, 9: after twice the power taken away 2, below the floor, 8.5.
    np.testing.assert_allclose(gain[0, 0] ** 2, [2 / 4, 0.04, 8.5 / 9])


def test_a_filter_without_memory_is_wieners_formula(amplitudes):
    power = np.full((2, 1, 5), 0.5)
    xi = np.maximum(np.abs(amplitudes) ** 2 / power - 1.0, 0.01)
    gain = nf.wiener(amplitudes, power, memory=0.0, least=0.01)
    np.testing.assert_allclose(gain, xi / (1 + xi))


def test_memory_carries_what_the_last_window_kept():
    amplitudes = np.array([[[3.0 + 0j], [1.0], [0.5]]])
    gain = nf.wiener(amplitudes, np.ones((1, 1, 1)), memory=0.9, least=0.001)[0, :, 0]
    xi = 0.9 * 8.0 + 0.1 * 8.0
    expected = [xi / (1 + xi)]
    for g in (1.0, 0.25):
        previous = 9.0 if g == 1.0 else 1.0
        xi = max(0.9 * expected[-1] ** 2 * previous + 0.1 * max(g - 1.0, 0.0), 0.001)
        expected.append(xi / (1 + xi))
    np.testing.assert_allclose(gain, expected)


def test_the_pause_holds_no_silence_and_no_voice(rng):
    noise = rng.normal(size=(200, 4096))
    voice_begins = noise.copy()
    voice_begins[:, 1024:] = 100.0
    power = nf.noise_power(spectrum(noise))
    # White noise of variance 1 has the power sum(window**2), at the first and last bin too.
    np.testing.assert_allclose(
        power.mean(axis=0)[0], np.sum(hann(256, False) ** 2), rtol=0.15
    )
    np.testing.assert_allclose(nf.noise_power(spectrum(voice_begins)), power)
    voice_begins[:, :64] = 100.0
    assert not np.allclose(nf.noise_power(spectrum(voice_begins)), power)


def test_a_click_is_replaced_by_the_median_around_it(rng):
    clicks = np.sin(np.linspace(0.0, 20.0, 4000))[np.newaxis]
    clicks[0, [500, 2000]] += [3.0, -2.0]
    found = nf.hampel(clicks, 3, 8.0)
    for place in (500, 2000):
        assert found[0, place] == np.median(clicks[0, place - 1 : place + 2])
    # Of Gaussian noise, whose distances to a wide median are Gaussian, 0.27 % lie beyond 3.
    noise = rng.normal(size=(1, 200000))
    assert np.mean(nf.hampel(noise, 101, 3.0) != noise) == pytest.approx(0.0027, rel=0.3)


def test_no_gain_comes_closer_than_the_ideal(amplitudes, rng):
    clean = amplitudes + 0.5 * rng.normal(size=amplitudes.shape)
    best = np.abs(clean - nf.ideal_gain(clean, amplitudes) * amplitudes)
    for gain in np.linspace(0.0, 1.0, 101):
        assert (np.abs(clean - gain * amplitudes) >= best - 1e-12).all()


def test_gains_chosen_together_reach_the_bounded_least_squares_solution(rng):
    # A sound is linear in its gains, so SciPy can solve a short one by its matrix.
    t = np.arange(256)
    clean = np.sin(0.3 * t)[np.newaxis]
    noisy = clean + 0.5 * rng.normal(size=(1, 256))
    amplitudes = spectrum(noisy)[0]
    units = np.zeros((amplitudes.size, *amplitudes.shape))
    units[np.arange(len(units)), *np.indices(amplitudes.shape).reshape(2, -1)] = 1.0
    sounds = sound_of(units * amplitudes, 256)

    def half_error(gain):
        left = gain @ sounds - clean[0]
        return 0.5 * left @ left, sounds @ left

    start = np.full(len(sounds), 0.5)
    best = minimize(half_error, start, jac=True, bounds=[(0, 1)] * len(sounds))
    assert best.success
    gain = nf.gains_together(clean, noisy, n_rounds=400)
    found = sound_of(gain * amplitudes, 256)
    assert np.sum((found - clean) ** 2) == pytest.approx(2 * best.fun, rel=0.01)


def test_the_best_gain_of_each_number_is_no_bound_for_the_sound(rng):
    clean = np.cumsum(rng.normal(size=(2, 2000)), axis=1)
    noisy = clean + 3.0 * rng.normal(size=clean.shape)
    wanted, amplitudes = spectrum(clean), spectrum(noisy)
    np.testing.assert_array_equal(
        nf.gains_together(clean, noisy, 0), nf.ideal_gain(wanted, amplitudes)
    )
    gains = [nf.gains_together(clean, noisy, n) for n in range(6)]
    assert all(g.min() >= 0.0 and g.max() <= 1.0 for g in gains)
    snr = [snr_db(clean, sound_of(g * amplitudes, 2000)) for g in gains]
    assert np.all(np.diff(snr, axis=0) > 0)
    assert np.all(snr[-1] > snr[0] + 0.5)
