"""Train one compiled model again and again, each time from other weights.

Compiling a small model takes longer than training it. A comparison over seeds or
settings therefore compiles one model and lends it many weights.
"""

import keras
import numpy as np

from companion.training.engine import adam, steps_per_execution
from companion.training.steps import Steps


def draw_epochs(n_examples, n_draws, rng):
    """Draw examples in random order, each once before any is drawn again.

    Args:
        n_examples: How many there are.
        n_draws: How many to draw.
        rng: A `numpy.random.Generator`.

    Returns:
        Their indices, shape (n_draws,).
    """
    n_epochs = -(-n_draws // n_examples)
    return np.concatenate([rng.permutation(n_examples) for _ in range(n_epochs)])[:n_draws]


class TrainedAgain:
    """A model that is compiled once, with Adam, and begins anew as often as wanted.

    Its `steps`, a `companion.training.steps.Steps`, take an epoch in any order.

    Args:
        model: A built Keras model.
        learning_rate: Step size of Adam, or a schedule of Keras.
        loss: A Keras loss; None for a model with a `compute_loss` of its own.
    """

    def __init__(self, model, learning_rate, loss=None):
        self.model = model
        model.compile(
            adam(learning_rate), loss=loss, steps_per_execution=steps_per_execution()
        )
        model.optimizer.build(model.trainable_variables)
        self.steps = Steps(model)
        self._fresh = [keras.ops.convert_to_numpy(v) for v in model.optimizer.variables]

    def begin(self, weights):
        """Take other weights, and the state in which Adam has seen no gradient.

        Args:
            weights: What `keras.Model.get_weights` of an equal model returns.
        """
        self.model.set_weights(weights)
        for variable, value in zip(
            self.model.optimizer.variables, self._fresh, strict=True
        ):
            variable.assign(value)

    def train(self, x, n_steps, batch_size, rng):
        """Go on from where the model stands; the inputs are the targets.

        Args:
            x: Examples, shape (n, ...); few examples are seen more often.
            n_steps: Updates of the weights.
            batch_size: Examples in a step.
            rng: A `numpy.random.Generator` that draws their order.

        Returns:
            The model's weights after the last step.
        """
        self.steps.run(x, x, draw_epochs(len(x), n_steps * batch_size, rng), batch_size)
        return self.model.get_weights()
