"""Filters against other libraries, closed forms and their own limits."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.metrics import peak_signal_noise_ratio

from companion.practice import denoising_rivals as rivals


@pytest.fixture
def image(rng):
    return ndimage.gaussian_filter(rng.random((40, 51)), 2.0)


def test_psnr_is_that_of_scikit_image(image, rng):
    estimate = np.clip(image + 0.1 * rng.standard_normal(image.shape), 0, 1)
    expected = peak_signal_noise_ratio(image, estimate, data_range=1.0)
    assert rivals.psnr_of(image, estimate) == pytest.approx(expected)
    # What lies outside [0, 1] is clipped.
    assert rivals.psnr_of(np.ones((2, 2)), [[3.0, 0.9], [1.0, 1.0]]) == pytest.approx(
        10 * np.log10(4 / 0.01)
    )


def test_cosines_without_a_threshold_return_the_image(image):
    found = rivals.cosine_thresholds(image, np.ones_like(image), 0.0)
    np.testing.assert_allclose(found, image, atol=1e-10)
    # So they do with next to no noise: thresholds are in units of it.
    found = rivals.cosine_thresholds(image, np.full_like(image, 1e-9), 2.6)
    np.testing.assert_allclose(found, image, atol=1e-6)


def test_a_huge_threshold_leaves_means_of_windows(image):
    found = rivals.cosine_thresholds(image, np.ones_like(image), 1e6)
    padded = np.pad(image, 6, mode="symmetric")
    means = ndimage.uniform_filter(padded, 8)[4:, 4:]  # of the window that begins here
    r, c = 20, 30  # windows begin at 14, 16, 18 and 20, and at 24 to 30; padded by 6
    starts = means[
        [[14 + 6], [16 + 6], [18 + 6], [20 + 6]], [24 + 6, 26 + 6, 28 + 6, 30 + 6]
    ]
    assert found[r, c] == pytest.approx(starts.mean())


@pytest.mark.parametrize(
    ("way", "setting"),
    [
        (rivals.total_variation, 0.8),
        (rivals.nonlocal_means, 0.6),
        (rivals.cosine_thresholds, 2.6),
        (rivals.gaussian, 1.0),
        (rivals.median, 3),
    ],
)
def test_every_filter_gains_on_a_smooth_image(way, setting, image, rng):
    noisy = image + 0.05 * rng.standard_normal(image.shape)
    clean = way(noisy, np.full_like(image, 0.05), setting)
    assert clean.shape == image.shape
    gain = rivals.psnr_of(image, clean) - rivals.psnr_of(image, noisy)
    assert gain > 3.0


def test_scaling_noise_and_image_scales_the_answer(image, rng):
    # Settings are in units of the noise.
    noisy, level = (
        image + 0.05 * rng.standard_normal(image.shape),
        np.full_like(image, 0.05),
    )
    for way, setting in ((rivals.nonlocal_means, 0.6), (rivals.cosine_thresholds, 2.6)):
        np.testing.assert_allclose(
            way(3 * noisy, 3 * level, setting), 3 * way(noisy, level, setting), atol=1e-4
        )


def test_the_trusted_median_by_hand():
    image = np.array([[0.1, 0.2, 0.3], [0.4, 1.0, 0.5], [0.0, 0.7, 0.8]])
    known = np.array([[1, 1, 1], [1, 0, 1], [0, 1, 1]])
    found = rivals.trusted_median(image, known, 3)
    assert found[1, 1] == pytest.approx(np.median([0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.8]))
    np.testing.assert_array_equal(found[known == 1], image[known == 1])


def test_the_trusted_median_falls_back_on_the_nearest():
    image, known = np.zeros((9, 9)), np.zeros((9, 9))
    image[0, 0], known[0, 0] = 0.6, 1
    np.testing.assert_allclose(rivals.trusted_median(image, known, 3), 0.6)


def test_nearest_by_hand():
    image, known = np.array([[0.2, 9.0, 9.0, 0.8]]), np.array([[1, 0, 0, 1]])
    np.testing.assert_allclose(rivals.nearest(image, known), [[0.2, 0.2, 0.8, 0.8]])
    np.testing.assert_allclose(rivals.nearest(image, 0 * known), 0.5)


@pytest.mark.parametrize("way", [rivals.local_mean, rivals.biharmonic, rivals.nearest])
def test_filling_keeps_what_is_known(way, image, rng):
    known = (rng.random(image.shape) > 0.3).astype(float)
    found = way(image * known, known, 0.6)
    np.testing.assert_allclose(found[known == 1], image[known == 1])
    assert np.abs(found - image).max() < 0.3


def test_biharmonic_reproduces_a_slope(rng):
    slope = np.add.outer(np.linspace(0, 0.5, 20), np.linspace(0, 0.5, 20))
    known = np.ones((20, 20))
    known[5:9, 6:10] = 0
    found = rivals.biharmonic(slope * known, known)
    np.testing.assert_allclose(found, slope, atol=1e-6)


def test_tuning_finds_the_planted_setting_and_names_an_edge():
    def scaled(noisy, known, setting):
        return setting * noisy

    examples = [(np.full((4, 4), 0.6), np.full((4, 4), 0.3), None)] * 2
    assert rivals.tune(scaled, [1.0, 1.9, 3.0], examples) == (1.9, False)
    assert rivals.tune(scaled, [1.9, 3.0, 4.0], examples) == (1.9, True)
    assert rivals.tune(scaled, [0.5, 1.0, 1.9], examples) == (1.9, True)
    assert rivals.tune(scaled, [None], examples) == (None, False)
    with pytest.raises(ValueError, match="0 settings"):
        rivals.tune(scaled, [], examples)


def test_every_candidate_list_is_ascending_and_tuning_refuses_an_edge(rng):
    for ways in rivals.CANDIDATES.values():
        for settings in ways.values():
            assert len(settings) == 1 or list(settings) == sorted(settings)
    # Without noise the best width is the narrowest.
    x = rng.random((1, 24, 24, 1))
    with pytest.raises(ValueError, match="settings of gaussian must enclose"):
        rivals.tuned("gaussian", x, x, np.full_like(x, 1e-3))
