"""Steps against closed forms."""

import numpy as np
import pytest

from companion.autoencoders import linear_landscape
from companion.challenges import slow


@pytest.mark.parametrize("kappa", [1.0, 3.0, 40.0, 250.0])
def test_measured_steps_are_the_predicted_ones(rng, kappa):
    covariance = slow.with_condition_number(5, kappa, rng)
    assert slow.condition_number(covariance) == pytest.approx(kappa)
    predicted = slow.predicted_steps(slow.condition_number(covariance), 0.01)
    assert slow.measured_steps(covariance, 0.01) == predicted


def test_predicted_steps_by_hand():
    # kappa 3 halves the worst error with each step: 2**-6 > 0.01 > 2**-7.
    assert slow.predicted_steps(3.0, 0.01) == 7
    assert slow.predicted_steps(1.0, 0.01) == 1


def test_the_chosen_rate_is_the_best(rng):
    # Half of it and one and a half times it leave a larger error after the same steps.
    variances = np.array([9.0, 1.0])
    rate = 1.0 / (variances[0] + variances[-1])
    worst = lambda r: np.max(np.abs(1 - 2 * r * variances))  # noqa: E731
    assert worst(rate) == pytest.approx(8 / 10)
    assert min(worst(0.9 * rate), worst(1.1 * rate)) > worst(rate)


def test_leaving_a_saddle_takes_equally_many_steps_for_each_tenth(rng):
    covariance = np.diag([3.0, 2.0, 1.0, 0.5])
    steps = slow.steps_to_leave(covariance, [0, 2], 2, [1e-3, 1e-5, 1e-7], 0.02)
    factor = 1 - 0.02 * slow.steepest_curvature(1.0, 2.0)
    np.testing.assert_allclose(np.diff(steps), np.log(100) / np.log(factor), atol=1.5)


def test_the_steepest_curvature_is_the_smallest_eigenvalue_of_a_numerical_hessian():
    covariance, eps = np.diag([3.0, 2.0, 1.0, 0.5]), 1e-4
    encoder, decoder = linear_landscape.critical_point(covariance, [0, 2], 2)
    start = np.concatenate([encoder.ravel(), decoder.ravel()])

    def gradient(flat):
        weights = flat[:8].reshape(4, 2), flat[8:].reshape(2, 4)
        _, grads = linear_landscape.loss_and_grads(weights, covariance)
        return np.concatenate([grad.ravel() for grad in grads])

    steps = eps * np.eye(16)
    hessian = [(gradient(start + s) - gradient(start - s)) / (2 * eps) for s in steps]
    smallest = np.linalg.eigvalsh(hessian)[0]
    assert slow.steepest_curvature(1.0, 2.0) == pytest.approx(smallest, abs=1e-5)


def test_restarts_of_the_linear_autoencoder_reach_the_variance_left_out():
    covariance = np.diag([3.0, 2.0, 1.0, 0.5])
    losses = slow.restarts(covariance, 2, range(5), learning_rate=0.05, n_steps=1500)
    np.testing.assert_allclose(losses[:, -1], 1.5, rtol=1e-6)


def test_bad_calls_are_refused():
    with pytest.raises(ValueError, match="kappa must be at least 1; got 0.5"):
        slow.predicted_steps(0.5, 0.1)
    with pytest.raises(ValueError, match="tolerance must be above 0"):
        slow.predicted_steps(2.0, 1.5)
    with pytest.raises(ValueError, match="positive definite"):
        slow.condition_number(np.diag([1.0, 0.0]))
    with pytest.raises(ValueError, match="max_steps must be enough to reach"):
        slow.measured_steps(np.diag([100.0, 1.0]), 0.01, max_steps=3)
    with pytest.raises(ValueError, match="max_steps must be enough to leave; got 2"):
        slow.steps_to_leave(np.diag([2.0, 1.0]), [1], 1, [1e-6], 0.01, max_steps=2)
