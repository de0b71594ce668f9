"""Natural patches: held-out photographs, scale and repeatability."""

import numpy as np
import pytest

from companion import datasets
from companion.brain import natural_images, whitening
from companion.datasets import photographs


def test_training_and_test_photographs_differ_and_share_one_scale(monkeypatch):
    # Pixels of the test photograph are three times as strong as all others.
    noise, seen = np.random.default_rng(0).normal(size=(60, 60)), []

    def record(names):
        seen.append(set(names))
        size = 3.0 if names == (photographs.TEST_PHOTOGRAPH,) else 1.0
        return [size * noise]

    monkeypatch.setattr(natural_images, "whitened_photographs", record)
    x_train, x_test = natural_images.load(8, 3000, 3000, seed=0)
    train, test = seen
    assert test == {photographs.TEST_PHOTOGRAPH}
    assert not train & {photographs.TEST_PHOTOGRAPH, photographs.VALIDATION_PHOTOGRAPH}
    assert np.mean(x_train**2) == pytest.approx(1.0)
    assert np.mean(x_test**2) == pytest.approx(9.0, rel=0.05)


def test_photographs_are_whitened():
    image = natural_images.whitened_photographs(("camera",))[0]
    assert np.var(image) == pytest.approx(1.0)
    edges = np.array([0.015, 0.025, 0.18, 0.22])
    low, _, high = whitening.radial_amplitude(image, edges)
    assert low / high < 3.0  # above 15 in the photograph


def test_patches_have_unit_scale_no_mean_and_repeat():
    x_train, x_test = natural_images.load(8, 3000, 200, seed=3)
    assert np.mean(x_train**2) == pytest.approx(1.0, rel=1e-12)
    np.testing.assert_allclose(x_train.mean(axis=1), 0.0, atol=1e-12)
    np.testing.assert_allclose(x_test.mean(axis=1), 0.0, atol=1e-12)
    again, _ = natural_images.load(8, 3000, 200, seed=3)
    np.testing.assert_array_equal(x_train, again)
    # What whitening takes away: the correlation of pixels four columns apart.
    squares = x_train.reshape(-1, 8, 8)
    image = natural_images.gray_photograph("camera")
    image = image - image.mean()
    assert np.mean(image[:, 4:] * image[:, :-4]) > 0.8 * np.mean(image**2)
    assert abs(np.mean(squares[:, :, 4:] * squares[:, :, :-4])) < 0.2


def test_a_photograph_is_the_one_the_data_set_cuts():
    data = datasets.load("photographs_gray")
    image = natural_images.gray_photograph("china")
    np.testing.assert_array_equal(data.x_test[0, ..., 0], image[:16, :16])


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="which must be among camera.*got 'lena'"):
        natural_images.whitened_photographs(("lena",))
