"""Texts of one language alone as training pairs: autoencoding beside translating.

One network reads both languages and writes both, so every text begins with a `MARKS`
symbol that names the language to be written. A text that shall come back in its own
language is an autoencoder's pair; leaving out some of its characters on the way in makes
that a denoising one.
"""

import numpy as np

MARKS = {"en": "\u2460", "zh": "\u2461"}  # two signs that no text has


def marked(texts, language):
    """Put the mark of the language to be written before every text."""
    return np.array([MARKS[language] + str(text) for text in texts])


def thinned(texts, share, rng):
    """Leave out characters of texts at random; at least one always stays.

    Args:
        texts: Texts, none of them empty.
        share: Probability with which each character is left out, from 0 to below 1.
        rng: A `numpy.random.Generator`.

    Returns:
        Texts, shape (n,), str.

    Raises:
        ValueError: If `share` is out of range.
    """
    if not 0 <= share < 1:
        raise ValueError(f"share must be from 0 to below 1; got {share}")
    return np.array([_thinned(str(text), share, rng) for text in texts])


def _thinned(text, share, rng):
    kept = rng.random(len(text)) >= share
    kept[rng.integers(len(text))] = True
    return "".join(np.array(list(text))[kept])


def own_language(english, chinese, share=0.0, rng=None):
    """Pairs that give every text back in its own language.

    Args:
        english: English texts.
        chinese: Chinese texts; they need not be translations of the English ones.
        share: Share of the characters that is left out on the way in.
        rng: Generator for what is left out; needed with `share`.

    Returns:
        Marked texts and the texts themselves, each (n_english + n_chinese,), str.
    """
    both, x = ((english, "en"), (chinese, "zh")), []
    for texts, language in both:
        texts = thinned(texts, share, rng) if share else texts
        x.append(marked(texts, language))
    return np.concatenate(x), np.concatenate([english, chinese])


def strings(characters, n, lengths, rng):
    """Draw texts that mean nothing: every character by itself, all equally likely.

    Args:
        characters: What is drawn from, as one text.
        n: How many texts.
        lengths: Shortest and longest length.
        rng: A `numpy.random.Generator`.

    Returns:
        Texts, shape (n,), str.
    """
    shortest, longest = lengths
    sizes = rng.integers(shortest, longest + 1, size=n)
    return np.array(["".join(rng.choice(list(characters), size)) for size in sizes])


def half_and_half(few, many):
    """Join two sets of pairs so that each has about as many rows; the few are repeated."""
    times = max(1, len(many[0]) // len(few[0]))
    return tuple(
        np.concatenate([np.tile(a, times), b]) for a, b in zip(few, many, strict=True)
    )
