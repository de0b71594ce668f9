"""False-alarm rates that hold for any score, and thresholds by cost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from companion.practice import anomaly_thresholds as thresholds


def test_p_values_by_hand():
    found = thresholds.conformal_p_values([1.0, 2.0, 2.0, 3.0], [0.0, 2.0, 2.5, 9.0])
    np.testing.assert_allclose(found, [1.0, 4 / 5, 2 / 5, 1 / 5])


def test_p_values_of_exchangeable_scores_are_uniform_on_the_places(rng):
    # Each of the n + 1 places has the same chance, for a distribution with heavy tails too.
    draws = rng.standard_cauchy(size=(20_000, 10))
    p = np.array([thresholds.conformal_p_values(d[1:], d[:1])[0] for d in draws])
    counts = np.bincount(np.rint(p * 10).astype(int), minlength=11)[1:]
    assert stats.chisquare(counts).pvalue > 0.001


@given(st.integers(0, 10_000), st.integers(1, 40), st.sampled_from([0.05, 0.1, 0.25, 0.5]))
def test_an_alarm_is_a_small_p_value(seed, n, rate):
    rng = np.random.default_rng(seed)
    val, new = rng.integers(0, 12, size=n).astype(float), np.arange(-1.0, 14.0)
    if n < 1 / rate - 1 - 1e-9:
        with pytest.raises(ValueError, match="scores_val must have at least"):
            thresholds.threshold_at_rate(val, rate)
        return
    alarm = new > thresholds.threshold_at_rate(val, rate)
    p = thresholds.conformal_p_values(val, new)
    np.testing.assert_array_equal(alarm, p <= rate + 1e-12)


@pytest.mark.parametrize(("n", "rate"), [(19, 0.05), (30, 0.1), (99, 0.05)])
def test_false_alarms_keep_the_promise(rng, n, rate):
    draws = rng.exponential(size=(40_000, n + 1))
    limits = np.sort(draws[:, :n], axis=1)
    place = int(np.ceil(round((n + 1) * (1 - rate), 9))) - 1
    alarms = np.mean(draws[:, n] > limits[:, place])
    for row in draws[:20]:
        assert thresholds.threshold_at_rate(row[:n], rate) == np.sort(row[:n])[place]
    assert rate - 1 / (n + 1) - 0.005 < alarms < rate + 0.005


def test_too_few_rows_for_a_rate():
    with pytest.raises(ValueError, match="at least 19 rows for rate 0.05; got 18"):
        thresholds.threshold_at_rate(np.arange(18.0), 0.05)
    assert thresholds.threshold_at_rate(np.arange(19.0), 0.05) == 18.0


def test_rate_spread_is_that_of_many_draws(rng):
    n, rate = 50, 0.1
    scores = rng.uniform(size=(20_000, n))
    place = int(np.ceil(round((n + 1) * (1 - rate), 9))) - 1
    achieved = 1.0 - np.sort(scores, axis=1)[:, place]  # of uniform scores, exactly
    expected = np.quantile(achieved, [0.05, 0.95])
    np.testing.assert_allclose(thresholds.rate_spread(n, rate, 0.9), expected, atol=0.004)


def test_cost_by_counting():
    y, scores = [0, 0, 0, 1, 1], [1.0, 2.0, 3.0, 2.5, 4.0]
    # Above 2: one of three normal rows, both anomalies. Above 2.5: one missed.
    found = thresholds.cost(y, scores, [2.0, 2.5], miss=10, alarm=1, prevalence=0.1)
    np.testing.assert_allclose(found, [0.9 / 3, 0.1 * 10 * 0.5 + 0.9 / 3])
    assert thresholds.cost(y, scores, -np.inf, 10, 1, 0.1) == pytest.approx(0.9)
    assert thresholds.cost(y, scores, np.inf, 10, 1, 0.1) == pytest.approx(1.0)


def test_cheapest_threshold_is_where_the_densities_say(rng):
    # Squared distances s^2 chi^2_m and t^2 chi^2_m: the likelihood ratio is monotone, and
    # the best threshold is where it equals the odds of the costs.
    m, s, t, miss, alarm, prevalence = 8, 1.0, 1.8, 20.0, 1.0, 0.05
    odds = (1 - prevalence) * alarm / (prevalence * miss)
    exact = 2 * (np.log(odds) + m * np.log(t / s)) / (s**-2 - t**-2)
    n = 200_000
    scores = np.concatenate((s**2 * rng.chisquare(m, n), t**2 * rng.chisquare(m, n)))
    y = np.repeat((0, 1), n)
    found = thresholds.cheapest_threshold(y, scores, miss, alarm, prevalence)
    assert found == pytest.approx(exact, rel=0.05)
    best = thresholds.cost(y, scores, [found, exact], miss, alarm, prevalence)
    assert best[0] <= best[1] <= best[0] * 1.01


def test_when_anomalies_cost_everything_there_is_always_an_alarm():
    y, scores = [0, 1, 0, 1], [1.0, 0.5, 2.0, 3.0]
    assert thresholds.cheapest_threshold(y, scores, 1e6, 1, 0.5) == -np.inf
    assert thresholds.cheapest_threshold(y, scores, 1e-6, 1, 0.5) == 2.0


BAD = [
    (lambda: thresholds.conformal_p_values([], [1.0]), "scores_val must be"),
    (lambda: thresholds.conformal_p_values([1.0], [np.nan]), "scores must be finite"),
    (lambda: thresholds.threshold_at_rate([1.0, np.inf], 0.5), "scores_val must be finite"),
    (lambda: thresholds.threshold_at_rate([1.0], 0.0), r"rate must be in \(0, 1\); got 0"),
    (lambda: thresholds.rate_spread(5, 0.05), "n_val must be at least"),
    (lambda: thresholds.rate_spread(0, 0.05), "n_val must be an integer"),
    (lambda: thresholds.cost([0, 1], [1, 2], 0, 0, 1, 0.1), "miss must be above 0; got 0"),
    (lambda: thresholds.cost([0, 1], [1, 2], 0, 1, 1, 1.0), "prevalence must be in"),
    (lambda: thresholds.cost([0, 0], [1, 2], 0, 1, 1, 0.1), "y must hold both"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
