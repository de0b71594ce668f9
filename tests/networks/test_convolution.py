"""Convolution against loops, SciPy, its matrix, slopes and shifts."""

import numpy as np
import pytest
import scipy.signal
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from companion.networks import convolution, gradient_check, windows
from reproductions.networks import convolution as parities

SETTINGS = [
    (stride, padding, sides)
    for stride in (1, 2, 3)
    for padding in windows.PADDINGS
    for sides in ((3, 3), (2, 4), (1, 1))
]


def draw(rng, sides, shape=(7, 8), n_channels=3, n_filters=2):
    kernel = rng.normal(size=(*sides, n_channels, n_filters))
    return rng.normal(size=(4, *shape, n_channels)), kernel, rng.normal(size=n_filters)


@pytest.mark.parametrize(("stride", "padding", "sides"), SETTINGS)
def test_forward_equals_the_plain_loops(rng, stride, padding, sides):
    arguments = (*draw(rng, sides), stride, padding)
    expected = convolution.forward_in_loops(*arguments)
    actual = convolution.forward(*arguments)
    np.testing.assert_allclose(actual, expected, atol=1e-12)


@pytest.mark.parametrize("padding", windows.PADDINGS)
def test_cross_correlation_and_convolution_are_those_of_scipy(rng, padding):
    x, kernel = rng.normal(size=(9, 7)), rng.normal(size=(3, 3))
    arguments = x[None, ..., None], kernel[..., None, None], np.zeros(1), 1, padding
    ours = convolution.forward(*arguments)[0, ..., 0]
    expected = scipy.signal.correlate2d(x, kernel, mode=padding)
    np.testing.assert_allclose(ours, expected, atol=1e-12)
    ours = convolution.convolve(*arguments)[0, ..., 0]
    expected = scipy.signal.convolve2d(x, kernel, mode=padding)
    np.testing.assert_allclose(ours, expected, atol=1e-12)


def test_channels_add_up_and_filters_stay_apart(rng):
    x, kernel, bias = draw(rng, (3, 2))
    maps = convolution.forward(x, kernel, bias)
    for f in range(2):
        parts = [
            scipy.signal.correlate2d(x[1, ..., c], kernel[..., c, f], mode="valid")
            for c in range(3)
        ]
        np.testing.assert_allclose(maps[1, ..., f], sum(parts) + bias[f], atol=1e-12)


@pytest.mark.parametrize(("stride", "padding", "sides"), SETTINGS)
def test_gradients_are_slopes(rng, stride, padding, sides):
    params = draw(rng, sides)
    maps = convolution.forward(*params, stride, padding)
    target = rng.normal(size=maps.shape)

    def loss(params):
        return np.sum(np.sin(convolution.forward(*params, stride, padding)) * target)

    x, kernel, _ = params
    grads = convolution.backward(x, kernel, np.cos(maps) * target, stride, padding)
    assert gradient_check.largest_error(loss, params, grads, rng) < 1e-7


def test_gradient_by_the_input_is_scipys_full_convolution(rng):
    kernel, errors = rng.normal(size=(3, 3)), rng.normal(size=(4, 5))
    shape = (1, 6, 7, 1)
    ours = convolution.grad_input(shape, kernel[..., None, None], errors[None, ..., None])
    expected = scipy.signal.convolve2d(errors, kernel, mode="full")
    np.testing.assert_allclose(ours[0, ..., 0], expected, atol=1e-12)


def test_pixels_that_no_window_meets_have_no_gradient(rng):
    kernel = rng.normal(size=(2, 2, 1, 1))
    errors = np.ones((1, 2, 2, 1))
    grad = convolution.grad_input((1, 6, 6, 1), kernel, errors, stride=3)
    np.testing.assert_array_equal(grad[0, 2::3], 0.0)
    np.testing.assert_array_equal(grad[0, :, 2::3], 0.0)
    np.testing.assert_array_equal(grad[0, 3:5, 3:5], kernel[..., 0])


