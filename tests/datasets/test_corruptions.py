"""Shifts, rotations and noise against NumPy's exact versions and known moments."""

import numpy as np
import pytest
from scipy import stats

from companion.datasets import corruptions


@pytest.fixture
def x(rng):
    return rng.random((3, 6, 6, 2), dtype=np.float32)


def test_a_whole_pixel_shift_moves_rows_and_columns(x):
    moved = corruptions.shift(x, down=2, right=-1)
    np.testing.assert_array_equal(moved[:, 2:, :-1], x[:, :-2, 1:])
    assert not moved[:, :2].any()
    assert not moved[:, :, -1].any()


def test_half_a_pixel_is_the_mean_of_two_neighbors(x):
    moved = corruptions.shift(x, right=0.5)
    expected = (x[:, :, :-1] + x[:, :, 1:]) / 2
    np.testing.assert_allclose(moved[:, :, 1:], expected, rtol=1e-6)  # float32


@pytest.mark.parametrize(("degrees", "quarters"), [(90, 1), (180, 2), (-90, -1)])
def test_quarter_turns_are_counterclockwise_and_exact(x, degrees, quarters):
    turned = corruptions.rotate(x, degrees)
    # np.rot90 turns from the first axis toward the second: counterclockwise on a page.
    np.testing.assert_allclose(turned, np.rot90(x, quarters, axes=(1, 2)), atol=1e-6)


def test_noise_has_the_standard_deviation_asked_for(rng):
    gray = np.full((50, 20, 20, 1), 0.5, np.float32)
    noise = corruptions.add_noise(gray, 0.1, rng) - 0.5
    # 20,000 draws: the standard error of the std is 0.1 / sqrt(40,000) = 0.0005.
    assert noise.std() == pytest.approx(0.1, abs=0.002)
    assert noise.mean() == pytest.approx(0.0, abs=0.003)


def test_noise_on_black_is_clipped_to_half_a_normal(rng):
    noisy = corruptions.add_noise(np.zeros((50, 20, 20, 1)), 0.2, rng)
    expected = 0.2 * stats.halfnorm.mean() / 2  # half of the draws are cut to 0
    assert noisy.mean() == pytest.approx(expected, rel=0.03)  # four standard errors
    assert (noisy == 0).mean() == pytest.approx(0.5, abs=0.015)


CHANGES = {
    "shift": lambda x: corruptions.shift(x, 0.3, -1.4),
    "rotate": lambda x: corruptions.rotate(x, 33.0),
    "add_noise": lambda x: corruptions.add_noise(x, 0.3, np.random.default_rng(1)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_result_is_a_new_image_in_range_and_repeats(x, change):
    before = x.copy()
    changed = change(x)
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(changed, change(x))
    assert changed.shape == x.shape
    assert changed.dtype == np.float32
    assert changed.min() >= 0
    assert changed.max() <= 1
    assert not np.array_equal(changed, x)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.ones((4, 4)), r"x must be images .* got shape \(4, 4\)"),
        (np.full((1, 4, 4, 1), 16.0), "x must lie in .* to 16.0"),
        (np.full((1, 4, 4, 1), np.nan), "x must lie in .* nan"),
    ],
)
def test_wrong_images_are_one_clear_error(change, bad, message):
    with pytest.raises(ValueError, match=message):
        change(bad)


def test_a_negative_noise_is_refused(x, rng):
    with pytest.raises(ValueError, match="std must not be negative; got -0.1"):
        corruptions.add_noise(x, -0.1, rng)
