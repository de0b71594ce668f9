"""The GRU by closed forms; Keras, PyTorch and slopes stand in test_recurrent."""

import numpy as np
import pytest

from companion.networks import gru


def test_update_gates_start_open_where_they_are_told_to(rng):
    _, _, b_x, b_h = gru.init(2, 3, rng, update_bias=2.0)
    np.testing.assert_array_equal(b_x, [2, 2, 2, 0, 0, 0, 0, 0, 0])
    assert not b_h.any()
    _, _, b_x, _ = gru.init(2, 3, rng)
    assert not b_x.any()


def test_the_update_gate_mixes_the_state_with_the_candidate():
    # One unit: only biases act, so u = sigma(2), r = sigma(-1), n = tanh(0.3 + 0.7 r).
    params = np.zeros((1, 3)), np.zeros((1, 3)), np.array([2.0, -1.0, 0.3]), np.zeros(3)
    params[3][2] = 0.7
    u, r = 1 / (1 + np.exp(-2)), 1 / (1 + np.exp(1))
    n = np.tanh(0.3 + 0.7 * r)
    _, recalled, h = gru.step(params, np.ones((1, 1)), np.array([[0.4]]))
    assert recalled == pytest.approx(0.7)
    assert h[0, 0] == pytest.approx(0.4 * u + (1 - u) * n, rel=1e-12)
