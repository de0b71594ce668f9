"""A small network that writes a first line, pretrained by repairing damaged texts.

It is the sequence-to-sequence network of `companion.practice.translator`, on words. In
*denoising* it is shown the beginning of a text, some words hidden and neighbors swapped,
and has to write it undamaged; no summary is needed for that. Then it is tuned: it is shown
the body of a text, and has to write the summary.
"""

from collections import Counter

import numpy as np

from companion.practice.bag_of_words import checked_texts
from companion.practice.translator import Translator
from companion.practice.translator_search import translate
from companion.practice.translator_text import END, N_SPECIAL, PAD, UNKNOWN, side_by_side
from companion.training.again import TrainedAgain

READ, WRITE = 20, 10  # words that are read and written, the end included


class WordAlphabet:
    """The most frequent words of some texts, numbered from `N_SPECIAL`.

    Args:
        texts: Sequence of texts.
        max_words: Words that are known, at most; the others are read as unknown.
    """

    def __init__(self, texts, max_words=500):
        total = Counter(w for t in checked_texts("texts", texts) for w in t.lower().split())
        ranked = sorted(total, key=lambda word: (-total[word], word))
        self.words = ranked[:max_words]
        self._numbers = {word: i for i, word in enumerate(self.words, N_SPECIAL)}

    def __len__(self):
        return N_SPECIAL + len(self.words)

    def encode(self, texts, length, end=False):
        """Turn the first words of texts into rows of symbols, shape (n, length), int32.

        Args:
            texts: Sequence of texts.
            length: Symbols in a row; padding stands behind a text that is shorter.
            end: Whether each text is to be written: its last symbol is `END`, and words
                that are not known are left out.
        """
        texts = checked_texts("texts", texts)
        rows = np.full((len(texts), length), PAD, "int32")
        for row, text in zip(rows, texts, strict=True):
            symbols = [self._numbers.get(w, UNKNOWN) for w in text.lower().split()]
            if end:
                symbols = [s for s in symbols if s != UNKNOWN][: length - 1] + [END]
            symbols = symbols[:length]
            row[: len(symbols)] = symbols
        return rows

    def decode(self, rows):
        """Turn rows of symbols into texts, each up to its first `END`."""
        texts = []
        for row in np.asarray(rows).tolist():
            row = row[: row.index(END)] if END in row else row
            texts.append(" ".join(self.words[i - N_SPECIAL] for i in row if i >= N_SPECIAL))
        return texts


def damage(rows, rng, hidden=0.3, swapped=0.2):
    """Hide words and swap neighbors, at random; padding stays where it is.

    Args:
        rows: Symbols, shape (n, length).
        rng: A `numpy.random.Generator`.
        hidden: Share of the words that become `UNKNOWN`.
        swapped: Share of the pairs (first and second word, third and fourth, ...) that
            change places, if both are words.

    Returns:
        Symbols, shape (n, length).
    """
    rows = rows.copy()
    pairs = rows[:, : rows.shape[1] // 2 * 2].reshape(len(rows), -1, 2)
    turn = (rng.random(pairs.shape[:2]) < swapped) & (pairs != PAD).all(axis=2)
    pairs = np.where(turn[..., None], pairs[..., ::-1], pairs)
    rows[:, : pairs.shape[1] * 2] = pairs.reshape(len(rows), -1)
    hide = (rng.random(rows.shape) < hidden) & (rows != PAD)
    return np.where(hide, UNKNOWN, rows)


class HeadlineWriter:
    """Networks for several seeds side by side, compiled once.

    Args:
        alphabet: A `WordAlphabet`.
        seeds: One network for each.
        units: Units of each recurrent network.
    """

    def __init__(self, alphabet, seeds=(0, 1, 2), units=32, learning_rate=0.01):
        self.alphabet, n = alphabet, len(alphabet)
        self.model = Translator(n, n, READ, WRITE, units, units, seeds=seeds)
        self._again = TrainedAgain(self.model, learning_rate)
        self._fresh = self.model.get_weights()

    def train(self, bodies, summaries, unlabeled, n_pretrain, n_steps, seed=0):
        """Train anew: pretrain on texts alone, then tune on pairs.

        On docstrings, 100 updates and then 250 were chosen on validation texts of another
        split; up to 600 and 800 were tried, and wrote no better.

        Args:
            bodies: Texts to read.
            summaries: Their first lines.
            unlabeled: Texts to repair.
            n_pretrain: Updates of the pretraining; 0 for none.
            n_steps: Updates of the tuning.
            seed: Seed of the damage and the batches.
        """
        rng, weights = np.random.default_rng(seed), self._fresh
        if n_pretrain:
            clean = self.alphabet.encode(unlabeled, WRITE - 1)
            target = self.alphabet.encode(unlabeled, WRITE, end=True)
            source = np.full((len(clean), READ), PAD, "int32")
            source[:, : WRITE - 1] = damage(clean, rng)
            self._again.begin(weights)
            weights = self._again.train(self._pairs(source, target), n_pretrain, 32, rng)
        source = self.alphabet.encode(bodies, READ)
        target = self.alphabet.encode(summaries, WRITE, end=True)
        self._again.begin(weights)
        self._again.train(self._pairs(source, target), n_steps, 32, rng)

    def _pairs(self, source, target):
        # Every network sees the same pairs in the same order; only their starts differ.
        return np.repeat(side_by_side(source, target), len(self.model.seeds), axis=1)

    def write(self, bodies):
        """Write a first line to every text with every network: lists of texts."""
        rows = translate(self.model, self.alphabet.encode(bodies, READ))
        return [self.alphabet.decode(member) for member in rows]
