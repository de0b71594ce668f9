"""Measures of generated examples against hand counts, closed forms and known mixtures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial import KDTree

from companion.autoencoders.samples import frechet_distance
from companion.practice import sample_quality as quality

MODES = 100.0 * np.arange(5)[:, np.newaxis]


def drawn(shares, n, rng):
    """Uniform numbers on intervals of length 1 that lie far apart, in known shares."""
    mode = rng.choice(len(shares), size=n, p=shares)
    return MODES[mode] + rng.uniform(size=(n, 1))


def test_radii_and_inside_by_hand():
    centers = np.array([[0.0], [1.0], [3.0], [7.0]])
    np.testing.assert_allclose(quality.radii(centers, 1), [1, 1, 2, 4])
    np.testing.assert_allclose(quality.radii(centers, 2), [3, 2, 3, 6])
    points = np.array([[-1.0], [-1.1], [2.5], [11.0], [11.1]])
    assert quality.inside(points, centers, k=1).tolist() == [True, False, True, True, False]
    assert quality.inside(points, centers, k=2).all()


def test_radii_are_those_of_a_tree(rng):
    points = rng.normal(size=(1200, 2))
    for k in (1, 3, 300, 700):
        expected = KDTree(points).query(points, [k + 1])[0][:, 0]
        np.testing.assert_allclose(quality.radii(points, k), expected)


def test_precision_and_recall_are_counts_over_all_pairs(rng):
    real, generated = rng.normal(size=(40, 3)), 0.7 * rng.normal(size=(30, 3)) + 0.4

    def share(points, centers, k):
        found = 0
        for point in points:
            hits = [
                np.linalg.norm(point - c)
                <= sorted(np.linalg.norm(other - c) for other in centers)[k]
                for c in centers
            ]
            found += any(hits)
        return found / len(points)

    found = quality.precision_recall(real, generated, k=2)
    assert found == pytest.approx((share(generated, real, 2), share(real, generated, 2)))


def test_a_fresh_set_of_the_same_law_has_three_quarters_on_the_line(rng):
    # Between two neighbors on the line a new point has gaps u and v to them, and they
    # have gaps s and t to their other sides, all exponential. Uncovered with k = 1 is it
    # where u > s and v > t: a chance of 1/4, whatever the smooth law.
    real, generated = rng.uniform(size=(2, 4000, 1))
    found = quality.precision_recall(real, generated, k=1)
    np.testing.assert_allclose(found, 0.75, atol=0.02)
    normal = quality.precision_recall(*rng.normal(size=(2, 4000, 1)), k=1)
    np.testing.assert_allclose(normal, 0.75, atol=0.02)


@pytest.mark.parametrize(
    ("real", "generated", "precision", "recall"),
    [
        ((0.5, 0.5, 0, 0, 0), (0.5, 0.5, 0, 0, 0), 1.0, 1.0),
        ((0.2, 0.3, 0.5, 0, 0), (1.0, 0, 0, 0, 0), 1.0, 0.2),  # a mode is all it makes
        ((0.4, 0.6, 0, 0, 0), (0.2, 0.3, 0.1, 0.4, 0), 0.5, 1.0),  # and inventions
        ((0.5, 0.5, 0, 0, 0), (0, 0.25, 0.75, 0, 0), 0.25, 0.5),
        ((0.5, 0.5, 0, 0, 0), (0, 0, 0, 0.5, 0.5), 0.0, 0.0),
    ],
)
def test_known_mixtures_have_their_shares(real, generated, precision, recall, rng):
    # Inside a mode both sets have one law: the share there is 3/4 for k = 1, exactly, so
    # the overlap of the modes times 3/4 is the answer.
    x, y = drawn(real, 3000, rng), drawn(generated, 3000, rng)
    found = quality.precision_recall(x, y, k=1)
    np.testing.assert_allclose(found, (0.75 * precision, 0.75 * recall), atol=0.035)


def test_interval_is_that_of_the_normal_law_and_holds_the_truth_as_often_as_it_says(rng):
    values = rng.random(400) < 0.3
    low, high = quality.bootstrap_interval(values, level=0.9)
    half = stats.norm.ppf(0.95) * values.std() / np.sqrt(400)
    assert (high - low) / 2 == pytest.approx(half, rel=0.08)
    assert (high + low) / 2 == pytest.approx(values.mean(), abs=0.005)
    ends = [quality.bootstrap_interval(rng.random(200) < 0.3, 0.9, 400) for _ in range(300)]
    held = np.mean([low <= 0.3 <= high for low, high in ends])
    assert held == pytest.approx(0.9, abs=0.06)


def test_bias_of_the_frechet_distance_is_that_of_two_batches_of_one_law(rng):
    for n, dim in ((200, 1), (400, 6)):
        draws = [frechet_distance(*rng.normal(size=(2, n, dim))) for _ in range(150)]
        expected = quality.bias_of_equal_gaussians(n, dim)
        assert np.mean(draws) == pytest.approx(expected, rel=0.15)


def test_distance_at_infinity_is_that_of_the_laws(rng):
    real, generated = rng.normal(size=(2, 2000, 6))
    generated = 1.5 * generated + 0.5
    truth = 6 * 0.5**2 + 6 * 0.5**2
    limit, means = quality.frechet_at_infinity(real, generated, (50, 100, 200, 400), 40)
    assert limit == pytest.approx(truth, rel=0.08)
    assert (np.diff(means) < 0).all()
    assert means[0] - limit == pytest.approx(2 * (means[1] - limit), rel=0.25)
    assert means[0] > 1.1 * truth


def test_with_all_examples_each_draw_is_the_whole_set(rng):
    real, generated = rng.normal(size=(2, 60, 3))
    whole = frechet_distance(real, generated)
    _, means = quality.frechet_at_infinity(real, generated, (30, 60), 2)
    assert means[1] == pytest.approx(whole)


def test_ratios_by_hand():
    train = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 9.0]])
    points = np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 0.0]])
    np.testing.assert_allclose(quality.neighbor_ratios(points, train), [1 / 3, 1, 0])


def test_an_honest_generator_has_the_share_of_the_test_examples_and_a_copier_more(rng):
    train, test, honest = rng.normal(size=(3, 1000, 4))
    assert quality.copied_share(honest, train, test) == pytest.approx(0.05, abs=0.025)
    near = train + 0.05 * rng.normal(size=train.shape)
    assert quality.copied_share(near, train, test) > 0.9
    half = np.concatenate((near[:500], honest[:500]))
    assert quality.copied_share(half, train, test) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: quality.radii(x, 5), r"points must be \(n, D\) with n above 5"),
        (lambda x: quality.radii(x, 0), "k must be"),
        (lambda x: quality.radii(x[0], 1), r"points must be \(n, D\) with n above 1"),
        (lambda x: quality.inside(x[:, :1], x, 1), "points must have"),
        (lambda x: quality.inside(x * np.nan, x, 1), "points must"),
        (lambda x: quality.inside(x, x * np.nan, 1), "points must"),
        (lambda x: quality.bootstrap_interval([]), r"values must be \(n,\), not empty"),
        (lambda x: quality.bootstrap_interval([1, 0], 1.0), "level must lie between"),
        (lambda x: quality.copied_share(x, x, x, 0.0), "level must lie between"),
        (lambda x: quality.frechet_at_infinity(x, x, (3, 3)), "sizes must be two or more"),
        (lambda x: quality.frechet_at_infinity(x, x, (3, 9)), "from 2 to 5; got"),
        (lambda x: quality.bias_of_equal_gaussians(0, 2), "n must be"),
    ],
)
def test_what_makes_no_sense_is_named(call, message, rng):
    with pytest.raises(ValueError, match=message):
        call(rng.normal(size=(5, 2)))


@given(st.integers(1, 4), st.integers(0, 2**16), st.floats(0.1, 10), st.floats(-5, 5))
def test_moving_and_stretching_both_sets_changes_no_share(k, seed, stretch, shift):
    real, generated = np.random.default_rng(seed).normal(size=(2, 12, 2))
    found = quality.precision_recall(real, generated, k)
    moved = quality.precision_recall(real * stretch + shift, generated * stretch + shift, k)
    assert found == moved
    assert all(0 <= share <= 1 for share in found)
