"""Texts as counts of their letter groups, so that a network of fixed width can read them.

A text of any length becomes one row: how often each of a fixed list of letter groups
occurs in it. A group is one letter, two in a row or three in a row; the beginning and the
end of a word count as a letter, written ``_``. Order beyond three letters is lost.
"""

from collections import Counter

import numpy as np

from companion.networks import checks


def groups(text):
    """All letter groups of a text, in lower case.

    Args:
        text: A word or several.

    Returns:
        A list of groups, with repetitions; ``no`` gives ``n o _n no o_ _no no_``.
    """
    found = []
    for word in text.lower().split():
        found += list(word)
        edged = f"_{word}_"
        for size in (2, 3):
            found += [edged[i : i + size] for i in range(len(edged) - size + 1)]
    return found


def vocabulary(texts, n_groups):
    """Choose the letter groups that the most texts contain.

    Args:
        texts: Texts of the training set, and of no other.
        n_groups: How many groups to keep, at least 1.

    Returns:
        A list of groups, the most frequent first; groups that tie stand in the order of
        the alphabet. It is shorter than `n_groups` if the texts have fewer.

    Raises:
        ValueError: If `n_groups` is no integer of at least 1.
    """
    checks.check_counts(n_groups=n_groups)
    n_texts = Counter(group for text in texts for group in set(groups(text)))
    return sorted(n_texts, key=lambda group: (-n_texts[group], group))[:n_groups]


def count(texts, known):
    """Count the known letter groups in every text.

    Args:
        texts: n texts.
        known: The groups to count, from `vocabulary`; others are ignored.

    Returns:
        Counts, float64 of shape (n, len(known)).
    """
    column = {group: i for i, group in enumerate(known)}
    counts = np.zeros((len(texts), len(known)))
    for row, text in zip(counts, texts, strict=True):
        for group in groups(text):
            if group in column:
                row[column[group]] += 1.0
    return counts


def names_in_languages(names):
    """Turn translated names into a task: in which language is this name written?

    A name that two languages spell alike has no answer, so it is left out, and so is a
    thing that is not named in every language.

    Args:
        names: Maps a language to a mapping from a key, the same in all languages, to the
            name of the thing in that language.

    Returns:
        texts: The names.
        labels: Number of the language of each, in the order of `names`, (n,).
        keys: What each name stands for, (n,), so that a thing can be kept out of training
            in all languages at once.
    """
    shared = sorted(set.intersection(*(set(names[language]) for language in names)))
    texts, labels, keys = [], [], []
    for key in shared:
        spelled = [names[language][key].lower() for language in names]
        for label, text in enumerate(spelled):
            if spelled.count(text) == 1:
                texts.append(text)
                labels.append(label)
                keys.append(key)
    return texts, np.array(labels), np.array(keys)
