"""Patches: where they are cut, and that no photograph serves two parts."""

import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_sample_image

from companion.datasets import load, photographs


@pytest.mark.parametrize(
    ("name", "counts", "train"),
    [
        ("photographs_gray", [8789, 978, 1040], photographs.GRAY_TRAIN),
        ("photographs_color", [1150, 254, 260], photographs.COLOR_TRAIN),
    ],
)
def test_each_photograph_serves_one_part(name, counts, train):
    data = load(name)
    assert [len(x) for x in (data.x_train, data.x_val, data.x_test)] == counts
    used = [
        {photographs.PHOTOGRAPHS[i] for i in y}
        for y in (data.y_train, data.y_val, data.y_test)
    ]
    assert used == [set(train), {"astronaut"}, {"china"}]


def test_colour_patches_are_the_tiles_of_the_photograph():
    # 427 x 640 holds 13 x 20 tiles; the tile in row 2, column 3 starts at (64, 96).
    china = load_sample_image("china.jpg") / 255.0
    patch = load("photographs_color").x_test[2 * 20 + 3]
    np.testing.assert_allclose(patch, china[64:96, 96:128], atol=1e-7)


def test_grey_is_the_luminance_of_the_colour():
    # Weights of red, green and blue in ITU-R BT.709, which scikit-image documents.
    china = load_sample_image("china.jpg") / 255.0 @ [0.2125, 0.7154, 0.0721]
    patch = load("photographs_gray").x_test[1 * 40 + 5]
    np.testing.assert_allclose(patch[..., 0], china[16:32, 80:96], atol=1e-6)


def test_grey_photographs_are_read_as_they_are():
    data = load("photographs_gray")
    camera = data.x_train[data.y_train == photographs.PHOTOGRAPHS.index("camera")]
    assert len(camera) == 32 * 32
    expected = skimage.data.camera()[:16, :16] / 255.0
    np.testing.assert_allclose(camera[0, ..., 0], expected, atol=1e-7)


@given(rows=st.integers(4, 23), columns=st.integers(4, 23), size=st.integers(1, 4))
def test_tiles_never_overlap(rows, columns, size):
    # Every pixel has its own number, so a pixel in two tiles would show.
    image = np.arange(rows * columns).reshape(rows, columns, 1)
    tiles = photographs._tiles(image, size)
    assert tiles.shape == ((rows // size) * (columns // size), size, size, 1)
    assert len(np.unique(tiles)) == tiles.size
    for tile in tiles:  # neighbors in a tile are neighbors in the image
        np.testing.assert_array_equal(np.diff(tile[..., 0], axis=1), 1)
        np.testing.assert_array_equal(np.diff(tile[..., 0], axis=0), columns)


def test_exact_repeats_are_kept_once_and_order_stays():
    image = np.kron([[3, 1], [1, 2]], np.ones((2, 2)))[..., np.newaxis]
    np.testing.assert_array_equal(photographs._tiles(image, 2)[:, 0, 0, 0], [3, 1, 2])
