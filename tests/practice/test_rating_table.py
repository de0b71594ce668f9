"""Ratings as pairs and tables: every bad input is one clear error, splits keep all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import root_mean_squared_error

from companion.datasets.ratings import rating_world
from companion.practice import rating_table

PAIRS = np.array([[0, 1], [2, 0], [0, 0]])
RATINGS = np.array([4.0, 1.0, 5.0])


def test_a_table_holds_each_rating_where_it_belongs():
    values, mask = rating_table.to_table(PAIRS, RATINGS, (4, 2), scale=(1, 5))
    np.testing.assert_array_equal(values, [[5, 4], [0, 0], [1, 0], [0, 0]])
    np.testing.assert_array_equal(mask, [[1, 1], [0, 0], [1, 0], [0, 0]])


@pytest.mark.parametrize(
    ("pairs", "ratings", "message"),
    [
        ([[0, 1], [2, 0], [0, 1]], RATINGS, r"got user 0 with item 1 more than once \(1 "),
        ([[0, 1], [3, 0], [0, 0]], RATINGS, "users must be from 0 to 2; got 3"),
        ([[0, 1], [2, 2], [0, 0]], RATINGS, "items must be from 0 to 1; got 2"),
        ([[0, 1], [-1, 0], [0, 0]], RATINGS, "users must be from 0 to 2; got -1"),
        (PAIRS, [1.0, np.nan, 2.0], "ratings must be finite; got 1 NaN"),
        (PAIRS, [1.0, np.inf, 2.0], "ratings must be finite; got 1 NaN"),
        (PAIRS, [1.0, 6.0, 2.0], r"ratings must lie in \[1, 5\]; got values from 1 to 6"),
        (PAIRS, [1.0, 0.0, 2.0], r"ratings must lie in \[1, 5\]; got values from 0 to 2"),
        (PAIRS, [1.0, 2.0], r"ratings must have shape \(3,\); got \(2,\)"),
        (PAIRS.astype(float), RATINGS, "pairs must be integers; got float64"),
        (PAIRS[:, :1], RATINGS, r"pairs must have shape \(n, 2\) with n >= 1"),
        (PAIRS[:0], [], r"pairs must have shape \(n, 2\) with n >= 1; got \(0, 2\)"),
    ],
)
def test_bad_ratings_are_refused(pairs, ratings, message):
    with pytest.raises(ValueError, match=message):
        rating_table.to_table(pairs, ratings, (3, 2), scale=(1, 5))


def test_pairs_of_a_short_type_are_told_apart():
    # In 16 bits 327 * 200 + 136 = 2**16 would be 0, the number of the first pair.
    pairs = np.array([[0, 0], [327, 136]], np.int16)
    found, _ = rating_table.check_ratings(pairs, [1.0, 2.0], (500, 200))
    np.testing.assert_array_equal(found, [[0, 0], [327, 136]])
    assert found.dtype == np.int64


index = st.integers(-2, 6)
rating = st.one_of(st.floats(-1, 7), st.just(float("nan")))


@given(st.lists(st.tuples(index, index, rating), max_size=12))
def test_every_list_of_ratings_is_a_table_or_an_error(rows):
    pairs = np.array([row[:2] for row in rows], dtype=int).reshape(-1, 2)
    ratings = np.array([row[2] for row in rows])
    sound = 0 < len(rows) == len({row[:2] for row in rows}) and all(
        0 <= u < 5 and 0 <= i < 4 and 1 <= r <= 5 for u, i, r in rows
    )
    if not sound:
        with pytest.raises(ValueError, match="^(pairs|ratings|users|items) must"):
            rating_table.to_table(pairs, ratings, (5, 4), scale=(1, 5))
        return
    values, mask = rating_table.to_table(pairs, ratings, (5, 4), scale=(1, 5))
    assert mask.sum() == len(rows)
    assert values.sum() == pytest.approx(ratings.sum())


@given(st.integers(10, 300), st.integers(0, 5), st.sampled_from([0.1, 0.2, 0.4]))
def test_a_split_holds_every_rating_once(n, seed, share):
    parts = rating_table.random_split(n, seed, share)
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(n))
    assert len(parts[1]) == len(parts[2]) == round(share * n)


def test_a_temporal_split_tests_on_the_future(rng):
    times = rng.random(50)
    train, val, test = rating_table.temporal_split(times)
    assert times[train].max() < times[val].min()
    assert times[val].max() < times[test].min()
    assert (len(train), len(val), len(test)) == (40, 5, 5)


def test_a_share_that_leaves_no_training():
    with pytest.raises(ValueError, match="share must lie between 0 and 0.5; got 0.5"):
        rating_table.random_split(10, 0, share=0.5)


def test_times_that_are_none_and_parts_that_are_empty():
    with pytest.raises(ValueError, match="times must be finite"):
        rating_table.temporal_split(np.r_[np.arange(20.0), np.nan])
    with pytest.raises(ValueError, match="enough for three parts; got 3"):
        rating_table.random_split(3, 0)
    with pytest.raises(ValueError, match="ratings must hold at least one"):
        rating_table.rmse(np.zeros((2, 2)), np.zeros((0, 2), int), [])


def test_rmse_is_that_of_scikit_learn(rng):
    predicted = rng.normal(size=(3, 2))
    picked = [predicted[u, i] for u, i in PAIRS]
    expected = root_mean_squared_error(RATINGS, picked)
    assert rating_table.rmse(predicted, PAIRS, RATINGS) == pytest.approx(expected)


def test_rmse_over_all_is_that_of_fresh_ratings(rng):
    _, _, truth = rating_world(300, 200, noise_std=0.4)
    predicted = truth["expected"] + 0.3
    fresh = truth["expected"] + 0.4 * rng.normal(size=predicted.shape)
    simulated = np.sqrt(np.mean((predicted - fresh) ** 2))
    found = rating_table.rmse_over_all(predicted, truth)
    assert found == pytest.approx(0.5)  # 3, 4, 5
    assert found == pytest.approx(simulated, rel=0.01)
    assert rating_table.rmse_over_all(truth["expected"], truth) == pytest.approx(0.4)


def test_weights_by_probability_give_the_error_over_all_pairs():
    pairs, ratings, truth = rating_world(800, 400, preference=1.0, density=0.3)
    predicted = np.full((800, 400), 3.5)
    over_all = rating_table.rmse_over_all(predicted, truth)
    weights = 1.0 / truth["probability"][tuple(pairs.T)]
    assert rating_table.rmse(predicted, pairs, ratings, weights) == pytest.approx(
        over_all, rel=0.02
    )
    assert abs(rating_table.rmse(predicted, pairs, ratings) / over_all - 1) > 0.04


def test_errors_by_how_much_was_known():
    predicted, counts = np.zeros((3, 2)), [0, 5, 10]
    pairs, ratings = np.array([[0, 0], [0, 1], [1, 0], [2, 1]]), np.array([3.0, 5, 2, 7])
    found = rating_table.rmse_by_count(
        predicted, pairs, ratings, counts, [0, 5, 10, 11, 20]
    )
    np.testing.assert_allclose(found, [np.sqrt(17), 2.0, 7.0, np.nan])
