"""The power law is found where it was put in."""

import numpy as np
import pytest
from scipy.optimize import curve_fit

from companion import datasets
from companion.challenges import learning_curves as lc

N = np.array([20, 40, 80, 160, 320, 640])


@pytest.mark.parametrize(
    ("floor", "scale", "exponent"), [(0.02, 2.0, 0.5), (0, 3.0, 0.8), (0.1, 1, 1)]
)
def test_a_power_law_is_recovered(floor, scale, exponent):
    found = lc.fit_power_law(N, floor + scale * N ** -float(exponent))
    np.testing.assert_allclose(found, (floor, scale, exponent), rtol=1e-6, atol=1e-9)


def test_a_noisy_curve_is_fitted_as_well_as_by_scipy_with_relative_deviations(rng):
    error = (0.05 + 2.0 * N**-0.6) * np.exp(0.1 * rng.normal(size=6))

    def law(n, a, b, c):
        return a + b * n**-c

    expected, _ = curve_fit(law, N, error, p0=(0.05, 2, 0.6), sigma=error)
    misfits = [
        np.sum((law(N, *found) / error - 1) ** 2)
        for found in (lc.fit_power_law(N, error), expected)
    ]
    assert misfits[0] == pytest.approx(misfits[1], rel=1e-3)


def test_the_floor_is_never_negative_and_a_rising_curve_is_flat():
    steep = 1.0 * N**-0.5 - 0.03  # would need a negative floor
    floor, scale, _ = lc.fit_power_law(N, steep)
    assert floor == 0
    assert scale > 0
    floor, scale, _ = lc.fit_power_law(N, 0.1 * N**0.3)
    assert scale == 0
    assert floor > 0


def test_many_curves_are_fitted_at_once():
    curves = np.stack([0.1 + 1.0 * N**-0.5, 2.0 * N**-1.0])
    floor, scale, exponent = lc.fit_power_law(N, curves)
    np.testing.assert_allclose(exponent, [0.5, 1.0])
    np.testing.assert_allclose(lc.power_law(N, floor, scale, exponent), curves)


def test_resampled_means_spread_as_the_standard_error(rng):
    values = rng.normal(size=(50, 2))
    means = lc.resampled_means(values, 4000, rng)
    expected = values.std(axis=0) / np.sqrt(50)
    np.testing.assert_allclose(means.std(axis=0), expected, rtol=0.05)


def test_more_examples_help_and_the_training_error_is_lower():
    data = datasets.load("digits").flat()
    settings = {"width": 8, "n_steps": 60, "latent_dim": 4}
    for kind in ("classifier", "autoencoder"):
        few = lc.train_and_measure(kind, 20, [0, 1], data, **settings)
        many = lc.train_and_measure(kind, 400, [0, 1], data, **settings)
        assert few[0].mean() < few[1].mean()
        assert many[1].mean() < few[1].mean()


def test_bad_calls_are_refused():
    data = datasets.load("digits").flat()
    with pytest.raises(ValueError, match="n must be at least three different sizes"):
        lc.fit_power_law([1, 2], [0.1, 0.2])
    with pytest.raises(ValueError, match="error must be 6 numbers above 0"):
        lc.fit_power_law(N, np.zeros(6))
    with pytest.raises(ValueError, match="n must be at most 1077; got 2000"):
        lc.train_and_measure("classifier", 2000, [0], data, width=2, n_steps=1)
    with pytest.raises(ValueError, match="kind must be"):
        lc.train_and_measure("tree", 20, [0], data, width=2, n_steps=1)
