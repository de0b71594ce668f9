"""The three-factor rule against the gradient of the expected reward."""

import numpy as np
import pytest

from companion.brain import three_factor
from companion.brain.three_factor import LearnerParams, LearnerState

ODDS = np.array([[0.9, 0.2, 0.4], [0.1, 0.7, 0.3]])  # cues, actions


def expected_reward(actor):
    drive = np.exp(actor)
    pi = drive / drive.sum(axis=0)
    return 0.5 * sum(ODDS[cue] @ pi[:, cue] for cue in range(2))


def mean_change(params, state):
    """Over the two cues, the three actions and reward or none, each with its chance."""
    total = np.zeros_like(state.actor[0])
    for cue in range(2):
        pi = np.exp(state.actor[0, :, cue])
        pi /= pi.sum()
        for action in range(3):
            for reward in (0.0, 1.0):
                chance = ODDS[cue, action] if reward else 1 - ODDS[cue, action]
                after = three_factor.learn(
                    params, state, *(np.array([v]) for v in (cue, action, reward))
                )
                total += 0.5 * pi[action] * chance * (after.actor - state.actor)[0]
    return total


@pytest.fixture
def state(rng):
    return LearnerState(rng.normal(size=(1, 3, 2)), rng.uniform(size=(1, 2)))


@pytest.mark.parametrize("modulator", ["error", "reward"])
def test_the_mean_change_is_the_gradient_of_the_expected_reward(state, modulator):
    change = mean_change(LearnerParams(learning_rate=1.0, modulator=modulator), state)
    for index in np.ndindex(3, 2):
        up, down = state.actor[0].copy(), state.actor[0].copy()
        up[index] += 1e-6
        down[index] -= 1e-6
        slope = (expected_reward(up) - expected_reward(down)) / 2e-6
        assert change[index] == pytest.approx(slope, abs=1e-8)
    formula = three_factor.reward_gradient(state.actor[0], ODDS)
    np.testing.assert_allclose(change, formula, atol=1e-12)


def test_two_factors_do_not_move_on_average(state):
    change = mean_change(LearnerParams(modulator="none"), state)
    np.testing.assert_allclose(change, 0.0, atol=1e-12)


def test_the_critic_moves_towards_the_reward_of_its_cue():
    state = LearnerState(np.zeros((2, 2, 2)), np.array([[0.5, 0.2], [0.5, 0.2]]))
    after = three_factor.learn(
        LearnerParams(critic_rate=0.1), state, [0, 1], [0, 0], np.array([1.0, 0.0])
    )
    np.testing.assert_allclose(after.critic, [[0.55, 0.2], [0.5, 0.18]])
    # delta = 0.5 and -0.2, times eta = 0.5 and 1 - 1/2 or -1/2
    np.testing.assert_allclose(after.actor[0], [[0.125, 0.0], [-0.125, 0.0]])
    np.testing.assert_allclose(after.actor[1], [[0.0, -0.05], [0.0, 0.05]])
    assert np.all(state.actor == 0.0)


def test_probabilities_are_a_softmax_of_the_drive_of_the_cue(state):
    pi = three_factor.action_probabilities(state.actor, np.array([1]))
    drive = np.exp(state.actor[0, :, 1] - 700.0)
    np.testing.assert_allclose(pi[0], drive / drive.sum())
    huge = three_factor.action_probabilities(1e4 * state.actor, np.array([0]))
    assert np.isfinite(huge).all()


def test_one_certain_agent_does_not_silence_another():
    actor = np.array([[[2000.0], [0.0]], [[0.0], [0.0]]])
    pi = three_factor.action_probabilities(actor, np.array([0, 0]))
    np.testing.assert_allclose(pi, [[1.0, 0.0], [0.5, 0.5]])


