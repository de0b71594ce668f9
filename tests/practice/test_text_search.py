"""BM25 by hand and term by term, precision as elsewhere, settings by validation."""

import numpy as np
import pytest
import scipy.sparse

from companion.autoencoders.latent_semantics import retrieval_precision
from companion.practice import text_search, text_trials
from companion.practice.bag_of_words import Vocabulary, unit


def test_bm25_by_hand():
    counts = np.array([[2, 0, 1], [0, 1, 0], [0, 0, 2]])
    scores = text_search.bm25(counts, np.array([[1, 0, 0], [0, 0, 2]]), k_1=1.2, b=0.75)
    # Texts have 3, 1 and 2 words, 2 on average; word 0 is in one text, word 2 in two.
    rare, common = np.log(1 + 2.5 / 1.5), np.log(1 + 1.5 / 2.5)
    first = 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 1.5))
    np.testing.assert_allclose(scores[0], [rare * first, 0, 0])
    a, b = 2.2 / (1 + 1.2 * (0.25 + 0.75 * 1.5)), 2 * 2.2 / (2 + 1.2)
    np.testing.assert_allclose(scores[1], [2 * common * a, 0, 2 * common * b])


def test_bm25_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="queries must have the words of counts"):
        text_search.bm25(np.ones((2, 3)), np.ones((1, 4)))
    with pytest.raises(ValueError, match="b in"):
        text_search.bm25(np.ones((2, 3)), np.ones((1, 3)), b=1.5)


def test_precision_is_that_of_latent_semantics_for_cosines(rng):
    z, query = rng.normal(size=(40, 5)), rng.normal(size=(7, 5))
    y, y_query = rng.integers(3, size=40), rng.integers(3, size=7)
    expected = retrieval_precision(z, y, query, y_query, n_best=6)
    scores = unit(query) @ unit(z).T
    assert text_search.precision_at(scores, y, y_query, 6) == pytest.approx(expected)
    with pytest.raises(ValueError, match="at most 40 texts; got 41"):
        text_search.precision_at(scores, y, y_query, 41)


def test_precision_by_hand():
    scores = np.array([[3, 1, 2], [1, 2, 3]])
    assert text_search.precision_at(scores, [0, 1, 1], [0, 0], 2) == pytest.approx(0.25)


def test_bm25_is_its_formula_term_by_term(rng):
    counts = rng.poisson(0.6, size=(9, 7)).astype(float)
    counts[4] = 0.0
    queries = rng.poisson(0.6, size=(3, 7)).astype(float)
    k_1, b, n = 2.0, 0.4, len(counts)
    expected = np.zeros((3, 9))
    mean_length = counts.sum() / n
    for (i, j), _ in np.ndenumerate(expected):
        for w in range(7):
            n_w = sum(row[w] > 0 for row in counts)
            rarity = np.log(1 + (n - n_w + 0.5) / (n_w + 0.5))
            held = k_1 * (1 - b + b * counts[j].sum() / mean_length)
            expected[i, j] += (
                queries[i, w] * rarity * counts[j, w] * (k_1 + 1) / (counts[j, w] + held)
            )
    np.testing.assert_allclose(text_search.bm25(counts, queries, k_1, b), expected)
    sparse = [scipy.sparse.csr_array(part) for part in (counts, queries)]
    np.testing.assert_allclose(text_search.bm25(*sparse, k_1, b), expected)
    assert sparse[0].data.max() == counts.max()  # what was given stays as it was


def test_ties_go_to_the_earlier_text():
    scores = np.array([[1.0, 1.0 + 1e-9, 1.0, 0.5]])
    found = [text_search.precision_at(scores, np.eye(4)[i], [1], 2) for i in range(4)]
    assert found == [0.5, 0.5, 0.0, 0.0]


def searched(counts, candidates, labels):
    """Search texts of one or two words, with a part for training, validation and test."""
    vocabulary = Vocabulary(2, 1).fit(["red red blue"])
    parts = text_trials.Counted(vocabulary, tuple(map(np.array, counts)), labels)
    return text_search.retrieval(parts, candidates, n_best=1)


def test_the_candidate_that_is_best_on_validation_texts_is_measured_on_test_texts():
    labels = (np.array([0, 1]), np.array([0, 1]), np.array([0, 1]))
    axes, swapped = np.eye(2), np.eye(2)[::-1]
    # One candidate is right on validation texts only, the other on test texts only.
    good_val, good_test = (axes, axes, swapped), (axes, swapped, axes)
    counts = [np.array([[2, 0], [0, 2]]), [[1, 0], [0, 1]], [[1, 0], [1, 0]]]
    found = searched(counts, {"both": [good_test, good_val]}, labels)
    assert found == {"both": 0.0, "BM25, customary": 0.5, "BM25, tuned": 0.5}


def test_texts_are_compared_by_the_cosine_whatever_their_length():
    labels = (np.array([0, 1]), np.array([0]), np.array([0]))
    query = np.array([[1.0, 0.4]])
    parts = (np.array([[1.0, 0.0], [3.0, 9.0]]), query, query)
    counts = [np.array([[1, 0], [0, 1]]), [[1, 0]], [[1, 0]]]
    assert searched(counts, {"codes": [parts]}, labels)["codes"] == 1.0


def test_the_constants_of_bm25_are_chosen_on_validation_texts(monkeypatch):
    # Word 0 once in a short text, or twice in a long one: b decides which comes first.
    counts = [np.array([[1, 0], [2, 6]]), np.array([[1, 0]]), np.array([[1, 0]])]
    labels = (np.array([0, 1]), np.array([0]), np.array([0]))
    monkeypatch.setattr(text_search, "CUSTOMARY", (1.2, 0.0))
    monkeypatch.setattr(text_search, "SLOWNESS", (1.2,))
    assert searched(counts, {}, labels)["BM25, tuned"] == 1.0
    monkeypatch.setattr(text_search, "LENGTHS", (0.0,))
    assert searched(counts, {}, labels) == {"BM25, customary": 0.0, "BM25, tuned": 0.0}
