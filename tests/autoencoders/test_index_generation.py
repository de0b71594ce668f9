"""Generated rows of several runs: each is drawn, decoded and judged by its own run."""

from types import SimpleNamespace

import numpy as np
import pytest

from companion.autoencoders.codebooks import CodebookRuns, decode_indices
from companion.autoencoders.index_generation import generate, judge_generated
from companion.autoencoders.index_priors import judge_rows
from companion.autoencoders.quantized import VQAutoencoder


@pytest.fixture
def x(rng):
    return rng.uniform(size=(40, 8, 8, 1)).astype("float32")


@pytest.fixture
def runs(x):
    weights = []
    for seed in (0, 1):
        model = VQAutoencoder((8, 8, 1), 6, 3, (4, 5), seed=seed)
        model.start_at_data(x, seed)
        weights.append(model.get_weights())
    return CodebookRuns(model, weights, 6, np.ones((2, 1)))


def test_rows_are_drawn_with_the_shares_of_their_run(runs, x):
    rows = generate(runs, x, 0, 3000)
    assert rows.shape == (2, 3000, 4)
    for drawn, train in zip(rows, runs.indices(x), strict=True):
        for place in range(4):
            counts = np.bincount(train[:, place], minlength=6) + 2 / 6
            found = np.bincount(drawn[:, place], minlength=6) / 3000
            np.testing.assert_allclose(found, counts / 42, atol=0.04)


def test_tables_look_back_and_are_smoothed_as_they_are_told(rng):
    pairs = np.repeat(rng.integers(0, 6, (500, 1)), 2, axis=1)
    runs = SimpleNamespace(indices=lambda x: pairs[None], n_entries=6)
    settings = {"back": (1, 2.0), "alone": (0, 2.0), "smooth": (1, 1e6)}
    equal = {}
    for name, (n_previous, strength) in settings.items():
        rows = generate(runs, None, n_previous, 400, strength=strength)[0]
        equal[name] = np.mean(rows[:, 0] == rows[:, 1])
    assert equal["back"] > 0.95
    assert max(equal["alone"], equal["smooth"]) < 0.3


def test_each_run_is_judged_with_its_own_decoder(runs, x):
    rows = generate(runs, x[:20], -1, 20, seed=1)
    found = judge_generated(runs, rows, x[:20], x[20:])
    for i in range(2):
        train, test = runs.indices(x[:20])[i], runs.indices(x[20:])[i]
        runs.model.set_weights(runs.weights[i])
        expected = judge_rows(
            rows[i], test, train, lambda r: decode_indices(runs.model, r), x[20:]
        )
        np.testing.assert_allclose(found[i], expected, rtol=1e-5)


def test_real_indices_are_copies_of_themselves(runs, x):
    rows = runs.indices(x[:20])
    np.testing.assert_allclose(judge_generated(runs, rows, x[:20], x[20:])[:, 2], 1.0)


def test_several_draws_are_judged_one_by_one_and_averaged(runs, x):
    rows = generate(runs, x[:20], 0, 40)
    first, second = (
        judge_generated(runs, part, x[:20], x[20:]) for part in np.split(rows, 2, axis=1)
    )
    both = judge_generated(runs, rows, x[:20], x[20:])
    np.testing.assert_allclose(both, (first + second) / 2)
    with pytest.raises(ValueError, match="multiple of 20 .* got 30"):
        judge_generated(runs, rows[:, :30], x[:20], x[20:])
