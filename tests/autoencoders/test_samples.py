"""Measures of generated examples against closed forms and brute force."""

import numpy as np
import pytest
from scipy import linalg

from companion.autoencoders.samples import frechet_distance, neighbor_test_accuracy


def test_frechet_distance_is_that_of_the_matrix_root_of_scipy(rng):
    real = rng.normal(size=(200, 4)) @ rng.normal(size=(4, 4)) + 1.0
    generated = rng.normal(size=(150, 4)) @ rng.normal(size=(4, 4))
    cov_1, cov_2 = np.cov(real.T), np.cov(generated.T)
    shift = real.mean(axis=0) - generated.mean(axis=0)
    root = linalg.sqrtm(cov_1 @ cov_2).real
    expected = np.sum(shift**2) + np.trace(cov_1 + cov_2 - 2 * root)
    assert frechet_distance(real, generated) == pytest.approx(expected, rel=1e-6)


def test_frechet_distance_of_a_shift_and_of_a_stretch_by_hand(rng):
    real = rng.normal(size=(300, 2))
    assert frechet_distance(real, real + [3.0, 4.0]) == pytest.approx(25.0, rel=1e-6)
    stds = real.std(axis=0, ddof=1)
    stretched = (real - real.mean(axis=0)) * 3.0 + real.mean(axis=0)
    # Commuting covariances: the sum over axes of (std_1 - std_2)^2.
    expected = np.trace(np.cov(real.T)) * 4.0
    assert frechet_distance(real, stretched) == pytest.approx(expected, rel=1e-6)
    assert stds.min() > 0.5


def test_frechet_distance_works_where_a_feature_never_varies(rng):
    real = np.column_stack((rng.normal(size=(50, 2)), np.zeros(50)))
    assert frechet_distance(real, real) == pytest.approx(0.0, abs=1e-6)


def test_frechet_distance_is_biased_upwards_as_one_over_n(rng):
    means = [
        np.mean([frechet_distance(*rng.normal(size=(2, n, 3))) for _ in range(60)])
        for n in (50, 200)
    ]
    assert means[1] > 0
    assert means[0] / means[1] == pytest.approx(4.0, rel=0.25)


def test_neighbor_test_is_a_count_by_hand(rng):
    real, generated = rng.normal(size=(2, 20, 3))
    both, kind = np.concatenate((real, generated)), np.repeat((0, 1), 20)
    hits = 0
    for i, row in enumerate(both):
        distances = np.linalg.norm(both - row, axis=1)
        distances[i] = np.inf
        hits += kind[np.argmin(distances)] == kind[i]
    assert neighbor_test_accuracy(real, generated) == pytest.approx(hits / 40)


def test_neighbor_test_knows_equal_distant_and_copied_batches(rng):
    real, same = rng.normal(size=(2, 500, 3))
    assert neighbor_test_accuracy(real, same) == pytest.approx(0.5, abs=0.07)
    assert neighbor_test_accuracy(real, same + 20.0) == 1.0
    assert neighbor_test_accuracy(real, real + 1e-9) < 0.01


@pytest.mark.parametrize("measure", [frechet_distance, neighbor_test_accuracy])
@pytest.mark.parametrize(
    ("real", "generated", "message"),
    [
        (np.zeros(5), np.zeros((5, 2)), r"real must be \(n, D\) .*; got \(5,\)"),
        (np.zeros((5, 2)), np.zeros((5, 3)), r"generated must have shape \(batch, 2\)"),
        (np.zeros((5, 2)), np.zeros((1, 2)), "generated must have at least 2 rows; got 1"),
        (np.zeros((5, 2)), np.full((5, 2), np.nan), "generated must be finite; got 10"),
    ],
)
def test_bad_batches_are_named(measure, real, generated, message):
    with pytest.raises(ValueError, match=message):
        measure(real, generated)
