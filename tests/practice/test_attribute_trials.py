"""Arithmetic with codes on a coder and images in which all sums are known."""

import numpy as np
import pytest

from companion.practice import attribute_trials as trials


def classes(x):
    return (x[:, 0] > 0.5).astype(int)


def test_ink_by_hand():
    np.testing.assert_allclose(trials.ink(np.array([[0.5, 1.0], [0.0, 0.25]])), [1.5, 0.25])


def test_light_images_become_dark_by_steps_of_the_direction():
    # The second pixel is all that differs: 0.1 or 0.6, so the direction is 0.5 of it.
    train = np.array([[0.2, 0.1], [0.2, 0.1], [0.2, 0.6], [0.2, 0.6]])
    new = np.array([[0.2, -0.2], [0.2, 0.1], [0.2, 0.3], [0.2, 0.9]])
    same = (lambda a: a, lambda a: a)
    found = trials.more_ink(*same, train, new, (0, 1, 3), classes)
    # Above the median 0.55 of the ink: of three light images none, after a step two.
    expected = [(0, 1), (2 / 3, 1), (1, 1)]
    np.testing.assert_allclose(found["codes"], expected)
    np.testing.assert_allclose(found["pixels"], expected)


def test_codes_are_changed_in_codes_and_classes_are_those_before():
    train = np.array([[0.2, 0.1], [0.2, 0.1], [0.2, 0.6], [0.2, 0.6]])
    new = np.array([[0.2, 0.1], [0.2, 0.9]])
    found = trials.more_ink(
        lambda a: a[:, ::-1], lambda z: z + [0.5, 0.0], train, new, (0,), classes
    )
    np.testing.assert_allclose(found["codes"], [(1, 0)])  # its decoder adds ink
    np.testing.assert_allclose(found["pixels"], [(0, 1)])


def test_pixels_are_cut_and_codes_are_not():
    train = np.array([[0.0, 0.0], [0.0, 0.0], [0.4, 0.6], [0.4, 0.6]])
    seen = []

    def remember(x):
        seen.append(x)
        return classes(x)

    trials.more_ink(lambda a: a, lambda z: z, train, train[:1], (5,), remember)
    np.testing.assert_allclose(seen[1], [[2.0, 3.0]])
    np.testing.assert_allclose(seen[2], [[1.0, 1.0]])


def test_means_of_classes_are_subtracted_and_added():
    x = np.array([[0.1, 0.0], [0.3, 0.0], [0.8, 0.4], [0.8, 0.6], [0.0, 9.0]])
    y = np.array([0, 0, 1, 1, 2])
    new = np.array([[0.0, 0.0], [-0.2, 0.1], [0.9, 0.5]]), np.array([0, 0, 1])
    same = (lambda a: a, lambda a: a)
    # The way is (0.6, 0.5): the first image is read as 1 then, the second is not.
    assert trials.other_class(*same, (x, y), new, (0, 1), classes) == (0.5, 0.5)
    half = (lambda a: a, lambda z: z / 2)
    assert trials.other_class(*half, (x, y), new, (0, 1), classes) == (0.0, 0.5)
    back = trials.other_class(*same, (x, y), new, (1, 0), classes)
    assert back == (1.0, 1.0)


def test_direction_of_a_property_is_the_difference_of_two_known_means(rng):
    has = np.repeat([True, False], (3000, 1000))
    codes = rng.normal(size=(4000, 2)) + np.where(has[:, None], [2.0, -1.0], [0.5, 3.0])
    np.testing.assert_allclose(trials.attribute(codes, has), [1.5, -4.0], atol=0.12)


def test_all_of_one_kind_has_no_direction():
    flat = np.ones((3, 2))
    with pytest.raises(ValueError, match="has must hold both; got 0 of 3 true"):
        trials.more_ink(lambda a: a, lambda a: a, flat, flat, (1,), classes)
