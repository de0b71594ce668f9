"""Sentences, ranks, choices and ROUGE: by hand, by eigenvectors, by rouge_score."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion import datasets
from companion.practice import rouge, summaries, summary_trials
from companion.practice.bag_of_words import Vocabulary, tfidf

anything = st.text(st.characters(exclude_categories=()), max_size=80)


def test_sentences_by_hand():
    text = "It is so, e.g. Here. See Fig. 3. (Or not.) What? 12 apples! small. go on."
    expected = ["It is so, e.g. Here.", "See Fig. 3.", "(Or not.)", "What?", "12 apples!"]
    assert summaries.sentences(text)[:4] == expected[:4]
    assert summaries.sentences(text)[4] == "12 apples! small. go on."
    assert summaries.sentences("") == summaries.sentences("... \U0001f600 1 2") == []


@given(anything)
def test_sentences_keep_every_word(text):
    joined = " ".join(summaries.sentences(text))
    kept = summaries.words(joined)
    assert sum(map(len, kept)) == sum(map(len, summaries.words(text.replace("\0", " "))))


@pytest.mark.parametrize("bad", [float("nan"), None, 3, ["a"]])
def test_sentences_refuse_what_is_no_text(bad):
    with pytest.raises(ValueError, match=r"text\[0\] must be a text"):
        summaries.sentences(bad)


@pytest.mark.parametrize("piece", ["word ", "e.g. ", " ", '"', "a.b "])
def test_ten_megabytes_in_one_line_take_seconds(piece):
    start = time.process_time()
    assert len(summaries.sentences(piece * (10_000_000 // len(piece)))) <= 1
    assert time.process_time() - start < 20


@pytest.mark.parametrize("piece", ["Xx. ", "\U0001f600. Ab "])
def test_too_many_sentences_are_refused_within_seconds(piece):
    start = time.process_time()
    with pytest.raises(ValueError, match="summarize its parts"):
        summaries.sentences(piece * (10_000_000 // len(piece)))
    assert time.process_time() - start < 20


def test_cosines_by_hand():
    scores = summaries.by_code([[3.0, 4.0], [0.0, 0.0], [-2.0, 0.0]], [1.0, 0.0])
    np.testing.assert_allclose(scores, [0.6, 0.0, -1.0])


def test_lexrank_is_the_stationary_distribution(rng):
    x = rng.uniform(size=(6, 4))
    cosine = x @ x.T / np.outer(*(2 * [np.linalg.norm(x, axis=1)]))
    step = 0.15 / 6 + 0.85 * cosine / cosine.sum(axis=1, keepdims=True)
    values, vectors = np.linalg.eig(step.T)
    first = np.real(vectors[:, np.argmax(values.real)])
    np.testing.assert_allclose(summaries.lexrank(x), first / first.sum(), atol=1e-9)


def test_textrank_by_hand():
    # Sentences 0 and 1 share two of three words; 2 shares none and gets what jumps give.
    found = summaries.textrank([["a", "b", "c"], ["a", "b", "d"], ["e", "f"]])
    lone = 0.05 + 0.85 * (1 / 3)  # every sentence, times the score of the lone one
    expected = 0.05 / (1 - 0.85 / 3)
    np.testing.assert_allclose(found[2], expected)
    assert lone > expected
    np.testing.assert_allclose(found[:2], (1 - expected) / 2)
    # By the formula: 2 shared of 3 and 3, and 1 of 2 and 3.
    found = summaries.textrank([["a", "b", "c"], ["a", "b", "d"], ["a", "f"]], n_rounds=1)
    strong, weak = 2 / np.log(9), 1 / np.log(6)
    get = 0.05 + 0.85 / 3 * (2 * weak / (strong + weak))
    np.testing.assert_allclose(found[2], get)


def test_walk_refuses_what_is_no_similarity():
    with pytest.raises(ValueError, match="similarity must be finite"):
        summaries.walk(np.full((2, 2), np.nan), 0.85, 3)
    with pytest.raises(ValueError, match="damping"):
        summaries.walk(np.ones((2, 2)), 1.0, 3)


def test_choice_fills_in_order_of_score_and_returns_order_of_text():
    assert summaries.choose([1.0, 5.0, 3.0, 4.0], [2, 4, 9, 3], 9) == [0, 1, 3]
    assert summaries.choose([1.0, 5.0], [2, 40], 9) == [1]
    assert summaries.choose([1.0, 1.0 + 1e-9], [5, 5], 5) == [0]
    with pytest.raises(ValueError, match="scores must be finite"):
        summaries.choose([1.0, np.nan], [1, 1], 2)
    with pytest.raises(ValueError, match="n_sentences"):
        summaries.choose([], [], 2)


def test_lead_comes_first():
    assert summaries.choose(summaries.lead(3), [2, 2, 2], 4) == [0, 1]


@given(
    st.lists(st.sampled_from("abcdefg"), max_size=12), st.lists(st.sampled_from("abcdef"))
)
def test_overlap_is_that_of_rouge_score(a, b):
    a, b = " ".join(a), " ".join(b)
    expected = rouge.rouge([a], [b])
    np.testing.assert_allclose([rouge.overlap(a, b, n) for n in (1, 2)], expected[:2])


def test_rouge_by_hand():
    found = rouge.rouge(["The red fox ran."], ["the fox ran away today"])
    # Three words of 4 and 5; the pair "fox ran" of 3 and 4; the sequence the fox ran.
    np.testing.assert_allclose(found, [6 / 9, 2 / 7, 6 / 9])


def test_overlap_ignores_case_and_sequences_are_sought_in_sentences():
    assert rouge.overlap("Red FOX", "red fox", 2) == 1.0
    # As one sentence the summary would hold only one of the two words in order.
    assert rouge.rouge(["red", "fox"], ["fox red"])[2] == pytest.approx(1.0)


def test_the_oracle_counts_a_repeated_word_once():
    assert summaries.oracle(["fox fox fox", "red"], "fox red sea", 3) == [1]
    assert summaries.oracle(["fox red", "red fox"], "red fox", 2) == [1]  # by the pair


def test_oracle_finds_the_best_pair_and_no_method_beats_it_here():
    candidates = ["red fox", "blue whale sings", "one more", "fox hunts at night"]
    reference = "a red fox hunts at night"
    assert summaries.oracle(candidates, reference, 6) == [0, 3]
    assert summaries.oracle(candidates, reference, 4) == [3]
    assert summaries.oracle(["no", "match"], "else", 4) == [0]
    # Words count even where no pair of them is shared.
    assert summaries.oracle(["no", "fox red"], "red fox", 4) == [1]


def test_paired_verdicts():
    base = np.zeros(4)
    assert rouge.paired([1.0, 2, 1, 2], base)[2] == "above"
    assert rouge.paired([-1.0, -2, -1, -2], base)[2] == "below"
    assert rouge.paired([0.3, -0.1, 0.3, -0.1], base)[2] == "no clear difference"
    low, high, verdict = rouge.paired([1.0, -1, 1, -1], base)
    assert verdict == "no clear difference"
    assert high == -low == pytest.approx(2 * np.sqrt(4 / 3) / 2)


def test_every_method_is_measured_and_lead_is_lead():
    pairs = [(["red fox runs", "blue sea", "green hill stands"], ["the red fox"])] * 2
    vocabulary = Vocabulary(9, 1).fit([s for texts, _ in pairs for s in texts])
    encoders = {"weights": lambda counts: tfidf(counts, vocabulary.idf)}
    found = summary_trials.measure(pairs, vocabulary, encoders, 3)
    assert list(found) == [
        *("lead", "TF-IDF", "weights", "LexRank", "TextRank", "random", "oracle"),
    ]
    np.testing.assert_allclose(
        found["lead"], [rouge.rouge(["red fox runs"], ["the red fox"])] * 2
    )
    assert (found["oracle"][:, 0] >= found["random"][:, 0]).all()


@given(
    st.lists(st.text("abc ", min_size=1, max_size=7), min_size=1, max_size=4),
    st.text("abcd ", max_size=9),
)
def test_the_first_sentence_of_the_oracle_is_the_best_single_one(candidates, reference):
    def both(text):
        return rouge.overlap(text, reference, 1) + rouge.overlap(text, reference, 2)

    (first,) = summaries.oracle(candidates, reference, 1)[:1]
    chosen = summaries.oracle(candidates, reference, 99)
    values = [both(text) for text in candidates]
    assert values[first] == pytest.approx(max(values)) or len(chosen) > 1
    assert max(both(candidates[i]) for i in chosen) == pytest.approx(max(values))


class Trainer:
    """Stands for a trainer: seed 0 likes the first sentences best, others the last."""

    class model:  # noqa: N801
        n_words = 6

    def train(self, counts, idf, *, seed, latent_dim):
        class Coder:
            def encode(self, counts):
                angles = np.linspace(0, 1.5, len(counts))
                angles = angles[::-1] if seed and len(counts) > 1 else angles
                return np.stack([np.cos(angles), np.sin(angles)], axis=1)

        assert counts.shape[1] == len(idf) == 6
        return Coder()


WORDS = "red blue fox whale sea hill"


def test_on_chapters_the_autoencoders_are_averaged():
    text = ["red fox", "blue whale sea", "hill sea", WORDS, WORDS, WORDS]
    pairs = {"a": (text, ["hill sea"]), "b": (text[::-1], ["red fox"])}
    one = [
        summary_trials.train_on_chapters(pairs, (seed,), Trainer(), 2, 3) for seed in (0, 4)
    ]
    both = summary_trials.train_on_chapters(pairs, (0, 4), Trainer(), 2, 3)
    assert set(both) == {
        *(
            "lead",
            "TF-IDF",
            "LSA",
            "autoencoder",
            "LexRank",
            "TextRank",
            "random",
            "oracle",
        ),
    }
    parts = [found["autoencoder"] for found in one]
    np.testing.assert_allclose(parts[0], one[0]["lead"])
    assert not np.allclose(*parts)
    np.testing.assert_allclose(both["autoencoder"], np.mean(parts, axis=0))
    np.testing.assert_allclose(both["LSA"], one[0]["LSA"])


def test_on_docstrings_codes_come_from_training_and_values_from_test_texts():
    def load(seed):
        body = np.array([WORDS, WORDS, WORDS, "red fox", "blue whale", "sea hill sea"])
        test = np.array(["Fox red hill. Whale blue sea."])
        train_lines, test_lines = np.array(["X y."] * 6), np.array(["Whale sea."])
        arrays = (body, train_lines, body, train_lines, test, test_lines)
        return datasets.Dataset(*arrays, "n", "s", "l")

    found = summary_trials.train_on_docstrings(load, (0, 1), Trainer(), 2, 3)
    assert found["lead"].shape == (2, 3)
    np.testing.assert_allclose(found["lead"], 0.0)
    expected = rouge.rouge(["Whale blue sea."], ["Whale sea."])
    np.testing.assert_allclose(found["oracle"], [expected] * 2)
