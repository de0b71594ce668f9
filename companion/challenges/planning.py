"""Values of states when the world's arrays P and R are known: the ground truth.

The value of a state is the expected sum of later rewards, each discounted by gamma per
step. For a policy pi, with P_pi and R_pi averaged over its actions, and for the best one::

    V_pi = R_pi + gamma P_pi V_pi          (a linear system)
    V*(s) = max over a of Q*(s, a),   Q*(s, a) = sum over t of P (R + gamma V*(t))
"""

import numpy as np


def action_values(world, v, discount):
    """Q(s, a): the mean reward of an action plus the discounted value of what follows.

    Args:
        world: A `companion.challenges.grid_world.World`.
        v: Values of the states, shape (S,).
        discount: gamma, in [0, 1].

    Returns:
        Q, shape (S, A).
    """
    return world.expected_rewards() + discount * world.transitions @ v


def value_iteration(world, discount, n_sweeps):
    """Begin with V = 0 and take the best action's value, over and over.

    Each sweep brings the largest error down at least by the factor gamma.

    Args:
        world: A `World`.
        discount: gamma, in [0, 1].
        n_sweeps: How often.

    Returns:
        V after every sweep, the zeros first, shape (n_sweeps + 1, S).

    Raises:
        ValueError: If `discount` is outside [0, 1].

    Source:
        Sutton & Barto (2018), eq. 4.10.
    """
    check_share(discount=discount)
    v = [np.zeros(world.n_states)]
    for _ in range(n_sweeps):
        v.append(action_values(world, v[-1], discount).max(axis=1))
    return np.array(v)


def policy_values(world, policy, discount):
    """V of a policy, by solving the linear system (I - gamma P_pi) V = R_pi.

    Args:
        world: A `World`.
        policy: Probabilities of the actions, shape (S, A).
        discount: gamma, in [0, 1); 1 only for a policy sure to reach an end.

    Returns:
        V, shape (S,).
    """
    check_share(discount=discount)
    p = np.einsum("sa,sat->st", policy, world.transitions)
    r = np.sum(policy * world.expected_rewards(), axis=1)
    return np.linalg.solve(np.eye(world.n_states) - discount * p, r)


def best_actions(q, tolerance=1e-9):
    """Which actions are best in each state, ties included.

    Args:
        q: Action values, shape (S, A).
        tolerance: Actions this close to the best count as best.

    Returns:
        Boolean array, shape (S, A).
    """
    return q >= q.max(axis=1, keepdims=True) - tolerance


def greedy_policy(q):
    """The policy that always takes the best action, the first one of several.

    Args:
        q: Action values, shape (S, A).

    Returns:
        Probabilities 0 or 1, shape (S, A).
    """
    return np.eye(q.shape[1])[np.argmax(q, axis=1)]


def random_policy(world):
    """Every action with the same probability, shape (S, A)."""
    return np.full((world.n_states, world.n_actions), 1.0 / world.n_actions)


def check_share(**shares):
    """Raise ValueError if a named number is outside [0, 1]."""
    for name, value in shares.items():
        if not 0 <= value <= 1:
            raise ValueError(f"{name} must be in [0, 1]; got {value}")
