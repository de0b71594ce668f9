"""Images moved by hand, and pooling against Keras."""

import keras
import numpy as np
import pytest

from companion.autoencoders.positions import dots, max_pool, place_on_canvas


def test_images_lie_where_their_offset_says(rng):
    images = rng.uniform(size=(3, 4, 5, 2)).astype("float32")
    offsets = [(0, 0), (3, 2), (5, 4)]
    canvases = place_on_canvas(images, 9, offsets)
    assert canvases.shape == (3, 9, 9, 2)
    assert canvases.dtype == np.float32
    for canvas, image, (row, column) in zip(canvases, images, offsets, strict=True):
        np.testing.assert_array_equal(canvas[row : row + 4, column : column + 5], image)
        assert canvas.sum() == pytest.approx(image.sum(), rel=1e-6)


def test_one_offset_serves_all(rng):
    images = rng.uniform(size=(3, 4, 4, 1))
    moved = np.roll(place_on_canvas(images, 8, (0, 0)), (1, 3), axis=(1, 2))
    np.testing.assert_array_equal(place_on_canvas(images, 8, (1, 3)), moved)


@pytest.mark.parametrize("offsets", [(-1, 0), (0, 5), (5, 0)])
def test_an_image_off_the_canvas_is_refused(offsets):
    with pytest.raises(ValueError, match="offsets must keep 4 x 4 pixels inside"):
        place_on_canvas(np.ones((2, 4, 4, 1)), 8, offsets)


def test_pooling_equals_keras(rng):
    x = rng.normal(size=(2, 6, 9, 3)).astype("float32")
    expected = keras.ops.max_pool(x, 3, data_format="channels_last")
    np.testing.assert_array_equal(max_pool(x, 3), keras.ops.convert_to_numpy(expected))


def test_pooling_refuses_a_rest():
    with pytest.raises(ValueError, match="size must divide 6 and 9; got 2"):
        max_pool(np.zeros((1, 6, 9, 1)), 2)


def test_dots_are_all_different_and_single():
    images = dots(5)
    assert images.shape == (25, 5, 5, 1)
    np.testing.assert_array_equal(images.sum(axis=(1, 2, 3)), 1.0)
    np.testing.assert_array_equal(images.sum(axis=0), 1.0)
