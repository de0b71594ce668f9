"""Sparseness against closed forms of known distributions and SciPy."""

import numpy as np
import pytest
import scipy.stats

from companion.brain import sparseness


def test_equal_activity_is_zero_and_a_single_one_is_one():
    z = np.zeros((6, 4))
    z[:, 1] = -3.0
    z[2, 3] = 5.0
    lifetime = sparseness.lifetime_sparseness(z)
    np.testing.assert_allclose(lifetime[[1, 3]], [0.0, 1.0], atol=1e-12)
    assert np.isnan(lifetime[[0, 2]]).all()
    population = sparseness.population_sparseness(z)
    assert population[0] == pytest.approx(1.0)
    # (3 + 5)^2 / 16 over (9 + 25) / 4 is 0.4706.
    assert population[2] == pytest.approx((1 - 64 / 136) / 0.75)


@pytest.mark.parametrize(("active", "expected"), [(1, 1.0), (5, 0.0), (2, 0.75)])
def test_m_of_n_equal_values(active, expected):
    z = np.zeros((5, 2))
    z[:active] = 2.0
    # (1 - m / n) / (1 - 1 / n)
    assert sparseness.lifetime_sparseness(z)[0] == pytest.approx(expected)


def test_known_distributions(rng):
    n = 200_000
    z = np.stack([rng.normal(size=n), rng.laplace(size=n), rng.uniform(-1, 1, n)], axis=1)
    # Of |z|: mean^2 / mean square is 2 / pi, 1 / 2 and 3 / 4. Sampling error 0.003.
    expected = [1 - 2 / np.pi, 0.5, 0.25]
    np.testing.assert_allclose(sparseness.lifetime_sparseness(z), expected, atol=0.01)
    # Excess kurtosis is 0, 3 and -6 / 5.
    np.testing.assert_allclose(sparseness.excess_kurtosis(z), [0, 3, -1.2], atol=0.15)


def test_kurtosis_is_that_of_scipy(rng):
    z = rng.exponential(size=(300, 4)) + 2.0
    np.testing.assert_allclose(sparseness.excess_kurtosis(z), scipy.stats.kurtosis(z))
    z[:, 2] = 1.0
    assert np.isnan(sparseness.excess_kurtosis(z)[2])


def test_scale_does_not_count_and_shapes_are_checked(rng):
    z = rng.normal(size=(30, 7))
    for index in (sparseness.lifetime_sparseness, sparseness.population_sparseness):
        np.testing.assert_allclose(index(z), index(-5.0 * z))
    np.testing.assert_allclose(
        sparseness.population_sparseness(z), sparseness.lifetime_sparseness(z.T)
    )
    with pytest.raises(ValueError, match=r"z must be \(n, K\)"):
        sparseness.lifetime_sparseness(z[:1])
