"""Texts as counts of words, and their weights.

The counts c of a text, one for each of the V words of a vocabulary, say nothing about
the order of its words. With n texts to learn from, n_w of them with word w:

    x_w   = log(1 + c_w) idf_w / length          idf_w = log((1 + n) / (1 + n_w)) + 1

makes rare words weigh more, and a word that is repeated less than proportionally; the
length is that of the whole vector, so that the product of two of them is a cosine.
"""

import re
from collections import Counter

import numpy as np
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from companion.networks import checks

WORD = re.compile(r"[^\W\d_]{2,}")
SHOWN = 40  # characters of a bad text that a message quotes


def checked_texts(name, texts):
    """Turn a collection of texts into a list, if it is one.

    Any text is one: empty, of any script, with emoji or lone surrogates.

    Args:
        name: Name of the argument.
        texts: Sequence of texts.

    Returns:
        A list of str.

    Raises:
        ValueError: If `texts` is a single text, empty, or holds what is no text.
    """
    if isinstance(texts, (str, bytes)) or not np.iterable(texts):
        raise ValueError(f"{name} must be a sequence of texts; got {_quoted(texts)}")
    texts = list(texts)
    if not texts:
        raise ValueError(f"{name} must hold at least one text; got none")
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            raise ValueError(f"{name}[{i}] must be a text; got {_quoted(text)}")
    return [str(text) for text in texts]


def _quoted(value):
    shown = ascii(value)
    return shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}..."


def words(text):
    """Split a text into words: runs of at least two letters of any script, case ignored.

    A script without spaces comes out as one long word.
    """
    return WORD.findall(text.casefold())


class Vocabulary:
    """The most frequent words of a collection of texts, and how rare each is.

    Args:
        max_words: V is at most this.
        min_texts: A word has to stand in so many texts.

    Shapes:
        `words` is a list of V words, the most frequent first; `idf` is (V,).

    Raises:
        ValueError: If a size is not an integer of at least 1.
    """

    def __init__(self, max_words=2000, min_texts=3):
        checks.check_counts(max_words=max_words, min_texts=min_texts)
        self.max_words, self.min_texts = int(max_words), int(min_texts)

    def fit(self, texts):
        """Choose the words and their weights, and return self.

        The stop words of scikit-learn, such as *the* and *which*, are left out.

        Args:
            texts: Sequence of texts.

        Raises:
            ValueError: If `texts` is no collection of texts, or no word is left.
        """
        texts = [words(text) for text in checked_texts("texts", texts)]
        total = Counter(word for text in texts for word in text)
        n_texts = Counter(word for text in texts for word in set(text))
        known = [w for w, n in n_texts.items() if n >= self.min_texts]
        known = [w for w in known if w not in ENGLISH_STOP_WORDS]
        self.words = sorted(known, key=lambda w: (-total[w], w))[: self.max_words]
        if not self.words:
            raise ValueError(
                f"texts must share words that are no stop words; got {len(texts)} texts "
                f"without a word in {self.min_texts} of them"
            )
        self._columns = {word: i for i, word in enumerate(self.words)}
        rarity = [(1 + len(texts)) / (1 + n_texts[w]) for w in self.words]
        self.idf = np.log(rarity) + 1.0
        return self

    def counts(self, texts):
        """Count the words of texts; words that are not in the vocabulary do not count.

        Args:
            texts: Sequence of n texts.

        Returns:
            Counts, shape (n, V), float32.
        """
        texts = checked_texts("texts", texts)
        counts = np.zeros((len(texts), len(self.words)), "float32")
        for row, text in zip(counts, texts, strict=True):
            for word, n in Counter(words(text)).items():
                if word in self._columns:
                    row[self._columns[word]] = n
        return counts


def tfidf(counts, idf):
    """Weigh counts, and give every text the length 1; a text without words stays zero.

    Args:
        counts: Counts, shape (n, V), not negative.
        idf: Weight of each word, shape (V,).

    Returns:
        x, shape (n, V).
    """
    return unit(np.log1p(counts) * idf)


def unit(rows):
    """Divide every row of a table by its length; a row of zeros stays."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1.0)
