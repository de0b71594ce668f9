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


def test_no_other_rate_reaches_the_tolerance_in_fewer_steps():
    variances = np.array([9.0, 1.0])
    measured = slow.measured_steps(np.diag(variances), 0.01)

    def steps(rate):
        worst = np.max(np.abs(1 - 2 * rate * variances))
        return np.log(0.01) / np.log(worst) if worst < 1 else np.inf

    # Each step multiplies the worst axis by 8/10 at best.
    assert measured == int(np.ceil(np.log(0.01) / np.log(0.8)))
    assert min(steps(rate) for rate in np.linspace(0.01, 0.12, 400)) > measured - 1


def test_the_tolerance_is_that_of_the_worst_axis():
    for tolerance in (0.5, 0.1, 0.001):
        steps = slow.measured_steps(np.diag([3.0, 1.0]), tolerance)
        assert 0.5**steps <= tolerance * (1 + 1e-6) < 0.5 ** (steps - 1)


def test_variances_are_evenly_spaced_in_the_logarithm(rng):
    found = np.linalg.eigvalsh(slow.with_condition_number(4, 27.0, rng))
    np.testing.assert_allclose(found, [1.0, 3.0, 9.0, 27.0])


def test_leaving_a_saddle_takes_equally_many_steps_for_each_tenth(rng):
    covariance = np.diag([3.0, 2.0, 1.0, 0.5])
    steps = slow.steps_to_leave(covariance, [0, 2], 2, [1e-3, 1e-5, 1e-7], 0.02)
    factor = 1 - 0.02 * slow.steepest_curvature(1.0, 2.0)
    np.testing.assert_allclose(np.diff(steps), np.log(100) / np.log(factor), atol=1.5)


def test_a_saddle_is_left_when_half_of_the_gain_is_made():
    covariance, rate = np.diag([3.0, 2.0, 1.0, 0.5]), 0.02
    encoder, decoder = linear_landscape.critical_point(covariance, [0, 2], 2)
    direction, _ = linear_landscape.escape_direction(covariance, [0, 2], 2)
    encoder, decoder = encoder + 0.01 * direction[0], decoder + 0.01 * direction[1]
    losses, halfway = [], (2.0 + 0.5 + 1.0 + 0.5) / 2  # the saddle leaves out 2 and 0.5
    while not losses or losses[-1] > halfway:
        left = np.eye(4) - encoder @ decoder
        losses.append(np.trace(left.T @ covariance @ left))
        grad_encoder = -2 * covariance @ left @ decoder.T
        grad_decoder = -2 * encoder.T @ covariance @ left
        encoder, decoder = encoder - rate * grad_encoder, decoder - rate * grad_decoder
    assert slow.steps_to_leave(covariance, [0, 2], 2, [0.01], rate) == [len(losses) - 1]


@pytest.mark.parametrize(("chosen", "left_out"), [(2, 1), (3, 1), (2, 0)])
def test_the_steepest_curvature_is_the_smallest_eigenvalue_of_a_numerical_hessian(
    chosen, left_out
):
    covariance, eps = np.diag([3.0, 2.0, 1.0, 0.5]), 1e-4
    which = [axis for axis in (0, 1) if axis != left_out][:1] + [chosen]
    encoder, decoder = linear_landscape.critical_point(covariance, sorted(which), 2)
    start = np.concatenate([encoder.ravel(), decoder.ravel()])

    def gradient(flat):
        weights = flat[:8].reshape(4, 2), flat[8:].reshape(2, 4)
        _, grads = linear_landscape.loss_and_grads(weights, covariance)
        return np.concatenate([grad.ravel() for grad in grads])

    steps = eps * np.eye(16)
    hessian = [(gradient(start + s) - gradient(start - s)) / (2 * eps) for s in steps]
    smallest = np.linalg.eigvalsh(hessian)[0]
    v = np.diag(covariance)
    found = slow.steepest_curvature(v[chosen], v[left_out])
    assert found == pytest.approx(smallest, abs=1e-5)


def test_restarts_of_the_linear_autoencoder_reach_the_variance_left_out():
    covariance = np.diag([3.0, 2.0, 1.0, 0.5])
    losses = slow.restarts(covariance, 2, range(5), learning_rate=0.05, n_steps=1500)
    np.testing.assert_allclose(losses[:, -1], 1.5, rtol=1e-6)


def test_restarts_begin_at_small_weights_of_their_own_seed():
    covariance = np.diag([3.0, 2.0, 1.0, 0.5])
    settings = {"learning_rate": 0.05, "n_steps": 3}
    losses = slow.restarts(covariance, 2, [4, 7, 4], **settings)
    assert losses.shape == (3, 4)
    np.testing.assert_array_equal(losses[0], losses[2])
    for seed, found in zip((4, 7), losses[:2, 0], strict=True):
        drawn = np.random.default_rng(seed).normal(size=16)
        left = np.eye(4) - 0.01 * drawn[:8].reshape(4, 2) @ drawn[8:].reshape(2, 4)
        assert found == pytest.approx(np.trace(left.T @ covariance @ left))
    large = slow.restarts(covariance, 2, [4], scale=1.0, **settings)
    assert abs(large[0, 0] - losses[0, 0]) > 0.1


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
