"""Texts as symbols: there and back, and every kind of bad text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.practice.translator_text import (
    END,
    N_SPECIAL,
    PAD,
    UNKNOWN,
    Alphabet,
    side_by_side,
)

texts_of = st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=5)


@given(texts=texts_of)
def test_known_texts_come_back(texts):
    alphabet = Alphabet(texts)
    rows = alphabet.encode(texts, 12)
    assert rows.min() >= 0
    assert rows.max() < len(alphabet)
    assert alphabet.decode(rows).tolist() == [str(np.str_(t)) for t in texts]
    rows = alphabet.encode_targets(texts, 13)
    assert [np.sum(row == END) for row in rows] == [1] * len(texts)
    assert alphabet.decode(rows).tolist() == [str(np.str_(t)) for t in texts]


@given(text=st.text(max_size=20))
def test_any_text_gives_symbols_or_one_clear_error(text):
    alphabet, known = Alphabet(["May 5"]), [c in "May 5" for c in text]
    if len(text) in range(1, 11) and any(known):
        (row,) = alphabet.encode([text], 10)
        assert np.sum(row != PAD) == len(text)
        assert [i != UNKNOWN for i in row[: len(text)]] == known
        return
    with pytest.raises(ValueError, match=r"^texts\[0\] must have "):
        alphabet.encode([text], 10)


def test_rows_by_hand():
    alphabet = Alphabet(["ba", "c"])
    assert alphabet.characters == "abc"
    assert alphabet.encode(["bx", "c"], 3).tolist() == [
        [N_SPECIAL + 1, UNKNOWN, PAD],
        [N_SPECIAL + 2, PAD, PAD],
    ]
    assert alphabet.encode_targets(["ba"], 3).tolist() == [[N_SPECIAL + 1, N_SPECIAL, END]]
    assert alphabet.decode([[4, END, 5], [UNKNOWN, 6, 2]]).tolist() == ["a", "c"]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("May 5", "texts must be a sequence of texts; got 'May 5'"),
        ([], r"texts must be a sequence of texts; got \[\]"),
        (["M", ""], r"texts\[1\] must have 1 to 9 characters; got 0"),
        (["M" * 10], r"texts\[0\] must have 1 to 9 characters; got 10"),
        ([None], r"texts\[0\] must be a text; got NoneType"),
        ([b"May"], r"texts\[0\] must be a text; got bytes"),
        (["🙂🙂"], r"texts\[0\] must have a character that the training texts have"),
    ],
)
def test_bad_texts_are_refused(texts, message):
    with pytest.raises(ValueError, match=message):
        Alphabet(["May 5"]).encode(texts, 9)


def test_a_line_of_ten_megabytes_is_refused_with_a_short_message():
    with pytest.raises(ValueError, match="got 10000000") as caught:
        Alphabet(["May 5"]).encode(["y" * 10_000_000], 29)
    assert len(str(caught.value)) < 150


def test_mixed_scripts_and_emoji_count_as_unknown():
    rows = Alphabet(["May 5"]).encode(["May 五🙂"], 9)
    assert (rows[0, :6] == UNKNOWN).tolist() == [False] * 4 + [True, True]


def test_an_alphabet_needs_a_character():
    with pytest.raises(ValueError, match="at least one character"):
        Alphabet(["", ""])


def test_pairs_stand_side_by_side():
    source, target = np.arange(6).reshape(2, 3), np.arange(4).reshape(2, 2)
    pairs = side_by_side(source, target)
    assert pairs.tolist() == [[[0, 1, 2, 0, 1]], [[3, 4, 5, 2, 3]]]
    members = side_by_side(np.stack([source, source + 1]), np.stack([target, target]))
    assert members.shape == (2, 2, 5)
    assert members[1].tolist() == [[3, 4, 5, 2, 3], [4, 5, 6, 2, 3]]
    with pytest.raises(ValueError, match="target must have the shape of source"):
        side_by_side(source, target[:1])
