"""Bars and sprites: the picture shows the factors that it was made from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.datasets import pictures

positions = st.floats(0.3, 0.7)
sizes = st.floats(0.08, 0.16)


def test_bars_are_the_union_of_their_templates():
    x, causes, truth = pictures.bars(200, seed=1, size=5)
    for image, cause in zip(x[..., 0], causes, strict=True):
        for row in range(5):
            for column in range(5):
                assert image[row, column] == max(cause[row], cause[5 + column])
    np.testing.assert_array_equal(truth["templates"][1][1], 1.0)  # second row
    np.testing.assert_array_equal(truth["templates"][5 + 2][:, 2], 1.0)  # third column
    np.testing.assert_array_equal(truth["templates"].sum(axis=(1, 2)), 5.0)


@pytest.mark.parametrize("probability", [None, 0.3])
def test_bars_are_independent_coins(probability):
    _, causes, truth = pictures.bars(20_000, size=4, probability=probability)
    p = probability or 0.25
    assert truth["probability"] == p
    # Four standard errors of a frequency; covariances of coins are zero.
    np.testing.assert_allclose(
        causes.mean(axis=0), p, atol=4 * np.sqrt(p * (1 - p) / 20_000)
    )
    covariance = np.cov(causes.T)
    np.testing.assert_allclose(covariance, p * (1 - p) * np.eye(8), atol=0.008)


@given(shape=st.integers(0, 2), x=positions, y=positions, size=sizes)
def test_a_sprite_has_its_area_and_its_center(shape, x, y, size):
    image = pictures.render_sprites([[shape, x, y, size]], image_size=64)[0, ..., 0]
    area = image.sum() / 64**2
    # Tolerances of about a tenth of a pixel: edges are covered to first order only.
    assert area == pytest.approx(np.pi * size**2, rel=0.02)
    center = (np.arange(64) + 0.5) / 64
    assert image.sum(axis=0) @ center / image.sum() == pytest.approx(x, abs=0.1 / 64)
    assert image.sum(axis=1) @ center / image.sum() == pytest.approx(y, abs=0.1 / 64)


def test_the_three_shapes():
    square, disc, triangle = pictures.render_sprites(
        [[k, 0.5, 0.5, 0.18] for k in range(3)], image_size=64
    )[..., 0]
    for image in (square, disc):
        np.testing.assert_allclose(image, image.T, atol=1e-6)
        np.testing.assert_allclose(image, image[::-1], atol=1e-6)
    # A square is full to its side, sqrt(pi) times the size; a disc is two sizes wide.
    assert (square > 0.5).any(axis=0).sum() == pytest.approx(
        64 * np.sqrt(np.pi) * 0.18, abs=1
    )
    assert (disc > 0.5).any(axis=0).sum() == pytest.approx(64 * 2 * 0.18, abs=1)
    assert square[:, 32].sum() == pytest.approx(square[:, 23].sum(), rel=1e-6)
    # A triangle that points up: mirrored left to right, each line wider than the last.
    np.testing.assert_allclose(triangle, triangle[:, ::-1], atol=1e-6)
    widths = triangle.sum(axis=1)
    inside = widths[np.flatnonzero(widths > 0)][2:-2]
    slope = np.polyfit(np.arange(len(inside)), inside, 1)[0]
    assert slope == pytest.approx(2 / np.sqrt(3), rel=0.01)  # an equilateral one


def test_sprites_show_their_factors_and_nothing_is_cut_off():
    x, y, truth = pictures.sprites(500, seed=4)
    np.testing.assert_array_equal(pictures.render_sprites(y), x)
    assert truth["factor_names"] == ("shape", "x", "y", "size")
    np.testing.assert_array_equal(x[:, [0, -1]], 0.0)
    np.testing.assert_array_equal(x[:, :, [0, -1]], 0.0)
    assert set(y[:, 0]) == {0.0, 1.0, 2.0}


def test_factors_are_uniform_and_independent():
    _, y, truth = pictures.sprites(5000, seed=6)
    for column, name in enumerate(truth["factor_names"][1:], start=1):
        low, high = truth["ranges"][name]
        assert low <= y[:, column].min()
        assert y[:, column].max() <= high
        # Uniform: mean in the middle, deviation width / sqrt(12).
        scaled = (y[:, column] - low) / (high - low)
        assert scaled.mean() == pytest.approx(0.5, abs=0.02)
        assert scaled.std() == pytest.approx(12**-0.5, abs=0.01)
    correlation = np.corrcoef(y.T)
    np.testing.assert_allclose(correlation, np.eye(4), atol=4 / np.sqrt(5000))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pictures.bars(0), "n must be at least 1; got 0"),
        (lambda: pictures.bars(5, size=1), "size must be at least 2; got 1"),
        (
            lambda: pictures.bars(5, probability=1.0),
            r"probability must be in \(0, 1\); got 1.0",
        ),
        (lambda: pictures.sprites(0), "n must be at least 1; got 0"),
        (
            lambda: pictures.sprites(5, image_size=8),
            "image_size must be at least 16; got 8",
        ),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
