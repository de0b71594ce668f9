"""How much slower a machine is: a ratio that one slow moment does not change."""

import pytest

from tools import machine_speed


def test_the_slowdown_is_the_middle_of_three_times_by_that_of_the_reference(monkeypatch):
    times = iter([2.0, 90.0, 3.0])
    monkeypatch.setattr(machine_speed, "calculation_s", lambda: next(times))
    assert machine_speed.slowdown() == pytest.approx(3.0 / machine_speed.REFERENCE_S)


def test_twice_the_work_takes_longer(monkeypatch):
    once = min(machine_speed.calculation_s() for _ in range(2))
    monkeypatch.setattr(machine_speed, "LAYERS", 3 * machine_speed.LAYERS)
    monkeypatch.setattr(machine_speed, "STEPS", 3 * machine_speed.STEPS)
    assert machine_speed.calculation_s() > 1.5 * once
