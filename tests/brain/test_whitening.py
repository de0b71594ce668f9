"""Whitening against formulas at single frequencies and a 1/f image."""

import numpy as np
import pytest

from companion.brain import whitening


def test_response_at_single_frequencies_is_the_formula():
    response = whitening.amplitude_response((20, 40), cutoff=0.4)
    # Row i is i / 20 cycles per pixel, column j is j / 40; negative ones from the end.
    assert response[0, 0] == 0.0
    assert response[4, 0] == pytest.approx(0.2 * np.exp(-(0.5**4)))
    assert response[0, -16] == pytest.approx(0.4 * np.exp(-1.0))
    assert response[6, 16] == pytest.approx(0.5 * np.exp(-(1.25**4)))


def test_a_grating_passes_with_the_response_of_its_frequency():
    rows = np.arange(20)[:, None] * np.ones(20)
    low, high = (np.cos(2 * np.pi * f * rows) for f in (0.1, 0.3))
    out = whitening.whiten_image(low + high)
    ratio = np.sum(out * high) / np.sum(out * low)
    expected = 3.0 * np.exp(-(0.75**4) + 0.25**4)
    assert ratio == pytest.approx(expected, rel=1e-9)
    assert out.mean() == pytest.approx(0.0, abs=1e-12)
    assert np.mean(out**2) == pytest.approx(1.0)


def test_the_cutoff_of_an_image_is_the_one_asked_for():
    rows = np.arange(20)[:, None] * np.ones(20)
    low, high = (np.cos(2 * np.pi * f * rows) for f in (0.1, 0.3))
    out = whitening.whiten_image(low + high, cutoff=0.3)
    ratio = np.sum(out * high) / np.sum(out * low)
    assert ratio == pytest.approx(3.0 * np.exp(-1.0 + (1 / 3) ** 4), rel=1e-9)


def test_an_image_that_falls_as_one_over_f_becomes_flat(rng):
    down, across = np.fft.fftfreq(64)[:, None], np.fft.fftfreq(64)
    frequency = np.hypot(down, across)
    frequency[0, 0] = 1.0
    spectrum = np.fft.fft2(rng.normal(size=(64, 64)))
    spectrum *= 1.0 / (frequency * np.abs(spectrum))
    out = np.abs(np.fft.fft2(whitening.whiten_image(np.fft.ifft2(spectrum).real)))
    frequency[0, 0] = 0.0
    flat = out[(frequency > 0.02) & (frequency < 0.15)]
    # exp(-(0.15 / 0.4)^4) is 0.98.
    assert flat.min() / flat.max() > 0.975


def test_radial_amplitude_of_gratings_is_by_hand():
    columns = np.arange(50) * np.ones((40, 1))
    image = (
        3.0 + 2.0 * np.cos(2 * np.pi * 0.2 * columns) + np.cos(2 * np.pi * 0.4 * columns)
    )
    edges = np.array([0.1, 0.19, 0.21, 0.39, 0.41])
    down, across = np.fft.fftfreq(40)[:, None], np.fft.fftfreq(50)
    frequency = np.hypot(down, across)
    counts = [
        np.sum((frequency >= a) & (frequency < b))
        for a, b in zip(edges, edges[1:], strict=False)
    ]
    # A cosine of amplitude a puts a / 2 of the 2000 pixels into each of two coefficients.
    expected = [0, 2000 * np.sqrt(2 / counts[1]), 0, 1000 * np.sqrt(2 / counts[3])]
    ours = whitening.radial_amplitude(image, edges)
    np.testing.assert_allclose(ours, expected, atol=1e-6)


def test_patches_come_from_inside_the_border_and_have_no_mean(rng):
    image = np.full((30, 40), 1e6)
    image[4:-4, 4:-4] = np.arange(22 * 32).reshape(22, 32)
    patches = whitening.cut_patches([image], 6, 500, rng)
    assert np.abs(patches).max() < 1e5
    np.testing.assert_allclose(patches.mean(axis=1), 0.0, atol=1e-9)
    # Within a patch a row is one step of 32 further, a column one step of 1.
    squares = patches.reshape(-1, 6, 6)
    np.testing.assert_allclose(np.diff(squares, axis=1), 32.0, atol=1e-9)
    np.testing.assert_allclose(np.diff(squares, axis=2), 1.0, atol=1e-9)


def test_patches_come_from_every_image(rng):
    ramps = [slope * np.arange(20.0) * np.ones((20, 1)) for slope in (1.0, 5.0)]
    patches = whitening.cut_patches(ramps, 4, 60, rng).reshape(-1, 4, 4)
    assert set(np.diff(patches, axis=2)[:, 0, 0].round(9)) == {1.0, 5.0}


def test_patches_reach_every_place_they_may(rng):
    image = np.zeros((14, 15))
    image[4, 4] = image[9, 10] = 1.0  # opposite corners of the room inside the border
    patches = whitening.cut_patches([image], 5, 200, rng).reshape(-1, 5, 5)
    assert patches[:, 0, 0].max() > 0.9
    assert patches[:, -1, -1].max() > 0.9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: whitening.amplitude_response((4, 4), 0.0), "cutoff must be above 0"),
        (lambda: whitening.whiten_image(np.ones((4, 4))), "image must not be constant"),
        (lambda: whitening.whiten_image(np.ones(4)), r"image must be \(height, width\)"),
    ],
)
def test_whitening_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_patches_refuse_a_small_image(rng):
    with pytest.raises(ValueError, match=r"images must measure 14 .* got shape \(9, 20\)"):
        whitening.cut_patches([np.ones((9, 20))], 6, 1, rng)
