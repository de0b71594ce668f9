"""Shifts, permutations and what follows a shift, by counting and by hand."""

import numpy as np
import pytest

from companion.networks import moved_images


def test_a_shift_goes_down_and_right():
    x = np.zeros((1, 5, 5, 1))
    x[0, 1, 1] = 1.0
    moved = moved_images.shifted(x, 2, 1)
    np.testing.assert_array_equal(np.argwhere(moved[0, ..., 0]), [[3, 2]])


def test_a_canvas_has_its_margin_on_every_side():
    x = moved_images.on_canvas(np.ones((2, 3, 4, 1)), 2)
    assert x.shape == (2, 7, 8, 1)
    assert x.sum() == x[:, 2:5, 2:6].sum() == 24


def test_every_image_stands_once_in_every_place_beside_its_class():
    y = np.array([3, 7, 5])
    x = np.zeros((3, 5, 5, 1))
    x[:, 2, 2, 0] = y
    moved, classes = moved_images.in_every_place(x, y, 2)
    np.testing.assert_array_equal(moved.max(axis=(1, 2, 3)), classes)
    found = {
        (label, *np.argwhere(m)[0][:2]) for m, label in zip(moved, classes, strict=True)
    }
    assert found == {(label, r, c) for label in y for r in range(5) for c in range(5)}
    assert len(moved) == 75


def test_one_order_serves_all_images(rng):
    x, order = rng.uniform(size=(6, 4, 4, 1)), rng.permutation(16)
    moved = moved_images.permuted(x, order)
    for place, pixel in enumerate(order):
        np.testing.assert_array_equal(
            moved[:, place // 4, place % 4], x[:, pixel // 4, pixel % 4]
        )


def test_accuracy_counts_every_shift_of_a_length():
    x = moved_images.on_canvas(np.ones((1, 1, 1, 1)), 2)  # one pixel in 5 x 5

    def in_the_top_row(images):
        return images[:, 0].any(axis=(1, 2)).astype(int)

    y = np.ones(1, int)
    assert moved_images.accuracy_at(0, in_the_top_row, x, y) == 0.0
    assert moved_images.accuracy_at(1, in_the_top_row, x, y) == 0.0
    assert moved_images.accuracy_at(2, in_the_top_row, x, y) == 5 / 16


def test_the_unmatched_part_by_hand():
    x = np.zeros((1, 1, 16, 1))
    x[0, 0, 8:10, 0] = 4.0, 3.0  # every second pixel: the 4, and after a shift the 3

    def halved(x):
        return x[:, :, ::2]

    assert moved_images.unmatched(halved, x, 1) == pytest.approx(1 / 3)
    assert moved_images.unmatched(halved, x, 2) == 0
    assert moved_images.unmatched(lambda x: 2 * x, x, 4) == 0
