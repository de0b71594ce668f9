"""The matrix of a convolution: against SciPy, against Keras's layers, and counts."""

import keras
import numpy as np
import pytest
from scipy.signal import correlate2d

from companion.autoencoders.transposed_convolution import (
    convolution_matrix,
    overlap_count,
    padding_before,
)

CASES = [
    ((8, 8, 1), 4, 2, 3),
    ((8, 12, 3), 3, 2, 2),
    ((7, 5, 2), 3, 2, 4),
    ((6, 6, 2), 5, 1, 3),
    ((9, 7, 1), 2, 3, 2),
    ((5, 5, 1), 1, 2, 1),
]


def array(tensor):
    return np.asarray(keras.ops.convert_to_numpy(tensor))


@pytest.mark.parametrize(("image_shape", "kernel_size", "stride", "n_out"), CASES)
def test_matrix_convolves_as_keras_does(rng, image_shape, kernel_size, stride, n_out):
    kernel = rng.normal(size=(kernel_size, kernel_size, image_shape[2], n_out))
    x = rng.normal(size=(1, *image_shape)).astype("float32")
    layer = keras.layers.Conv2D(n_out, kernel_size, stride, "same", use_bias=False)
    layer.build(x.shape)
    layer.set_weights([kernel])
    expected = array(layer(x))[0]
    matrix = convolution_matrix(kernel, image_shape, stride)
    assert matrix.shape == (expected.size, x.size)
    found = (matrix @ x.ravel()).reshape(expected.shape)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("map_shape", "kernel_size", "n_in"),
    [((4, 4, 3), 4, 1), ((3, 5, 2), 3, 4), ((2, 2, 1), 2, 2), ((3, 2, 2), 5, 1)],
)
def test_transpose_is_the_transposed_convolution_of_keras(
    rng, map_shape, kernel_size, n_in
):
    height, width, n_out = map_shape
    kernel = rng.normal(size=(kernel_size, kernel_size, n_in, n_out))
    y = rng.normal(size=(1, *map_shape)).astype("float32")
    layer = keras.layers.Conv2DTranspose(n_in, kernel_size, 2, "same", use_bias=False)
    layer.build(y.shape)
    layer.set_weights([kernel])  # the same array: Keras keeps the order of the matrix C
    expected = array(layer(y))[0]
    matrix = convolution_matrix(kernel, (2 * height, 2 * width, n_in), 2)
    found = (matrix.T @ y.ravel()).reshape(expected.shape)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_stride_1_is_the_correlation_of_scipy(rng):
    kernel, x = rng.normal(size=(3, 5)), rng.normal(size=(6, 9))
    matrix = convolution_matrix(kernel[:, :, np.newaxis, np.newaxis], (6, 9, 1), 1)
    expected = correlate2d(x, kernel, mode="same")
    np.testing.assert_allclose((matrix @ x.ravel()).reshape(6, 9), expected, atol=1e-12)


def test_gathering_and_spreading_are_adjoint_but_not_inverse(rng):
    matrix = convolution_matrix(rng.normal(size=(4, 4, 1, 3)), (8, 8, 1), 2)
    x, y = rng.normal(size=64), rng.normal(size=48)
    assert (matrix @ x) @ y == pytest.approx(x @ (matrix.T @ y), rel=1e-12)
    assert np.abs(matrix.T @ (matrix @ x) - x).max() > 0.1


def test_every_row_holds_the_same_weights(rng):
    kernel = rng.normal(size=(4, 4, 1, 1))
    matrix = convolution_matrix(kernel, (12, 12, 1), 2).toarray()
    inner = matrix.reshape(6, 6, 144)[1:-1, 1:-1].reshape(-1, 144)
    for row in inner:
        np.testing.assert_array_equal(row[row != 0], kernel.ravel())


@pytest.mark.parametrize(
    ("side", "kernel_size", "stride", "expected"),
    [(8, 4, 2, 1), (8, 3, 2, 0), (7, 3, 2, 1), (8, 5, 2, 1), (6, 5, 1, 2), (5, 1, 2, 0)],
)
def test_padding_before_by_hand(side, kernel_size, stride, expected):
    assert padding_before(side, kernel_size, stride) == expected


@pytest.mark.parametrize(
    ("kernel_size", "stride"), [(3, 2), (4, 2), (5, 2), (5, 3), (6, 3)]
)
def test_overlaps_inside_follow_from_the_division(kernel_size, stride):
    counts = overlap_count(24, 24, kernel_size, stride)[8:16, 8:16]
    # A pixel's place within the stride decides: floor(k/s) windows, or one more.
    per_axis = {kernel_size // stride, -(-kernel_size // stride)}
    assert set(np.unique(counts)) == {a * b for a in per_axis for b in per_axis}
    assert (counts.min() == counts.max()) == (kernel_size % stride == 0)


def test_overlaps_by_hand():
    # One axis, 6 pixels, windows of 3 from pixels 0, 2 and 4; the last leaves the image.
    one_axis = np.array([1, 1, 2, 1, 2, 1])
    expected = np.outer(one_axis, one_axis)
    np.testing.assert_array_equal(overlap_count(6, 6, 3, 2), expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.ones((3, 3, 2, 1)), (8, 8, 1), 2), "kernel must be .* got .3, 3, 2, 1."),
        ((np.ones((3, 3)), (8, 8, 1), 2), "kernel must be"),
        ((np.ones((3, 3, 1, 1)), (8, 8), 2), "kernel must be"),
        ((np.ones((3, 3, 1, 1)), (8, 0, 1), 2), "width must be an integer of at least 1"),
        ((np.ones((3, 3, 1, 1)), (8, 8, 1), 0), "stride must be an integer of at least 1"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        convolution_matrix(*arguments)


def test_overlap_count_names_bad_sizes():
    with pytest.raises(ValueError, match="kernel_size must be an integer"):
        overlap_count(8, 8, 0, 2)
