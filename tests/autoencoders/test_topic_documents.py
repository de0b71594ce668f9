"""The world of documents keeps to its settings."""

import numpy as np
import pytest

from companion.autoencoders.topic_documents import COMMON, TOPICS, documents

WORDS = [set(" ".join(halves).split()) for halves in TOPICS.values()]


def test_every_word_is_common_or_of_the_topic_of_its_document():
    texts, topics = documents(50)
    for text, topic in zip(texts, topics, strict=True):
        assert set(text.split()) <= WORDS[topic] | set(COMMON)
        assert len(text.split()) == 12


def test_no_word_stands_in_two_places():
    halves = [half.split() for topic in TOPICS.values() for half in topic]
    words = [word for half in halves for word in half] + COMMON
    assert len(words) == len(set(words))
    assert {len(half) for half in halves} == {8}


def test_common_words_have_their_share():
    texts, _ = documents(500, n_words=20, common_share=0.3)
    words = " ".join(texts).split()
    # 10,000 words: the standard deviation of the share is below 0.005.
    assert np.mean([word in COMMON for word in words]) == pytest.approx(0.3, abs=0.02)


def test_same_seed_same_documents():
    assert documents(5, seed=3)[0] == documents(5, seed=3)[0]
    assert documents(5, seed=3)[0] != documents(5, seed=4)[0]


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="n must be an integer of at least 1; got 0"):
        documents(0)
    with pytest.raises(ValueError, match=r"common_share must lie in \[0, 1\]; got 2"):
        documents(1, common_share=2)


def test_most_documents_use_one_vocabulary_of_their_topic():
    texts, topics = documents(2000, seed=5, n_words=8, common_share=0.0)
    halves = [tuple(set(half.split()) for half in pair) for pair in TOPICS.values()]
    shares = np.array(
        [np.mean([w in halves[t][0] for w in text.split()])
         for text, t in zip(texts, topics, strict=True)]
    )  # fmt: skip
    # By the beta-binomial law with a = b = 0.3, a document of 8 words is one-sided with
    # the chance 2 * prod_i (0.3 + i) / (0.6 + i), i = 0 ... 7.
    i = np.arange(8)
    expected = 2 * np.prod((0.3 + i) / (0.6 + i))
    assert np.mean((shares == 0) | (shares == 1)) == pytest.approx(expected, abs=0.04)
