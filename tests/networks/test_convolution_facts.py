"""The matrix of a convolution, its costs and how far its units see, by other routes."""

import keras
import numpy as np
import pytest

from companion.networks import convolution, convolution_facts, windows


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("padding", windows.PADDINGS)
def test_a_dense_layer_with_the_matrix_does_the_same(rng, stride, padding):
    x, kernel = rng.normal(size=(3, 5, 6, 2)), rng.normal(size=(3, 2, 2, 4))
    maps = convolution.forward(x, kernel, np.zeros(4), stride, padding)
    matrix = convolution_facts.as_matrix(kernel, (5, 6), stride, padding)
    np.testing.assert_allclose(x.reshape(3, -1) @ matrix, maps.reshape(3, -1), atol=1e-12)
    grad = convolution.grad_input(x.shape, kernel, maps, stride, padding)
    expected = maps.reshape(3, -1) @ matrix.T
    np.testing.assert_allclose(grad.reshape(3, -1), expected, atol=1e-12)


def test_costs_are_those_of_keras_and_of_the_matrix(rng):
    layer = keras.layers.Conv2D(5, (3, 2), strides=2)
    layer.build((None, 9, 8, 4))
    cost = convolution_facts.convolution_cost((9, 8), (3, 2, 4, 5), stride=2)
    assert cost.n_parameters == layer.count_params()
    matrix = convolution_facts.as_matrix(np.ones((3, 2, 4, 5)), (9, 8), stride=2)
    assert cost.n_multiply_adds == np.count_nonzero(matrix)
    dense = keras.layers.Dense(7)
    dense.build((None, 6))
    assert convolution_facts.dense_cost(6, 7).n_parameters == dense.count_params()
    total = cost + convolution_facts.dense_cost(6, 7)
    assert total.n_multiply_adds == cost.n_multiply_adds + 42


@pytest.mark.parametrize(
    "layers",
    [[(3, 1)], [(3, 1), (3, 1)], [(3, 1), (2, 2), (3, 1)], [(5, 2), (3, 2), (2, 1)]],
)
def test_a_unit_depends_on_exactly_its_receptive_field(layers):
    # Ones carry the trace of one unit back to the pixels that it depends on.
    size, sides = 40, [40]
    for window, stride in layers:
        sides.append(windows.output_size(sides[-1], window, stride))
    grad = np.zeros((1, sides[-1], sides[-1], 1))
    grad[0, 2, 2] = 1.0
    for (window, stride), side in zip(layers[::-1], sides[-2::-1], strict=True):
        kernel = np.ones((window, window, 1, 1))
        grad = convolution.grad_input((1, side, side, 1), kernel, grad, stride)
    assert grad.shape[1] == size
    reached = np.flatnonzero(grad[0, :, :, 0].any(axis=0))
    assert convolution_facts.receptive_field(layers)[-1] == np.ptp(reached) + 1


def test_costs_and_fields_by_hand():
    cost = convolution_facts.convolution_cost((32, 32), (5, 5, 3, 16), 2, "same")
    assert cost.n_multiply_adds == 5 * 5 * 3 * 16 * 16 * 16
    # 5; then two more steps of 2 pixels; then one more step of 4 pixels.
    assert convolution_facts.receptive_field([(5, 2), (3, 2), (2, 1)]) == [5, 9, 13]
