"""What a translator has to beat: no network, a look-up, words one by one, and rules.

Each is fitted with ``fit(x, y)`` on texts and translations, and its ``translate(x)``
returns texts, shape (n,), str.
"""

import re
from collections import Counter

import numpy as np

from companion.practice.translator_measures import edit_distance

NUMBERS = {
    "Jan": 1,
    "Feb": 2,
    "Mar": 3,
    "Apr": 4,
    "May": 5,
    "Jun": 6,
    "Jul": 7,
    "Aug": 8,
    "Sep": 9,
    "Oct": 10,
    "Nov": 11,
    "Dec": 12,
}
WEEKDAYS = {
    "Mon": "一",
    "Tue": "二",
    "Wed": "三",
    "Thu": "四",
    "Fri": "五",
    "Sat": "六",
    "Sun": "日",
}
MONTHS = "January February March April May June July August September October"
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
WRITTEN_OUT = f"{MONTHS} November December {DAYS}"
SPELLINGS = (*WRITTEN_OUT.split(), *NUMBERS, *WEEKDAYS, "AM", "PM")
NUMERIC = re.compile(r"(?:([A-Z][a-z]+), )?(\d+)/(\d+)/(\d{4})")
# A month stands here as its number and "#".
WRITTEN = re.compile(
    r"(?:([A-Z][a-z]+), )?(\d+)# (\d+)(?: – (?:(\d+)# )?(\d+))?, (\d{4})"
    r"(?: – (\d+)# (\d+), (\d{4}))?(?:, (\d+):(\d\d):(\d\d) (AM|PM))?"
)


class Copy:
    """Leave every text as it is."""

    def fit(self, x, y):
        return self

    def translate(self, x):
        return np.array(x, dtype=str)


class MostFrequent:
    """Answer every text with the commonest translation, the first of several."""

    def fit(self, x, y):
        self.answer = Counter(map(str, y)).most_common(1)[0][0]
        return self

    def translate(self, x):
        return np.full(len(x), self.answer)


class Nearest:
    """Answer with the translation of the most similar training text.

    Similar are texts with common character n-grams, rare ones counting more (TF-IDF,
    cosine); the nearest few are then compared by edit distance.

    Args:
        longest: Length of the longest n-grams.
        n_compared: Texts compared by edit distance; 1 for none.
    """

    def __init__(self, longest=3, n_compared=1):
        self.longest, self.n_compared = longest, n_compared

    def fit(self, x, y):
        from sklearn.feature_extraction.text import TfidfVectorizer

        self.x, self.y = np.asarray(x), np.asarray(y)
        self.vectorizer = TfidfVectorizer(
            analyzer="char", ngram_range=(1, self.longest), lowercase=False
        )
        self.table = self.vectorizer.fit_transform(self.x)
        return self

    def translate(self, x):
        similar = (self.vectorizer.transform(x) @ self.table.T).toarray()
        order = np.argsort(-similar, axis=1, kind="stable")[:, : self.n_compared]
        if self.n_compared == 1:
            return self.y[order[:, 0]]
        rows = zip(x, order, strict=True)
        return np.array(
            [
                self.y[min(near, key=lambda i: edit_distance(t, self.x[i]))]
                for t, near in rows
            ]
        )


def pieces(text):
    """Cut a text into words, whole numbers, and single other characters."""
    return re.findall(r"[A-Za-z]+|\d+|[^\sA-Za-z\d]", text)


class WordByWord:
    """Translate each word by itself, where it stands: the first model of IBM.

    Every piece f of a translation is made by one piece e of the text or by none, and t(f|e)
    is fitted by expectation-maximization: each f is shared out among the e beside it in
    proportion to t(f|e), and t(f|e) is the share of f in all that e has got. To translate,
    each e is replaced by its likeliest f.

    Args:
        n_rounds: Rounds of expectation-maximization.

    Source:
        Brown et al. (1993), The mathematics of statistical machine translation, model 1.
    """

    def __init__(self, n_rounds=10):
        self.n_rounds = n_rounds

    def fit(self, x, y):
        pairs = [(["", *pieces(a)], pieces(b)) for a, b in zip(x, y, strict=True)]
        words = {e: i for i, e in enumerate(sorted({e for a, _ in pairs for e in a}))}
        answers = {f: i for i, f in enumerate(sorted({f for _, b in pairs for f in b}))}
        # One row for each pair of a piece of a translation with a piece of its text.
        rows, left, right, n_places = [], [], [], 0
        for a, b in pairs:
            for f in b:
                rows += [n_places] * len(a)
                left += [words[e] for e in a]
                right += [answers[f]] * len(a)
                n_places += 1
        t = np.full((len(words), len(answers)), 1.0)
        for _ in range(self.n_rounds):
            share = t[left, right]
            share = share / np.bincount(rows, share)[rows]
            t = np.zeros_like(t)
            np.add.at(t, (left, right), share)
            t /= np.maximum(t.sum(axis=1, keepdims=True), 1e-300)
        self.probabilities, self.words, self.answers = t, words, answers
        return self

    def t(self, e, f):
        """Fitted probability that piece e of a text makes piece f of a translation."""
        return self.probabilities[self.words[e], self.answers[f]]

    def translate(self, x):
        best = np.array(list(self.answers))[self.probabilities.argmax(axis=1)]
        table = {e: best[i] for e, i in self.words.items()}
        return np.array(["".join(table.get(e, e) for e in pieces(text)) for text in x])


class Rules:
    """The program that nobody needs a network for: every kind of `dates`, always right."""

    def fit(self, x, y):
        return self

    def translate(self, x):
        return np.array([date_by_rules(str(text)) for text in x])


class RulesAfterSpelling(Rules):
    """The same program after every word has become the likeliest name or AM or PM.

    A word that is no name becomes the one with the same letters, or else the one that is
    fewest edits away.
    """

    def translate(self, x):
        return super().translate([re.sub("[A-Za-z]+", _spelled, str(text)) for text in x])


def date_by_rules(text):
    """Translate one English date; a text that is none of the known kinds gives ""."""
    if found := NUMERIC.fullmatch(text):
        weekday, month, day, year = found.groups()
        if not _is_weekday(weekday):
            return ""
        return f"{year}/{month}/{day}" + _weekday(weekday)
    text = re.sub("[A-Z][a-z]{2,}", _numbered, text)
    if not (found := WRITTEN.fullmatch(text)):
        return ""
    weekday, month, day, month_2, day_2, year, month_3, day_3, year_3 = found.groups()[:9]
    if not _is_weekday(weekday):
        return ""
    date = f"{year}年{month}月{day}日{_weekday(weekday)}"
    if day_2:
        return f"{date}至{f'{month_2}月' if month_2 else ''}{day_2}日"
    if day_3:
        return f"{date}至{year_3}年{month_3}月{day_3}日"
    return date + _time(*found.groups()[9:])


def _spelled(word):
    def unlike(name):
        return sorted(word[0]) != sorted(name), edit_distance(word[0], name)

    return min(SPELLINGS, key=unlike)


def _numbered(name):
    number = NUMBERS.get(name[0][:3])
    return f"{number}#" if number else name[0]


def _is_weekday(name):
    return not name or name[:3] in WEEKDAYS


def _weekday(name):
    if not name:
        return ""
    return ("周" if len(name) == 3 else "星期") + WEEKDAYS[name[:3]]


def _time(hour, minute, second, half):
    if not hour:
        return ""
    return f" {int(hour) % 12 + (12 if half == 'PM' else 0):02}:{minute}:{second}"
