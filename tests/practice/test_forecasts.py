"""The order in which numbers are sent, and forecasts that are exact in whole numbers."""

import numpy as np
import pytest
from keras import ops

from companion.practice.code_rates import CodeRates, laplace_bits, shifted
from companion.practice.entropy_model import SCALES
from companion.practice.forecasts import AROUND, ONE, Forecaster, offsets, round_map
from companion.practice.train_codec import excesses, forecaster_arrays

K = 6


def random_rates(rng, sign=1.0):
    rates = CodeRates(np.ones((K, K)), np.ones((K, K)))
    for weight in (rates.beside, rates.lower, rates.around):
        weight.assign(rng.random(weight.shape))
    for weight in (rates.mean_beside, rates.mean_guides):
        weight.assign(sign * rng.normal(size=weight.shape))
    return rates


@pytest.mark.parametrize("grid", [(1, 1), (3, 11), (8, 8), (17, 20)])
def test_neighbors_of_a_number_are_sent_before_it(grid):
    rounds = round_map(*grid)
    for row, column in np.ndindex(*grid):
        which = rounds[row, column]
        for a, b in offsets(which) if which else ():
            near = row + a, column + b
            if 0 <= near[0] < grid[0] and 0 <= near[1] < grid[1]:
                assert rounds[near] < which


def test_first_round_is_every_eighth_place():
    np.testing.assert_array_equal(np.argwhere(round_map(10, 10) == 0) % 8, 0)
    assert np.bincount(round_map(64, 64).ravel()).tolist() == [
        64,
        64,
        128,
        256,
        512,
        1024,
        2048,
    ]


def test_plan_visits_every_number_once(rng):
    arrays = forecaster_arrays(random_rates(rng))
    forecaster = Forecaster(**{n: a.astype(float) for n, a in arrays.items()})
    seen = np.zeros((K, 9 * 13), dtype=int)
    for k, places, means, tables in forecaster.plan(
        np.zeros((K, 9 * 13 + 1)), (9, 13), ONE, K - 1
    ):
        assert len(places) == len(means) == len(tables)
        seen[k, places] += 1
    np.testing.assert_array_equal(seen[:-1], 1)
    np.testing.assert_array_equal(seen[-1], 0)


def test_whole_numbers_forecast_what_the_trained_layer_does(rng):
    rates = random_rates(rng)
    codes = rng.integers(-9, 10, (K, 9, 12))
    arrays = forecaster_arrays(rates)
    forecaster = Forecaster(**{n: a.astype(float) for n, a in arrays.items()})
    known = np.zeros((K, 9 * 12 + 1))
    known[:, :-1] = codes.reshape(K, -1)
    step = 0.25
    mean, scale = (
        ops.convert_to_numpy(a)[0].transpose(2, 0, 1).reshape(K, -1)
        for a in rates.forecast(
            ops.convert_to_tensor(codes.transpose(1, 2, 0)[None].astype("float32")),
            ops.convert_to_tensor([np.float32(np.log(step))]),
        )
    )
    off = 0
    for k, places, means, tables in forecaster.plan(known, (9, 12), round(ONE / step), K):
        # Weights are rounded to 1 / 4096, so that a number at an edge may fall either way.
        assert np.abs(means - mean[k, places]).max() < 0.5 + 0.05
        off += np.abs(
            tables - np.searchsorted(SCALES, scale[k, places], side="right")
        ).sum()
    assert off <= 0.04 * codes.size


def test_forecast_of_a_number_ignores_itself_and_what_follows(rng):
    rates = random_rates(rng)
    codes = rng.integers(-9, 10, (1, 8, 8, K)).astype("float32")
    log_step = ops.convert_to_tensor([np.float32(-1.0)])
    before = [ops.convert_to_numpy(a) for a in rates.forecast(codes, log_step)]
    row, column, k = 3, 5, 2  # in the last round of channel 2
    changed = codes.copy()
    changed[0, row, column, k] += 5
    changed[0, :, :, k + 1 :] += 1
    after = [ops.convert_to_numpy(a) for a in rates.forecast(changed, log_step)]
    for a, b in zip(before, after, strict=True):
        np.testing.assert_allclose(a[0, row, column, k], b[0, row, column, k], rtol=1e-6)
        np.testing.assert_allclose(a[..., :k], b[..., :k], rtol=1e-6)
        assert np.abs(a[..., k + 1 :] - b[..., k + 1 :]).max() > 1e-3


def test_forgetting_leaves_one_distribution_for_each_channel(rng):
    rates = random_rates(rng)
    rates.forget_others()
    codes = rng.integers(-9, 10, (1, 8, 8, K)).astype("float32")
    mean, scale = rates.forecast(codes, ops.convert_to_tensor([np.float32(-1.0)]))
    np.testing.assert_array_equal(ops.convert_to_numpy(mean), 0.0)
    assert np.ptp(ops.convert_to_numpy(scale), axis=(0, 1, 2)).max() == 0


def test_bits_are_those_of_a_distribution(rng):
    rates = CodeRates(np.ones((K, K)), np.ones((K, K)))
    numbers = np.arange(-400, 401).astype("float32")
    for scale in (0.05, 0.7, 3.0, 20.0):
        bits = ops.convert_to_numpy(rates.bits(numbers, np.full_like(numbers, scale)))
        assert np.sum(2.0**-bits) == pytest.approx(1.0, abs=1e-3)


def test_laplace_bits_against_scipy(rng):
    from scipy.stats import laplace

    y, scale = rng.normal(0, 3, 200), rng.uniform(0.1, 5, 200)
    mass = laplace.cdf(y + 0.5, scale=scale) - laplace.cdf(y - 0.5, scale=scale)
    found = ops.convert_to_numpy(laplace_bits(y.astype("float32"), scale.astype("float32")))
    sure = mass > 1e-9
    np.testing.assert_allclose(found[sure], -np.log2(mass[sure]), rtol=1e-4, atol=1e-4)


def test_shifted_brings_the_place_asked_for(rng):
    y = rng.normal(size=(1, 4, 5, 2)).astype("float32")
    for row, column in (*AROUND, (-4, 0), (2, -3), (0, 9)):
        found = ops.convert_to_numpy(shifted(y, row, column))
        for a, b in np.ndindex(4, 5):
            inside = 0 <= a + row < 4 and 0 <= b + column < 5
            expected = y[0, a + row, b + column] if inside else 0.0
            np.testing.assert_array_equal(found[0, a, b], expected)


def test_excesses_are_codes_less_means(rng):
    arrays = forecaster_arrays(random_rates(rng, sign=0.0))  # all means are 0
    forecaster = Forecaster(**{n: a.astype(float) for n, a in arrays.items()})
    codes = rng.integers(-9, 10, (K, 5, 7))
    excess, tables = excesses(forecaster, codes, ONE)
    assert sorted(excess) == sorted(codes.ravel())
    assert len(tables) == codes.size
