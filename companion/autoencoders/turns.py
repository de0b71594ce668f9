"""Many small sequence models, trained one after the other in one compiled model.

Compiling an unrolled recurrent network takes longer than training it on this scale. So
one template, with the widest code, is compiled once; each model lends it its weights,
trains with a fresh Adam, and takes them back.

A model with fewer code units fits the template too: its surplus units get weights of
zero, both into the code and out of it. Such a unit is silent, z_k = 0, so the weights
that leave it have the gradient zero; and because those are zero, so is the gradient of
the weights that lead to it. The template trains as the narrower model would.
"""

import keras
import numpy as np

from companion.networks.checks import check_counts, check_finite
from companion.training.again import TrainedAgain


class Turns:
    """One compiled template in which models of its kind take turns.

    Args:
        template: A model with a `compute_loss` of its own, no model's code wider.
        n_steps: Updates of the weights in every training.
        learning_rate: Step size of Adam at the start; it falls to 0 in a straight line.

    Raises:
        ValueError: If `n_steps` is not an integer of at least 1.
    """

    def __init__(self, template, n_steps, learning_rate=0.02):
        check_counts(n_steps=n_steps)
        self.template, self.n_steps = template, int(n_steps)
        falling = keras.optimizers.schedules.PolynomialDecay(learning_rate, n_steps, 0.0)
        self._again = TrainedAgain(template, falling)

    def _widened(self, weights):
        shapes = [weight.shape for weight in self.template.get_weights()]
        fits = len(shapes) == len(weights) and all(
            w.ndim == len(s) and all(a <= b for a, b in zip(w.shape, s, strict=True))
            for w, s in zip(weights, shapes, strict=False)
        )
        if not fits:
            raise ValueError(
                f"model must have weights that fit into {shapes}; "
                f"got {[weight.shape for weight in weights]}"
            )
        return [
            w
            if w.shape == s
            else np.pad(w, [(0, b - a) for a, b in zip(w.shape, s, strict=True)])
            for w, s in zip(weights, shapes, strict=True)
        ]

    def train(self, model, x_train, batch_size=32, seed=0):
        """Train one model from its own weights, in place.

        Args:
            model: Of the template's kind and sizes; its code may be narrower.
            x_train: Examples, shape (n, ...); few examples are seen more often.
            batch_size: Examples in a step.
            seed: Seed of the order of the examples.

        Returns:
            The model itself.

        Raises:
            ValueError: If the model does not fit the template, a count is below 1 or not
                whole, or a value is not finite.
        """
        check_counts(batch_size=batch_size, examples=len(x_train))
        check_finite("x_train", x_train)
        own = model.get_weights()
        self._again.begin(self._widened(own))
        rng = np.random.default_rng(seed)
        trained = self._again.train(x_train, self.n_steps, batch_size, rng)
        pairs = zip(trained, own, strict=True)
        model.set_weights([w[tuple(map(slice, old.shape))] for w, old in pairs])
        return model
