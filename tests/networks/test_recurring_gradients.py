"""Slopes that return: by hand for plain descent, and the failure that the paper proves."""

import numpy as np
import pytest

from companion.networks import recurring_gradients as recurring


def test_plain_descent_by_hand():
    path = recurring.descend("gradient descent", 3.0, 3, np.full(6, 0.5))
    np.testing.assert_allclose(path, [-1.0, -0.5, 0.0, -1.0, -0.5, 0.0])


def test_every_step_has_its_own_rate_and_settings_arrive():
    # RMSprop that forgets at once makes steps as long as the rate, whatever the slope.
    rates = [0.5, 0.25, 0.125]
    path = recurring.descend("rmsprop", 3.0, 3, rates, rho=0.0, eps=0.0)
    np.testing.assert_allclose(path, [-0.5, -0.25, -0.125])


def test_adam_with_a_short_memory_ends_at_the_worst_point():
    rates = 0.5 / np.sqrt(np.arange(1, 1501))
    path = recurring.descend("adam", 3.0, 3, rates, beta_1=0.0, beta_2=0.1)
    assert path[-1] > 0.99
    path = recurring.descend("gradient descent", 3.0, 3, rates)
    assert path[-1] < -0.9


def test_an_optimizer_of_ones_own_keeps_its_memory():
    def count(w, slope, state, learning_rate):
        state = (state or 0) + 1
        return w * 0 + learning_rate * state, state

    np.testing.assert_allclose(recurring.descend(count, 3.0, 2, [0.1] * 3), [0.1, 0.2, 0.3])


def test_a_period_that_is_none_is_named():
    with pytest.raises(ValueError, match="period must be an integer .*; got 0"):
        recurring.descend("adam", 3.0, 0, [0.1])
