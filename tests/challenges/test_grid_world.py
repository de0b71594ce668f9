"""Worlds of squares, and their values by two routes."""

import numpy as np
import pytest

from companion.challenges import grid_world, planning


def corridor():
    return grid_world.grid(("S..G",), step_reward=-0.1)


def test_a_corridor_by_hand():
    world = corridor()
    assert world.n_states == 4
    np.testing.assert_array_equal(world.terminal, [False, False, False, True])
    # Right from the start; up from the start bumps and stays.
    assert world.transitions[0, 1, 1] == 1
    assert world.rewards[0, 1, 1] == -0.1
    assert world.transitions[0, 0, 0] == 1
    assert world.rewards[2, 1, 3] == pytest.approx(0.9)
    # Nothing leads out of the goal.
    assert world.transitions[3].sum() == 0


def test_slipping_goes_to_both_sides_and_never_backward():
    world = grid_world.grid(("...", ".S.", "..G"), slip=0.2)
    up = dict(zip(map(tuple, world.squares), world.transitions[4, 0], strict=True))
    assert up == pytest.approx(
        {square: 0.0 for square in up} | {(0, 1): 0.8, (1, 0): 0.1, (1, 2): 0.1}
    )


def test_walls_stop_and_the_pit_ends():
    world = grid_world.pit_world()
    number = {tuple(square): s for s, square in enumerate(world.squares.tolist())}
    s = number[(1, 0)]  # a wall to the right: straight on and both sides
    assert world.transitions[s, 1, s] == pytest.approx(0.9)
    pit = number[(1, 4)]
    assert world.terminal[pit]
    above = number[(2, 4)]
    assert world.rewards[above, 0, pit] == pytest.approx(-1.02)


def test_the_cliff_costs_a_hundred_and_leads_back():
    world = grid_world.cliff_world()
    assert world.rewards[world.start, 1, world.start] == -100
    assert world.rewards[world.start, 3, world.start] == -1  # against the border
    above = world.start - 11  # one row up, one column to the right
    assert tuple(world.squares[above]) == (2, 1)
    assert world.transitions[above, 2, world.start] == 1
    assert world.rewards[above, 2, world.start] == -100


def test_two_ways_to_the_same_square_share_the_reward():
    # Right slips up (the border: stays, -1) or down (the cliff: back to S, -100).
    world = grid_world.grid(
        ("SG", "C."), slip=0.5, step_reward=-1.0, goal_reward=0.0, pit_reward=-99.0
    )
    assert world.transitions[0, 1, 0] == pytest.approx(0.5)
    assert world.rewards[0, 1, 0] == pytest.approx((-1 - 100) / 2)


def test_best_values_of_a_corridor_in_closed_form():
    gamma = 0.9
    v = planning.value_iteration(corridor(), gamma, 50)[-1]
    last = 1 - 0.1
    by_hand = [-0.1 + gamma * (-0.1 + gamma * last), -0.1 + gamma * last, last, 0.0]
    np.testing.assert_allclose(v, by_hand, atol=1e-12)


def test_errors_of_value_iteration_shrink_by_gamma_at_least():
    world, gamma = grid_world.pit_world(), 0.95
    v = planning.value_iteration(world, gamma, 600)
    errors = np.abs(v - v[-1]).max(axis=1)[:100]
    assert np.all(errors[1:] <= gamma * errors[:-1] + 1e-12)


def test_the_greedy_policy_is_worth_what_value_iteration_says():
    world, gamma = grid_world.pit_world(), 0.95
    best = planning.value_iteration(world, gamma, 600)[-1]
    q = planning.action_values(world, best, gamma)
    v = planning.policy_values(world, planning.greedy_policy(q), gamma)
    np.testing.assert_allclose(v, best, atol=1e-10)


def test_policy_values_are_the_mean_of_simulated_returns(rng):
    world, gamma = grid_world.pit_world(), 0.9
    policy = planning.random_policy(world)
    returns = []
    for _ in range(3000):
        s, total, weight = world.start, 0.0, 1.0
        while not world.terminal[s]:
            a = rng.integers(4)
            t = rng.choice(world.n_states, p=world.transitions[s, a])
            total += weight * world.rewards[s, a, t]
            weight, s = weight * gamma, t
        returns.append(total)
    error = np.std(returns) / np.sqrt(len(returns))
    v = planning.policy_values(world, policy, gamma)[world.start]
    assert v == pytest.approx(np.mean(returns), abs=3.5 * error)


def test_the_cliff_is_walked_in_thirteen_steps():
    world = grid_world.cliff_world()
    v = planning.value_iteration(world, 1.0, 50)[-1]
    assert v[world.start] == -13  # Sutton & Barto: eleven right, one up, one down


def test_ties_are_all_best():
    q = np.array([[1.0, 1.0, 0.0], [0.0, 2.0, 1.0]])
    expected = [[True, True, False], [False, True, False]]
    np.testing.assert_array_equal(planning.best_actions(q), expected)


@pytest.mark.parametrize(
    ("rows", "slip", "message"),
    [
        (("S.", "G"), 0.0, "equally long"),
        (("SXG",), 0.0, "got X"),
        (("..G",), 0.0, "one S and a G; got 0 and 1"),
        (("S..",), 0.0, "got 1 and 0"),
        (("S.G",), 1.5, "slip must be in"),
    ],
)
def test_bad_drawings_are_refused(rows, slip, message):
    with pytest.raises(ValueError, match=message):
        grid_world.grid(rows, slip=slip)


def test_a_world_that_loses_probability_is_refused():
    world = corridor()
    with pytest.raises(ValueError, match="add to 1"):
        grid_world.World(
            0.9 * world.transitions, world.rewards, world.terminal, 0, world.squares, (1, 4)
        )


def test_a_discount_above_one_is_refused():
    with pytest.raises(ValueError, match="discount must be in"):
        planning.value_iteration(corridor(), 1.1, 3)
