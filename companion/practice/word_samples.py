"""Short words from a sequence autoencoder, and how surprising they are to a judge.

Words are rows of numbers: a letter is 1 to 26, and 0 marks the end and what follows. The
judge is a chain over letters that has counted the training words; its perplexity is the
number of equally likely letters that would surprise it as much.

Settings of the autoencoder were chosen, for 300 steps, by the perplexity of validation
words for a chain that has counted generated words (`judged`), with a Gaussian on the codes,
as a mean over two seeds, three for the last choice. Tried: 4, 8, 16 and 32 code units, 32
and 64 hidden ones, and learning rates of 0.01 to 0.08, though not in all combinations.
"""

import re

import keras
import numpy as np
from keras import ops

from companion.autoencoders.sequence import SequenceAutoencoder
from companion.practice import generators
from companion.practice.string_baselines import MarkovChain
from companion.training.again import TrainedAgain

LONGEST, N_SYMBOLS = 5, 27
UNITS, RATE = 32, 4e-2


def words(texts):
    """Find the different words of 3 to 5 letters a to z in texts, in order: a list."""
    found = {w for text in texts for w in re.findall(r"[a-z]+", str(text).lower())}
    return sorted(w for w in found if 3 <= len(w) <= LONGEST)


def splits(data):
    """Take words from the three parts of a data set of texts, each word in one part only.

    Args:
        data: A `companion.datasets.Dataset` of texts.

    Returns:
        Rows of training, validation and test words, each (n, 6); a word that stands in an
        earlier part is dropped from the later ones.
    """
    parts, known = [], set()
    for texts in (data.x_train, data.x_val, data.x_test):
        new = [word for word in words(texts) if word not in known]
        known.update(new)
        parts.append(rows_of(new))
    return parts


def rows_of(found):
    """Turn words into rows of numbers with at least one end mark, shape (n, 6)."""
    return np.array(
        [[ord(c) - 96 for c in w] + [0] * (LONGEST + 1 - len(w)) for w in found]
    )


def word_of(row):
    """Turn a row of numbers into a word."""
    return "".join(chr(96 + number) for number in ended([row])[0] if number)


def ended(rows):
    """Put 0 after the first 0 of every row, (n, T)."""
    rows = np.array(rows)
    return np.where(np.cumsum(rows == 0, axis=1) > 0, 0, rows)


def perplexity(chain, rows):
    """Perplexity of a chain for each letter and end mark of rows.

    Args:
        chain: A fitted `companion.practice.string_baselines.MarkovChain`.
        rows: Shape (n, T).

    Returns:
        exp of minus the mean log probability, over all symbols up to the first end mark.
    """
    n_symbols = np.minimum(np.sum(ended(rows) > 0, axis=1) + 1, np.shape(rows)[1]).sum()
    return float(np.exp(chain.nll(rows) * len(rows) / n_symbols))


def train(rows, latent_dim, seeds, n_steps):
    """Train a `SequenceAutoencoder` on rows from each seed.

    Args:
        rows: Shape (n, 6).
        latent_dim: K.
        seeds: One training for each.
        n_steps: Steps of each, on batches of 64.

    Returns:
        The model and the weights of each seed.
    """
    x = np.eye(N_SYMBOLS)[rows]
    settings = (rows.shape[1], N_SYMBOLS, latent_dim, UNITS)
    model, weights = SequenceAutoencoder(*settings), []
    trainer = TrainedAgain(model, keras.optimizers.schedules.CosineDecay(RATE, n_steps))
    for seed in seeds:
        # One model draws its layers from neighboring seeds: leave room between them.
        trainer.begin(SequenceAutoencoder(*settings, seed=10 * seed).get_weights())
        weights.append(trainer.train(x, n_steps, 64, np.random.default_rng(seed)))
    return model, weights


def written(model, weights, codes):
    """Write the likeliest words of codes, (n, K), letter by letter: rows, (n, 6)."""
    model.set_weights(weights)
    return ended(np.argmax(ops.convert_to_numpy(model.decode(codes)), axis=2))


def draw(model, weights, kind, parts, n, seed):
    """Draw codes from a density, and write them.

    Args:
        model: As `train` returns it.
        weights: Those of one seed.
        kind: "N(0, I)", or a density of `generators.best_density`.
        parts: Training rows, whose codes are fitted, and validation rows.
        n: Words to draw.
        seed: Seed of the draw.

    Returns:
        Rows, shape (n, 6).
    """
    z, z_val = (generators.encoded(model, weights, np.eye(N_SYMBOLS)[p]) for p in parts)
    if kind == "N(0, I)":
        return written(
            model, weights, np.random.default_rng(seed).normal(size=(n, z.shape[1]))
        )
    density = generators.best_density(kind, z, z_val, seed)
    return written(model, weights, density.sample(n, seed))


def judged(rows, chain, train, new):
    """Judge a batch of words in both directions, and count copies.

    A chain that has read good and varied words is surprised little by new real ones; one
    that has read the same few words over and over is surprised much.

    Args:
        rows: Generated words, shape (n, 6).
        chain: The judge, as in `perplexity`.
        train: Training rows.
        new: Rows of words that no model has seen.

    Returns:
        Perplexity of the generated words for the judge; perplexity of the new words for a
        chain that has counted the generated ones; share of words that are training words.
    """
    known = {word_of(row) for row in train}
    reader = MarkovChain(chain.order, N_SYMBOLS, chain.weight).fit(rows)
    return {
        "perplexity": perplexity(chain, rows),
        "of new words": perplexity(reader, new),
        "copied": float(np.mean([word_of(row) in known for row in rows])),
    }
