"""Watch a codebook while it is learned: several seeds, several sizes, entries re-seeded.

An entry that is the nearest of no code vector receives no gradient: it is *dead*, and
returns only if code vectors come to it. The remedy of k-means helps here as well: put it
on a code vector that exists. A `CodebookTrainer` trains one vector-quantized model from
several seeds and keeps the perplexity along the way.
"""

from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

from companion import metrics, training
from companion.autoencoders.quantized import perplexity, usage
from companion.networks.checks import check_counts, check_finite
from companion.training.again import TrainedAgain

STARTS = ("random", "data", "reseed")
# Far from every code vector, and near enough for float32.
OUT_OF_REACH = 1e3


def code_vectors(model, x):
    """Encode images and list the vectors of all places, before they are quantized.

    Args:
        model: A `VQAutoencoder`.
        x: Images, shape (n, H, W, C).

    Returns:
        z_e as a table, shape (n * places, d), in NumPy.
    """
    z_e = ops.convert_to_numpy(model.encoder(ops.convert_to_tensor(x)))
    return z_e.reshape(-1, model.code_dim)


def image_indices(model, x):
    """Encode images as rows of whole numbers.

    Args:
        model: A `VQAutoencoder`.
        x: Images, shape (n, H, W, C).

    Returns:
        Numbers of entries, shape (n, places), row by row of the grid, in NumPy.
    """
    return ops.convert_to_numpy(model.indices(ops.convert_to_tensor(x))).reshape(len(x), -1)


def decode_indices(model, indices):
    """Decode rows of whole numbers.

    Args:
        model: A `VQAutoencoder`.
        indices: Numbers of entries, shape (n, places).

    Returns:
        Images, shape (n, H, W, C), in NumPy.
    """
    grid = np.reshape(indices, (len(indices), *model.grid_shape))
    return ops.convert_to_numpy(model.decode(model.lookup(ops.convert_to_tensor(grid))))


def reseed_dead(codebook, vectors, rng):
    """Put every entry that no vector chooses on a vector drawn at random.

    Args:
        codebook: Entries, shape (M, d).
        vectors: Code vectors of the data, shape (n, d).
        rng: A `numpy.random.Generator`.

    Returns:
        codebook: A copy with the dead entries moved.
        dead: Which ones were dead, boolean, shape (M,).
    """
    codebook, vectors = np.array(codebook), np.asarray(vectors)
    scores = np.sum(codebook**2, axis=1) - 2.0 * vectors @ codebook.T
    dead = usage(np.argmin(scores, axis=1), len(codebook)) == 0
    codebook[dead] = vectors[rng.integers(len(vectors), size=dead.sum())]
    return codebook, dead


def moves(before, after, x):
    """How far a training has moved the code vectors of images, and the entries.

    Args:
        before: A `VQAutoencoder` with the weights from which it was trained.
        after: The same after some steps.
        x: Images, shape (n, H, W, C).

    Returns:
        Root mean square distance between before and after: of the code vectors, of the
        entries, and of those entries that no vector chooses afterwards (NaN if there are
        none), in an array of shape (3,).
    """
    entries = [ops.convert_to_numpy(model.codebook) for model in (before, after)]
    dead = usage(image_indices(after, x), after.n_entries) == 0
    vectors = code_vectors(after, x) - code_vectors(before, x)
    changes = (vectors, entries[1] - entries[0], (entries[1] - entries[0])[dead])
    squared = [np.sum(change**2, axis=1) for change in changes]
    return np.array([np.sqrt(np.mean(s)) if len(s) else np.nan for s in squared])


