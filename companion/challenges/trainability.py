"""Which deep autoencoders can be trained: the share of starts that reach a fixed error."""

from dataclasses import dataclass

import numpy as np

from companion.challenges import deep
from companion.networks.parameters import map_arrays


@dataclass(frozen=True)
class Outcome:
    """What became of one way of training.

    Args:
        rate: The learning rate chosen.
        at_edge: Whether it is the smallest or the largest of those tried.
        errors: Test error of each seed at this rate, (n_seeds,); infinite where training
            broke down.
        train_errors: The same on the training inputs.
    """

    rate: float
    at_edge: bool
    errors: np.ndarray
    train_errors: np.ndarray

    def share(self, goal):
        """Return the share of the seeds whose error is below a goal."""
        return float(np.mean(self.errors < goal))


def train_tuned(shape, start, x, x_val, x_test, *, rates, tuning_seeds, seeds, n_steps):
    """Choose a learning rate on some seeds, and train others with it.

    The rate is the one with the smallest median validation error. Other seeds are then
    judged on test inputs, which have chosen nothing. All is trained in single precision,
    which takes less than half the time of double.

    Args:
        shape: A `companion.challenges.deep.Shape`.
        start: Function from seeds to parameters to start from.
        x: Training inputs, (n, D), in [0, 1].
        x_val: Validation inputs.
        x_test: Test inputs.
        rates: Learning rates to try, rising.
        tuning_seeds: Seeds that choose the rate.
        seeds: Seeds that are counted, none of them among the others.
        n_steps: Steps of every training.

    Returns:
        An `Outcome`.

    Raises:
        ValueError: If a seed stands among both.
    """
    if set(tuning_seeds) & set(seeds):
        raise ValueError(f"seeds must not be those of the tuning; got {list(seeds)}")
    first, counted = (map_arrays(np.float32, start(list(s))) for s in (tuning_seeds, seeds))
    every_rate = map_arrays(lambda a: np.concatenate([a] * len(rates)), first)
    trained = deep.train(
        shape, every_rate, x,
        learning_rate=np.repeat(rates, len(tuning_seeds)), n_steps=n_steps,
    )  # fmt: skip
    tried = _errors(shape, trained, x_val).reshape(len(rates), -1)
    best = int(np.argmin(np.median(tried, axis=1)))
    rate = float(rates[best])
    trained = deep.train(shape, counted, x, learning_rate=rate, n_steps=n_steps)
    errors = [_errors(shape, trained, part) for part in (x_test, x)]
    return Outcome(rate, best in (0, len(rates) - 1), *errors)


def _errors(shape, trained, x):
    params, moments = trained
    with np.errstate(over="ignore", invalid="ignore"):
        errors = deep.errors(shape, params, x, moments)
    return np.where(np.isfinite(errors), errors, np.inf)
