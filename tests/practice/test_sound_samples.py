"""Pieces of spectrograms of known sounds, and distances by hand."""

import numpy as np
import pytest

from companion.practice import sound_samples as ss
from companion.practice.spectrogram import spectrum

T = np.arange(8192)


def test_a_tone_stands_in_its_band_at_all_times():
    tone = 0.5 * np.sin(2 * np.pi * 0.2 * T)[None]  # bin 51.2 of 128: band 6
    found = ss.pieces(tone).reshape(-1, 8, 16)
    assert len(found) == spectrum(tone).shape[1] // 8
    inner = found[1:-1]
    assert (inner.argmax(axis=2) == 6).all()
    # A window of 256 with Hann's shape: amplitude 0.5 * 256 / 4 at the peak, shared by
    # the bins of a band; the sum of squares over a line is A^2 N sum(w^2) / 4.
    power = 0.25 * 256 * np.sum(np.hanning(257)[:-1] ** 2) / 4 / 8
    np.testing.assert_allclose(inner[..., 6], 10 * np.log10(power), atol=0.1)
    assert found.min() >= -60.0


def test_pauses_are_dropped_and_the_constant_is_left_out():
    assert ss.pieces(np.zeros((2, 8192))).shape == (0, 128)
    assert len(ss.pieces(1e-5 * np.sin(0.7 * T)[None])) == 0
    sound = np.sin(0.7 * T)[None]
    inner = ss.pieces(sound + 50.0)[2:-2]
    plain = ss.pieces(sound)[2:-2]
    tone = plain > 0
    np.testing.assert_allclose(inner[tone], plain[tone], atol=0.01)


def test_the_highest_frequency_belongs_to_the_last_band():
    inner = ss.pieces(np.cos(np.pi * T)[None]).reshape(-1, 8, 16)[1:-1]
    # At the highest bin, 128, a cosine has the whole sum of the window as amplitude.
    window = np.hanning(257)[:-1]
    bins = np.abs(np.fft.rfft(window * np.cos(np.pi * np.arange(256)))) ** 2
    np.testing.assert_allclose(inner[..., 15], 10 * np.log10(bins[-8:].mean()), atol=0.01)


def test_times_of_a_piece_follow_one_another():
    loud = np.where(T < 4096, 1.0, 0.0) * np.sin(2 * np.pi * 0.2 * T)
    pieces = ss.pieces((loud + 1e-2 * np.sin(2 * np.pi * 0.2 * T))[None]).reshape(-1, 8, 16)
    level = pieces[..., 6].ravel()
    assert (np.diff(level > 0).astype(int) != 0).sum() == 1


def test_distances_by_hand_both_ways():
    generated, real = np.zeros((2, 128)), np.zeros((3, 128))
    real[1], real[2] = 3.0, np.where(np.arange(128) < 32, 4.0, 0.0)
    assert ss.spectral_distances(generated, real) == (0.0, pytest.approx((0 + 3 + 2) / 3))
    back = ss.spectral_distances(real, generated)
    assert back == (pytest.approx(5 / 3), 0.0)


def test_drawn_pieces_are_put_back_to_decibel(monkeypatch, rng):
    x = rng.normal(-20.0, 7.0, size=(500, 128))
    seen = {}

    def train(model_class, settings, data, seeds, n_steps, rate):
        seen.update(settings, data=data, n_steps=n_steps, rate=rate)
        return None, list(seeds)

    monkeypatch.setattr(ss.generators, "train_from_seeds", train)
    monkeypatch.setattr(ss.generators, "decoded", lambda m, w, z: z)
    first, second = ss.train_vae_pieces(x, 2000, (0, 1), 60)
    assert (seen["n_steps"], seen["rate"], seen["sigma"]) == (60, ss.RATE, ss.SIGMA)
    assert seen["likelihood"] == "gaussian"
    assert seen["data"].mean() == pytest.approx(0.0, abs=1e-9)
    assert seen["data"].std() == pytest.approx(1.0)
    assert first.mean() == pytest.approx(-20.0, abs=0.3)
    assert first.std() == pytest.approx(7.0, rel=0.03)
    assert not np.allclose(first, second)
