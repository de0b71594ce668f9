"""Training of sequences: gradients of whole stacks, clipping, the loop."""

import numpy as np
import pytest

from companion.networks import gru, losses, lstm, optimizers, recurrent
from companion.networks import sequence_learning as learning
from companion.networks.gradient_check import largest_error
from companion.networks.parameters import leaves, map_arrays


@pytest.mark.parametrize("cell", [recurrent, lstm, gru])
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


def test_a_network_is_drawn_from_its_own_seed():
    w_x = learning.init(recurrent, 2, 3, 2, seeds=[0, 1, 0])[0][0]
    np.testing.assert_array_equal(w_x[0], w_x[2])
    assert np.abs(w_x[0] - w_x[1]).min() > 0


def test_the_readout_starts_as_keras_draws_it():
    _, (w_y, b_y) = learning.init(recurrent, 2, 300, 200, seeds=[0])
    # Glorot-uniform: 60,000 draws give the variance to 1 percent.
    assert np.var(w_y) == pytest.approx(2 / 500, rel=0.02)
    assert np.abs(w_y).max() <= np.sqrt(6 / 500)
    assert not b_y.any()


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


def test_training_hands_clipped_gradients_and_its_memory_to_the_optimizer(rng):
    params = expected = learning.init(recurrent, 2, 3, 2, seeds=[0, 1])
    batches = [(5 * rng.normal(size=(2, 4, 5, 2)), 5 * rng.normal(size=(2, 4, 1, 2)))
               for _ in range(4)]  # fmt: skip
    source = iter(batches)
    found, (values, lengths) = learning.train(
        recurrent, params, lambda: next(source), losses.mse,
        n_updates=4, learning_rate=0.1, max_norm=0.5,
    )  # fmt: skip
    state = None
    for k, (x, target) in enumerate(batches):
        value, grads = learning.loss_and_grads(recurrent, expected, x, target, losses.mse)
        flat = np.concatenate([g.reshape(2, -1) for g in leaves(grads)], axis=1)
        norms = np.linalg.norm(flat, axis=1)
        assert norms.min() > 0.5  # so that clipping acts
        assert values[k] == pytest.approx(value)
        np.testing.assert_allclose(lengths[k], norms)  # before clipping
        clipped = map_arrays(
            lambda g, n=norms: g * (0.5 / n).reshape(-1, *[1] * (g.ndim - 1)), grads
        )
        expected, state = optimizers.adam(expected, clipped, state, 0.1)
    for ours, theirs in zip(leaves(found), leaves(expected), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10)
