"""Frequencies, code lengths, and the range coder that must give back what it was given."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.practice import entropy_model
from companion.practice.entropy_model import (
    ESCAPE,
    LARGEST,
    MAX_CODE,
    N_SYMBOLS,
    N_TABLES,
    SCALES,
    SHIFTS,
    TOTAL,
    CorruptPayload,
    EntropyModel,
    fit_tables,
    to_frequencies,
    to_symbols,
)
from companion.practice.forecasts import ONE, Forecaster

K, PER_STEP = 5, 3 * ONE


def forecaster(rng):
    weights = {
        "floor": 0.3 + 0.2 * rng.random(K),
        "base": 0.1 + 2.0 * rng.random(K),
        "beside": 0.2 * rng.random((7, K)),
        "lower": np.triu(0.3 * rng.random((K, K)), 1),
        "around": np.triu(0.05 * rng.random((K, K)), 1),
        "mean_beside": 0.25 * rng.random((7, K)),
        "mean_guides": 0.1
        * rng.normal(size=(27, K))
        * np.tile(np.triu(np.ones((3, K)), 1), (9, 1)),
        "thresholds": SCALES,
    }
    return Forecaster(**{name: np.rint(w * ONE) for name, w in weights.items()})


@pytest.fixture
def model(rng):
    tables = np.repeat(np.arange(N_TABLES), 50)
    middle = np.concatenate((SCALES[:1], SCALES))[tables]
    return EntropyModel(
        forecaster(rng), fit_tables(np.rint(rng.laplace(0, middle)).astype(int), tables)
    )


def test_frequencies_are_positive_and_add_up(rng):
    found = to_frequencies(rng.exponential(size=(40, N_SYMBOLS)) ** 6).astype(int)
    assert found.min() >= 1
    np.testing.assert_array_equal(found.sum(axis=1), TOTAL)


def test_frequencies_are_shares_to_within_what_the_smallest_take():
    counts = np.arange(1.0, 65.0)[np.newaxis]
    found = to_frequencies(counts) / TOTAL
    np.testing.assert_allclose(found, counts / counts.sum(), atol=2 * N_SYMBOLS / TOTAL)


def test_symbols_keep_the_number(rng):
    tables = np.arange(N_TABLES).repeat(200)
    excess = rng.integers(-40_000, 40_000, len(tables)) >> rng.integers(0, 16, len(tables))
    symbols, digits, beyond = to_symbols(excess, tables)
    rest = np.where(
        symbols == ESCAPE, np.sign(beyond) * LARGEST + beyond, symbols - LARGEST
    )
    np.testing.assert_array_equal((rest << SHIFTS[tables]) + digits, excess)
    assert ((digits >= 0) & (digits < 1 << SHIFTS[tables])).all()
    np.testing.assert_array_equal(symbols == ESCAPE, beyond != 0)


def test_tables_learn_the_distribution(rng):
    numbers = rng.integers(-2, 3, 50_000)  # uniform on five numbers: log2(5) bits
    frequencies = fit_tables(numbers, np.full(50_000, 10))
    bits = -np.log2(frequencies[10, numbers + LARGEST] / TOTAL)
    assert bits.mean() == pytest.approx(np.log2(5), rel=0.005)
    np.testing.assert_array_equal(frequencies[10, :ESCAPE], frequencies[10, :ESCAPE][::-1])


@pytest.mark.parametrize("scale", [0.0, 0.3, 5.0, 300.0, 200_000.0])
@pytest.mark.parametrize("grid", [(1, 1), (1, 9), (5, 2), (17, 12)])
def test_decoder_gives_back_the_codes(model, rng, scale, grid):
    codes = np.rint(rng.laplace(0, scale, (K, *grid))).astype(np.int64)
    codes = np.clip(codes, 1 - MAX_CODE, MAX_CODE - 1)
    payload, n_sent = model.encode(codes, PER_STEP)
    np.testing.assert_array_equal(
        model.decode(payload, codes.shape, PER_STEP, n_sent), codes
    )


def test_payload_has_the_length_that_the_tables_promise(model, rng):
    values = rng.laplace(0, 3.0, (K, 40, 50))
    codes, bits = model.choose(values, PER_STEP)
    np.testing.assert_array_equal(codes, np.rint(values))
    payload, _ = model.encode(codes, PER_STEP)
    assert 8 * len(payload) == pytest.approx(bits, rel=0.002)


def test_trailing_channels_of_zeros_cost_nothing(model, rng):
    codes = np.zeros((K, 6, 6), dtype=np.int64)
    codes[0] = rng.integers(-3, 4, (6, 6))
    payload, n_sent = model.encode(codes, PER_STEP)
    assert n_sent == 1
    np.testing.assert_array_equal(model.decode(payload, codes.shape, PER_STEP, 1), codes)


def test_a_price_saves_more_than_it_loses(model, rng):
    values, price = rng.laplace(0, 1.0, (K, 20, 20)), 0.1155
    plain, plain_bits = model.choose(values, PER_STEP)
    cheap, cheap_bits = model.choose(values, PER_STEP, price)
    cost = [
        price * b + ((c - values) ** 2).sum()
        for c, b in ((plain, plain_bits), (cheap, cheap_bits))
    ]
    assert cheap_bits < plain_bits
    assert cost[1] < cost[0]
    assert np.abs(cheap - plain).max() == 1


def test_codes_that_are_too_large_are_refused(model):
    codes = np.zeros((K, 2, 2), dtype=np.int64)
    codes[0, 0, 0] = -MAX_CODE
    with pytest.raises(ValueError, match="below 1048576"):
        model.encode(codes, PER_STEP)


@settings(max_examples=300)
@given(words=st.binary(max_size=64), n_sent=st.integers(0, K))
def test_no_bytes_break_the_decoder(words, n_sent):
    model = EntropyModel(
        forecaster(np.random.default_rng(0)),
        fit_tables(np.zeros(0, dtype=int), np.zeros(0, dtype=int)),
    )
    payload = words[: len(words) // 4 * 4]
    try:
        codes = model.decode(payload, (K, 4, 5), PER_STEP, n_sent)
    except CorruptPayload:
        return
    assert np.abs(codes).max() < MAX_CODE


def test_leftover_bytes_are_found(model, rng):
    codes = rng.integers(-3, 4, (K, 6, 6))
    payload, n_sent = model.encode(codes, PER_STEP)
    with pytest.raises(CorruptPayload, match="left over"):
        model.decode(payload + payload, codes.shape, PER_STEP, n_sent)


def test_shifts_leave_scales_that_the_symbols_reach():
    middle = np.concatenate((SCALES[:1], SCALES)) / 2.0**SHIFTS
    assert middle.max() <= 6.0 * (1 + 1e-6)
    assert (SHIFTS[np.concatenate((SCALES[:1], SCALES)) <= 6.0] == 0).all()
    assert entropy_model.SHIFTS.max() < 32
