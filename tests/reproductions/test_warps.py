"""Deformations against SciPy; at amplitude 0 the images stay as they are."""

import keras
import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from companion import datasets
from companion.autoencoders.dense import DenseAutoencoder
from reproductions.warps import ZOOM, WarpedTraining, fields, refined


@pytest.fixture
def images():
    return datasets.load("digits").x_test[:6, :, :, 0]


@pytest.fixture
def model():
    autoencoder = DenseAutoencoder(64, 2, hidden=(5,), output_activation="linear")
    return WarpedTraining(autoencoder, side=8, affine=0.7, elastic=0.5)


def warped(model, images, c_rows, c_columns):
    args = [
        keras.ops.convert_to_tensor(np.asarray(c, "float32")) for c in (c_rows, c_columns)
    ]
    fine = keras.ops.convert_to_tensor(refined(images))
    return keras.ops.convert_to_numpy(model.warp(fine, *args))


def test_refined_images_keep_the_pixels(images):
    side = ZOOM * 7 + 1
    fine = refined(images).reshape(-1, side, side)
    np.testing.assert_allclose(fine[:, ::ZOOM, ::ZOOM] / 255, images, atol=0.5 / 255)


def test_without_displacement_the_image_stays(model, images):
    none = np.zeros((6, len(model.fields)))
    same = warped(model, images, none, none).reshape(images.shape)
    # The last row and column are read 0.001 pixel further in, so that a neighbor exists.
    np.testing.assert_allclose(same, images, atol=0.5 / 255 + 0.003)


def test_displaced_images_are_those_of_scipy(model, images, rng):
    c_rows, c_columns = 0.5 * rng.normal(size=(2, 6, len(model.fields)))
    found = warped(model, images, c_rows, c_columns)
    side = ZOOM * 7 + 1
    rows, columns = np.indices((8, 8)).reshape(2, -1)
    for i, fine in enumerate(refined(images).reshape(-1, side, side)):
        moved = [rows + c_rows[i] @ model.fields, columns + c_columns[i] @ model.fields]
        places = ZOOM * np.clip(moved, 0, 7 - 0.001)
        right = map_coordinates(fine.astype(float), places, order=1) / 255
        np.testing.assert_allclose(found[i], right, atol=2e-4)


def test_fields_are_what_they_are_called():
    stretch, shear, *waves = fields(8, affine=0.7, elastic=0.5).reshape(-1, 8, 8)
    np.testing.assert_allclose(stretch[3], np.linspace(-0.7, 0.7, 8), rtol=1e-5)
    np.testing.assert_allclose(shear, stretch.T)
    assert len(waves) == 13
    for wave in waves:  # none of them moves the image as a whole
        assert abs(wave.mean()) < 1e-6


@pytest.mark.slow
def test_amplitude_zero_trains_on_the_images_themselves(model, images):
    fine = refined(images)
    model.compile("adam")
    model.amplitude.assign(0.0)
    image = keras.ops.convert_to_numpy(model(fine)["image"])
    np.testing.assert_allclose(image, images.reshape(6, 64), atol=0.5 / 255 + 0.003)
    model.amplitude.assign(1.0)
    first = keras.ops.convert_to_numpy(model(fine)["image"])
    second = keras.ops.convert_to_numpy(model(fine)["image"])
    assert np.abs(first - second).max() > 0.1
    loss = model.fit(fine, fine, verbose=0).history["loss"][0]
    assert np.isfinite(loss)
