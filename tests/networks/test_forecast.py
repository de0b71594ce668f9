"""Prediction of the next value, on signals whose best prediction is known."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from companion import datasets
from companion.networks import forecast, recurrent
from companion.networks import sequence_learning as learning
from companion.networks.parameters import leaves, map_arrays


def second_order(rng, n=200, n_steps=40):
    """x_t = 1.2 x_(t-1) - 0.6 x_(t-2) + 0.3 + noise of standard deviation 0.5."""
    x = np.zeros((n, n_steps + 60))
    for t in range(2, x.shape[1]):
        x[:, t] = 1.2 * x[:, t - 1] - 0.6 * x[:, t - 2] + 0.3 + 0.5 * rng.normal(size=n)
    return x[:, 60:]


def test_least_squares_recovers_an_autoregression(rng):
    x = second_order(rng)
    coefficients = forecast.fit_autoregression(x, 2)
    np.testing.assert_allclose(coefficients, [-0.6, 1.2, 0.3], atol=0.05)
    # What is left is the noise, of variance 0.25; 5000 samples give 2 percent.
    assert forecast.autoregression_error(coefficients, second_order(rng)) == pytest.approx(
        0.25, rel=0.06
    )


def test_the_fit_equals_that_of_scikit_learn(rng):
    x = second_order(rng, n=20)
    past = np.stack([x[:, t - 3 : t] for t in range(15, 40)], axis=1).reshape(-1, 3)
    theirs = LinearRegression().fit(past, x[:, 15:].ravel())
    ours = forecast.fit_autoregression(x, 3)
    np.testing.assert_allclose(ours, [*theirs.coef_, theirs.intercept_], atol=1e-10)


def test_persistence_errs_by_the_step(rng):
    ramp = np.arange(30.0) * 0.5 + rng.normal(size=(4, 1))
    assert forecast.persistence_error(ramp) == pytest.approx(0.25, rel=1e-12)
    unit = np.array([1.0, 0.0])
    x = rng.normal(size=(5, 30))
    assert forecast.autoregression_error(unit, x) == pytest.approx(
        forecast.persistence_error(x)
    )


def test_a_network_without_output_is_persistence(rng):
    x = rng.normal(size=(5, 30))
    layer = tuple(a[np.newaxis] for a in recurrent.init(1, 3, rng))
    params = layer, (np.zeros((1, 3, 1)), np.zeros((1, 1)))
    errors = forecast.network_errors(recurrent, params, x)
    np.testing.assert_allclose(errors, [forecast.persistence_error(x)], rtol=1e-12)


def test_training_beats_persistence_and_reaches_the_noise(rng):
    x, x_val, x_test = second_order(rng), second_order(rng), second_order(rng)
    params, errors = forecast.train(recurrent, 8, x, x_val, [0, 1], 0.01)
    np.testing.assert_allclose(
        errors, forecast.network_errors(recurrent, params, x_val), rtol=1e-12
    )
    found = forecast.network_errors(recurrent, params, x_test)
    assert np.all(found < 0.3)
    assert np.all(found > 0.22)
    assert forecast.persistence_error(x_test) > 0.4


def test_the_order_is_chosen_on_validation_windows(rng):
    best = forecast.best_autoregression(second_order(rng), second_order(rng))
    assert 3 <= len(best) <= 16
    assert abs(best[-2] - 1.2) < 0.1


@pytest.mark.parametrize("shape", [(4, 15), (30,), (0, 30)])
def test_windows_that_are_too_short_are_refused(shape):
    with pytest.raises(ValueError, match=r"x must have shape \(n, T\) with T above 15"):
        forecast.persistence_error(np.zeros(shape))


def test_an_order_beyond_the_warm_up_is_refused(rng):
    with pytest.raises(ValueError, match="order must be from 1 to 15; got 16"):
        forecast.fit_autoregression(rng.normal(size=(3, 30)), 16)


def test_the_best_round_is_kept_even_where_later_ones_are_worse(rng):
    x, x_val = second_order(rng, n=20), second_order(rng, n=20)
    # So large a rate makes some rounds worse than the ones before them.
    params, errors = forecast.train(recurrent, 4, x, x_val, [0, 1, 2], 0.5)
    kept = forecast.network_errors(recurrent, params, x_val)
    np.testing.assert_allclose(errors, kept, rtol=1e-12)


def test_the_order_is_not_chosen_on_training_windows():
    rng = np.random.default_rng(1)
    x, x_val = rng.normal(size=(3, 40)), rng.normal(size=(200, 40))
    # The longest rule errs least on what it was fitted to; on white noise the shortest.
    assert len(forecast.best_autoregression(x, x_val)) == 2


def test_the_start_is_kept_where_every_round_makes_it_worse(rng, monkeypatch):
    def spoil(cell, params, *_, **__):
        return map_arrays(lambda p: p + 9.0, params), ()

    monkeypatch.setattr(learning, "train", spoil)
    x = rng.normal(size=(5, 30))
    start = learning.init(recurrent, 1, 3, 1, [0, 1])
    kept, errors = forecast.train(recurrent, 3, x, x, [0, 1], 0.01)
    np.testing.assert_allclose(errors, forecast.network_errors(recurrent, start, x))
    for ours, theirs in zip(leaves(kept), leaves(start), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_search_reports_the_validation_error_of_every_setting(rng, monkeypatch):
    def spy(cell, n_hidden, x_train, x_val, seeds, learning_rate):
        assert x_train is not x_val
        return None, np.mean(x_val) + n_hidden + np.array([0.0, 2.0]) * learning_rate

    monkeypatch.setattr(forecast, "train", spy)
    found = forecast.search(recurrent, np.zeros((2, 30)), np.ones((2, 30)), [0, 1], (4, 9))
    assert found == {(n, rate): pytest.approx(1 + n + rate)
                     for n in (4, 9) for rate in forecast.LEARNING_RATES}  # fmt: skip


@pytest.mark.tuning
@pytest.mark.parametrize("name", list(forecast.NETWORKS))
def test_no_setting_is_better_on_the_validation_part_than_the_chosen_one(name):
    eeg = datasets.load("eeg")
    cell, n_hidden, rate = forecast.NETWORKS[name]
    found = forecast.search(cell, eeg.x_train, eeg.x_val, range(5))
    # The standard deviation over seeds is about 0.004.
    assert found[n_hidden, rate] < min(found.values()) + 0.004
