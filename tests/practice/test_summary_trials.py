"""Every way of ranking sentences, measured, on texts small enough for the hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from companion.practice import summaries, summary_trials
from companion.practice.bag_of_words import Vocabulary, tfidf
from companion.practice.rouge import rouge

TEXT = ["Cats sleep all day.", "Dogs bark at cats.", "Xylophones zigzag.", "Cats purr."]


@pytest.fixture
def cats():
    return Vocabulary(8, min_texts=1).fit([*TEXT[:2], TEXT[3]])


def test_sentences_are_scored_by_the_whole_text(cats):
    counts = cats.counts(TEXT)
    assert counts[2].sum() == 0
    found = summary_trials.scores_of(TEXT, cats, {"identity": lambda c: c + 1.0})
    whole = counts.sum(axis=0) + 1.0
    cosine = [c @ whole / np.linalg.norm(c) / np.linalg.norm(whole) for c in counts + 1.0]
    cosine[2] = -1.0  # nothing of it is known
    np.testing.assert_allclose(found["identity"], cosine)
    x = tfidf(counts, cats.idf)
    np.testing.assert_allclose(
        found["TF-IDF"], x @ x.mean(axis=0) / np.linalg.norm(x.mean(axis=0))
    )


def test_random_is_the_mean_of_its_draws_and_all_sentences_count(cats):
    reference = ["Cats purr.", "Dogs bark."]
    found = summary_trials.measure([(TEXT, reference)], cats, {}, 6, n_random=5, seed=2)
    lengths = np.array([len(text.split()) for text in TEXT])
    rng = np.random.default_rng(2)
    chosen = [summaries.choose(rng.random(4), lengths, 6) for _ in range(5)]
    values = [rouge([TEXT[i] for i in rows], reference) for rows in chosen]
    assert len({tuple(v) for v in values}) > 1
    np.testing.assert_allclose(found["random"], [np.mean(values, axis=0)])
    np.testing.assert_allclose(found["oracle"], [rouge([TEXT[1], TEXT[3]], reference)])


def test_a_docstring_without_a_body_or_a_summary_is_no_pair():
    bodies, firsts = ["A body. And more.", "A body.", ""], ["First.", "", "First."]
    assert summary_trials.docstring_pairs(bodies, firsts) == [
        (["A body.", "And more."], ["First."])
    ]


def test_a_split_is_told_by_the_mean_over_its_test_texts(cats, monkeypatch):
    monkeypatch.setattr(summary_trials, "train_encoders", lambda *_: (cats, {}))
    test = np.array([" ".join(TEXT), "Dogs bark at cats. Cats sleep all day."])
    first = np.array(["Cats purr.", "Dogs bark."])
    data = SimpleNamespace(x_train=None, x_test=test, y_test=first)
    found = summary_trials.train_on_docstrings(lambda _: data, (0,), None, n_words=4)
    pairs = summary_trials.docstring_pairs(test, first)
    each = summary_trials.measure(pairs, cats, {}, 4)["lead"]
    assert not np.allclose(each[0], each[1])
    np.testing.assert_allclose(found["lead"], [each.mean(axis=0)])
