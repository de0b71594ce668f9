"""Small training sets, spoiled labels, moved images."""

import numpy as np
import pytest
from scipy.ndimage import shift as scipy_shift

from companion.networks import generalization


def test_subsets_hold_each_example_once_with_its_own_label():
    x, labels = np.arange(50.0).reshape(25, 2), np.arange(25)
    subsets, classes = generalization.draw_subsets(x, labels, 20, seeds=[0, 1, 0])
    assert subsets.shape == (3, 20, 2)
    np.testing.assert_array_equal(subsets[..., 0], 2 * classes)
    assert all(len(np.unique(row)) == 20 for row in classes)
    np.testing.assert_array_equal(classes[0], classes[2])
    assert (classes[0] != classes[1]).any()
    with pytest.raises(ValueError, match="n must be from 1 to 25; got 26"):
        generalization.draw_subsets(x, labels, 26, seeds=[0])


def test_subsets_of_a_larger_size_contain_the_smaller():
    x, labels = np.zeros((25, 2)), np.arange(25)
    small, large = (generalization.draw_subsets(x, labels, n, [3])[1] for n in (5, 15))
    assert set(small[0]) < set(large[0])


def test_spoiled_labels_are_wrong_in_the_asked_number_and_evenly(rng):
    labels = rng.integers(0, 10, size=(4, 5000))
    spoiled = generalization.spoil_labels(labels, 0.3, 10, rng)
    wrong = spoiled != labels
    np.testing.assert_array_equal(wrong.sum(axis=1), 1500)
    # Nine other classes share them evenly: 667 each of 6000, five standard errors.
    offsets = np.bincount((spoiled - labels)[wrong] % 10, minlength=10)
    assert offsets[0] == 0
    assert np.abs(offsets[1:] - 6000 / 9).max() < 5 * np.sqrt(6000 / 9)
    assert spoiled.min() == 0
    assert spoiled.max() == 9


def test_spoiled_places_are_drawn_anew_for_every_set(rng):
    labels = np.zeros((2, 1000), int)
    first, second = generalization.spoil_labels(labels, 0.5, 10, rng) != labels
    assert np.sum(first & second) == pytest.approx(250, abs=60)
    assert first[:500].sum() == pytest.approx(250, abs=60)


def test_labels_stay_where_nothing_is_spoiled(rng):
    labels = rng.integers(0, 10, size=40)
    np.testing.assert_array_equal(generalization.spoil_labels(labels, 0.0, 10, rng), labels)
    with pytest.raises(ValueError, match="share must be from 0 to 1; got 1.5"):
        generalization.spoil_labels(labels, 1.5, 10, rng)


def test_shifted_images_are_the_nine_moves_of_scipy(rng):
    image = rng.uniform(0.1, 1, size=(8, 8)).astype("float32")
    moved = generalization.shift_images(np.tile(image.ravel(), (2, 900, 1)), rng)
    assert moved.shape == (2, 900, 64)
    assert moved.dtype == np.float32
    moves = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    expected = np.stack([scipy_shift(image, m, order=0).ravel() for m in moves])
    equal = (moved.reshape(-1, 1, 64) == expected).all(axis=2)
    np.testing.assert_array_equal(equal.sum(axis=1), 1)
    # 1800 draws of nine moves: 200 each, five standard errors.
    assert np.abs(equal.sum(axis=0) - 200).max() < 70


def test_images_of_one_batch_keep_their_places(rng):
    images = np.zeros((5, 64))
    images[:, 8 * 3 + 3] = np.arange(1, 6)
    moved = generalization.shift_images(images, rng)
    np.testing.assert_array_equal(moved.max(axis=1), np.arange(1, 6))
    with pytest.raises(ValueError, match="x must have 64 pixels per image; got 60"):
        generalization.shift_images(np.zeros((2, 60)), rng)
