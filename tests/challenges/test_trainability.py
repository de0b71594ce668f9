"""The share of starts that train: counted on other seeds than those that chose the rate."""

from functools import partial

import numpy as np
import pytest

from companion.challenges import deep, trainability
from companion.networks.parameters import map_arrays

SHAPE = deep.Shape(5, 2, 6, 1)
SETTINGS = {"tuning_seeds": (0, 1), "seeds": (2, 3, 4), "n_steps": 40}


@pytest.fixture
def data(rng):
    angles = rng.uniform(0, 2 * np.pi, size=120)
    x = 0.5 + 0.4 * np.stack([np.cos(angles + k) for k in range(5)], axis=1)
    return x[:60], x[60:90], x[90:]


def train_tuned(data, rates, start=None, **changed):
    start = start or partial(deep.init, SHAPE)
    return trainability.train_tuned(SHAPE, start, *data, rates=rates, **SETTINGS | changed)


def test_errors_are_those_of_single_trainings_at_the_best_rate(data):
    rates = (1e-4, 3e-2, 1e-3)
    outcome = train_tuned(data, rates)
    assert (outcome.rate, outcome.at_edge) == (3e-2, False)
    found = zip((2, 3, 4), outcome.errors, outcome.train_errors, strict=True)
    for seed, error, train_error in found:
        params = map_arrays(np.float32, deep.init(SHAPE, (seed,)))
        params, _ = deep.train(SHAPE, params, data[0], learning_rate=3e-2, n_steps=40)
        np.testing.assert_allclose(error, deep.errors(SHAPE, params, data[2])[0], rtol=1e-5)
        np.testing.assert_allclose(
            train_error, deep.errors(SHAPE, params, data[0])[0], rtol=1e-5
        )


def test_the_rate_is_chosen_on_validation_inputs_and_no_others(data):
    x, x_val, x_test = data
    rates = (1e-4, 3e-2, 1e-3)
    # Validation inputs that only a network without training answers well.
    untrained = deep.init(SHAPE, (0,))
    odd = np.clip(deep.reconstruct(SHAPE, untrained, x_val)[0], 0, 1)
    assert train_tuned((x, odd, x_test), rates).rate != 3e-2
    assert train_tuned((x, x_val, odd), rates).rate == 3e-2


def test_every_tuning_seed_is_started_once_and_tried_at_every_rate(data):
    asked = []

    def start(seeds):
        asked.append(list(seeds))
        return deep.init(SHAPE, seeds)

    train_tuned(data, (1e-4, 1e-3, 3e-2), start)
    assert asked == [[0, 1], [2, 3, 4]]


def test_a_best_rate_at_the_edge_is_told(data):
    assert train_tuned(data, (3e-2, 1e-4)).at_edge
    assert train_tuned(data, (1e-4, 3e-2)).at_edge


def test_the_share_counts_errors_below_the_goal():
    outcome = trainability.Outcome(1.0, False, np.array([0.1, 0.2, 0.3, np.inf]), None)
    assert outcome.share(0.25) == 0.5
    assert outcome.share(0.2) == 0.25


def test_a_training_that_breaks_down_counts_as_failed(data):
    def broken(seeds):
        params = deep.init(SHAPE, seeds)
        params[0][0] = params[0][0] * np.nan
        return params

    assert np.all(np.isinf(train_tuned(data, (1e-2,), broken).errors))


def test_tuning_seeds_are_not_counted(data):
    with pytest.raises(ValueError, match="seeds must not be those"):
        train_tuned(data, (1e-2,), seeds=(1, 2))