@dataclass(frozen=True)
class CodebookRuns:
    """What several seeds of one model have learned.

    Args:
        model: The `VQAutoencoder` that takes the weights of each run in turn.
        weights: The weights of each run.
        n_entries: Entries that can be chosen.
        perplexities: Perplexity on the training images, shape (n_seeds, n_rounds + 1),
            the first before any training.
    """

    model: keras.Model
    weights: list
    n_entries: int
    perplexities: np.ndarray

    def each(self):
        """Yield the model with the weights of each run in turn."""
        for weights in self.weights:
            self.model.set_weights(weights)
            yield self.model

    def indices(self, x):
        """Encode x, shape (n, H, W, C), by every run: (n_seeds, n, places)."""
        return np.stack([image_indices(model, x) for model in self.each()])

    def decode(self, indices):
        """Decode indices, (n_seeds, n, places), each by its run: (n_seeds, n, H, W, C)."""
        pairs = zip(self.each(), indices, strict=True)
        return np.stack([decode_indices(model, rows) for model, rows in pairs])

    def errors(self, x):
        """Mean squared error of every run on x, shape (n, H, W, C): (n_seeds,)."""
        x_hats = self.decode(self.indices(x))
        return np.array([metrics.mse(x, x_hat) for x_hat in x_hats])


class CodebookTrainer:
    """Train a vector-quantized autoencoder from several seeds in one compiled model.

    A codebook of fewer entries needs no other model: the rest is put where no code vector
    is nearest to it, and where it stays, having never had a gradient.

    Args:
        build: Function from a seed to a `VQAutoencoder`.
        seeds: One seed for each run.
        learning_rate: Step size of Adam.

    Raises:
        ValueError: If `seeds` is empty.
    """

    def __init__(self, build, seeds, learning_rate=2e-2):
        if not seeds:
            raise ValueError(f"seeds must name at least one run; got {seeds!r}")
        training.seed_everything(seeds[0])
        models = {seed: build(seed) for seed in seeds}
        self.initial = {seed: model.get_weights() for seed, model in models.items()}
        self.model = models[seeds[0]]
        self._again = TrainedAgain(self.model, learning_rate, loss="mse")

    def train(
        self, x_train, n_rounds=6, start="data", n_entries=None, batch_size=64, n_steps=32
    ):
        """Train from every seed, in rounds.

        Args:
            x_train: Images, shape (n, H, W, C).
            n_rounds: Rounds, after each of which the perplexity is taken.
            start: "random" keeps the initial entries of the model; "data" starts them at
                code vectors of the data; "reseed" does so too, and before every round but
                the first puts the dead entries on code vectors again.
            n_entries: Entries that can be chosen, at most M (the default).
            batch_size: Images in a step.
            n_steps: Steps in a round.

        Returns:
            A `CodebookRuns`.

        Raises:
            ValueError: If a setting makes no sense, or a value is not finite.
        """
        n_entries = self.model.n_entries if n_entries is None else n_entries
        check_counts(
            n_rounds=n_rounds, n_entries=n_entries, batch_size=batch_size, n_steps=n_steps
        )
        check_finite("x_train", x_train)
        if start not in STARTS or n_entries > self.model.n_entries:
            raise ValueError(
                f"start must be one of {STARTS} and n_entries at most "
                f"{self.model.n_entries}; got {start!r} and {n_entries}"
            )
        weights, curves = [], []
        for seed in self.initial:
            rng = np.random.default_rng(seed)
            self._begin(seed, x_train, start, n_entries)
            curves.append([self._perplexity(x_train, n_entries)])
            for i in range(n_rounds):
                if start == "reseed" and i > 0:
                    self._reseed(x_train, n_entries, rng)
                self._again.train(x_train, n_steps, batch_size, rng)
                curves[-1].append(self._perplexity(x_train, n_entries))
            weights.append(self.model.get_weights())
        return CodebookRuns(self.model, weights, n_entries, np.array(curves))

    def _begin(self, seed, x_train, start, n_entries):
        self._again.begin(self.initial[seed])
        entries = ops.convert_to_numpy(self.model.codebook).copy()
        if start != "random":
            vectors, rng = code_vectors(self.model, x_train), np.random.default_rng(seed)
            entries[:n_entries] = vectors[rng.choice(len(vectors), n_entries, False)]
        entries[n_entries:] = OUT_OF_REACH
        self.model.codebook.assign(entries)

    def _reseed(self, x_train, n_entries, rng):
        entries = ops.convert_to_numpy(self.model.codebook).copy()
        vectors = code_vectors(self.model, x_train)
        entries[:n_entries], _ = reseed_dead(entries[:n_entries], vectors, rng)
        self.model.codebook.assign(entries)

    def _perplexity(self, x, n_entries):
        return perplexity(image_indices(self.model, x), n_entries)
