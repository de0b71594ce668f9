"""Gabor functions by their formula, and the fit against known ones and SciPy."""

import dataclasses

import numpy as np
import pytest
from scipy.optimize import least_squares

from companion.brain import gabor

SIDE = 10


@pytest.fixture
def truth(rng):
    n = 12
    return gabor.Gabors(
        row=rng.uniform(3.0, 6.0, n),
        column=rng.uniform(3.0, 6.0, n),
        frequency=rng.uniform(0.12, 0.35, n),
        theta=rng.uniform(0.0, np.pi, n),
        sigma_u=rng.uniform(1.0, 2.0, n),
        sigma_v=rng.uniform(1.2, 2.5, n),
        amplitude=rng.uniform(0.5, 2.0, n),
        phase=rng.uniform(-np.pi, np.pi, n),
    )


def formula(row, column, frequency, theta, sigma_u, sigma_v, amplitude, phase):
    field = np.zeros((SIDE, SIDE))
    for i in range(SIDE):
        for j in range(SIDE):
            u = (j - column) * np.cos(theta) + (i - row) * np.sin(theta)
            v = -(j - column) * np.sin(theta) + (i - row) * np.cos(theta)
            window = np.exp(-(u**2) / (2 * sigma_u**2) - v**2 / (2 * sigma_v**2))
            field[i, j] = amplitude * window * np.cos(2 * np.pi * frequency * u + phase)
    return field.ravel()


def test_fields_are_the_formula(truth):
    rows = zip(*dataclasses.astuple(truth), strict=True)
    expected = np.array([formula(*row) for row in rows])
    np.testing.assert_allclose(truth.fields(SIDE), expected, atol=1e-12)
    shifted = dataclasses.replace(truth, phase=truth.phase + 0.7)
    np.testing.assert_allclose(truth.fields(SIDE, 0.7), shifted.fields(SIDE), atol=1e-12)


def test_the_fit_finds_known_functions(truth):
    fields = truth.fields(SIDE)
    found, r_squared = gabor.fit(fields)
    np.testing.assert_allclose(r_squared, 1.0, atol=1e-6)
    np.testing.assert_allclose(found.fields(SIDE), fields, atol=2e-3)
    np.testing.assert_allclose(found.frequency, truth.frequency, rtol=0.02)
    turned = np.angle(np.exp(2j * (found.theta - truth.theta))) / 2
    np.testing.assert_allclose(turned, 0.0, atol=0.02)
    np.testing.assert_allclose(found.sigma_u, truth.sigma_u, rtol=0.05)
    np.testing.assert_allclose(found.sigma_v, truth.sigma_v, rtol=0.05)


def test_r_squared_with_noise_is_that_of_scipy(truth, rng):
    fields = truth.fields(SIDE)[:4] + 0.1 * rng.normal(size=(4, SIDE**2))
    _, r_squared = gabor.fit(fields)
    for field, ours, *start in zip(
        fields, r_squared, *(v[:4] for v in dataclasses.astuple(truth)), strict=True
    ):
        best = least_squares(lambda p, field=field: formula(*p) - field, start)
        theirs = 1.0 - np.sum(best.fun**2) / np.sum(field**2)
        assert ours == pytest.approx(theirs, abs=1e-4)


def test_scale_and_sign_do_not_change_the_fit(truth, rng):
    fields = truth.fields(SIDE)[:5] + 0.3 * rng.normal(size=(5, SIDE**2))
    _, plain = gabor.fit(fields)
    found, scaled = gabor.fit(-7.0 * fields)
    np.testing.assert_allclose(plain, scaled, atol=1e-6)
    error = np.sum((found.fields(SIDE) + 7.0 * fields) ** 2, axis=1)
    np.testing.assert_allclose(
        1 - error / np.sum(49 * fields**2, axis=1), scaled, atol=1e-9
    )


@pytest.mark.parametrize("frequency", [0.06, 0.08])
def test_a_wave_of_less_than_one_cycle_per_patch_is_found(frequency):
    values = (4.5, 4.5, frequency, 0.7, 3.0, 3.0, 1.0, 0.3)
    broad = gabor.Gabors(*(np.array([value]) for value in values))
    found, r_squared = gabor.fit(broad.fields(SIDE))
    assert r_squared[0] > 0.999
    assert found.frequency[0] == pytest.approx(frequency, abs=0.015)


def test_noise_is_no_gabor_function(rng):
    _, r_squared = gabor.fit(rng.normal(size=(40, SIDE**2)))
    assert r_squared.max() < 0.5
    assert r_squared.min() >= 0.0


def test_fits_stay_in_their_bounds(rng):
    found, _ = gabor.fit(rng.normal(size=(40, SIDE**2)))
    for place in (found.row, found.column):
        assert place.min() >= 0.0
        assert place.max() <= SIDE - 1
    for sigma in (found.sigma_u, found.sigma_v):
        assert sigma.min() >= 0.5 - 1e-9
        assert sigma.max() <= SIDE + 1e-9
    assert found.frequency.min() >= 0.05 - 1e-9
    assert found.frequency.max() <= 0.5 + 1e-9


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (np.ones((2, 99)), r"fields must be \(n, side \* side\); got shape \(2, 99\)"),
        (np.eye(2, 100)[[0, 1, 1]] * [[1], [0], [1]], "got row 1 of zeros"),
    ],
)
def test_the_fit_refuses(fields, message):
    with pytest.raises(ValueError, match=message):
        gabor.fit(fields)
