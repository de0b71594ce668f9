"""The order of learning in a linear autoencoder against integrals and rank statistics."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.stats import ortho_group

from companion.autoencoders import linear_landscape
from companion.challenges import learning_order

VARIANCES = np.array([4.0, 2.0, 1.2, 0.7, 0.4])


@pytest.fixture
def world():
    axes = ortho_group.rvs(5, random_state=0)
    return axes.T @ np.diag(VARIANCES) @ axes, axes


@pytest.mark.parametrize("variance", [0.3, 2.0])
def test_half_time_agrees_with_the_integrated_flow(variance):
    def reached(_, g):
        return g[0] - 0.5

    reached.terminal = True
    flow = solve_ivp(
        lambda _, g: 4 * variance * g * (1 - g), (0, 50), [1e-3], events=reached, rtol=1e-9
    )
    expected = flow.t_events[0][0]
    assert learning_order.half_time(variance, 1e-3) == pytest.approx(expected, rel=1e-5)


def test_descent_from_aligned_weights_takes_the_time_of_the_closed_form(world):
    covariance, axes = world
    start = learning_order.aligned_start(axes, 1e-4)
    times, gains = learning_order.follow(
        start, covariance, axes, learning_rate=1e-3, n_steps=8000
    )
    found = learning_order.crossings(times, gains)
    expected = learning_order.half_time(VARIANCES, 1e-4)
    np.testing.assert_allclose(found, expected, rtol=0.01)  # a step is finite
    assert gains[0] == pytest.approx(1e-4)


def test_small_random_weights_learn_axes_in_order_of_their_variance(world):
    found = learning_order.orders(
        world[0], 5, 1e-4, range(5), learning_rate=0.02, n_steps=3000
    )
    np.testing.assert_allclose(found, 1.0)


def test_large_random_weights_do_not(world):
    found = learning_order.orders(
        world[0], 5, 0.5, range(10), learning_rate=0.005, n_steps=6000
    )
    assert min(found) < 1.0
    assert np.mean(found) < 0.95


def test_random_weights_have_the_stated_size(rng):
    encoder, decoder = learning_order.random_start(200, 30, 0.3, rng)
    assert encoder.shape == (200, 30)
    assert decoder.shape == (30, 200)
    assert encoder.std() == pytest.approx(0.3, rel=0.05)
    assert decoder.std() == pytest.approx(0.3, rel=0.05)


def test_crossings_lie_between_measurements_and_after_the_last_fall():
    times = np.array([0.0, 1.0, 2.0, 3.0])
    gains = np.array(
        [
            [0.0, 0.7, 0.6, 0.1],
            [0.4, 0.3, 0.6, 0.2],
            [0.8, 0.4, 0.7, 0.3],
            [1.0, 0.6, 0.9, 0.4],
        ]
    )
    found = learning_order.crossings(times, gains)
    np.testing.assert_allclose(found, [1.25, 2.5, 0.0, np.nan])


def test_an_axis_never_learned_comes_last():
    variances = [3.0, 2.0, 1.0]
    assert learning_order.order_correlation([1.0, 2.0, np.nan], variances) == 1.0
    assert learning_order.order_correlation([3.0, 2.0, 1.0], variances) == -1.0
    # Exchanging two neighbors of three: 1 - 6 * 2 / (3 * 8).
    assert learning_order.order_correlation([2.0, 1.0, 5.0], variances) == 0.5


def test_gains_start_where_the_start_says(world):
    covariance, axes = world
    gains = linear_landscape.gains(learning_order.aligned_start(axes[:2], 0.25), axes)
    np.testing.assert_allclose(gains, [0.25, 0.25, 0, 0, 0], atol=1e-12)


@pytest.mark.parametrize(
    ("variance", "gain", "message"),
    [
        (0.0, 0.1, "variance must be above 0; got 0.0"),
        (1.0, 0.5, "gain must be above 0 and below 0.5; got 0.5"),
        (1.0, 0.0, "gain must be above 0"),
    ],
)
def test_half_time_refuses_what_has_none(variance, gain, message):
    with pytest.raises(ValueError, match=message):
        learning_order.half_time(variance, gain)


def test_crossings_refuse_unequal_lengths():
    with pytest.raises(ValueError, match="gains"):
        learning_order.crossings(np.arange(3), np.zeros((4, 2)))
