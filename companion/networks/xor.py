"""How often a network with one hidden layer learns XOR, over many starting points.

The network has two inputs, one hidden layer and one linear output; targets are -1 and 1,
and the answer is the sign. All starting points are trained side by side, with Adam on all
four patterns in every step.
"""

from dataclasses import dataclass

import numpy as np

from companion.brain.dendrites import all_inputs
from companion.networks import stacked

X = all_inputs(2).astype(float)
TARGET = np.array([[-1.0], [1.0], [1.0], [-1.0]])


@dataclass(frozen=True)
class Runs:
    """What became of n_seeds networks.

    Args:
        solved: Whether all four answers are right, (n_seeds,).
        output: The output on each pattern, (n_seeds, 4).
        silent: Whether all hidden units are exactly zero on a pattern, (n_seeds, 4).
    """

    solved: np.ndarray
    output: np.ndarray
    silent: np.ndarray

    @property
    def trapped(self):
        """Whether all hidden units are silent on two patterns with different targets.

        Both patterns then have the same output, the last bias, and no hidden unit has a
        slope there.

        Returns:
            Bools, (n_seeds,).
        """
        up = TARGET[:, 0] > 0
        return self.silent[:, up].any(axis=1) & self.silent[:, ~up].any(axis=1)


def train(n_hidden, activation, n_seeds, *, n_steps=1000, learning_rate=0.05):
    """Train from the seeds 0 to n_seeds - 1.

    Args:
        n_hidden: Hidden units.
        activation: Their activation, a name of `mlp.ACTIVATIONS`.
        n_seeds: Starting points.
        n_steps: Steps of Adam.
        learning_rate: Its step size.

    Returns:
        A `Runs`.
    """
    names = [activation, "linear"]
    params = stacked.train(
        stacked.init([2, n_hidden, 1], range(n_seeds)),
        X,
        TARGET,
        activations=names,
        n_steps=n_steps,
        learning_rate=learning_rate,
    )
    _, hidden, output = stacked.forward(params, X, names)
    solved = np.all(np.sign(output) == TARGET, axis=(1, 2))
    return Runs(solved, output[:, :, 0], np.all(hidden == 0, axis=2))
