"""Rankings against scikit-learn and a brute-force definition; folding in keeps all."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from companion.practice import ranking


def case(seed, n_users=6, n_items=12):
    rng = np.random.default_rng(seed)
    x = (rng.random((n_users, n_items)) < 0.5).astype(np.float32)
    x[:, :2] = 1.0
    shown, held_out = ranking.fold_in(x, seed, share=0.4)
    return rng.normal(size=x.shape), shown, held_out


def brute_force(scores, shown, held_out, k):
    """Recall and NDCG of one user, written out."""
    free = [i for i in range(len(scores)) if not shown[i]]
    ranked = sorted(free, key=lambda i: (-scores[i], i))[:k]
    wanted = [i for i in range(len(scores)) if held_out[i]]
    hits = [i in wanted for i in ranked]
    gain = sum(hit / math.log2(j + 2) for j, hit in enumerate(hits))
    best = sum(1 / math.log2(j + 2) for j in range(min(k, len(wanted))))
    return sum(hits) / min(k, len(wanted)), gain / best


@given(st.integers(0, 200), st.integers(1, 4))
def test_measures_are_the_definitions(seed, k):
    scores, shown, held_out = case(seed)
    scores = np.round(scores)  # with ties
    k = min(k, int((shown == 0).sum(axis=1).min()))
    expected = [brute_force(*rows, k) for rows in zip(scores, shown, held_out, strict=True)]
    recall = ranking.recall_at_k(scores, shown, held_out, k)
    ndcg = ranking.ndcg_at_k(scores, shown, held_out, k)
    np.testing.assert_allclose(np.stack([recall, ndcg], 1), expected)


@pytest.mark.parametrize("k", [1, 3, 5, 12])
def test_ndcg_is_that_of_scikit_learn(k):
    scores, shown, held_out = case(1)
    found = ranking.ndcg_at_k(scores, shown, held_out, k)
    scores = np.where(shown > 0, -1e6, scores)
    expected = [
        ndcg_score(a[None], b[None], k=k) for a, b in zip(held_out, scores, strict=True)
    ]
    np.testing.assert_allclose(found, expected)


def test_recall_by_hand():
    scores = np.array([[9.0, 8.0, 7.0, 6.0, 5.0, 4.0]])
    shown = np.array([[1, 0, 0, 0, 0, 0]])
    held_out = np.array([[0, 1, 0, 1, 0, 1]])
    # Ranked: 1, 2, 3, 4, 5. Two may be recommended: one hit of two possible.
    assert ranking.recall_at_k(scores, shown, held_out, 2) == 0.5
    assert ranking.recall_at_k(scores, shown, held_out, 5) == 1.0
    # Gains 1 and, at place 3, 1 / log2(4) = 1/2; the best are 1 + 1/log2(3) + 1/2.
    ndcg = ranking.ndcg_at_k(scores, shown, held_out, 3)
    assert ndcg == pytest.approx(1.5 / (1.5 + 1 / np.log2(3)))


def test_ties_go_to_the_smaller_number():
    scores, nothing = np.zeros((1, 5)), np.zeros((1, 5))
    np.testing.assert_array_equal(ranking.top_items(scores, nothing, 3), [[0, 1, 2]])
    scores[0, 4] = 1e-12  # rounding of a sum, not a better item
    np.testing.assert_array_equal(ranking.top_items(scores, nothing, 3), [[0, 1, 2]])
    scores[0, 4] = 1e-8
    np.testing.assert_array_equal(ranking.top_items(scores, nothing, 3), [[4, 0, 1]])


def test_shown_items_are_never_recommended():
    scores, shown, _ = case(3)
    k = int((shown == 0).sum(axis=1).min())
    top = ranking.top_items(scores + 100 * shown, shown, k)
    assert not np.take_along_axis(shown, top, axis=1).any()


@given(st.integers(0, 100), st.sampled_from([0.1, 0.2, 0.5, 1.0]))
def test_folding_in_splits_the_items_of_each_user(seed, share):
    rng = np.random.default_rng(seed)
    x = (rng.random((8, 15)) < 0.4).astype(np.float32)
    x[:, [3, 7]] = 1.0
    shown, held_out = ranking.fold_in(x, seed, share)
    np.testing.assert_array_equal(shown + held_out, x)
    assert not (shown * held_out).any()
    counts = x.sum(axis=1)
    wanted = np.clip(np.rint(share * counts), 1, counts - 1)
    np.testing.assert_array_equal(held_out.sum(axis=1), wanted)


def test_folding_in_prefers_no_item():
    x = np.ones((4000, 5))
    _, held_out = ranking.fold_in(x, 0)
    np.testing.assert_allclose(held_out.mean(axis=0), 0.2, atol=4 * np.sqrt(0.16 / 4000))
    assert (ranking.fold_in(x, 1)[1] != held_out).any()


def test_rows_of_the_users_that_occur():
    x, users = ranking.to_implicit([[9, 2], [4, 0], [9, 0]], n_items=3)
    np.testing.assert_array_equal(x, [[1, 0, 0], [1, 0, 1]])
    np.testing.assert_array_equal(users, [4, 9])


def test_users_are_measured_once_for_each_seed():
    rng = np.random.default_rng(0)
    x = (rng.random((7, 40)) < 0.4).astype(np.float32)
    scores = rng.normal(size=x.shape)
    found = ranking.measure_users(lambda shown: scores, x, (3, 8))
    for row, seed in enumerate((3, 8)):
        split = ranking.fold_in(x, seed)
        ndcg = ranking.ndcg_at_k(scores, *split, 10)
        np.testing.assert_array_equal(found["NDCG@10"][row], ndcg)
        recall = ranking.recall_at_k(scores, *split, 20)
        np.testing.assert_array_equal(found["Recall@20"][row], recall)


def test_a_model_sees_what_is_shown_and_nothing_else():
    x, seen = np.ones((50, 24)), []
    x[:, ::6] = 0.0
    ranking.measure_users(lambda shown: seen.append(shown) or shown, x, (2,))
    np.testing.assert_array_equal(seen[0], ranking.fold_in(x, 2)[0])


def test_standard_error_by_hand():
    assert ranking.mean_and_standard_error([1.0, 2.0, 3.0]) == (2.0, 1 / np.sqrt(3))


X = np.array([[1.0, 1.0, 0.0]])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ranking.fold_in(np.array([[1, 0, 0], [1, 1, 1]]), 0), "got 1 .1 such"),
        (lambda: ranking.to_implicit([[0, 3]], 3), "items from 0 to 2"),
        (lambda: ranking.to_implicit([[0, -1]], 3), "items from 0 to 2"),
        (lambda: ranking.to_implicit([[0, np.nan]], 3), r"shape .n, 2.; got float64"),
        (lambda: ranking.to_implicit([0, 1], 3), r"shape .n, 2.; got int64 .2,."),
        (lambda: ranking.fold_in(np.ones((2, 4)), 0, share=-1), "share must be .* got -1"),
        (lambda: ranking.fold_in(np.ones((2, 4)), 0, share=np.nan), "share must be .* nan"),
        (lambda: ranking.to_implicit(np.zeros((0, 2), int), 3), "items from 0 to 2"),
        (lambda: ranking.to_implicit([[5, 1], [5, 1]], 3), "one of user 5 more than once"),
        (lambda: ranking.top_items(np.array([[np.nan, 0, 0]]), X, 1), "must be finite"),
        (lambda: ranking.top_items(X, X, 4), "k must be from 1 to 3; got 4"),
        (lambda: ranking.top_items(X, X, 0), "k must be from 1 to 3; got 0"),
        (lambda: ranking.recall_at_k(X, X, 0 * X, 1), "held_out must hold an item"),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(ValueError, match=message):
        make()