@pytest.mark.parametrize("parity", parities.layer_parities(), ids=lambda p: p.compared)
def test_layers_agree_with_the_frameworks(parity):
    assert parity.holds, parity


# Whole numbers are added without rounding, in whatever order, so equality is exact.
whole = hnp.arrays(np.int64, (1, 9, 9, 2), elements=st.integers(-8, 8))
weights = hnp.arrays(np.int64, (3, 3, 2, 2), elements=st.integers(-8, 8))
steps = st.integers(-3, 3)


def shifted(x, down, right):
    return np.roll(x, (down, right), axis=(1, 2))


def margin(x, width):
    """Put so many zeros around an image that a shift loses nothing."""
    return np.pad(x, [(0, 0), (width, width), (width, width), (0, 0)])


@given(x=whole, kernel=weights, down=steps, right=steps)
def test_valid_convolution_follows_every_shift_exactly(x, kernel, down, right):
    kernel, bias, x = kernel.astype(float), np.array([1.0, -2.0]), margin(x, 5)
    maps = convolution.forward(x, kernel, bias)
    of_shifted = convolution.forward(shifted(x, down, right), kernel, bias)
    np.testing.assert_array_equal(of_shifted, shifted(maps, down, right))


@given(x=whole, kernel=weights, down=st.integers(-1, 1), right=st.integers(-1, 1))
def test_strided_convolution_follows_shifts_by_whole_strides(x, kernel, down, right):
    kernel, bias, x = kernel.astype(float), np.zeros(2), margin(x, 5)
    maps = convolution.forward(x, kernel, bias, stride=2)
    moved = shifted(x, 2 * down, 2 * right)
    of_shifted = convolution.forward(moved, kernel, bias, stride=2)
    np.testing.assert_array_equal(of_shifted, shifted(maps, down, right))


def test_stride_and_border_break_the_shift():
    x = np.zeros((1, 6, 6, 1))
    x[0, 0, 2, 0] = 1.0
    kernel, bias = np.ones((3, 3, 1, 1)), np.zeros(1)
    strided = convolution.forward(x, kernel, bias, stride=2)
    of_shifted = convolution.forward(shifted(x, 0, 1), kernel, bias, stride=2)
    assert strided.sum() != of_shifted.sum()
    same = convolution.forward(x, kernel, bias, padding="same")
    of_shifted = convolution.forward(shifted(x, 1, 0), kernel, bias, padding="same")
    assert same.sum() != of_shifted.sum()


def test_float32_stays_float32(rng):
    x, kernel, bias = (a.astype(np.float32) for a in draw(rng, (3, 3)))
    maps = convolution.forward(x, kernel, bias)
    grads = convolution.backward(x, kernel, maps)
    assert {a.dtype for a in (maps, *grads)} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": np.zeros((1, 5, 5, 2))}, r"x must have shape \(batch, .*, 1\); got shape"),
        ({"x": np.zeros((5, 5))}, r"x must have shape .*; got shape \(5, 5\)"),
        ({"kernel": np.zeros((3, 3))}, r"kernel must have shape .* got shape \(3, 3\)"),
        ({"bias": np.zeros(3)}, r"bias must have shape \(2,\); got shape \(3,\)"),
        ({"bias": np.zeros(1)}, r"bias must have shape \(2,\); got shape \(1,\)"),
        ({"stride": 0}, "stride must be an integer of at least 1; got 0"),
        ({"padding": "full"}, "padding must be 'valid' or 'same'; got 'full'"),
        ({"x": np.zeros((1, 2, 5, 1))}, "window must be at most the size 2; got 3"),
    ],
)
def test_unfit_arguments_are_refused(change, message):
    fit = {
        "x": np.zeros((1, 5, 5, 1)),
        "kernel": np.zeros((3, 3, 1, 2)),
        "bias": np.zeros(2),
    }
    with pytest.raises(ValueError, match=message):
        convolution.forward(**{**fit, **change})
