"""Moved images against whole shifts, straight lines, and the size of the fields."""

import numpy as np
import pytest

from companion.practice import distortions


def test_whole_shifts_move_pixels_and_bring_zeros_in(rng):
    images = rng.random((2, 4, 5))
    field = np.array([[1.0, 0.0], [0.0, -2.0]])[:, :, None, None]
    found = distortions.moved(images, field)
    np.testing.assert_allclose(found[0, :3], images[0, 1:])
    np.testing.assert_allclose(found[0, 3], 0)
    np.testing.assert_allclose(found[1, :, 2:], images[1, :, :3])
    np.testing.assert_allclose(found[1, :, :2], 0)


def test_half_a_pixel_is_the_mean_of_two_neighbors(rng):
    images = rng.random((1, 4, 5))
    found = distortions.moved(images, np.array([0.0, 0.5])[None, :, None, None])
    expected = (images[0, :, :4] + images[0, :, 1:]) / 2
    np.testing.assert_allclose(found[0, :, :4], expected)


def test_each_pixel_reads_at_its_own_place():
    images = np.arange(9.0).reshape(1, 3, 3)
    field = np.zeros((1, 2, 3, 3))
    field[0, 0, 0, 1] = 2.0
    found = distortions.moved(images, field)[0]
    assert found[0, 1] == 7.0
    found[0, 1] = 1.0
    np.testing.assert_allclose(found, images[0])


def test_shifts_are_uniform_up_to_the_furthest(rng):
    fields = distortions.shift_fields(4000, 1.5, rng)
    assert fields.shape == (4000, 2, 1, 1)
    assert np.abs(fields).max() <= 1.5
    np.testing.assert_allclose(fields.std(axis=0), 1.5 / np.sqrt(3), rtol=0.04)


def test_elastic_fields_have_their_strength_and_are_smooth(rng):
    fields = distortions.elastic_fields(50, (8, 10), 0.7, rng)
    assert fields.shape == (50, 2, 8, 10)
    np.testing.assert_allclose(np.sqrt((fields**2).mean(axis=(2, 3))), 0.7)
    for axis in (2, 3):
        assert np.abs(np.diff(fields, axis=axis)).mean() < 0.5 * np.abs(fields).mean()
    assert not np.allclose(fields[0], fields[1])
    assert abs(np.mean(fields[:, 0] * fields[:, 1])) < 0.15 * 0.7**2


@pytest.mark.parametrize("kind", ["shifted", "elastic"])
def test_distorted_images_follow_their_own(kind, rng):
    x = rng.random((3, 64))
    still = distortions.more_images(kind, x, 2, 1e-9, rng)
    np.testing.assert_allclose(still, np.repeat(x, 2, axis=0), atol=1e-6)
    moved = distortions.more_images(kind, x, 2, 1.0, rng)
    assert not np.allclose(moved[0], moved[1])
    if kind == "shifted":  # one shift for all pixels: a bright inside stays a plane
        plane = np.ones((1, 64))
        inside = distortions.more_images(kind, plane, 5, 1.0, rng).reshape(5, 8, 8)
        np.testing.assert_allclose(inside[:, 1:7, 1:7], 1.0)


def test_unknown_distortion_is_named(rng):
    with pytest.raises(ValueError, match="kind must be shifted or elastic; got 'bent'"):
        distortions.more_images("bent", rng.random((1, 64)), 1, 1.0, rng)
