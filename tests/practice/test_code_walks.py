"""Ways between codes against geometry."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation, Slerp

from companion.practice import code_walks as walks

SHARES = np.linspace(0.0, 1.0, 7)


def test_straight_way_by_hand():
    found = walks.straight([[0.0, 2.0]], [[4.0, -2.0]], [0.0, 0.25, 1.0])
    np.testing.assert_allclose(found[:, 0], [[0, 2], [1, 1], [4, -2]])


def test_great_circle_on_the_plane_turns_evenly():
    angles = 0.3 + 2.1 * SHARES
    found = walks.spherical(
        [[np.cos(0.3), np.sin(0.3)]], [[np.cos(2.4), np.sin(2.4)]], SHARES
    )
    expected = np.column_stack((np.cos(angles), np.sin(angles)))
    np.testing.assert_allclose(found[:, 0], expected, atol=1e-12)


def test_great_circle_in_four_dimensions_is_that_of_quaternions_in_scipy(rng):
    ends = rng.normal(size=(2, 4))
    ends /= np.linalg.norm(ends, axis=1, keepdims=True)
    ends[1] *= np.sign(ends[0] @ ends[1])  # SciPy takes the nearer of the two signs
    expected = Slerp([0, 1], Rotation.from_quat(ends))(SHARES).as_quat()
    found = walks.spherical(ends[:1], ends[1:], SHARES)[:, 0]
    signs = np.sign(np.sum(expected * found, axis=1, keepdims=True))
    np.testing.assert_allclose(found, signs * expected, atol=1e-12)


def test_both_ways_begin_and_end_alike_and_agree_in_one_direction(rng):
    start, end = rng.normal(size=(2, 5, 3))
    for way in (walks.straight, walks.spherical):
        np.testing.assert_allclose(way(start, end, [0.0, 1.0]), [start, end], atol=1e-12)
    along = walks.spherical(start, 3 * start, SHARES)
    np.testing.assert_allclose(along, walks.straight(start, 3 * start, SHARES))


def test_the_middle_of_two_draws_has_half_the_squared_length(rng):
    start, end = rng.normal(size=(2, 20_000, 8))
    middle = [way(start, end, [0.5])[0] for way in (walks.straight, walks.spherical)]
    squared = [np.mean(np.sum(codes**2, axis=1)) for codes in middle]
    # On the great circle |middle|^2 = |a + b|^2 / (2 (1 + cos)), near 8 for equal lengths.
    assert squared[0] == pytest.approx(4.0, rel=0.03)
    assert squared[1] == pytest.approx(8.0, rel=0.03)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: walks.straight(x, x[:1], SHARES), "end must"),
        (lambda x: walks.spherical(x, 0 * x, SHARES), "must not be zero"),
        (lambda x: walks.spherical(x, -x, SHARES), "must not be opposite"),
    ],
)
def test_what_makes_no_way_is_named(call, message, rng):
    with pytest.raises(ValueError, match=message):
        call(rng.normal(size=(2, 3)))
