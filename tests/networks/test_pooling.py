"""Pooling by hand, against frameworks, slopes and shifts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from companion.networks import gradient_check, pooling

GRID = np.arange(16.0).reshape(1, 4, 4, 1)
SHAPES = [(2, None), (2, 1), (3, 2), (3, None)]


def test_by_hand():
    largest = [[5, 7], [13, 15]]
    np.testing.assert_array_equal(pooling.max_forward(GRID)[0, ..., 0], largest)
    means = [[2.5, 4.5], [10.5, 12.5]]
    np.testing.assert_array_equal(pooling.average_forward(GRID)[0, ..., 0], means)


@pytest.mark.parametrize("name", pooling.POOLINGS)
@pytest.mark.parametrize(("size", "stride"), SHAPES)
def test_gradients_are_slopes(rng, name, size, stride):
    forward, backward = pooling.POOLINGS[name]
    x = rng.permutation(2 * 8 * 7 * 3).reshape(2, 8, 7, 3) / 100.0  # no ties
    target = rng.normal(size=forward(x, size, stride).shape)

    def loss(params):
        return np.sum(np.sin(forward(params[0], size, stride)) * target)

    grad = backward(x, np.cos(forward(x, size, stride)) * target, size, stride)
    assert gradient_check.largest_error(loss, [x], [grad], rng) < 1e-7


def test_the_first_of_equal_pixels_gets_the_whole_error():
    grad = pooling.max_backward(np.ones((1, 2, 2, 1)), np.full((1, 1, 1, 1), 4.0))
    np.testing.assert_array_equal(grad[0, ..., 0], [[4, 0], [0, 0]])
    grad = pooling.average_backward(np.ones((1, 2, 2, 1)), np.full((1, 1, 1, 1), 4.0))
    np.testing.assert_array_equal(grad[0, ..., 0], [[1, 1], [1, 1]])


@pytest.mark.parametrize("name", pooling.POOLINGS)
def test_pixels_left_over_get_no_error(name):
    forward, backward = pooling.POOLINGS[name]
    x = np.arange(25.0).reshape(1, 5, 5, 1)
    assert forward(x).shape == (1, 2, 2, 1)
    grad = backward(x, np.ones((1, 2, 2, 1)))
    assert grad.sum() == 4
    assert not grad[0, 4].any()
    assert not grad[0, :, 4].any()


@given(
    x=hnp.arrays(np.int64, (1, 4, 4, 1), elements=st.integers(-9, 9)),
    down=st.integers(-2, 2),
    name=st.sampled_from(sorted(pooling.POOLINGS)),
)
def test_pooling_follows_shifts_by_its_stride(x, down, name):
    forward, _ = pooling.POOLINGS[name]
    x = np.pad(x, [(0, 0), (4, 4), (4, 4), (0, 0)])
    of_shifted = forward(np.roll(x, 2 * down, axis=1))
    np.testing.assert_array_equal(of_shifted, np.roll(forward(x), down, axis=1))


@pytest.mark.parametrize("name", pooling.POOLINGS)
def test_pooling_does_not_follow_a_shift_by_one_pixel(name):
    forward, _ = pooling.POOLINGS[name]
    x = np.zeros((1, 6, 6, 1))
    x[0, 2:4, 2:4] = 1.0
    pooled, of_shifted = forward(x), forward(np.roll(x, 1, axis=1))
    assert not any(
        np.array_equal(of_shifted, np.roll(pooled, step, axis=1)) for step in range(3)
    )


def test_unfit_arguments_are_refused():
    with pytest.raises(ValueError, match=r"x must have shape .*; got shape \(4, 4\)"):
        pooling.max_forward(np.zeros((4, 4)))
    with pytest.raises(ValueError, match="window must be at most the size 2; got 3"):
        pooling.average_forward(np.zeros((1, 5, 2, 1)), 3)
    with pytest.raises(ValueError, match="size must be an integer of at least 1; got 0"):
        pooling.max_forward(GRID, 0)
