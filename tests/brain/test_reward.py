"""Prediction errors against closed forms: powers of gamma, and throws of a coin."""

from math import comb

import numpy as np
import pytest

from companion.brain import reward

TRIAL = reward.Trial(cue_step=3, delay=6, n_steps=12)
SETTINGS = {"discount": 0.9, "learning_rate": 0.3}


def coin(n, k, p):
    return comb(n, k) * p**k * (1 - p) ** (n - k)


def test_values_end_at_powers_of_the_discount():
    weights, deltas = reward.learn_trials(TRIAL, np.full(400, 2.0), **SETTINGS)
    t = np.arange(3, 9)
    np.testing.assert_allclose(weights, 2.0 * 0.9 ** (9 - t - 1), rtol=1e-9)
    expected = np.zeros(12)
    expected[3] = 2.0 * 0.9**6
    np.testing.assert_allclose(deltas[-1], expected, atol=1e-9)


@pytest.mark.parametrize("n", [0, 1, 5, 12, 30])
def test_the_error_is_a_bump_that_a_coin_moves(n):
    _, deltas = reward.learn_trials(TRIAL, np.ones(n + 1), **SETTINGS)
    expected = np.zeros(12)
    for k in range(6):
        expected[9 - k] = 0.9**k * coin(n, k, 0.3)
    expected[3] = 0.9**6 * sum(coin(n, k, 0.3) for k in range(6, n + 1))
    np.testing.assert_allclose(deltas[n], expected, atol=1e-12)
    np.testing.assert_allclose(reward.bump(TRIAL, n, **SETTINGS), expected, atol=1e-12)


@pytest.mark.parametrize("n", [1, 4, 15])
def test_full_traces_teach_all_steps_at_once(n):
    weights, _ = reward.learn_trials(TRIAL, np.ones(n), trace_decay=1.0, **SETTINGS)
    expected = 0.9 ** np.arange(5, -1, -1) * (1 - 0.7**n)
    np.testing.assert_allclose(weights, expected, atol=1e-12)


def test_traces_follow_the_lambda_return():
    # From w = 0 the one error r at R reaches k steps back by alpha (gamma lambda)^k.
    weights, _ = reward.td_trial(TRIAL, np.zeros(6), 1.0, trace_decay=0.5, **SETTINGS)
    np.testing.assert_allclose(weights, 0.3 * 0.45 ** np.arange(5, -1, -1))


def test_an_omitted_reward_is_a_dip_of_what_was_expected():
    weights = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.8])
    delta = reward.td_errors(TRIAL, weights, 0.0, 0.9)
    assert delta[9] == pytest.approx(-0.8)
    assert delta[3] == pytest.approx(0.09)
    assert delta[4] == pytest.approx(0.9 * 0.2 - 0.1)
    np.testing.assert_array_equal(delta[[0, 1, 2, 10, 11]], 0.0)


def test_chance_rewards_are_worth_their_mean(rng):
    rewards = rng.random(4000) < 0.25
    weights, _ = reward.learn_trials(TRIAL, rewards, discount=0.9, learning_rate=0.01)
    np.testing.assert_allclose(weights, 0.25 * 0.9 ** np.arange(5, -1, -1), atol=0.05)


def test_rescorla_and_wagner_learn_as_a_power_and_share_the_error():
    strengths = np.zeros(2)
    for _ in range(7):
        strengths, error = reward.rescorla_wagner(strengths, [1, 0], 1.0, 0.2)
    np.testing.assert_allclose(strengths, [1 - 0.8**7, 0.0])
    assert error == pytest.approx(0.8**6)
    # The error 1 - 0.6 - 0.3 = 0.1 moves both that are present by 0.2 x 0.1.
    strengths, error = reward.rescorla_wagner([0.6, 0.3, 0.5], [1, 1, 0], 1.0, 0.2)
    np.testing.assert_allclose(strengths, [0.62, 0.32, 0.5])
    assert error == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"discount": 1.1}, "discount must be at least 0 and at most 1; got 1.1"),
        ({"learning_rate": 0.0}, "learning_rate must be above 0 and at most 1; got 0.0"),
        ({"trace_decay": -0.1}, "trace_decay must be at least 0"),
    ],
)
def test_td_refuses(settings, message):
    with pytest.raises(ValueError, match=message):
        reward.td_trial(TRIAL, np.zeros(6), 1.0, **(SETTINGS | settings))


def test_a_trial_must_hold_its_reward():
    with pytest.raises(ValueError, match="step of the reward, 9; got 9"):
        reward.Trial(cue_step=3, delay=6, n_steps=9)
    with pytest.raises(ValueError, match="cue_step must be at least 1; got 0"):
        reward.Trial(cue_step=0)
