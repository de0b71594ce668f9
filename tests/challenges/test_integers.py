"""Grids of integers against closed forms, numerical integrals and properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate
from scipy.stats import norm

from companion.challenges import integers
from companion.challenges.integers import (
    affine_grid,
    dequantize,
    quantize,
    symmetric_grid,
)

ends = st.floats(min_value=-1e3, max_value=1e3)


def test_affine_grid_of_unsigned_pixels_by_hand():
    grid = affine_grid(0.0, 1.0)
    assert grid.scale == pytest.approx(1 / 255)
    assert grid.zero_point == -128
    np.testing.assert_array_equal(
        quantize([0.0, 0.6, 1.0, 3.0], grid), [-128, 25, 127, 127]
    )


def test_affine_grid_of_an_uneven_range_by_hand():
    # 256 integers over 25.5: S = 0.1; -5 must be the lowest, so Z = -128 + 50.
    grid = affine_grid(-5.0, 20.5)
    assert grid.scale == pytest.approx(0.1)
    assert grid.zero_point == -78
    np.testing.assert_array_equal(quantize([-5.0, 20.5, 0.31], grid), [-128, 127, -75])


@given(a=ends, b=ends, bits=st.integers(2, 16))
def test_zero_is_exact_and_nothing_within_is_off_by_more_than_a_cell(a, b, bits):
    low, high = sorted((a, b))
    if max(high, 0.0) - min(low, 0.0) < 1e-3:
        return
    grid = affine_grid(low, high, bits)
    assert dequantize(quantize(0.0, grid), grid) == 0.0
    x = np.linspace(low, high, 101)
    # Half a cell by rounding; the ends half a cell more because 0 is moved to an integer.
    assert np.abs(dequantize(quantize(x, grid), grid) - x).max() <= 1.01 * grid.scale


@given(bits=st.integers(2, 16))
def test_symmetric_grid_reaches_the_largest_weight_of_each_column(bits):
    kernel = np.array([[1.0, -0.5, 0.0], [-2.0, 0.25, 0.0]])
    q = quantize(kernel, symmetric_grid(kernel, bits))
    top = 2 ** (bits - 1) - 1
    np.testing.assert_array_equal(np.abs(q).max(axis=0), [top, top, 0])
    assert quantize(np.full((1, 3), -1e6), symmetric_grid(kernel, bits)).min() == -top


def test_one_scale_for_a_layer_is_that_of_its_largest_weight():
    kernel = np.array([[1.0, -0.01], [-2.0, 0.004]])
    grid = symmetric_grid(kernel, 8, per_channel=False)
    assert grid.scale == pytest.approx(2 / 127)
    np.testing.assert_array_equal(quantize(kernel, grid)[:, 1], [-1, 0])


def test_rounding_error_of_a_uniform_signal_has_variance_of_a_cell_over_twelve(rng):
    x = rng.uniform(-1, 1, size=200_000)
    for bits in (4, 8):
        grid = affine_grid(-1.0, 1.0, bits)
        error = dequantize(quantize(x, grid), grid) - x
        # 200,000 draws: the mean square is known to about 0.3 %; 0 on a grid point
        # leaves half a cell at one end outside, which 4 bits show.
        rtol = 0.12 if bits == 4 else 0.015
        assert np.mean(error**2) == pytest.approx(float(grid.scale) ** 2 / 12, rel=rtol)
        ratio = integers.signal_to_noise(x, x + error)
        assert ratio == pytest.approx(integers.uniform_signal_to_noise(bits), abs=0.6)


def test_six_decibels_for_each_bit():
    assert integers.uniform_signal_to_noise(1) == pytest.approx(6.0206, abs=1e-4)
    assert integers.signal_to_noise(np.full(4, 10.0), np.full(4, 9.0)) == pytest.approx(20)


@pytest.mark.parametrize("clip", [0.5, 2.0, 4.0])
def test_what_is_cut_off_a_gaussian_agrees_with_the_integral(clip):
    last = clip * (1 - 2.0**-8)
    cut = integrate.quad(lambda x: (x - last) ** 2 * norm.pdf(x), clip, np.inf)[0]
    inside = norm.cdf(clip) - norm.cdf(-clip)
    expected = (2 * clip / 2**8) ** 2 / 12 * inside + 2 * cut
    assert integers.gaussian_error(clip, 8) == pytest.approx(expected, rel=1e-6)


def test_gaussian_error_agrees_with_a_simulation(rng):
    x = rng.normal(size=400_000)
    for clip, bits in ((1.5, 4), (2.5, 4), (3.0, 6)):
        step = 2 * clip / 2**bits
        cell = np.clip(np.floor(x / step), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        error = np.mean(((cell + 0.5) * step - x) ** 2)
        # The density is not constant within a cell; 400,000 draws are good to 1 %.
        assert integers.gaussian_error(clip, bits) == pytest.approx(error, rel=0.03)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: affine_grid(1.0, 0.0), "low must be at most high"),
        (lambda: affine_grid(0.0, np.nan), "low must be at most high"),
        (lambda: affine_grid(0.0, 0.0), "high must lie above low"),
        (lambda: affine_grid(0.0, 1.0, 1), "bits must be an integer from 2 to 16; got 1"),
        (lambda: symmetric_grid(np.zeros(3)), "kernel must be a table"),
        (lambda: symmetric_grid([[np.inf]]), "kernel must be finite"),
        (lambda: integers.gaussian_error(0.0, 8), "clip must be above 0"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
