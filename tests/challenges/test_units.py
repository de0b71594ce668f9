"""Measures of units against cells whose answer is known."""

import numpy as np
import pytest

from companion.brain import gabor, receptive_fields
from companion.challenges import units


def gabors(n, side=16, frequency=0.2, sigma_u=2.5, sigma_v=3.0, **changes):
    values = {
        "row": (side - 1) / 2,
        "column": (side - 1) / 2,
        "frequency": frequency,
        "theta": np.pi * np.arange(n) / n,
        "sigma_u": sigma_u,
        "sigma_v": sigma_v,
        "amplitude": 1.0,
        "phase": np.pi / 2,
    }
    shaped = {k: np.broadcast_to(v, n).astype(float) for k, v in (values | changes).items()}
    return gabor.Gabors(**shaped)


def test_tuning_finds_the_orientation_of_gabor_functions():
    found = units.tuning(gabors(6).fields(16))
    np.testing.assert_allclose(found.orientation, np.pi * np.arange(6) / 6, atol=1e-9)


def test_half_width_is_that_of_the_closed_form():
    found = units.tuning(gabors(2).fields(16))
    differences = np.radians(np.linspace(0, 60, 6001))
    curve = receptive_fields.gabor_tuning(0.2, 2.5, 3.0, differences)
    expected = np.degrees(differences[np.argmax(curve < 0.5)])
    # Orientations are 5 degrees apart, and the best frequency is a little off 0.2.
    np.testing.assert_allclose(found.half_width_deg, expected, atol=1.5)


def test_octaves_are_those_of_the_gaussian_spectrum():
    # |w| falls to half at f +- sqrt(2 ln 2) / (2 pi sigma_u); negative frequencies vanish.
    found = units.tuning(gabors(2).fields(16))
    half = np.sqrt(2 * np.log(2)) / (2 * np.pi * 2.5)
    expected = np.log2((0.2 + half) / (0.2 - half))
    np.testing.assert_allclose(found.octaves, expected, rtol=0.05)


def test_a_curve_that_stays_high_has_no_bandwidth():
    assert np.isnan(units.octaves(np.linspace(1.0, 0.1, len(units.FREQUENCIES))))


def test_shapes_are_widths_in_cycles():
    share, oriented, across, along = units.gabor_shapes(gabors(6).fields(16))
    assert (share, oriented) == (1.0, 1.0)
    np.testing.assert_allclose(across, 0.2 * 2.5, rtol=1e-2)
    np.testing.assert_allclose(along, 0.2 * 3.0, rtol=1e-2)


def test_single_pixels_are_fitted_but_not_oriented():
    fields = np.eye(64)[[18, 27, 36]]
    share, oriented, *_ = units.gabor_shapes(np.vstack([fields, np.zeros(64)]))
    assert (share, oriented) == (0.75, 0.0)


def test_orientation_bias_of_known_distributions():
    even = np.pi * np.arange(8) / 8
    assert units.orientation_bias(even) == pytest.approx(0.0, abs=1e-12)
    assert units.orientation_bias([0.3, 0.3 + np.pi]) == pytest.approx(1.0)
    assert units.orientation_bias([0.0, np.pi / 2]) == pytest.approx(0.0, abs=1e-12)


def test_white_noise_finds_the_field_of_a_rectified_cell(rng):
    field = gabors(1, side=8).fields(8)[0]
    field -= field.mean()
    found = units.driving_fields(
        lambda x: receptive_fields.simple_cell(x, field)[:, None], 64, seed=0
    )[0]
    cosine = found @ field / np.linalg.norm(found) / np.linalg.norm(field)
    assert cosine > 0.97
    assert found.mean() == pytest.approx(0.0, abs=1e-14)


def test_a_constant_added_to_a_response_leaves_the_field_as_it_is(rng):
    weights = rng.normal(size=(64, 3))
    bare = units.driving_fields(lambda x: x @ weights, 64, seed=0)
    shifted = units.driving_fields(lambda x: x @ weights + [0.0, 10.0, -50.0], 64, seed=0)
    np.testing.assert_allclose(shifted, bare, atol=1e-9)


def test_units_of_independent_gaussians(rng):
    z = rng.normal(size=(4000, 12))
    found = units.of_units(z, gabors(12).fields(16))
    assert found["kurtosis"] == pytest.approx(0.0, abs=0.15)
    assert found["lifetime"] == pytest.approx(1 - 2 / np.pi, abs=0.02)
    assert found["bias"] == pytest.approx(0.0, abs=1e-9)
    assert found["Gabor"] == 1.0


def test_the_macaque_has_79_cells_and_most_have_few_subfields():
    """Row and column sums of the table in vonenet/params.py of Dapello et al. (2020)."""
    assert units.MACAQUE_COUNTS.sum(axis=1).tolist() == [3, 22, 42, 12, 0]
    assert units.MACAQUE_COUNTS.sum(axis=0).tolist() == [11, 11, 25, 25, 7]
    np.testing.assert_allclose(
        np.log10(units.SHAPE_EDGES), [-1, -0.76, -0.52, -0.28, -0.04, 0.2]
    )


def test_shapes_are_counted_in_their_class_and_none_is_lost(rng):
    across, along = 10 ** rng.uniform(-1, 0.2, (2, 500))
    edges = units.SHAPE_EDGES
    expected = np.histogram2d(across, along, bins=(edges, edges))[0]
    np.testing.assert_array_equal(units.shape_counts(across, along), expected)
    extreme = units.shape_counts(np.array([0.01, 9.0]), np.array([9.0, 0.01]))
    assert (extreme[0, 4], extreme[4, 0], extreme.sum()) == (1, 1, 2)
