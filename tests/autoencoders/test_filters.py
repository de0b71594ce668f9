"""The baselines of denoising: scikit-image, closed forms, and validation alone decides."""

from dataclasses import replace

import numpy as np
import pytest
from skimage.filters import gaussian, median

from companion import datasets, metrics
from companion.autoencoders import filters
from companion.autoencoders.pca import PCA


@pytest.fixture(scope="module")
def data():
    return datasets.load("digits")


def test_filters_equal_scikit_image(rng):
    x = rng.uniform(size=(3, 9, 8, 1))
    for image, by_median, by_gaussian in zip(
        x, filters.median_filter(x, 3), filters.gaussian_filter(x, 0.8), strict=True
    ):
        expected = median(
            image[..., 0], np.ones((3, 3)), mode="reflect", behavior="ndimage"
        )
        np.testing.assert_allclose(by_median[..., 0], expected)
        expected = gaussian(image[..., 0], 0.8, mode="reflect", truncate=4.0)
        np.testing.assert_allclose(by_gaussian[..., 0], expected)


def test_validation_images_decide(rng):
    clean, noisy = np.full((4, 2, 2, 1), 0.5), rng.uniform(size=(4, 2, 2, 1))
    answers = {"a": 0.9, "b": 0.6, "c": 0.2}
    chosen = filters.best_setting(
        lambda x, s: np.full(x.shape, answers[s]), answers, noisy, clean
    )
    assert chosen == "b"


def test_settings_are_compared_by_their_clipped_answers():
    clean = np.ones((4, 2, 2, 1))
    answers = {"dark": 0.7, "too bright": 1.4}  # clipped, the second is exact
    chosen = filters.best_setting(
        lambda x, s: np.full(x.shape, answers[s]), answers, clean, clean - 1e-3
    )
    assert chosen == "too bright"


def test_noise_is_the_same_at_every_call_and_differs_between_the_parts(data):
    (val, test), again = (filters.noisy_parts(data, "gaussian", 0.3) for _ in range(2))
    np.testing.assert_array_equal(test, again[1])
    assert abs(
        np.corrcoef((val - data.x_val).ravel(), (test - data.x_test).ravel())[0, 1]
    ) < (0.05)


def test_psnr_of_the_simple_baselines_by_hand(data):
    found = filters.baseline_psnrs(data, "masking", 0.5)
    test = np.where(filters.noisy_parts(data, "masking", 0.5)[1] == 0, 0, data.x_test)
    assert found["doing nothing"] == pytest.approx(metrics.psnr(data.x_test, test))
    mean = np.broadcast_to(data.x_train.mean(axis=0), data.x_test.shape)
    assert found["mean image"] == pytest.approx(metrics.psnr(data.x_test, mean), rel=1e-6)


def test_projection_is_that_of_the_size_that_validation_chose(data):
    found = filters.baseline_psnrs(data, "masking", 0.5)["PCA projection"]
    val, test = filters.noisy_parts(data.flat(), "masking", 0.5)
    flat, psnrs = data.flat(), {}
    for k in filters.PCA_SIZES:
        pca = PCA(k).fit(flat.x_train)
        psnrs[metrics.psnr(flat.x_val, pca.reconstruct(val).clip(0, 1))] = metrics.psnr(
            flat.x_test, pca.reconstruct(test).clip(0, 1)
        )
    assert found == pytest.approx(psnrs[max(psnrs)])


def test_kernel_average_of_one_image_is_that_image(data):
    one = replace(data, x_train=data.x_train[:1])
    found = filters.baseline_psnrs(one, "gaussian", 0.3)
    answer = np.broadcast_to(data.x_train[:1], data.x_test.shape)
    assert found["kernel average"] == pytest.approx(metrics.psnr(data.x_test, answer))
