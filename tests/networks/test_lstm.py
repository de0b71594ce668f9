"""The LSTM by closed forms; Keras, PyTorch and slopes stand in test_recurrent."""

import numpy as np
import pytest

from companion.networks import lstm


def test_forget_gates_start_open_where_they_are_told_to(rng):
    _, _, b = lstm.init(2, 3, rng)
    np.testing.assert_array_equal(b, [0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    _, _, b = lstm.init(2, 1, rng, forget_bias=5.0)
    np.testing.assert_array_equal(b, [0, 5, 0, 0])


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


def test_gates_do_not_overflow():
    params = np.zeros((1, 4)), np.zeros((1, 4)), np.array([-1e4, 1e4, 0.0, -1e4])
    gates, c, h = lstm.step(params, *[np.ones((1, 1))] * 3)
    np.testing.assert_allclose(gates, [[0, 1, 0, 0]])
    assert (c, h) == (1, 0)
