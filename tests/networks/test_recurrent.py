"""The Elman layer, and what it shares with the LSTM and the GRU: tests of all three."""

import numpy as np
import pytest

from companion.networks import gru, initializers, lstm, recurrent
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


@cells
@pytest.mark.parametrize("shape", [(5, 3), (2, 4, 2), (2, 0, 3), (0, 4, 3)])
def test_sequences_of_another_shape_are_refused(cell, shape, rng):
    with pytest.raises(ValueError, match=r"x must have shape \(batch, n_steps, 3\)"):
        cell.forward(cell.init(3, 4, rng), np.zeros(shape))


def test_first_weights_are_drawn_as_keras_draws_them(rng):
    w_x, w_h, b = recurrent.init(300, 500, rng)
    # A uniform variable within a has variance a**2 / 3; 150,000 draws give 1 percent.
    assert np.var(w_x) == pytest.approx(2 / 800, rel=0.01)
    assert np.abs(w_x).max() <= np.sqrt(6 / 800)
    np.testing.assert_allclose(w_h @ w_h.T, np.eye(500), atol=1e-12)
    assert not b.any()


@pytest.mark.parametrize("n_blocks", [1, 3, 4])
def test_kernels_are_those_of_the_module_on_starts(n_blocks):
    ours, theirs = np.random.default_rng(3), np.random.default_rng(3)
    w_x, w_h = recurrent.draw_kernels(2, 5, n_blocks, ours)
    limit = np.sqrt(6 / (2 + 5 * n_blocks))
    np.testing.assert_allclose(w_x, theirs.uniform(-limit, limit, (2, 5 * n_blocks)))
    np.testing.assert_array_equal(
        w_h, initializers.draw_orthogonal(5, 5 * n_blocks, theirs)
    )


def test_units_that_read_themselves_alone_start_as_told(rng):
    _, w_h, _ = recurrent.init(2, 4, rng, self_weight=3.0)
    np.testing.assert_array_equal(w_h, 3.0 * np.eye(4))


def test_a_unit_with_a_self_weight_above_one_holds_its_sign(rng):
    latch = recurrent.init(1, 6, rng, self_weight=4.0)
    x = np.zeros((2, 80, 1))
    x[:, 0, 0] = 1.0, -1.0
    h, _ = recurrent.forward(latch, x)
    # The state at rest solves h = tanh(4 h): 0.9993, found by bisection.
    low, high = 0.5, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.tanh(4 * middle) > middle else (low, middle)
    np.testing.assert_allclose(h[:, -1], low * np.sign(h[:, 0]), rtol=1e-9)
    # A self-weight below one forgets.
    forgets = latch[0], latch[1] / 5, latch[2]
    assert np.abs(recurrent.forward(forgets, x)[0][:, -1]).max() < 1e-6
