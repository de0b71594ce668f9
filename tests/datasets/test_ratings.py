"""The world of ratings: its parts add up, its floor is the noise, its absences mean it."""

import numpy as np
import pytest

from companion.datasets import load
from companion.datasets.ratings import rating_world


def test_the_truth_misses_by_the_noise_and_nothing_more():
    pairs, ratings, truth = rating_world(400, 300, seed=3, noise_std=0.3)
    errors = ratings - truth["expected"][tuple(pairs.T)]
    standard_error = 0.3 / np.sqrt(2 * len(errors))
    assert errors.std() == pytest.approx(0.3, abs=4 * standard_error)
    assert errors.mean() == pytest.approx(0.0, abs=4 * 0.3 / np.sqrt(len(errors)))


def test_expected_ratings_have_the_stated_moments_and_rank():
    _, _, truth = rating_world(2000, 1500, n_factors=4)
    expected = truth["expected"]
    # Variances of independent terms add up: 0.4**2 + 0.4**2 + 0.7**2.
    assert expected.var() == pytest.approx(0.81, rel=0.1)
    assert expected.mean() == pytest.approx(3.5, abs=0.05)
    # mean + b_u + c_i has rank 2, and the tastes 4.
    values = np.linalg.svd(expected[:300, :200], compute_uv=False)
    assert values[5] > 1.0 > 1e-6 > values[6]


def test_tastes_have_the_stated_spread():
    _, _, truth = rating_world(1500, 1500, n_factors=2)
    e = truth["expected"]
    tastes = e - e.mean(0) - e.mean(1, keepdims=True) + e.mean()
    assert tastes.std() == pytest.approx(0.7, rel=0.08)


@pytest.mark.parametrize("density", [0.02, 0.2, 0.7])
@pytest.mark.parametrize("preference", [0.0, 1.5])
def test_the_wanted_share_is_observed(density, preference):
    pairs, _, truth = rating_world(300, 200, density=density, preference=preference)
    assert truth["probability"].mean() == pytest.approx(density, rel=1e-6)
    spread = np.sqrt(np.sum(truth["probability"] * (1 - truth["probability"])))
    assert abs(len(pairs) - density * 60_000) < 4 * spread
    assert truth["observed"].sum() == len(pairs)
    assert truth["observed"][tuple(pairs.T)].all()


def test_without_preference_absence_says_nothing_and_with_it_liked_items_are_rated():
    for preference, low, high in ((0.0, -0.02, 0.02), (1.5, 0.4, 1.0)):
        _, _, truth = rating_world(500, 400, seed=1, preference=preference)
        expected, seen = truth["expected"], truth["observed"]
        # Within an item, so that popularity plays no part.
        centered = (expected - expected.mean(axis=0)) / expected.std()
        assert low < centered[seen].mean() < high


def test_preference_is_the_log_odds_for_one_standard_deviation():
    _, _, truth = rating_world(60, 50, seed=4, preference=1.5)
    p, expected = truth["probability"], truth["expected"]
    log_odds = np.log(p / (1.0 - p))
    # Between two users of one item the popularity cancels.
    differences = np.diff(expected, axis=0) / np.std(expected)
    np.testing.assert_allclose(np.diff(log_odds, axis=0), 1.5 * differences, atol=1e-9)


def test_drift_moves_items_with_time():
    settings = {"seed": 2, "noise_std": 1e-6, "density": 0.5}
    pairs, ratings, truth = rating_world(300, 50, drift=0.8, **settings)
    moved = ratings - truth["expected"][tuple(pairs.T)]
    by_hand = truth["slopes"][pairs[:, 1]] * (truth["times"] - 0.5)
    np.testing.assert_allclose(moved, by_hand, atol=1e-4)
    assert truth["slopes"].std() == pytest.approx(0.8, rel=0.3)
    assert rating_world(300, 50, **settings)[2]["slopes"].std() == 0.0


def test_ratings_come_in_the_order_of_time_and_users_in_sessions():
    pairs, _, truth = rating_world(100, 100)
    times = truth["times"]
    assert (np.diff(times) >= 0).all()
    assert times.min() >= 0.0
    assert times.max() <= 1.0
    for user in range(10):
        assert np.ptp(times[pairs[:, 0] == user]) <= 0.3


def test_the_same_seed_gives_the_same_world_and_another_another():
    first, again, other = (rating_world(20, 20, seed=s)[1] for s in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or (first != other).any()


def test_the_split_is_eight_to_one_to_one():
    data = load("ratings")
    n = data.truth["observed"].sum()
    assert [len(data.x_train), len(data.x_val), len(data.x_test)] == [
        n - 2 * (n // 10),
        n // 10,
        n // 10,
    ]
    # At random over the users: the test part is no block of them.
    assert len(np.unique(data.x_test[:, 0])) > 450


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_users": 0}, "n_users must be at least 1; got 0"),
        ({"n_items": -1}, "n_items must be at least 1; got -1"),
        ({"n_factors": 0}, "n_factors must be at least 1"),
        ({"noise_std": 0.0}, "noise_std must be above 0; got 0.0"),
        ({"noise_std": float("nan")}, "noise_std must be above 0; got nan"),
        ({"density": 1.0}, "density must lie between 0 and 1; got 1.0"),
    ],
)
def test_settings_out_of_range(settings, message):
    with pytest.raises(ValueError, match=message):
        rating_world(**settings)
