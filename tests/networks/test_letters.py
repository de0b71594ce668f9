"""Letter groups, by hand."""

import numpy as np
import pytest

from companion.networks import letters


def test_letter_groups_by_hand():
    assert letters.groups("No") == ["n", "o", "_n", "no", "o_", "_no", "no_"]
    assert letters.groups("a b") == ["a", "_a", "a_", "_a_", "b", "_b", "b_", "_b_"]


def test_vocabulary_counts_texts_not_occurrences():
    # x stands in one text, if often; all groups with a or b in them do as well, but a.
    assert letters.vocabulary(["xxxx", "a", "ab"], 3) == ["_a", "a", "_a_"]
    assert letters.vocabulary(["b"], 9) == ["_b", "_b_", "b", "b_"]


def test_counts_by_hand_and_unknown_groups_are_ignored():
    known = ["a", "ab", "b", "_ab", "ba_"]
    counts = letters.count(["aba", "zz"], known)
    np.testing.assert_array_equal(counts, [[2, 1, 1, 1, 1], [0, 0, 0, 0, 0]])


def test_names_spelled_alike_or_missing_are_left_out():
    names = {
        "one": {"k": "Kurd", "m": "Mi", "p": "Peru", "q": "Q"},
        "two": {"p": "PERU", "m": "Mo", "k": "Kard"},
        "three": {"m": "Mo", "k": "Kord", "p": "Pero"},
    }
    texts, labels, keys = letters.names_in_languages(names)
    assert texts == ["kurd", "kard", "kord", "mi", "pero"]
    np.testing.assert_array_equal(labels, [0, 1, 2, 0, 2])
    np.testing.assert_array_equal(keys, ["k", "k", "k", "m", "p"])


def test_vocabulary_must_have_a_size():
    with pytest.raises(
        ValueError, match="n_groups must be an integer of at least 1; got 0"
    ):
        letters.vocabulary(["a"], 0)
