"""The recurrent layers against Keras, PyTorch, finite differences and closed forms."""

import numpy as np
import pytest

from companion.networks import gru, losses, lstm, recurrent
from companion.networks import sequence_learning as learning
from companion.networks.gradient_check import largest_error
from companion.networks.parameters import leaves, map_arrays
from reproductions.networks import recurrence

CELLS = [recurrent, lstm, gru]
cells = pytest.mark.parametrize("cell", CELLS, ids=lambda c: c.__name__.rpartition(".")[2])


def random_run(cell, rng, n_steps=7):
    params = cell.init(3, 4, rng)
    params = map_arrays(lambda p: p + 0.3 * rng.normal(size=p.shape), params)
    x, weights = rng.normal(size=(5, n_steps, 3)), rng.normal(size=(5, n_steps, 4))
    return params, x, weights


@cells
def test_states_equal_those_of_keras(cell):
    # float32 keeps about seven digits; errors of a few steps add up.
    assert recurrence.forward_difference(cell) < 1e-5
    assert recurrence.step_difference(cell) < 1e-6


@cells
def test_states_and_gradients_equal_those_of_pytorch(cell):
    states, grads = recurrence.torch_differences(cell)
    assert states < 1e-12
    assert grads < 1e-12


@cells
def test_gradients_match_central_differences(cell, rng):
    params, x, weights = random_run(cell, rng)

    def loss(params_and_x):
        h, _ = cell.forward(*params_and_x)
        return np.sum(weights * h)

    _, trace = cell.forward(params, x)
    grads = cell.backward(params, x, trace, weights)
    assert largest_error(loss, (params, x), grads, rng) < 1e-7


@cells
def test_no_state_depends_on_later_inputs(cell, rng):
    params, x, _ = random_run(cell, rng)
    h, _ = cell.forward(params, x)
    shorter, _ = cell.forward(params, x[:, :4])
    np.testing.assert_array_equal(h[:, :4], shorter)


@cells
def test_a_stack_computes_what_its_networks_compute_alone(cell, rng):
    runs = [random_run(cell, rng) for _ in range(3)]
    stack = map_arrays(lambda *p: np.stack(p), *(params for params, _, _ in runs))
    x, weights = (np.stack([run[i] for run in runs]) for i in (1, 2))
    h, trace = cell.forward(stack, x)
    grads, grad_x = cell.backward(stack, x, trace, weights)
    for i, (params, x_i, weights_i) in enumerate(runs):
        h_i, trace_i = cell.forward(params, x_i)
        grads_i, grad_x_i = cell.backward(params, x_i, trace_i, weights_i)
        np.testing.assert_allclose(h[i], h_i, atol=1e-14)
        np.testing.assert_allclose(grad_x[i], grad_x_i, atol=1e-12)
        for ours, alone in zip(leaves(grads), leaves(grads_i), strict=True):
            np.testing.assert_allclose(ours[i], alone, atol=1e-12)


def test_first_weights_are_drawn_as_keras_draws_them(rng):
    square = recurrent.orthogonal(6, 1, rng)
    np.testing.assert_allclose(square @ square.T, np.eye(6), atol=1e-12)
    wide = recurrent.orthogonal(6, 4, rng)
    np.testing.assert_allclose(wide @ wide.T, np.eye(6), atol=1e-12)
    kernel = recurrent.glorot((300, 500), rng)
    # A uniform variable within a has variance a**2 / 3; 150,000 draws give 1 percent.
    assert np.var(kernel) == pytest.approx(2 / 800, rel=0.01)
    assert np.abs(kernel).max() <= np.sqrt(6 / 800)


