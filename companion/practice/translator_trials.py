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


class Trials:
    """Translators in a row, for one pair of alphabets and one limit of length.

    Adam starts with the learning rate and ends, in a straight line, with a fiftieth of it.
    Every training may have a rate of its own.

    Args:
        sources: Texts whose characters and greatest length are allowed.
        targets: The same for translations.
        n_members: M, how many translators are trained side by side.
        n_steps: Steps of every training.
        learning_rate: The rate at the start.
        units: Units of each GRU, and numbers of the code.
        batch_size: Pairs in a step, for each member.
    """

    def __init__(
        self,
        sources,
        targets,
        n_members,
        n_steps,
        learning_rate=0.02,
        units=32,
        batch_size=32,
    ):
        self.sources, self.targets = Alphabet(sources), Alphabet(targets)
        self.lengths = max(map(len, sources)), max(map(len, targets)) + 1
        self.n_members, self.n_steps, self.units = n_members, n_steps, units
        self.learning_rate, self.batch_size = learning_rate, batch_size
        self.model = self._fresh(range(n_members), True)
        self._falling = Falling(n_steps)
        self._again = TrainedAgain(self.model, self._falling)

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

    def train(self, weights, pairs, seed=0, learning_rate=None):
        """Train all members from given weights; few pairs are seen more often.

        Args:
            weights: As `start` or `train` return them.
            pairs: Texts and translations (x, y) for all, or a list of such: one for each,
                or fewer, of which each serves equally many neighbors.
            seed: Seed of the order of the pairs.
            learning_rate: The rate at the start; that of the trials by default.

        Returns:
            The trained weights; they stay in `model` until the next training.
        """
        for _ in self.watched(weights, pairs, (self.n_steps,), seed, learning_rate):
            pass
        return self.model.get_weights()

    def watched(self, weights, pairs, stops, seed=0, learning_rate=None):
        """Train as `train` does, and stop on the way, so that `model` can be measured.

        Args:
            weights: As for `train`; so are `pairs`, `seed` and `learning_rate`.
            stops: Numbers of steps to stop after, rising, at most `n_steps`.

        Yields:
            Each stop, when the model has come so far.

        Raises:
            ValueError: If the stops do not rise from at least 1 to at most `n_steps`, or
                the members cannot be shared out equally among the pairs.
        """
        pairs = [pairs] if isinstance(pairs, tuple) else pairs
        if len(pairs) == 0 or self.n_members % len(pairs):
            raise ValueError(
                f"pairs must divide {self.n_members} members; got {len(pairs)} of them"
            )
        pairs = [own for own in pairs for _ in range(self.n_members // len(pairs))]
        starts = (0, *stops[:-1])
        if not (stops and stops[-1] <= self.n_steps and (np.diff((0, *stops)) > 0).all()):
            raise ValueError(f"stops must rise from 1 to {self.n_steps}; got {stops}")
        n, chosen = stops[-1] * self.batch_size, []
        for member, (x, y) in enumerate(pairs):
            rows = draw_epochs(len(x), n, np.random.default_rng([seed, member]))
            chosen.append(side_by_side(*self.encode(x, y))[rows, 0])
        chosen = np.stack(chosen, axis=1)
        self._falling.begin.assign(learning_rate or self.learning_rate)
        self._again.begin(weights)
        for a, b in zip(starts, stops, strict=True):
            order = np.arange(a * self.batch_size, b * self.batch_size)
            self._again.steps.run(chosen, chosen, order, self.batch_size)
            yield b

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


class Falling(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that falls in a straight line to a fiftieth; where it begins can be changed.

    Args:
        n_steps: Steps until the lowest rate, which then stays.
    """

    def __init__(self, n_steps):
        self.n_steps = n_steps
        self.begin = keras.Variable(0.0, trainable=False, name="rate")

    def __call__(self, step):
        done = keras.ops.minimum(keras.ops.cast(step, "float32") / self.n_steps, 1.0)
        return self.begin * (1.0 - 0.98 * done)

    def get_config(self):
        return {"n_steps": self.n_steps}
