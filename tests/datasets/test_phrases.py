"""Dates and names in two languages."""

import datetime

import numpy as np
import pytest

from companion.datasets import load
from companion.datasets.phrases import (
    NEW_KINDS,
    date_pairs,
    draw_days,
    misspelled,
    write_date,
)
from companion.practice.translator_measures import edit_distance

DAY = datetime.date(2026, 11, 22)  # a Sunday


@pytest.mark.parametrize(
    ("kind", "english", "chinese"),
    [
        ("full", "Sunday, November 22, 2026", "2026年11月22日星期日"),
        ("long", "November 22, 2026", "2026年11月22日"),
        ("medium", "Nov 22, 2026", "2026年11月22日"),
        ("weekday", "Sun, Nov 22, 2026", "2026年11月22日周日"),
        ("numeric", "11/22/2026", "2026/11/22"),
        ("numeric weekday", "Sun, 11/22/2026", "2026/11/22周日"),
        (NEW_KINDS[0], "Sunday, Nov 22, 2026", "2026年11月22日星期日"),
        (NEW_KINDS[1], "Sun, November 22, 2026", "2026年11月22日周日"),
    ],
)
def test_kinds_as_the_locale_data_write_them(kind, english, chinese):
    assert write_date(DAY, kind, "en") == english
    assert write_date(DAY, kind, "zh") == chinese


def test_intervals_and_times_agree_in_both_languages():
    for day in draw_days(40, datetime.date(1999, 1, 1), DAY, seed=3):
        english, chinese = (write_date(day, "with time", c) for c in ("en", "zh"))
        clock = datetime.datetime.strptime(english.split(", ")[2], "%I:%M:%S %p")
        assert chinese.endswith(f" {clock:%H:%M:%S}")
        english, chinese = (write_date(day, "interval", c) for c in ("en", "zh"))
        assert english.startswith(f"{day:%b} {day.day}")
        assert chinese.startswith(f"{day.year}年{day.month}月{day.day}日至")
        assert day < last_day(english) <= day + datetime.timedelta(60)


def last_day(interval):
    """Read the end of an English interval, whose year and month may stand once."""
    first, last = interval.split(" – ")
    year = last.split(", ")[1]
    day = last if last[0].isalpha() else f"{first.split()[0]} {last}"
    return datetime.datetime.strptime(day.split(",")[0] + year, "%b %d%Y").date()


def test_each_language_has_its_own_script_and_plain_spaces():
    for name in ("dates", "names"):
        data = load(name)
        assert not any("一" <= c <= "鿿" for text in data.x_test for c in text)
        chinese = [any("一" <= c <= "鿿" for c in text) for text in data.y_test]
        # Only "1974/10/3" has no Chinese character.
        assert np.mean(chinese) > 0.8
    data = load("dates")
    for text in [*data.x_test, *data.y_test]:
        assert {c for c in text if c.isspace()} <= {" "}


def test_days_belong_to_one_part():
    data = load("dates")
    numeric = [
        {text for text in x if "/" in text and "," not in text}
        for x in (data.x_train, data.x_val, data.x_test)
    ]
    assert [len(part) for part in numeric] == [1200, 150, 150]
    assert len(set().union(*numeric)) == 1500
    # "10/3/1974" and its other kinds share the Chinese date.
    dates = [
        {y.split("至")[0][:11] for y in part if "年" in y}
        for part in (data.y_train, data.y_test)
    ]
    assert len(dates[0] & dates[1]) < 0.02 * len(dates[1]) + 1


def test_a_text_has_one_translation():
    for name in ("dates", "names"):
        data = load(name)
        x = np.concatenate([data.x_train, data.x_val, data.x_test])
        assert len(set(x)) == len(x)
    assert "France" in x


def test_misspelled_is_one_edit_and_keeps_the_digits(rng):
    x, _ = date_pairs(
        draw_days(60, DAY - datetime.timedelta(999), DAY, 0), ("full", "medium")
    )
    wrong = misspelled(x, rng)
    assert {edit_distance(a, b) for a, b in zip(x, wrong, strict=True)} == {1, 2}
    for a, b in zip(x, wrong, strict=True):
        assert [c for c in a if c.isdigit()] == [c for c in b if c.isdigit()]
        assert sorted(set(a)) == sorted(set(b)) or len(b) < len(a)
    short = [(a, b) for a, b in zip(x, wrong, strict=True) if a[0:3] == a.split()[0]]
    assert all(len(b) >= len(a) for a, b in short)


def test_bad_arguments_are_refused(rng):
    with pytest.raises(ValueError, match="kinds must be among full, .* got 'short'"):
        date_pairs([DAY], ("full", "short"))
    with pytest.raises(ValueError, match="n must be at most the 2 days; got 3"):
        draw_days(3, DAY, DAY + datetime.timedelta(1), 0)
    with pytest.raises(ValueError, match="two letters side by side; got '11/22'"):
        misspelled(["11/22"], rng)
