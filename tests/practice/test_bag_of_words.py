"""Words, counts and weights, against scikit-learn and by hand; bad input."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfTransformer

from companion.practice import bag_of_words as bag

TEXTS = [
    "red red apple tree",
    "red river bank",
    "apple river tree",
    "The red bank of river",
]
anything = st.text(st.characters(exclude_categories=()), max_size=60)


@pytest.fixture
def vocabulary():
    return bag.Vocabulary(max_words=4, min_texts=2).fit(TEXTS)


def test_vocabulary_by_hand(vocabulary):
    # red stands four times, river three times; apple and bank tie with tree at two.
    assert vocabulary.words == ["red", "river", "apple", "bank"]
    expected = np.log(5 / np.array([4, 4, 3, 3])) + 1
    np.testing.assert_allclose(vocabulary.idf, expected)
    counts = vocabulary.counts(["Red RED bank, tree", "", "nothing"])
    np.testing.assert_array_equal(counts, [[2, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]])


def test_words_are_ranked_by_all_their_places_and_not_by_their_texts():
    found = bag.Vocabulary(9, 1).fit(["apple apple apple", "river", "river"])
    assert found.words == ["apple", "river"]


def test_weights_are_those_of_scikit_learn(vocabulary):
    counts = vocabulary.counts(TEXTS)
    reference = TfidfTransformer().fit(counts)
    np.testing.assert_allclose(vocabulary.idf, reference.idf_)
    expected = reference.transform(np.log1p(counts)).toarray()
    np.testing.assert_allclose(bag.tfidf(counts, vocabulary.idf), expected, rtol=1e-6)


def test_stop_words_are_left_out():
    found = bag.Vocabulary(max_words=9, min_texts=1).fit(["the and of river"]).words
    assert found == ["river"]


@given(st.lists(anything, min_size=1, max_size=5))
def test_any_text_is_counted(found):
    vocabulary = bag.Vocabulary(9, 1).fit([*found, "river"])
    counts = vocabulary.counts(found)
    assert counts.shape == (len(found), len(vocabulary.words))
    for row, text in zip(counts, found, strict=True):
        assert row.sum() <= len(text) / 2
        own = set(bag.words(text)) & set(vocabulary.words)
        assert np.count_nonzero(row) == len(own)
    assert np.isfinite(bag.tfidf(counts, vocabulary.idf)).all()


@pytest.mark.parametrize("bad", ["one text", b"bytes", 3, None, float("nan")])
def test_what_is_no_collection_is_refused(bad):
    with pytest.raises(ValueError, match="texts must be a sequence of texts; got"):
        bag.Vocabulary().fit(bad)


@pytest.mark.parametrize("bad", [float("nan"), None, 3, b"red", np.inf, ["red"]])
def test_what_is_no_text_is_named_by_its_place(bad):
    with pytest.raises(ValueError, match=r"texts\[1\] must be a text; got "):
        bag.Vocabulary().fit(["red", bad])


def test_empty_collections_are_refused():
    with pytest.raises(ValueError, match="at least one text; got none"):
        bag.Vocabulary().fit([])
    with pytest.raises(ValueError, match="share words that are no stop words; got 2 texts"):
        bag.Vocabulary(9, 1).fit(["", "the 1 2 \ud800 \U0001f600"])
    with pytest.raises(ValueError, match="max_words must be an integer"):
        bag.Vocabulary(max_words=0)


def test_scripts_case_and_emoji():
    assert bag.words("Straße STRASSE \U0001f600 привет 你好 x1 a") == [
        "strasse",
        "strasse",
        "привет",
        "你好",
    ]


@pytest.mark.parametrize("piece", ["word ", "x", "a b ", "\U0001f600", "don't."])
def test_ten_megabytes_in_one_line_take_seconds(piece):
    vocabulary = bag.Vocabulary(9, 1).fit(["word river"])
    line = piece * (10_000_000 // len(piece))
    start = time.process_time()
    vocabulary.counts([line])
    assert time.process_time() - start < 10
