"""Train the members of one compiled translator again and again, each on its own pairs.

Compiling takes as long as a short training, so a comparison over seeds, amounts of data
or kinds of decoder compiles once. All trainings have the same number of steps.
"""

import keras
import numpy as np

from companion.practice.translator import Translator
from companion.practice.translator_search import attention, translate
from companion.practice.translator_text import Alphabet, side_by_side
from companion.training.again import TrainedAgain, draw_epochs

BATCH_SIZE = 32


class Trials:
    """Translators in a row, for one pair of alphabets and one limit of length.

    Adam starts with the learning rate and ends, in a straight line, with a fiftieth of it.

    Args:
        sources: Texts whose characters and greatest length are allowed.
        targets: The same for translations.
        n_members: M, how many translators are trained side by side.
        n_steps: Steps of every training.
        learning_rate: The rate at the start.
        units: Units of each GRU, and numbers of the code.
    """

    def __init__(self, sources, targets, n_members, n_steps, learning_rate=0.02, units=32):
        self.sources, self.targets = Alphabet(sources), Alphabet(targets)
        self.lengths = max(map(len, sources)), max(map(len, targets)) + 1
        self.n_members, self.n_steps, self.units = n_members, n_steps, units
        self.model = self._fresh(range(n_members), True)
        falling = keras.optimizers.schedules.PolynomialDecay(
            learning_rate, n_steps, learning_rate / 50
        )
        self._again = TrainedAgain(self.model, falling)

    def _fresh(self, seeds, attention):
        sizes = (len(self.sources), len(self.targets), *self.lengths)
        return Translator(*sizes, self.units, self.units, attention, seeds)

    def start(self, seeds, attention=True, latent_dims=None):
        """Draw weights for all members.

        Args:
            seeds: One for each member.
            attention: Whether it looks back, for all members or for each.
            latent_dims: How many numbers its code has, one for each, at most `units`. A
                surplus unit gets weights of zero on both sides, and keeps them: its
                gradient is zero.

        Returns:
            Weights, as `keras.Model.get_weights` returns them.
        """
        model = self._fresh(seeds, attention)
        if latent_dims is not None:
            used = np.arange(self.units) < np.reshape(latent_dims, (-1, 1))
            model.to_code.assign(model.to_code * used[:, np.newaxis].astype("float32"))
            model.from_code.assign(model.from_code * used[..., None].astype("float32"))
        return model.get_weights()

    def train(self, weights, pairs, seed=0):
        """Train all members from given weights; few pairs are seen more often.

        Args:
            weights: As `start` or `train` return them.
            pairs: Texts and translations (x, y) for all, or a list of such, one for each.
            seed: Seed of the order of the pairs.

        Returns:
            The trained weights; they stay in `model` until the next training.
        """
        pairs = [pairs] * self.n_members if isinstance(pairs, tuple) else pairs
        n = self.n_steps * BATCH_SIZE
        chosen = []
        for member, (x, y) in enumerate(pairs):
            rows = draw_epochs(len(x), n, np.random.default_rng([seed, member]))
            chosen.append(side_by_side(*self.encode(x, y))[rows, 0])
        chosen = np.stack(chosen, axis=1)
        self._again.begin(weights)
        self._again.steps.run(chosen, chosen, np.arange(n), BATCH_SIZE)
        return self.model.get_weights()

    def encode(self, x, y):
        """Symbols of texts, (n, S), and of translations, (n, T)."""
        return (
            self.sources.encode(x, self.lengths[0]),
            self.targets.encode_targets(y, self.lengths[1]),
        )

    def translate(self, x, width=1):
        """Translate texts: one array of texts for each member."""
        written = translate(self.model, self.sources.encode(x, self.lengths[0]), width)
        return [self.targets.decode(rows) for rows in written]

    def attention(self, x, y):
        """Where each member looks while it writes y: shape (M, n, T, S)."""
        return attention(self.model, *self.encode(x, y))
