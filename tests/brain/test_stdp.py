"""STDP against its exponentials, sums over pairs, Poisson statistics and Brian2."""

import numpy as np
import pytest

from companion.brain import stdp
from reproductions.brain import plasticity

PARAMS = stdp.STDPParams(a_plus=0.01, a_minus=0.006, tau_plus_ms=15.0, tau_minus_ms=30.0)


@pytest.fixture
def trains(rng):
    return rng.uniform(0.0, 500.0, size=40), rng.uniform(0.0, 500.0, size=30)


def kernel(lag_ms):
    if lag_ms > 0:
        return 0.01 * np.exp(-lag_ms / 15.0)
    return -0.006 * np.exp(lag_ms / 30.0)


@pytest.mark.parametrize("pairing", stdp.PAIRINGS)
@pytest.mark.parametrize("lag_ms", [-80.0, -10.0, -0.5, 0.5, 10.0, 80.0])
def test_pairings_recover_the_window(lag_ms, pairing):
    # 60 pairs 10 s apart, as in an experiment: the others are too far to be seen.
    pre_ms = 10_000.0 * np.arange(1, 61)
    change = stdp.weight_change(PARAMS, pre_ms, pre_ms + lag_ms, pairing)
    assert change == pytest.approx(60 * kernel(lag_ms), rel=1e-9)
    assert stdp.window(PARAMS, lag_ms) == pytest.approx(kernel(lag_ms), rel=1e-12)


def test_all_pairs_is_the_sum_over_all_pairs(trains):
    expected = sum(kernel(post - pre) for pre in trains[0] for post in trains[1])
    assert stdp.weight_change(PARAMS, *trains) == pytest.approx(expected, rel=1e-9)


def test_nearest_pairs_each_spike_with_the_last_of_the_other_side(trains):
    pre_ms, post_ms = trains
    expected = sum(kernel(t - pre_ms[pre_ms < t].max()) for t in post_ms if any(pre_ms < t))
    expected += sum(
        kernel(post_ms[post_ms < t].max() - t) for t in pre_ms if any(post_ms < t)
    )
    change = stdp.weight_change(PARAMS, pre_ms, post_ms, "nearest")
    assert change == pytest.approx(expected, rel=1e-9)


def test_spikes_at_the_same_moment_do_not_form_a_pair():
    assert stdp.weight_change(PARAMS, [5.0], [5.0]) == 0.0
    assert stdp.window(PARAMS, 0.0) == 0.0


def test_inputs_learn_side_by_side():
    traces = stdp.Traces(np.array([1.0, 0.5]), 2.0)
    changes, after = stdp.on_spikes(PARAMS, traces, np.array([False, True]), True)
    np.testing.assert_allclose(changes, [0.01, 0.01 * 0.5 - 0.006 * 2.0])
    np.testing.assert_allclose(after.pre, [1.0, 1.5])
    assert after.post == 3.0
    _, nearest = stdp.on_spikes(PARAMS, traces, np.array([False, True]), True, "nearest")
    np.testing.assert_allclose(nearest.pre, [1.0, 1.0])
    assert nearest.post == 1.0


def test_defaults_are_those_of_song_miller_and_abbott():
    # tau_+ = tau_- = 20 ms, A_+ = 0.005, A_- / A_+ = 1.05.
    params = stdp.STDPParams()
    assert params.a_plus == 0.005
    assert params.a_minus / params.a_plus == pytest.approx(1.05)
    assert params.tau_plus_ms == params.tau_minus_ms == 20.0


def test_the_experiment_gives_the_change_by_a_single_pair():
    lags_ms = np.array([-30.0, -2.0, 2.0, 30.0])
    found = stdp.pairing_experiment(PARAMS, lags_ms, n_pairs=3)
    np.testing.assert_allclose(found, [kernel(lag) for lag in lags_ms], rtol=1e-9)
    # 20 ms apart the pairs meet: two of three see a neighbor on either side.
    close = stdp.pairing_experiment(PARAMS, [5.0], n_pairs=2, gap_ms=20.0)
    assert close[0] == pytest.approx(kernel(5.0) + (kernel(25.0) + kernel(-15.0)) / 2)


def test_drift_by_hand():
    # 20 and 30 Hz: 20 x 30 x (0.01 x 15 - 0.006 x 30) ms / 1000 = -0.018 per second.
    assert stdp.poisson_drift_per_s(PARAMS, 20.0, 30.0) == pytest.approx(-0.018)


@pytest.mark.parametrize("pairing", stdp.PAIRINGS)
def test_poisson_trains_drift_as_the_formula_says(rng, pairing):
    pre, post = 40.0, 25.0
    trains = [stdp.poisson_train_ms(rate, 600.0, rng) for rate in (pre, post)]
    grow, shrink = (
        stdp.STDPParams(a_plus=1.0, a_minus=0.0, tau_plus_ms=15.0, tau_minus_ms=30.0),
        stdp.STDPParams(a_plus=0.0, a_minus=1.0, tau_plus_ms=15.0, tau_minus_ms=30.0),
    )
    for params in (grow, shrink):
        drift = stdp.weight_change(params, *trains, pairing) / 600.0
        expected = stdp.poisson_drift_per_s(params, pre, post, pairing)
        # 15,000 spikes on the rarer side leave about 1 % of noise.
        assert drift == pytest.approx(float(expected), rel=0.03)


def test_a_poisson_train_has_its_rate_and_lies_in_its_time(rng):
    times_ms = stdp.poisson_train_ms(50.0, 200.0, rng)
    assert len(times_ms) == pytest.approx(10_000, abs=400)
    assert 0.0 <= times_ms[0] < times_ms[-1] <= 200_000.0
    assert np.all(np.diff(times_ms) > 0)


def test_counts_of_poisson_trains_vary_as_much_as_their_mean(rng):
    counts = [len(stdp.poisson_train_ms(20.0, 5.0, rng)) for _ in range(2000)]
    assert np.mean(counts) == pytest.approx(100.0, abs=1.0)  # 4.5 standard errors
    assert np.var(counts) == pytest.approx(100.0, rel=0.13)  # 4 standard errors


@pytest.mark.parametrize("pairing", stdp.PAIRINGS)
def test_brian2_finds_the_same_weight(pairing):
    trains = plasticity.grid_trains_ms(seed=3, duration_ms=1000.0)
    expected = plasticity.brian2_weight_change(PARAMS, *trains, pairing)
    change = stdp.weight_change(PARAMS, *trains, pairing)
    assert change == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"tau_plus_ms": 0.0}, "tau_plus_ms must be above 0; got 0.0"),
        ({"a_minus": -1.0}, "a_minus must be not below 0; got -1.0"),
        ({"a_plus": np.inf}, "a_plus must be finite; got inf"),
    ],
)
def test_params_refuse(settings, message):
    with pytest.raises(ValueError, match=message):
        stdp.STDPParams(**settings)


def test_weight_change_refuses():
    with pytest.raises(ValueError, match="pairing must be one of"):
        stdp.weight_change(PARAMS, [1.0], [2.0], "triplet")
    with pytest.raises(ValueError, match="post_ms must be 1-D and finite"):
        stdp.weight_change(PARAMS, [1.0], [[2.0]])
