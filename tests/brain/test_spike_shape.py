"""Measures of a spike on traces whose crossings, height and width are known."""

import numpy as np
import pytest

from companion.brain.spike_shape import (
    best_leaky_climb_mv,
    climb_slopes_mv_per_ms,
    mean_climb_mv,
    measure_spike,
    upward_crossings_ms,
)


def test_crossings_of_a_sine_are_its_upward_zeros():
    dt_ms = 0.01
    t_ms = (np.arange(10_000) + 1) * dt_ms
    times = upward_crossings_ms(np.sin(2 * np.pi * (t_ms - 3.0) / 20.0), dt_ms)
    # A straight line between samples misses a sine by less than dt^2.
    np.testing.assert_allclose(times, [3.0, 23.0, 43.0, 63.0, 83.0], atol=1e-4)


def test_a_crossing_between_two_samples_lies_on_the_straight_line():
    # Samples at 2 and 4 ms: -30 and +10, so 0 is passed three quarters of the way.
    assert upward_crossings_ms([-30.0, 10.0], 2.0).tolist() == [3.5]
    assert upward_crossings_ms([-30.0, 10.0], 2.0, level_mv=-30.0).size == 0
    assert upward_crossings_ms([10.0, -30.0, 0.0], 2.0).tolist() == [6.0]


def test_a_triangle_has_the_shape_it_was_drawn_with():
    # From -70 up to 30 in 1 ms, down to -80 in 2.2 ms, back: half height is -20.
    t_ms = np.arange(1, 801) * 0.01
    corners = [(0.0, -70.0), (1.0, -70.0), (2.0, 30.0), (4.2, -80.0), (8.0, -70.0)]
    v_mv = np.interp(t_ms, *np.transpose(corners))
    shape = measure_spike(v_mv, 0.01, base_mv=-70.0)
    assert shape.height_mv == pytest.approx(100.0)
    assert shape.trough_mv == pytest.approx(-80.0)
    # -20 is passed at 1.5 ms, and falling at 2 + 2.2 * 50 / 110 = 3 ms.
    assert shape.half_width_ms == pytest.approx(1.5)


def test_the_widths_of_two_spikes_are_not_added():
    t_ms = np.arange(1, 2001) * 0.01
    v_mv = -70.0 + 100.0 * np.exp(-((t_ms - 5.0) ** 2)) + 90.0 * np.exp(-((t_ms - 15) ** 2))
    # A bell exp(-t^2) is above one half for 2 sqrt(ln 2).
    expected = 2.0 * np.sqrt(np.log(2.0))
    shape = measure_spike(v_mv, 0.01, base_mv=-70.0)
    assert shape.half_width_ms == pytest.approx(expected, abs=1e-4)


def test_trough_is_after_the_peak_and_width_that_of_the_highest_spike():
    # A dip to -90 before; a small spike first, the high one second.
    t_ms = np.arange(1, 1501) * 0.01
    corners = [(0, -70), (1, -90), (2, -70), (3, 20), (4, -70), (5, -70), (6, 30),
               (8, -80), (15, -70)]  # fmt: skip
    shape = measure_spike(np.interp(t_ms, *np.transpose(corners)), 0.01, base_mv=-70.0)
    assert shape.trough_mv == pytest.approx(-80.0)
    # -20 is passed at 5.5 ms, and falling at 6 + 2 * 50 / 110.
    assert shape.half_width_ms == pytest.approx(0.5 + 100 / 110)


def test_the_mean_climb_is_taken_at_the_same_time_after_each_spike():
    # V = time since the last of the spikes at 10, 30 and 50 ms.
    t_ms = np.arange(1, 141) * 0.5
    v_mv = (t_ms - 10.0) % 20.0
    after_ms, climb_mv = mean_climb_mv(v_mv, 0.5, [10.0, 30.0, 49.9], 4.0, 8.0)
    np.testing.assert_allclose(after_ms, np.arange(4.0, 8.0, 0.5))
    np.testing.assert_allclose(climb_mv, after_ms)
    with pytest.raises(ValueError, match="end_ms must stay inside the trace; got 30"):
        mean_climb_mv(v_mv, 0.5, [50.0], 4.0, 30.0)
    with pytest.raises(ValueError, match="begin_ms must not be below 0; got -2"):
        mean_climb_mv(v_mv, 0.5, [50.0], -2.0, 8.0)


def test_the_climb_is_the_mean_and_not_the_median():
    v_mv = np.zeros(60)
    v_mv[10:20], v_mv[30:40], v_mv[50:60] = 1.0, 2.0, 9.0
    _, climb_mv = mean_climb_mv(v_mv, 1.0, [10.0, 30.0, 50.0], 1.0, 6.0)
    np.testing.assert_allclose(climb_mv, 4.0)


def test_slopes_of_a_parabola_are_those_of_its_chords():
    # V = (time since the last of the spikes at 0, 20, 40 and 60 ms)^2: a + b in [a, b].
    t_ms = np.arange(1, 701) * 0.1
    slopes = climb_slopes_mv_per_ms(
        (t_ms % 20.0) ** 2, 0.1, [0.1, 20.1, 40.1, 60.1], [0.25, 0.5, 0.9]
    )
    # Each time is counted from 0.1 ms behind the zero of the parabola.
    np.testing.assert_allclose(slopes, [15.2, 28.2])


def test_the_best_leaky_climb_finds_an_exponential_and_straightens_with_tau(rng):
    t_ms = np.linspace(5.0, 60.0, 100)
    v_mv = -50.0 + 20.0 * (1.0 - np.exp(-t_ms / 15.0))
    np.testing.assert_allclose(best_leaky_climb_mv(t_ms, v_mv, 15.0), v_mv)
    noisy = v_mv + rng.normal(size=100)
    straight = np.polyval(np.polyfit(t_ms, noisy, 1), t_ms)
    np.testing.assert_allclose(best_leaky_climb_mv(t_ms, noisy, 1e5), straight, atol=0.01)
    with pytest.raises(ValueError, match="tau_ms must be above 0; got 0.0"):
        best_leaky_climb_mv(t_ms, v_mv, 0.0)


@pytest.mark.parametrize(
    ("v_mv", "dt_ms", "message"),
    [
        (np.zeros((2, 2)), 0.1, r"v_mv must be \(n_steps,\)"),
        (np.zeros(3), 0.0, "dt_ms must be above 0; got 0.0"),
        (np.full(3, -80.0), 0.1, "base_mv must be below the peak -80; got -70"),
        (np.array([-70.0, 30.0]), 0.1, "v_mv must hold both flanks"),
    ],
)
def test_measure_refuses(v_mv, dt_ms, message):
    with pytest.raises(ValueError, match=message):
        measure_spike(v_mv, dt_ms, -70)
