"""Which deep autoencoders can be trained: the share of starts that reach a fixed error."""

from dataclasses import dataclass

import numpy as np

from companion.challenges import deep


@dataclass(frozen=True)
class Outcome:
    """What became of one way of training.

    Args:
        rate: The learning rate chosen.
        at_edge: Whether it is the smallest or the largest of those tried.
        errors: Validation error of each seed at this rate, (n_seeds,); infinite where
            training broke down.
    """

    rate: float
    at_edge: bool
    errors: np.ndarray

    def share(self, goal):
        """Return the share of the seeds whose error is below a goal."""
        return float(np.mean(self.errors < goal))


def train_tuned(shape, start, x, x_val, *, rates, tuning_seeds, seeds, n_steps):
    """Choose a learning rate on some seeds, and train others with it.

    The rate is the one with the smallest median validation error. The validation images
    then judge other seeds, not other rates.

    Args:
        shape: A `companion.challenges.deep.Shape`.
        start: Function from seeds to parameters to start from.
        x: Training inputs, (n, D), in [0, 1].
        x_val: Validation inputs.
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
    tried = _errors(
        shape, start, x, x_val, np.repeat(rates, len(tuning_seeds)),
        list(tuning_seeds) * len(rates), n_steps,
    )  # fmt: skip
    medians = np.median(tried.reshape(len(rates), -1), axis=1)
    best = int(np.argmin(medians))
    rate = float(rates[best])
    errors = _errors(shape, start, x, x_val, rate, list(seeds), n_steps)
    return Outcome(rate, best in (0, len(rates) - 1), errors)


def _errors(shape, start, x, x_val, rates, seeds, n_steps):
    params, moments = deep.train(
        shape, start(seeds), x, learning_rate=rates, n_steps=n_steps
    )
    with np.errstate(over="ignore", invalid="ignore"):
        errors = deep.errors(shape, params, x_val, moments)
    return np.where(np.isfinite(errors), errors, np.inf)
