"""What a translator has to beat: rules against Babel, IBM's model by hand, look-ups."""

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.datasets.phrases import KINDS, NEW_KINDS, date_pairs
from companion.practice.translator_baselines import (
    Copy,
    MostFrequent,
    Nearest,
    Rules,
    RulesAfterSpelling,
    WordByWord,
    date_by_rules,
    pieces,
)

days = st.dates(datetime.date(1900, 1, 1), datetime.date(2099, 12, 31))


@given(day=days)
def test_rules_are_right_about_every_date(day):
    x, y = date_pairs([day], KINDS + NEW_KINDS)
    assert Rules().translate(x).tolist() == y.tolist()


@given(text=st.text(max_size=30))
def test_rules_answer_any_text(text):
    assert isinstance(date_by_rules(text), str)


@pytest.mark.parametrize(
    "text", ["Mnday, May 5, 2020", "Mnd, 5/5/2020", "May 5", "Xyz 5, 2020"]
)
def test_rules_know_only_right_spellings(text):
    assert date_by_rules(text) == ""


@given(day=days)
def test_right_spellings_stay(day):
    x, y = date_pairs([day], KINDS + NEW_KINDS)
    assert RulesAfterSpelling().translate(x).tolist() == y.tolist()


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("Jna 5, 2020", "2020年1月5日"),  # as far from "Jun" in edits as from "Jan"
        ("Marr 5, 2020", "2020年3月5日"),
        ("uSn, May 3, 2020", "2020年5月3日周日"),
        ("Thurday, Jnuary 2, 2020", "2020年1月2日星期四"),
        ("May 5, 2020, 1:00:00 MP", "2020年5月5日 13:00:00"),
        ("5, 2020", ""),
    ],
)
def test_words_become_the_likeliest_name(text, chinese):
    assert RulesAfterSpelling().translate([text]).tolist() == [chinese]


def test_word_by_word_by_hand():
    # Two pairs, "a b" -> "x y" and "a" -> "x". The pieces of a text are none, a and b.
    x, y = ["a b", "a"], ["x y", "x"]
    counts_x = {"": 1 / 3 + 1 / 2, "a": 1 / 3 + 1 / 2, "b": 1 / 3}
    counts_y = dict.fromkeys(counts_x, 1 / 3)
    t_x = {e: counts_x[e] / (counts_x[e] + counts_y[e]) for e in counts_x}
    assert WordByWord(1).fit(x, y).t("a", "x") == pytest.approx(t_x["a"])
    # The second round shares out in proportion to the first.
    one, two = t_x["a"] / sum(t_x.values()), t_x["a"] / (t_x[""] + t_x["a"])
    t_y = {e: 1 - t_x[e] for e in t_x}
    for_y = t_y["a"] / sum(t_y.values())
    expected = (one + two) / (one + two + for_y)
    assert WordByWord(2).fit(x, y).t("a", "x") == pytest.approx(expected)
    assert WordByWord(20).fit(x, y).translate(["b a", "c"]).tolist() == ["yx", "c"]


def test_pieces_of_a_text():
    assert pieces("Sun, 11/22") == ["Sun", ",", "11", "/", "22"]
    assert pieces("11月22日") == ["11", "月", "22", "日"]


@pytest.mark.parametrize("n_compared", [1, 3])
def test_nearest_knows_its_training_texts(n_compared):
    x, y = date_pairs([datetime.date(2001, m, 7) for m in range(1, 13)])
    model = Nearest(n_compared=n_compared).fit(x, y)
    assert model.translate(x).tolist() == y.tolist()


def test_edit_distance_decides_among_the_nearest():
    # The longer text has every n-gram of "aab"; the shorter one is a single edit away.
    x, y = np.array(["aab aab aab aab", "caab"[::-1]]), np.array(["far", "near"])
    assert Nearest(3, 1).fit(x, y).translate(["aab"]).tolist() == ["far"]
    assert Nearest(3, 2).fit(x, y).translate(["aab"]).tolist() == ["near"]


def test_no_thought():
    assert Copy().fit([], []).translate(["a", "bc"]).tolist() == ["a", "bc"]
    model = MostFrequent().fit(["a", "b", "c"], ["x", "y", "y"])
    assert model.translate(["a", "q"]).tolist() == ["y", "y"]
