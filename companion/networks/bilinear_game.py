"""The smallest game without convergence: min over x, max over y, of x times y.

The only equilibrium is (0, 0). With the learning rate eta, steps taken at once are

    x' = x - eta y,    y' = y + eta x

which turns (x, y) and stretches it by sqrt(1 + eta^2). Steps taken in turns, in which y
answers the new x, keep x^2 + y^2 - eta x y, so that they neither leave nor arrive.
"""

import numpy as np


def play(start, learning_rate, n_steps, in_turns=False):
    """Follow both players.

    Args:
        start: (x, y) before the first step.
        learning_rate: eta, above 0.
        n_steps: Steps of both players.
        in_turns: Whether y answers the new x; if not, both move at once.

    Returns:
        Positions before the first and after every step, shape (n_steps + 1, 2).

    Raises:
        ValueError: If `learning_rate` is not above 0.
    """
    if learning_rate <= 0:
        raise ValueError(f"learning_rate must be above 0; got {learning_rate}")
    positions = np.empty((n_steps + 1, 2))
    positions[0] = start
    for step in range(n_steps):
        x, y = positions[step]
        new_x = x - learning_rate * y
        positions[step + 1] = new_x, y + learning_rate * (new_x if in_turns else x)
    return positions


def conserved(positions, learning_rate):
    """Return x^2 + y^2 - eta x y of every position, which steps in turns keep."""
    x, y = np.asarray(positions, dtype=float).T
    return x**2 + y**2 - learning_rate * x * y
