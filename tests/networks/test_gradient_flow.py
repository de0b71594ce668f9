"""Gradients against lag: closed forms for linear networks, bounds for tanh."""

import numpy as np
import pytest

from companion.networks import gradient_flow, gru, initializers, lstm, recurrent
from companion.networks import sequence_learning as learning


@pytest.mark.parametrize("rho", [0.8, 1.0, 1.2])
def test_a_scaled_orthogonal_network_has_gradients_rho_to_the_lag(rho, rng):
    w_h = gradient_flow.with_radius(initializers.draw_orthogonal(10, 10, rng), rho)
    lengths = gradient_flow.jacobian_norms(w_h, np.ones((40, 10)))
    np.testing.assert_allclose(lengths, rho ** np.arange(41), rtol=1e-10)


@pytest.mark.parametrize("rho", [0.8, 1.2])
def test_a_random_linear_network_approaches_its_spectral_radius(rho, rng):
    w_h = gradient_flow.with_radius(rng.normal(size=(20, 20)), rho)
    lengths = gradient_flow.jacobian_norms(w_h, np.ones((400, 20)))
    # Gelfand's formula: the k-th root tends to rho; a constant factor dies as 1/k.
    assert lengths[-1] ** (1 / 400) == pytest.approx(rho, rel=0.02)
    assert np.all(lengths >= rho ** np.arange(401) * (1 - 1e-9))


def test_tanh_is_never_longer_than_the_largest_singular_value_allows(rng):
    w_h = 1.3 * rng.normal(size=(12, 12)) / np.sqrt(12)
    params = (rng.normal(size=(2, 12)), w_h, np.zeros(12))
    h, _ = recurrent.forward(params, rng.normal(size=(1, 30, 2)))
    lengths = gradient_flow.jacobian_norms(w_h, 1.0 - h[0] ** 2)
    sigma = np.linalg.svd(w_h, compute_uv=False)[0]
    assert np.all(lengths <= sigma ** np.arange(31) * (1 + 1e-12))
    assert lengths[-1] < 1e-3 * sigma**30


def test_the_jacobian_equals_slopes_of_the_run_itself(rng):
    # No orthogonal weights: those would hide which side of W_h the slopes stand on.
    params = rng.normal(size=(2, 4)), rng.normal(size=(4, 4)), np.zeros(4)
    x = rng.normal(size=(1, 6, 2))
    h, _ = recurrent.forward(params, x)
    lengths = gradient_flow.jacobian_norms(params[1], 1.0 - h[0] ** 2)

    def last_state(h_2):
        for t in range(2, 6):
            h_2 = recurrent.step(params, x[:, t], h_2)
        return h_2[0]

    eps = 1e-6
    columns = [
        (last_state(h[:, 1] + eps * e) - last_state(h[:, 1] - eps * e)) / (2 * eps)
        for e in np.eye(4)
    ]
    # h[:, 1] is h_2, four steps before the last.
    assert lengths[4] == pytest.approx(np.linalg.norm(columns, 2), rel=1e-7)


@pytest.mark.parametrize("cell", [recurrent, lstm, gru])
def test_the_reach_of_an_input_equals_slopes_of_the_answer(cell, rng):
    params = learning.init(cell, 2, 4, 2, seeds=[3])
    x = rng.normal(size=(1, 1, 5, 2))
    lengths = gradient_flow.input_gradient_norms(cell, params, x)

    def answer(x):
        y, _ = learning.outputs(cell, params, x)
        return y[0, 0, -1, 1] - y[0, 0, -1, 0]

    for lag in range(5):
        slopes = []
        for feature in range(2):
            step = np.zeros_like(x)
            step[0, 0, 4 - lag, feature] = 1e-6
            slopes.append((answer(x + step) - answer(x - step)) / 2e-6)
        assert lengths[0, lag] == pytest.approx(np.linalg.norm(slopes), rel=1e-6)


def test_a_radius_is_reached_and_checked(rng):
    w = gradient_flow.with_radius(rng.normal(size=(7, 7)), 0.9)
    assert np.abs(np.linalg.eigvals(w)).max() == pytest.approx(0.9, rel=1e-12)
    with pytest.raises(ValueError, match="radius must be above 0; got 0"):
        gradient_flow.with_radius(w, 0)
    with pytest.raises(ValueError, match="slopes must have shape"):
        gradient_flow.jacobian_norms(w, np.ones((3, 6)))


def test_slopes_act_on_the_state_that_comes_out():
    # Rows are states: unit 1's slope 0.5 scales the one weight that leads to it, 2.
    w_h = np.array([[0.0, 2.0], [0.0, 0.0]])
    lengths = gradient_flow.jacobian_norms(w_h, np.array([[1.0, 0.5]]))
    np.testing.assert_allclose(lengths, [1.0, 1.0])


def test_slopes_may_lengthen_a_product_but_not_its_bound():
    w_h = np.array([[1.0, 1.0], [-1.0, -1.0]])
    linear = gradient_flow.jacobian_norms(w_h, np.ones((2, 2)))
    curved = gradient_flow.jacobian_norms(w_h, np.array([[1.0, 0.5]] * 2))
    # W_h W_h = 0, but W_h diag(1, 0.5) W_h is 0.5 W_h.
    np.testing.assert_allclose(linear, [1.0, 2.0, 0.0], atol=1e-12)
    assert curved[2] > 0.5
    assert np.all(curved <= linear[1] ** np.arange(3))


def test_the_reach_is_averaged_over_the_batch(rng):
    params = learning.init(recurrent, 2, 4, 2, seeds=[3])
    x = rng.normal(size=(3, 5, 2))
    alone = [
        gradient_flow.input_gradient_norms(recurrent, params, x[[i]]) for i in range(3)
    ]
    together = gradient_flow.input_gradient_norms(recurrent, params, x)
    np.testing.assert_allclose(together, np.mean(alone, axis=0), rtol=1e-12)
