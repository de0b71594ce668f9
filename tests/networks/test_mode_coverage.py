"""Counts of modes and distances, on examples whose answer is known beforehand."""

import numpy as np
import pytest
from scipy.stats import norm

from companion.networks import mode_coverage as coverage
from reproductions.networks import adversarial as twins

CENTERS = coverage.ring_centers(8, radius=2.0)


def test_the_ring_is_a_regular_polygon():
    np.testing.assert_allclose(np.linalg.norm(CENTERS, axis=1), 2.0)
    sides = np.linalg.norm(CENTERS - np.roll(CENTERS, 1, axis=0), axis=1)
    np.testing.assert_allclose(sides, 4.0 * np.sin(np.pi / 8))
    np.testing.assert_allclose(CENTERS[0], (2.0, 0.0))


def test_drawn_points_have_the_means_and_spread_of_their_modes(rng):
    x = coverage.sample_modes(CENTERS, 0.1, 40_000, rng)
    labels = coverage.assign_modes(x, CENTERS, radius=1.0)
    for mode in range(8):
        own = x[labels == mode]
        assert len(own) == pytest.approx(5000, abs=300)
        np.testing.assert_allclose(own.mean(axis=0), CENTERS[mode], atol=0.006)
        np.testing.assert_allclose(own.std(axis=0), 0.1, atol=0.005)
    np.testing.assert_array_equal(x, np.round(x, 6))


def test_points_are_given_the_nearest_mode_or_none():
    points = [CENTERS[3], CENTERS[5] + (0.3, 0.0), CENTERS[5] + (0.31, 0.0), (0.0, 0.0)]
    labels = coverage.assign_modes(np.array(points), CENTERS, radius=0.3000001)
    np.testing.assert_array_equal(labels, [3, 5, -1, -1])


def test_shares_count_what_belongs_to_no_mode_in_the_whole():
    shares = coverage.mode_shares([0, 0, 2, -1], n_modes=4)
    np.testing.assert_array_equal(shares, [0.5, 0.0, 0.25, 0.0])


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([0.25, 0.25, 0.25, 0.25], 4),
        ([1.0, 0.0, 0.0, 0.0], 1),
        ([0.0, 0.0, 0.0, 0.0], 0),
        ([0.9, 0.05, 0.05, 0.0], 3),  # exactly a fifth of an equal share counts
        ([0.902, 0.049, 0.049, 0.0], 1),
    ],
)
def test_a_mode_is_covered_from_a_fifth_of_an_equal_share(shares, expected):
    assert coverage.n_covered(shares) == expected


def test_perfect_samples_cover_every_mode_and_a_collapsed_batch_covers_one(rng):
    x = coverage.sample_modes(CENTERS, 0.1, 4000, rng)
    shares = coverage.mode_shares(coverage.assign_modes(x, CENTERS, 0.3), 8)
    assert coverage.n_covered(shares) == 8
    # Within three standard deviations in the plane: 1 - exp(-9 / 2).
    assert shares.sum() == pytest.approx(1 - np.exp(-4.5), abs=0.006)
    one = coverage.sample_modes(CENTERS[2:3], 0.1, 500, rng)
    shares = coverage.mode_shares(coverage.assign_modes(one, CENTERS, 0.3), 8)
    assert coverage.n_covered(shares) == 1
    assert shares.argmax() == 2


def test_the_distance_to_a_shifted_law_is_the_shift():
    samples = norm.ppf((np.arange(5000) + 0.5) / 5000)
    grid = np.linspace(-10.0, 10.0, 40_001)
    for shift in (0.25, -1.5):
        found = coverage.distance_to_density(samples + shift, grid, norm.cdf(grid))
        assert found == pytest.approx(abs(shift), abs=2e-3)
    # One point at the mean: E|x| of a standard normal.
    found = coverage.distance_to_density([0.0], grid, norm.cdf(grid))
    assert found == pytest.approx(np.sqrt(2 / np.pi), abs=1e-3)


def test_the_distance_agrees_with_scipy():
    assert twins.transport() < 1e-3


def test_copies_have_no_distance_to_the_originals(rng):
    x = rng.normal(size=(20, 5))
    np.testing.assert_array_equal(coverage.nearest_distances(x[::-1], x), 0.0)
    found = coverage.nearest_distances(np.array([[3.0, 4.0]]), np.array([[0, 0], [9, 9]]))
    np.testing.assert_allclose(found, [5.0])


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="radius must be above 0; got 0"):
        coverage.assign_modes(CENTERS, CENTERS, 0)
    with pytest.raises(ValueError, match="between 0 and 1; got 0.5 to 3"):
        coverage.distance_to_density([0.5, 3.0], np.array([0.0, 1.0]), np.array([0.0, 1.0]))
