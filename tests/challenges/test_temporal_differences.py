"""Learned values against planned ones, and against updates by hand."""

import numpy as np
import pytest

from companion.challenges import grid_world, planning
from companion.challenges import temporal_differences as td

GAMMA = 0.95


def corridor():
    return grid_world.grid(("SG",), step_reward=-0.1)


def slowing(n_met):
    return n_met**-0.7


@pytest.fixture(scope="module")
def pit():
    """The page's world, with the Q* of value iteration."""
    world = grid_world.pit_world()
    v = planning.value_iteration(world, GAMMA, 600)[-1]
    return world, planning.action_values(world, v, GAMMA)


def learn_pit(world, n_episodes, seed, **settings):
    """Q-learning in the page's world, with step sizes that fall."""
    rng = np.random.default_rng(seed)
    settings = {"discount": GAMMA, "learning_rate": slowing, **settings}
    return td.learn_control(world, "Q-learning", n_episodes, rng, **settings)


def test_q_learning_reaches_the_optimal_policy_of_value_iteration(pit):
    # Wandering at random throughout: the rule learns the best policy all the same.
    world, best_q = pit
    for seed in range(5):
        q, _, _ = learn_pit(world, 2000, seed, epsilon=1.0)
        chosen = planning.greedy_policy(q[-1]).astype(bool)
        assert np.all(planning.best_actions(best_q)[chosen] | world.terminal)
        np.testing.assert_allclose(q[-1].max(axis=1), best_q.max(axis=1), atol=0.06)


def test_q_learning_reaches_it_while_exploring_fades_and_earns_more(pit):
    # The two best moves of the start differ by 0.0024, the others by 0.04 and more: at
    # the start alone, either may be taken.
    world, best_q = pit
    gaps = np.diff(np.sort(best_q, axis=1)[:, -2:], axis=1)[:, 0]
    assert gaps[world.start] == pytest.approx(0.0024, abs=1e-4)
    assert np.sort(gaps[~world.terminal])[1] > 0.04
    for seed in range(5):
        q, sums, moves = learn_pit(world, 2000, seed, epsilon=lambda k: 1 - k / 2000)
        chosen = planning.greedy_policy(q[-1]).astype(bool)
        assert np.all(planning.best_actions(best_q, tolerance=0.003)[chosen])
        # The optimal policy needs about eight moves and earns about 0.84.
        assert sums[-100:].mean() > 0.7
        assert sums[:100].mean() < -1
        assert moves[-100:].mean() < 12


def test_optimistic_values_make_a_greedy_agent_try_everything(pit):
    world, best_q = pit
    plain, hopeful = [], []
    for seed in range(6):
        for found, first in ((plain, 0.0), (hopeful, 1.0)):
            q, _, _ = learn_pit(world, 400, seed, epsilon=0.0, first=first)
            assert np.all(q[:, world.terminal] == 0)
            found.append(np.sum(q[-1][~world.terminal] == first))
    # How many values were never touched.
    assert max(hopeful) == 0
    assert max(plain) > 0


def test_without_chance_q_learning_gives_the_exact_values():
    world = grid_world.grid(grid_world.PIT_MAP, step_reward=-0.02)
    v = planning.value_iteration(world, GAMMA, 100)[-1]
    exact = planning.action_values(world, v, GAMMA)
    q, _, _ = td.learn_control(
        world,
        "Q-learning",
        300,
        np.random.default_rng(0),
        discount=GAMMA,
        learning_rate=1.0,
        epsilon=1.0,
    )
    np.testing.assert_allclose(q[-1], exact, atol=1e-12)


def test_sarsa_learns_the_values_of_the_policy_it_follows():
    world = grid_world.grid(("..G", "S.."), step_reward=-0.1)
    policy = planning.random_policy(world)
    v = planning.policy_values(world, policy, GAMMA)
    q, _, _ = td.learn_control(
        world,
        "SARSA",
        8000,
        np.random.default_rng(0),
        discount=GAMMA,
        learning_rate=slowing,
        epsilon=1.0,
    )
    np.testing.assert_allclose(q[-1], planning.action_values(world, v, GAMMA), atol=0.05)


