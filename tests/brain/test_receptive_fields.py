"""Tuning and phase against closed forms of Gabor functions and rectified sinusoids."""

import numpy as np
import pytest
from scipy.optimize import brentq

from companion.brain import gabor, receptive_fields

SIDE, FREQUENCY, THETA, SIGMA_U, SIGMA_V = 41, 0.15, 0.6, 3.0, 4.0
PHASES = 2 * np.pi * np.arange(32) / 32


@pytest.fixture
def cell():
    values = (20.0, 20.0, FREQUENCY, THETA, SIGMA_U, SIGMA_V, 1.0, 0.4)
    return gabor.Gabors(*(np.array([value]) for value in values))


def test_a_grating_is_the_formula():
    stimuli = receptive_fields.gratings(5, 0.25, [0.0, np.pi / 2], [0.0, 0.3])
    u = np.arange(5) - 2.0
    across = stimuli.reshape(2, 2, 5, 5)[0, 1]
    np.testing.assert_allclose(across, np.cos(np.pi / 2 * u + 0.3) * np.ones((5, 1)))
    down = stimuli.reshape(2, 2, 5, 5)[1, 0]
    np.testing.assert_allclose(
        down, np.cos(np.pi / 2 * u)[:, None] * np.ones(5), atol=1e-12
    )


def test_tuning_of_a_gabor_function_is_the_closed_form(cell):
    thetas = THETA + np.radians([0, 5, 12, 20, 35, 170, 180, -95])
    curve = receptive_fields.tuning_curve(cell.fields(SIDE)[0], FREQUENCY, thetas)
    expected = receptive_fields.gabor_tuning(FREQUENCY, SIGMA_U, SIGMA_V, thetas - THETA)
    # The negative frequency adds exp(-2 pi^2 (2 f)^2 sigma_u^2) = 1e-7 at most.
    np.testing.assert_allclose(curve / curve[0], expected, atol=1e-5)
    # Sum of the field times the wave: amplitude times pi sigma_u sigma_v.
    assert curve[0] == pytest.approx(np.pi * SIGMA_U * SIGMA_V, rel=1e-5)


def test_half_width_is_the_root_of_the_closed_form(cell):
    thetas = np.radians(np.arange(180.0))
    curve = receptive_fields.tuning_curve(cell.fields(SIDE)[0], FREQUENCY, thetas)
    root = brentq(
        lambda d: receptive_fields.gabor_tuning(FREQUENCY, SIGMA_U, SIGMA_V, d) - 0.5,
        0.01,
        1.5,
    )
    width = receptive_fields.half_width_deg(thetas, curve)
    assert width == pytest.approx(np.degrees(root), abs=0.3)


def test_half_width_of_a_triangle_and_of_a_flat_curve():
    thetas = np.radians(np.arange(0, 180, 10))
    away = np.abs((np.arange(0, 180, 10) - 30 + 90) % 180 - 90)
    assert receptive_fields.half_width_deg(
        thetas, np.maximum(0, 1 - away / 50)
    ) == pytest.approx(25.0)
    assert receptive_fields.half_width_deg(thetas, np.ones(18)) == 90.0


def test_simple_cells_are_modulated_and_complex_cells_are_not(cell):
    even, odd = cell.fields(SIDE)[0], cell.fields(SIDE, np.pi / 2)[0]
    drift = receptive_fields.gratings(SIDE, FREQUENCY, [THETA], PHASES)[0]
    simple = receptive_fields.simple_cell(drift, even)
    # 32 phases: the mean of the rectified cosine is 1 / pi within 0.4 %.
    assert receptive_fields.modulation_ratio(simple) == pytest.approx(np.pi / 2, rel=5e-3)
    energy = receptive_fields.complex_cell(drift, even, odd)
    assert receptive_fields.modulation_ratio(energy) == pytest.approx(0.0, abs=1e-4)
    assert np.ptp(energy) / energy.mean() < 1e-4


def test_a_single_square_doubles_the_frequency(cell):
    field = cell.fields(SIDE)[0]
    drift = receptive_fields.gratings(SIDE, FREQUENCY, [THETA], PHASES)[0]
    square = receptive_fields.complex_cell(drift, field, np.zeros_like(field))
    assert receptive_fields.modulation_ratio(square) == pytest.approx(0.0, abs=1e-6)
    assert square.min() / square.max() < 0.01


def test_preferred_frequency_is_that_of_the_gabor_function_at_any_phase_and_place():
    n = 6
    cells = gabor.Gabors(
        row=np.array([20.0, 20.0, 23.0, 17.0, 20.0, 18.0]),
        column=np.array([20.0, 20.0, 17.0, 22.0, 20.0, 25.0]),
        frequency=np.array([0.1, 0.1, 0.15, 0.2, 0.2, 0.3]),
        theta=np.array([0.0, 2.0, 0.6, 1.5, 3.0, 0.9]),
        sigma_u=np.full(n, 4.0),
        sigma_v=np.full(n, 4.0),
        amplitude=np.ones(n),
        phase=np.array([0.0, np.pi / 2, 0.8, 0.4, np.pi / 2, 1.2]),
    )
    frequencies, thetas = np.arange(0.05, 0.5, 0.005), np.radians(np.arange(0, 180, 3))
    found = receptive_fields.preferred_frequency(cells.fields(SIDE), frequencies, thetas)
    # The negative frequency adds exp(-2 pi^2 (2 f sigma)^2) = 3e-6 at most.
    np.testing.assert_allclose(found, cells.frequency, atol=1e-9)


def test_white_noise_finds_the_weights_of_a_linear_and_half_of_a_rectified_cell(rng):
    weights = rng.normal(size=(3, 8))
    respond = {1.0: lambda x: x @ weights.T, 0.5: lambda x: np.maximum(0, x @ weights.T)}
    for share, cell in respond.items():
        found = receptive_fields.white_noise_fields(cell, 8, 100_000, rng)
        np.testing.assert_allclose(found, share * weights, atol=0.05)


def test_modulation_of_a_raised_sinusoid_is_its_relative_amplitude():
    responses = np.stack([2.0 + np.cos(PHASES - 1.0), 3.0 + 0.0 * PHASES])
    np.testing.assert_allclose(
        receptive_fields.modulation_ratio(responses), [0.5, 0.0], atol=1e-12
    )


def test_gratings_refuse_what_pixels_cannot_show():
    with pytest.raises(ValueError, match="frequency must be from 0 to 0.5; got 0.6"):
        receptive_fields.gratings(8, 0.6, [0.0], [0.0])