def test_gates_start_open_where_they_are_told_to(rng):
    _, _, b = lstm.init(2, 3, rng)
    np.testing.assert_array_equal(b, [0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    _, _, b_x, b_h = gru.init(2, 3, rng, update_bias=2.0)
    np.testing.assert_array_equal(b_x, [2, 2, 2, 0, 0, 0, 0, 0, 0])
    assert not b_h.any()


def test_an_open_forget_gate_keeps_the_cell_and_its_gradient():
    # All weights zero but the bias of the forget gate: c_t = f c_(t-1) + 0.
    params = (np.zeros((1, 4)), np.zeros((1, 4)), np.array([0.0, 3.0, 0.0, 0.0]))
    forget = 1.0 / (1.0 + np.exp(-3.0))
    _, c, _ = lstm.step(params, np.zeros((1, 1)), np.zeros((1, 1)), np.ones((1, 1)))
    assert c[0, 0] == pytest.approx(forget, rel=1e-12)
    w_x = np.array([[0.0, 0.0, 1.0, 0.0]])
    x, grad_h = np.zeros((1, 9, 1)), np.zeros((1, 9, 1))
    grad_h[0, -1] = 1.0
    params = (w_x, *params[1:])
    _, trace = lstm.forward(params, x)
    _, grad_x = lstm.backward(params, x, trace, grad_h)
    # Half of the output gate, half of the input gate, then one factor for each step.
    np.testing.assert_allclose(grad_x[0, ::-1, 0], 0.25 * forget ** np.arange(9), rtol=1e-9)


def test_the_logistic_function_does_not_overflow():
    np.testing.assert_allclose(recurrent.sigmoid(np.array([-1e4, 0.0, 1e4])), [0, 0.5, 1])


@cells
@pytest.mark.parametrize("shape", [(5, 3), (2, 4, 2), (2, 0, 3), (0, 4, 3)])
def test_sequences_of_another_shape_are_refused(cell, shape, rng):
    with pytest.raises(ValueError, match=r"x must have shape \(batch, n_steps, 3\)"):
        cell.forward(cell.init(3, 4, rng), np.zeros(shape))


@cells
@pytest.mark.parametrize("last_only", [True, False])
def test_the_gradients_of_a_whole_stack_match_central_differences(cell, last_only, rng):
    params = learning.init(cell, 3, 4, 2, seeds=[0, 1, 2])
    x = rng.normal(size=(3, 5, 6, 3))
    target = rng.normal(size=(3, 5, 1 if last_only else 6, 2))

    def loss(params):
        value, _ = learning.loss_and_grads(cell, params, x, target, losses.mse, last_only)
        return 3 * value  # the sum over the networks, each of which has its own loss

    _, grads = learning.loss_and_grads(cell, params, x, target, losses.mse, last_only)
    assert largest_error(loss, params, grads, rng) < 1e-7


def test_the_printed_equations_are_the_network():
    # One unit, two steps, by hand: h_1 = tanh(0.5), h_2 = tanh(0.2 h_1 - 0.3).
    layer = (np.array([[0.5]]), np.array([[0.2]]), np.array([0.0]))
    params = (layer, (np.array([[2.0]]), np.array([0.1])))
    y, _ = learning.outputs(recurrent, params, np.array([[[1.0], [-0.6]]]))
    h_1 = np.tanh(0.5)
    h_2 = np.tanh(0.2 * h_1 - 0.3)
    np.testing.assert_allclose(y[0, :, 0], [2 * h_1 + 0.1, 2 * h_2 + 0.1], rtol=1e-14)


def test_clipping_shortens_only_what_is_too_long():
    # Two networks of two arrays each, with gradients of length 5 and 0.5.
    grads = (np.array([[3.0], [0.3]]), np.array([[[4.0]], [[0.4]]]))
    np.testing.assert_allclose(learning.norms(grads), [5.0, 0.5])
    clipped = learning.clip(grads, 1.0)
    np.testing.assert_allclose(clipped[0], [[0.6], [0.3]])
    np.testing.assert_allclose(clipped[1], [[[0.8]], [[0.4]]])
    assert all(map(np.array_equal, learning.clip(grads, np.inf), grads))


def test_training_descends_and_leaves_its_start_alone(rng):
    params = learning.init(recurrent, 1, 5, 1, seeds=[0, 1])
    before = map_arrays(np.copy, params)
    x = rng.normal(size=(2, 8, 4, 1))
    target = x[:, :, 1:2]  # what came two steps before the end
    _, (values, lengths) = learning.train(
        recurrent,
        params,
        lambda: (x, target),
        losses.mse,
        n_updates=150,
        learning_rate=0.02,
    )
    assert values[-1] < 0.05 * values[0]
    assert values.shape == (150,)
    assert lengths.shape == (150, 2)
    assert all(map(np.array_equal, leaves(params), leaves(before)))


def test_parameters_are_counted_for_one_network_of_a_stack():
    params = learning.init(gru, 2, 9, 2, seeds=[0, 1])
    assert learning.count_parameters(params) == 2 * 27 + 9 * 27 + 2 * 27 + 18 + 2