def test_td_and_monte_carlo_by_hand():
    world = grid_world.grid(("S.G",))
    episodes = [[(0, 0.0, 1), (1, 1.0, 2)], [(0, 0.0, 1), (1, 1.0, 2)]]
    v = td.td_prediction(world, episodes, discount=0.9, learning_rate=0.5)
    np.testing.assert_allclose(v, [[0, 0, 0], [0, 0.5, 0], [0.225, 0.75, 0]])
    v = td.monte_carlo_prediction(world, episodes, discount=0.9, learning_rate=0.5)
    np.testing.assert_allclose(v, [[0, 0, 0], [0.45, 0.5, 0], [0.675, 0.75, 0]])


@pytest.mark.parametrize("learn", [td.td_prediction, td.monte_carlo_prediction])
def test_predictions_come_close_to_the_linear_system(learn):
    world = grid_world.pit_world()
    v = planning.policy_values(world, planning.random_policy(world), GAMMA)
    episodes = td.random_episodes(world, 1500, np.random.default_rng(0))
    learned = learn(world, episodes, discount=GAMMA, learning_rate=0.02)
    late = learned[500:].mean(axis=0)
    assert np.sqrt(np.mean((late - v) ** 2)) < 0.06


def test_random_episodes_follow_the_transitions(rng):
    world = grid_world.pit_world()
    episodes = td.random_episodes(world, 800, rng)
    counts = np.zeros((world.n_states, world.n_states))
    for steps in episodes:
        assert steps[0][0] == world.start
        assert world.terminal[steps[-1][2]]
        for s, _, t in steps:
            counts[s, t] += 1
    visits = counts.sum(axis=1, keepdims=True)
    expected = visits * world.transitions.mean(axis=1)
    error = np.sqrt(np.maximum(expected, 1.0))
    assert np.abs((counts - expected) / error).max() < 4.5


def test_rewards_and_moves_are_counted_for_every_episode():
    q, sums, moves = td.learn_control(
        corridor(),
        "SARSA",
        40,
        np.random.default_rng(1),
        discount=1.0,
        learning_rate=0.5,
        epsilon=0.1,
    )
    assert q.shape == (40, 2, 4)
    np.testing.assert_allclose(sums, 1.0 - 0.1 * moves)
    assert np.all(q[:, 1] == 0)  # nothing follows the goal


@pytest.mark.slow
def test_on_the_cliff_sarsa_earns_more_while_it_explores():
    # Redrawings of the figure of Sutton & Barto's example 6.6: about -25 and -50.
    world, late = grid_world.cliff_world(), {}
    for rule in td.RULES:
        sums = [
            td.learn_control(
                world,
                rule,
                500,
                np.random.default_rng(seed),
                discount=1.0,
                learning_rate=0.5,
                epsilon=0.1,
            )[1][300:].mean()
            for seed in range(20)
        ]
        late[rule] = np.mean(sums)
    assert late["SARSA"] == pytest.approx(-25, abs=6)
    assert late["Q-learning"] == pytest.approx(-50, abs=6)


def test_choices_are_greedy_but_for_epsilon():
    class Draws:
        def __init__(self, *numbers):
            self.numbers = list(numbers)

        def next(self):
            return self.numbers.pop(0)

    row = [0.0, 2.0, 2.0, 1.0]
    assert td.choose(row, 0.1, Draws(0.05, 0.99)) == 3
    assert td.choose(row, 0.1, Draws(0.5, 0.2)) == 1
    assert td.choose(row, 0.1, Draws(0.5, 0.7)) == 2


def test_bad_settings_are_refused():
    rng = np.random.default_rng(0)
    settings = {"discount": 1.0, "learning_rate": 0.5, "epsilon": 0.1}
    with pytest.raises(ValueError, match="rule must be one of"):
        td.learn_control(corridor(), "Dyna", 1, rng, **settings)
    with pytest.raises(ValueError, match="epsilon must be in"):
        td.learn_control(corridor(), "SARSA", 1, rng, **settings | {"epsilon": -0.1})
    with pytest.raises(ValueError, match="learning_rate must be in"):
        td.td_prediction(corridor(), [], discount=1.0, learning_rate=2.0)


def test_values_begin_as_asked_and_at_nothing_where_an_episode_ends():
    rng = np.random.default_rng(0)
    settings = {"discount": 1.0, "learning_rate": 0.0, "epsilon": 1.0, "first": 2.5}
    q, _, _ = td.learn_control(corridor(), "SARSA", 1, rng, **settings)
    np.testing.assert_array_equal(q[0], [[2.5] * 4, [0.0] * 4])
