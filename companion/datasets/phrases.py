"""Dates and names in English and Chinese, as the Unicode locale data (CLDR) write them.

Babel ships these data, so nothing is downloaded. A date has one right translation in each
of its `KINDS`, and it is made of parts (year, month, day, weekday) that change their place
and their form: a real task with exact answers. The names of languages, territories and
currencies have no such parts.
"""

import datetime
import re
from itertools import pairwise

import numpy as np

from companion.datasets import Dataset

LANGUAGES = ("en", "zh")
SKELETONS = {"weekday": "yMMMEd", "numeric": "yMd", "numeric weekday": "yMEd"}
KINDS = ("full", "long", "medium", *SKELETONS, "interval", "with time")
# Known parts in a combination that the locale data do not use.
NEW_KINDS = ("full weekday, short month", "short weekday, full month")
FIRST_DAY, LAST_DAY = datetime.date(1950, 1, 1), datetime.date(2049, 12, 31)
N_DAYS = {"train": 1200, "val": 150, "test": 150}
SOURCE = "Unicode CLDR, in the Python package Babel"
LICENSE = "Unicode License v3"
NAMES = ("languages", "territories", "currencies")


def dates():
    """Load dates of the years 1950 to 2049, each in all `KINDS`, English and Chinese.

    A day belongs to one part with all its kinds. x is the English text, y the Chinese one.

    Returns:
        A `Dataset`; x and y are (n,), str: 1,200, 150 and 150 days in 8 kinds.

    Source:
        Unicode Common Locale Data Repository (CLDR), as Babel formats it.
    """
    arrays = [array for days in split_days().values() for array in date_pairs(days)]
    return Dataset(*arrays, name="dates", source=SOURCE, license=LICENSE)


def names():
    """Load names of languages, territories and currencies, English and Chinese.

    Returns:
        A `Dataset`; x is the English name, y the Chinese one, each (n,), str. Eight
        tenths are for training, one tenth each for validation and test.

    Source:
        Unicode Common Locale Data Repository (CLDR), in Babel.
    """
    from babel import Locale

    english, chinese = (Locale(language) for language in LANGUAGES)
    found = {}
    for kind in NAMES:
        translated = getattr(chinese, kind)
        for key, name in sorted(getattr(english, kind).items()):
            if key in translated:
                found.setdefault(name, translated[key])
    x, y = (np.array(texts) for texts in (list(found), list(found.values())))
    rows = np.random.default_rng(0).permutation(len(x))
    parts = np.split(rows, [len(x) * 8 // 10, len(x) * 9 // 10])
    arrays = [array[part] for part in parts for array in (x, y)]
    return Dataset(*arrays, name="names", source=SOURCE, license=LICENSE)


def split_days():
    """The days of `dates`: maps "train", "val" and "test" to lists of dates."""
    days = draw_days(sum(N_DAYS.values()), FIRST_DAY, LAST_DAY, seed=0)
    ends = np.cumsum([0, *N_DAYS.values()])
    return {part: days[a:b] for part, (a, b) in zip(N_DAYS, pairwise(ends), strict=True)}


def draw_days(n, first, last, seed):
    """Draw n different days from `first` to `last`, both included, as a list of dates.

    Raises:
        ValueError: If there are fewer than n days.
    """
    n_days = (last - first).days + 1
    if n > n_days:
        raise ValueError(f"n must be at most the {n_days} days; got {n}")
    drawn = np.random.default_rng(seed).choice(n_days, size=n, replace=False)
    return [first + datetime.timedelta(days=int(day)) for day in drawn]


def date_pairs(days, kinds=KINDS):
    """Write days in English and Chinese, each in every kind.

    Args:
        days: Dates of Python's datetime.
        kinds: Some of `KINDS` and `NEW_KINDS`.

    Returns:
        English and Chinese texts, each (n_days x n_kinds,), str, kind by kind for each
        day; a text that comes twice (in May "long" and "medium" agree) is given once.

    Raises:
        ValueError: If a kind is unknown.
    """
    for kind in kinds:
        if kind not in KINDS + NEW_KINDS:
            known = ", ".join(KINDS + NEW_KINDS)
            raise ValueError(f"kinds must be among {known}; got {kind!r}")
    pairs = dict(
        tuple(write_date(day, kind, language) for language in LANGUAGES)
        for day in days
        for kind in kinds
    )
    return np.array(list(pairs)), np.array(list(pairs.values()))


def write_date(day, kind, language):
    """Write one day in one kind, in "en" or "zh", with plain spaces.

    What else a kind needs follows from the day: an interval ends 1 to 60 days later, and
    the time of day is any minute.
    """
    from babel import dates as cldr

    number, new = day.toordinal(), kind in NEW_KINDS
    if kind in SKELETONS:
        text = cldr.format_skeleton(SKELETONS[kind], day, locale=language)
    elif kind == "interval":
        last = day + datetime.timedelta(days=1 + number * 7919 % 60)
        text = cldr.format_interval(day, last, "yMMMd", locale=language)
    elif kind == "with time":
        minute = datetime.timedelta(minutes=number * 7919 % (24 * 60))
        moment = datetime.datetime.combine(day, datetime.time()) + minute
        text = cldr.format_datetime(moment, "medium", locale=language)
    elif new:
        width, style = ("EEEE", "medium") if kind == NEW_KINDS[0] else ("E", "long")
        weekday = cldr.format_date(day, width, locale=language)
        date = cldr.format_date(day, style, locale=language)
        text = f"{weekday}, {date}" if language == "en" else date + weekday
    else:
        text = cldr.format_date(day, kind, locale=language)
    return text.replace("\u2009", " ").replace("\u202f", " ")


def misspelled(texts, rng):
    """Misspell one letter of each text; digits stay, so the meaning does.

    A letter is doubled, or exchanged with its right neighbor, or, in words that are longer
    than the short names of months, left out ("Jn" could be two months).

    Args:
        texts: English texts, each with two letters side by side or more.
        rng: A `numpy.random.Generator`.

    Returns:
        Texts, shape (n,), str.

    Raises:
        ValueError: If a text has no two different letters side by side.
    """
    return np.array([_misspelled(str(text), rng) for text in texts])


def _misspelled(text, rng):
    words = [m.span() for m in re.finditer("[A-Za-z]{2,}", text)]
    places = [(i, b - a) for a, b in words for i in range(a, b - 1)]
    places = [(i, length) for i, length in places if text[i] != text[i + 1]]
    if not places:
        raise ValueError(f"texts must have two letters side by side; got {text!r}")
    i, n_letters = places[rng.integers(len(places))]
    edits = (text[i] * 2 + text[i + 1], text[i + 1] + text[i], text[i + 1])
    edit = edits[rng.integers(3 if n_letters > 3 else 2)]
    return text[:i] + edit + text[i + 2 :]
