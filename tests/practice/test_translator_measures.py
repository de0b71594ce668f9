"""Measures of a translation: against sacreBLEU, and against trying every alignment."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics import CHRF

from companion.practice.translator_measures import (
    chrf,
    edit_distance,
    exact_match,
    mean_edits,
    measures,
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


@pytest.mark.parametrize("measure", [exact_match, chrf, mean_edits])
def test_lengths_must_agree(measure):
    with pytest.raises(ValueError, match="equally many and at least one; got 1 and 2"):
        measure(["a"], ["a", "b"])
    with pytest.raises(ValueError, match="got 0 and 0"):
        measure([], [])
