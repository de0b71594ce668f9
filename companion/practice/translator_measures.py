"""How near a translation is to the right one: whole, by character n-grams, by edits."""

import re
from collections import Counter

import numpy as np

ORDERS = 6  # the longest character n-gram of chrF
BETA = 2.0  # recall counts twice as much as precision
DATE = re.compile(
    r"(?P<year>\d{4})[年/](?P<month>\d+)[月/](?P<day>\d+)日?"
    r"(?P<weekday>(?:星期|周).)?(?P<end>至.*)?(?: (?P<time>.*))?"
)


def _checked(translations, truth):
    if len(translations) != len(truth) or len(truth) == 0:
        raise ValueError(
            "translations and truth must be equally many and at least one; "
            f"got {len(translations)} and {len(truth)}"
        )


def exact_match(translations, truth):
    """Share of the translations that equal the right one, character by character.

    Args:
        translations: Texts, n of them, at least one.
        truth: The right texts, n of them.

    Raises:
        ValueError: If there are none, or not equally many.
    """
    _checked(translations, truth)
    return float(np.mean([a == b for a, b in zip(translations, truth, strict=True)]))


def chrf(translations, truth):
    """Character n-gram F-score over all texts, from 0 to 100.

    With P_n and R_n the shares of the n-grams of the translations that are in the right
    texts, and the other way round, averaged over n = 1 ... 6 to P and R (orders that do
    not occur on both sides are left out), spaces not counted; as sacreBLEU counts them,
    a text adds its n-grams to P_n only if the right text has some of that length:

        chrF = 100 (1 + b^2) P R / (b^2 P + R),  b = 2

    Args:
        translations: Texts, n of them, at least one.
        truth: The right texts, n of them.

    Raises:
        ValueError: If there are none, or not equally many.

    Source:
        Popovic (2015), chrF: character n-gram F-score for automatic MT evaluation.
    """
    _checked(translations, truth)
    counts = np.zeros((ORDERS, 3))
    for a, b in zip(translations, truth, strict=True):
        a, b = ("".join(str(text).split()) for text in (a, b))
        for n in range(1, ORDERS + 1):
            left, right = _ngrams(a, n), _ngrams(b, n)
            common = (left & right).total()
            counts[n - 1] += common, left.total() if right else 0, right.total()
    counts = counts[(counts[:, 1] > 0) & (counts[:, 2] > 0)]
    if counts[:, 0].sum() == 0:
        return 0.0
    precision, recall = np.mean(counts[:, :1] / counts[:, 1:], axis=0)
    return 100 * (1 + BETA**2) * precision * recall / (BETA**2 * precision + recall)


def _ngrams(text, n):
    return Counter(text[i : i + n] for i in range(len(text) - n + 1))


def edit_distance(a, b):
    """Fewest characters to insert, delete or replace that turn text a into text b."""
    row = list(range(len(b) + 1))
    for i, character in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(b, 1):
            replaced = before + (character != other)
            before = row[j]
            row[j] = min(before + 1, row[j - 1] + 1, replaced)
    return row[-1]


def mean_edits(translations, truth):
    """Edits that the translations need, per 100 characters of the right texts.

    Raises:
        ValueError: If there are none, or not equally many.
    """
    _checked(translations, truth)
    edits = [edit_distance(a, b) for a, b in zip(translations, truth, strict=True)]
    return 100 * sum(edits) / sum(map(len, truth))


def measures(translations, truth):
    """All three by name, with units, as `companion.scores.show` takes them."""
    found = {
        "exact match": exact_match(translations, truth),
        "chrF": chrf(translations, truth),
        "edits per 100 characters": mean_edits(translations, truth),
    }
    return {name: float(value) for name, value in found.items()}


def by_member(written, truth):
    """Measure several translators: maps each measure to one value for each.

    Args:
        written: One array of translations for each translator.
        truth: The right texts.
    """
    found = [measures(texts, truth) for texts in written]
    return {name: [values[name] for values in found] for name in found[0]}


def right_parts(translations, truth):
    """Share of right parts of Chinese dates; a text that is no date has none.

    Args:
        translations: Texts, n of them, at least one.
        truth: The right dates, n of them.

    Returns:
        Maps year, month, day, weekday, end (of an interval) and time to the share of the
        dates with this part in which the translation has the same.

    Raises:
        ValueError: If there are none, or not equally many.
    """
    _checked(translations, truth)
    right, count = Counter(), Counter()
    for text, date in zip(translations, truth, strict=True):
        written = DATE.fullmatch(text)
        for part, value in DATE.fullmatch(date).groupdict().items():
            count[part] += value is not None
            right[part] += value is not None and bool(written) and written[part] == value
    return {part: right[part] / n for part, n in count.items() if n}
