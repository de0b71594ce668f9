"""Holes are filled, known pixels stay, and a map that makes no sense is refused."""

from functools import partial

import numpy as np
import pytest

from companion.practice.denoiser import denoise
from companion.practice.filling import fill, filled
from companion.practice.shrinkage import ShrinkageDenoiser

CLEAN = partial(denoise, ShrinkageDenoiser())


@pytest.fixture
def waves():
    rows, columns = np.mgrid[:48, :48]
    return (0.5 + 0.3 * np.sin(rows / 3.0) * np.cos(columns / 4.0)).astype(np.float32)


def test_known_pixels_stay_and_holes_come_closer_round_by_round(waves, rng):
    known = (rng.random(waves.shape) > 0.4).astype(float)
    found = fill(CLEAN, waves * known, known)
    np.testing.assert_array_equal(found[known == 1], waves[known == 1])
    errors = [
        np.mean((answer - waves)[known == 0] ** 2)
        for answer in (filled(waves * known, known), found)
    ]
    assert errors[1] < 0.5 * errors[0]


def test_what_stands_in_a_hole_does_not_matter(waves, rng):
    known = (rng.random(waves.shape) > 0.4).astype(float)
    a, b = (np.where(known > 0, waves, trash) for trash in (0.0, 0.9))
    np.testing.assert_array_equal(fill(CLEAN, a, known), fill(CLEAN, b, known))


def test_salt_and_pepper_is_found_without_a_map(waves, rng):
    noisy = waves.copy()
    hit = rng.random(waves.shape) < 0.1
    noisy[hit] = rng.integers(0, 2, hit.sum())
    found = fill(CLEAN, noisy)
    assert np.sqrt(np.mean((found - waves) ** 2)) < 0.02


def test_levels_fall_by_equal_factors_and_each_round_begins_with_the_last(waves):
    seen = []

    def clean(x, level):
        seen.append((level, x.copy()))
        return x + 10 * level

    known = np.ones_like(waves)
    known[20:30, 20:30] = 0
    found = fill(clean, waves, known, first=0.01, last=0.00125)
    levels = [level for level, _ in seen]
    np.testing.assert_allclose(np.divide(levels[1:], levels[:-1]), 8 ** (-1 / 7))
    assert (levels[0], levels[-1]) == pytest.approx((0.01, 0.00125))
    start = filled(waves, known)[25, 25]
    expected = np.clip(start + 10 * np.cumsum(levels), 0, 1)
    values = [x[25, 25] for _, x in seen[1:]] + [found[25, 25]]
    np.testing.assert_allclose(values, expected, rtol=1e-5)
    for _, x in seen:
        np.testing.assert_array_equal(x[known == 1], waves[known == 1])


def test_a_constant_image_is_filled_with_its_constant():
    known = np.zeros((60, 60))
    known[30, 30] = 1
    np.testing.assert_allclose(filled(0.3 * known, known), 0.3, atol=1e-6)


@pytest.mark.parametrize(
    ("known", "message"),
    [
        (np.ones((3, 3)), "shaped as image"),
        (np.zeros((8, 8)), "at least once"),
        (np.full((8, 8), 0.5), "0 or 1"),
    ],
)
def test_refuses(known, message):
    with pytest.raises(ValueError, match=message):
        fill(CLEAN, np.full((8, 8), 0.5), known)
