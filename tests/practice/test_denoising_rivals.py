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
    found = rivals.cosine_thresholds(image, np.ones_like(image), 1e6, window=8)
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


@pytest.mark.parametrize("window", [8, 12])
def test_windows_with_few_cosines_count_more(window, rng):
    from scipy.fft import dctn, idctn

    image = rng.random((24, 26))
    image[:, 12:] = 0.5 + 0.01 * image[:, 12:]
    found = rivals.cosine_thresholds(image, np.full_like(image, 0.1), 2.0, window)
    # One pixel by a loop over the windows that hold it.
    edge, (r, c) = window - 2, (13, 12)
    padded = np.pad(image, edge, mode="symmetric")
    total = weights = 0.0
    for top in range(0, r + edge + 1, 2):
        for left in range(0, c + edge + 1, 2):
            i, j = r + edge - top, c + edge - left
            if not (i < window and j < window):
                continue
            z = dctn(padded[top : top + window, left : left + window], norm="ortho")
            kept = np.abs(z) > 0.2
            kept[0, 0] = True
            total += idctn(z * kept, norm="ortho")[i, j] / kept.sum()
            weights += 1 / kept.sum()
    assert found[r, c] == pytest.approx(total / weights)


def test_nonlocal_means_are_told_the_noise(image, rng):
    from skimage.restoration import denoise_nl_means

    noisy = image + 0.1 * rng.standard_normal(image.shape)
    expected = denoise_nl_means(
        noisy, patch_size=7, patch_distance=5, h=0.06, sigma=0.1, fast_mode=True
    )
    found = rivals.nonlocal_means(noisy, np.full_like(image, 0.1), 0.6)
    np.testing.assert_allclose(found, expected)


def test_the_weight_of_slopes_is_in_units_of_the_noise(image, rng):
    from skimage.restoration import denoise_tv_chambolle

    noisy = image + 0.2 * rng.standard_normal(image.shape)
    found = rivals.total_variation(noisy, np.full_like(image, 0.2), 0.8)
    expected = denoise_tv_chambolle(noisy, weight=0.16, eps=0.0, max_num_iter=3000)
    assert np.sqrt(np.mean((found - expected) ** 2)) < 0.005


def test_total_variation_does_not_stop_early():
    # On this noise the usual stop of scikit-image comes after a few rounds.
    from companion.datasets import scenes

    retina = scenes.scenes(("retina",), 160)[0, ..., 0]
    gains = []
    for seed in range(3):
        noise = np.random.default_rng(seed).standard_normal(retina.shape)
        noisy = retina + 0.1 * noise.astype(np.float32)
        clean = rivals.total_variation(noisy, np.full_like(noisy, 0.1), 0.8)
        gains.append(rivals.psnr_of(retina, clean) - rivals.psnr_of(retina, noisy))
    assert np.ptp(gains) < 0.5
