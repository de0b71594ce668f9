"""Photographs to train, to choose and to test on: apart from one another, and as stored."""

import numpy as np
import pytest
import skimage.data

from companion.datasets import scenes


def test_no_photograph_serves_twice():
    names = (*scenes.TRAIN, *scenes.VALIDATION, *scenes.TEST)
    assert len(set(names)) == len(names)


def test_the_middle_is_that_of_the_stored_image():
    stored = skimage.data.coins()
    top, left = (303 - 50) // 2, (384 - 50) // 2
    found = scenes.scene("coins", 50)
    expected = stored[top : top + 50, left : left + 50] / 255.0
    np.testing.assert_allclose(found[..., 0], expected, atol=1e-6)
    assert found.dtype == np.float32


def test_the_retina_is_reduced_by_averaging():
    from skimage.transform import downscale_local_mean

    gray = skimage.color.rgb2gray(skimage.data.retina())[:1408, :1408]
    expected = downscale_local_mean(gray, (4, 4))
    np.testing.assert_allclose(scenes.scene("retina")[..., 0], expected, atol=1e-5)


@pytest.mark.parametrize("which", scenes.TEST)
def test_all_are_gray_and_in_range(which):
    image = scenes.scene(which, 192)
    assert image.shape == (192, 192, 1)
    assert image.min() >= 0.0
    assert 0.3 < image.max() <= 1.0


def test_the_data_set_holds_the_photographs_of_each_part():
    from companion.datasets import load

    data = load("scene_patches")
    np.testing.assert_array_equal(data.x_train, scenes.patches(scenes.TRAIN, 32))
    np.testing.assert_array_equal(data.x_test, scenes.patches(scenes.TEST, 32))
    assert [len(np.unique(y)) for y in (data.y_train, data.y_val, data.y_test)] == [7, 2, 5]
    brick = data.x_test[
        data.y_test == (*scenes.TRAIN, "", "", "china", "brick").index("brick")
    ]
    np.testing.assert_array_equal(brick[0], scenes.scene("brick")[:32, :32])


def test_patches_do_not_overlap_and_follow_the_image():
    found = scenes.patches(("grass",), 100)
    assert found.shape == (25, 100, 100, 1)
    whole = scenes.scene("grass")
    np.testing.assert_array_equal(found[7], whole[100:200, 200:300])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("nowhere",), "which must be among"), (("coins", 400), "side must fit")],
)
def test_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        scenes.scene(*arguments)
