"""Small worlds of squares as Markov decision processes: two arrays, P and R.

A state s is a free square, an action a one of four moves. P[s, a, t] is the probability of
standing on t next, and R[s, a, t] the reward of that move. Once a terminal state is
entered the episode is over: its row of P is 0, so no later reward can come from it.
"""

from dataclasses import dataclass

import numpy as np

MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))  # up, right, down, left
PIT_MAP = ("....G", ".#.#P", ".#...", "S..#.")
CLIFF_MAP = ("............", "............", "............", "SCCCCCCCCCCG")
SQUARES = "#.SGPC"


@dataclass(frozen=True)
class World:
    """A Markov decision process whose states are squares.

    Args:
        transitions: P, shape (S, A, S); rows add to 1, and to 0 for terminal states.
        rewards: R, shape (S, A, S).
        terminal: Which states end an episode, shape (S,), bool.
        start: The state every episode begins in.
        squares: Row and column of every state, shape (S, 2).
        shape: Rows and columns of the map.

    Raises:
        ValueError: If the arrays do not fit one another, or a row of P adds to neither.
    """

    transitions: np.ndarray
    rewards: np.ndarray
    terminal: np.ndarray
    start: int
    squares: np.ndarray
    shape: tuple

    def __post_init__(self):
        p, n = self.transitions, len(self.terminal)
        if p.ndim != 3 or p.shape[0] != n or p.shape[2] != n:
            raise ValueError(f"transitions must be ({n}, A, {n}); got shape {p.shape}")
        if self.rewards.shape != p.shape:
            raise ValueError(
                f"rewards must be {p.shape} as transitions; got {self.rewards.shape}"
            )
        sums = np.where(self.terminal, 0.0, 1.0)[:, None]
        if p.min() < 0 or not np.allclose(p.sum(axis=2), sums):
            raise ValueError(
                "transitions must not be negative and add to 1 (0 from a terminal state); "
                f"got sums from {p.sum(axis=2).min():g} to {p.sum(axis=2).max():g}"
            )

    @property
    def n_states(self):
        """S, the number of states."""
        return len(self.terminal)

    @property
    def n_actions(self):
        """A, the number of actions."""
        return self.transitions.shape[1]

    def expected_rewards(self):
        """The mean reward of each action in each state, sum over t of P R, (S, A)."""
        return np.sum(self.transitions * self.rewards, axis=2)


def grid(rows, *, slip=0.0, step_reward=0.0, goal_reward=1.0, pit_reward=-1.0):
    """Build a world from a drawing.

    With probability 1 - slip a move goes where it was aimed, and with slip / 2 each to
    either side of that. A move against a wall or out of the map leaves the agent where it
    is. Every move costs `step_reward`; entering the goal or a pit gives its reward on top
    and ends the episode; entering the cliff gives the pit's, and leads back to the start.

    Args:
        rows: Equally long strings of ``.`` free, ``#`` wall, ``S`` start, ``G`` goal,
            ``P`` pit and ``C`` cliff.
        slip: Probability of going to one side, in [0, 1].
        step_reward, goal_reward, pit_reward: Rewards, no unit.

    Returns:
        A `World`; its states are numbered row by row, walls and cliff left out.

    Raises:
        ValueError: If the drawing has unequal rows, an unknown letter, not exactly one
            start or no goal, or `slip` is outside [0, 1].
    """
    _check_drawing(rows, slip)
    letters = np.array([list(row) for row in rows])
    squares = np.argwhere(~np.isin(letters, ["#", "C"]))
    number = {tuple(square): s for s, square in enumerate(squares.tolist())}
    kinds = letters[tuple(squares.T)]
    start = int(np.flatnonzero(kinds == "S")[0])
    bonus = {"G": goal_reward, "P": pit_reward}
    p = np.zeros((len(squares), len(MOVES), len(squares)))
    r = np.zeros_like(p)
    for s, a in np.argwhere(np.ones(p.shape[:2])):
        if kinds[s] in bonus:
            continue
        for turn, chance in ((0, 1.0 - slip), (1, slip / 2), (-1, slip / 2)):
            square = tuple(squares[s] + MOVES[(a + turn) % len(MOVES)])
            fell = _letter(letters, square) == "C"
            t = start if fell else number.get(square, s)
            if chance > 0:
                reward = step_reward + (pit_reward if fell else bonus.get(kinds[t], 0.0))
                before = p[s, a, t] * r[s, a, t]
                p[s, a, t] += chance
                # Two ways to the same square: the mean of their rewards.
                r[s, a, t] = (before + chance * reward) / p[s, a, t]
    return World(p, r, np.isin(kinds, list(bonus)), start, squares, letters.shape)


def pit_world():
    """The world of the page: 4 x 5 squares, walls, a pit below the goal, slippery moves."""
    return grid(PIT_MAP, slip=0.1, step_reward=-0.02)


def cliff_world():
    """The cliff walk: every move costs 1, the cliff 100 and the way back to the start.

    Source:
        Sutton & Barto (2018), example 6.6.
    """
    return grid(CLIFF_MAP, step_reward=-1.0, goal_reward=0.0, pit_reward=-99.0)


def _letter(letters, square):
    inside = all(0 <= i < n for i, n in zip(square, letters.shape, strict=True))
    return letters[square] if inside else "#"


def _check_drawing(rows, slip):
    if not 0 <= slip <= 1:
        raise ValueError(f"slip must be in [0, 1]; got {slip}")
    lengths = sorted({len(row) for row in rows})
    if len(lengths) != 1:
        raise ValueError(f"rows must be equally long; got lengths {lengths}")
    drawing = "".join(rows)
    unknown = sorted(set(drawing) - set(SQUARES))
    if unknown:
        raise ValueError(f"rows may hold only {SQUARES}; got {''.join(unknown)}")
    if drawing.count("S") != 1 or "G" not in drawing:
        raise ValueError(
            f"rows must hold one S and a G; got {drawing.count('S')} and "
            f"{drawing.count('G')}"
        )