def test_a_trial_is_drawn_with_its_chances(rng, state):
    actor = np.tile(state.actor, (20_000, 1, 1))
    cue, action, reward, chance = three_factor.draw(actor, ODDS, rng)
    np.testing.assert_array_equal(chance, ODDS[cue, action])
    assert reward[chance > 0.8].mean() == pytest.approx(0.9, abs=0.03)
    for which in range(2):
        pi = np.exp(state.actor[0, :, which])
        found = np.bincount(action[cue == which], minlength=3) / np.sum(cue == which)
        np.testing.assert_allclose(found, pi / pi.sum(), atol=0.02)  # 4 standard errors


def test_the_task_of_each_trial_is_the_one_in_force(rng):
    odds = np.array([[[1.0, 1.0]], [[0.0, 0.0]], [[1.0, 1.0]]])
    chances, _ = three_factor.run_task(LearnerParams(), odds, 4, rng)
    np.testing.assert_array_equal(chances, np.tile([[1.0], [0.0], [1.0]], (1, 4)))


def test_agents_draw_their_own_cues_and_rewards(rng):
    cues = np.array([[[1.0, 1.0], [0.0, 0.0]]])
    chances, _ = three_factor.run_task(LearnerParams(), cues, 400, rng)
    assert chances.mean() == pytest.approx(0.5, abs=0.1)  # 4 standard errors
    # A critic with rate 1 holds the reward itself: 0 or 1, never the chance.
    params = LearnerParams(critic_rate=1.0)
    _, state = three_factor.run_task(params, np.full((1, 1, 2), 0.3), 400, rng)
    assert set(np.unique(state.critic)) == {0.0, 1.0}
    assert state.critic.mean() == pytest.approx(0.3, abs=0.092)  # 4 standard errors


def task(n_trials):
    return np.tile([[0.8, 0.2], [0.2, 0.8]], (n_trials, 1, 1))


def test_bounded_weights_bound_the_certainty(rng):
    params = LearnerParams(learning_rate=1.0, w_max=1.25)
    chances, state = three_factor.run_task(params, task(400), 200, rng)
    assert np.abs(state.actor).max() == 1.25
    best = 0.2 + 0.6 / (1 + np.exp(-2.5))
    # The weights stand at their bounds most of the time.
    assert best - 0.03 < chances[300:].mean() < best + 0.005


def test_learning_beats_chance_and_two_factors_do_not(rng):
    chances, state = three_factor.run_task(LearnerParams(), task(300), 100, rng)
    assert chances[:5].mean() == pytest.approx(0.5, abs=0.05)
    assert chances[-50:].mean() > 0.77
    # The critic comes to expect what the chosen actions bring.
    assert state.critic.mean() == pytest.approx(0.8, abs=0.05)
    params = LearnerParams(modulator="none")
    chances, _ = three_factor.run_task(params, task(300), 400, rng)
    # Two cues, each frozen right or wrong: 0.3 / sqrt 2 / sqrt 400 is one sigma, 0.011.
    assert chances[-50:].mean() == pytest.approx(0.5, abs=0.04)


def test_cue_and_action_keep_their_places(rng):
    odds = np.zeros((600, 3, 2))
    odds[:, :, 0] = [1.0, 0.0, 1.0]
    odds[:, :, 1] = [0.0, 1.0, 0.0]
    chances, state = three_factor.run_task(LearnerParams(), odds, 5, rng)
    assert np.all(state.actor[:, 0, [0, 2]] > 0)
    assert np.all(state.actor[:, 0, 1] < 0)
    assert set(np.unique(chances)) <= {0.0, 1.0}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate must be above 0; got 0.0"),
        ({"w_max": 0.0}, "w_max must be above 0; got 0.0"),
        ({"critic_rate": 1.5}, r"critic_rate must be in \[0, 1\]; got 1.5"),
        ({"modulator": "dopamine"}, "modulator must be one of"),
    ],
)
def test_params_refuse(settings, message):
    with pytest.raises(ValueError, match=message):
        LearnerParams(**settings)


def test_run_task_refuses(rng):
    with pytest.raises(ValueError, match="reward_probabilities must be"):
        three_factor.run_task(LearnerParams(), np.full((2, 2), 0.5), 3, rng)
