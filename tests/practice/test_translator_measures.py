"""Measures of a translation: against sacreBLEU, and against trying every alignment."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics import CHRF

from companion.datasets.phrases import (
    FIRST_DAY,
    KINDS,
    LAST_DAY,
    NEW_KINDS,
    date_pairs,
    draw_days,
)
from companion.practice.translator_measures import (
    by_member,
    chrf,
    edit_distance,
    exact_match,
    mean_edits,
    measures,
    right_parts,
)

letters = st.text(alphabet="ab 年月1", max_size=14)


@given(pairs=st.lists(st.tuples(letters, letters), min_size=1, max_size=4))
def test_chrf_equals_sacrebleu(pairs):
    translations, truth = zip(*pairs, strict=True)
    expected = CHRF().corpus_score(list(translations), [list(truth)]).score
    assert chrf(translations, truth) == pytest.approx(expected, abs=1e-9)


def slow_distance(a, b):
    if not a or not b:
        return len(a) + len(b)
    if a[0] == b[0]:
        return slow_distance(a[1:], b[1:])
    rest = ((a[1:], b), (a, b[1:]), (a[1:], b[1:]))
    return 1 + min(slow_distance(*pair) for pair in rest)


@given(a=st.text(alphabet="abc", max_size=5), b=st.text(alphabet="abc", max_size=5))
def test_edit_distance_equals_the_definition(a, b):
    assert edit_distance(a, b) == slow_distance(a, b)


def test_by_hand():
    assert edit_distance("kitten", "sitting") == 3
    assert exact_match(["a", "b", "c"], ["a", "x", "c"]) == pytest.approx(2 / 3)
    assert mean_edits(["abc", ""], ["abd", "a"]) == pytest.approx(50.0)
    assert chrf(["2026年"], ["2026年"]) == pytest.approx(100.0)
    found = measures(np.array(["ab"]), np.array(["ab"]))
    assert list(found.values()) == [1.0, pytest.approx(100.0), 0.0]


@pytest.mark.parametrize("measure", [exact_match, chrf, mean_edits, right_parts])
def test_lengths_must_agree(measure):
    with pytest.raises(ValueError, match="equally many and at least one; got 1 and 2"):
        measure(["a"], ["a", "b"])
    with pytest.raises(ValueError, match="got 0 and 0"):
        measure([], [])


def test_parts_by_hand():
    truth = ["2026年11月22日星期日", "2026/11/22周日", "2026年1月2日 21:01:00"]
    written = ["2025年11月22日星期日", "2026/11/22周一", "nothing"]
    assert right_parts(written, truth) == {
        "year": pytest.approx(1 / 3),
        "month": pytest.approx(2 / 3),
        "day": pytest.approx(2 / 3),
        "weekday": pytest.approx(1 / 2),
        "time": 0.0,
    }
    truth, written = ["2026年1月2日至3月4日"], ["2026年1月2日至4月4日"]
    assert right_parts(written, truth)["end"] == 0.0
    assert right_parts(truth, truth)["end"] == 1.0


def test_every_kind_of_date_has_parts():
    days = draw_days(30, FIRST_DAY, LAST_DAY, seed=1)
    _, y = date_pairs(days, KINDS + NEW_KINDS)
    assert set(right_parts(y, y).values()) == {1.0}
    assert len(right_parts(y, y)) == 6


def test_measures_of_each_member():
    found = by_member([["a", "b"], ["a", "c"]], ["a", "c"])
    assert found["exact match"] == [0.5, 1.0]
    assert found["edits per 100 characters"] == [50.0, 0.0]
