"""A check tells whether two values agree, and Brian2 runs here."""

import pytest

from reproductions.brain.check import Check
from reproductions.brain.simulator import brian2


def test_check_holds_up_to_its_tolerance_on_both_sides():
    for ours, holds in ((0.74, False), (0.75, True), (1.25, True), (1.26, False)):
        assert Check("rate", "Hz", ours, 1.0, 0.25, "by hand").holds is holds


def test_check_refuses_what_cannot_fail():
    with pytest.raises(ValueError, match="ours must be finite; got nan"):
        Check("rate", "Hz", float("nan"), 1.0, 0.1, "by hand")
    with pytest.raises(ValueError, match="tolerance must be above 0; got 0"):
        Check("rate", "Hz", 1.0, 1.0, 0, "by hand")


@pytest.mark.parametrize(
    ("tolerance", "numbers"),
    [
        (20, ["12", "12", "20"]),
        (0.5, ["12.35", "12.50", "0.5"]),
        (0.02, ["12.346", "12.500", "0.02"]),
        (1e-12, ["12.345600", "12.500000", "1e-12"]),
    ],
)
def test_row_shows_one_digit_more_than_the_tolerance_sees(tolerance, numbers):
    check = Check("rate", "Hz", 12.3456, 12.5, tolerance, "by hand")
    assert check.row() == ["rate", "Hz", *numbers, "by hand"]


def test_row_has_no_negative_zero():
    assert Check("margin", "", -1e-12, 0.0, 0.1, "by hand").row()[1:4] == [
        "–",
        "0.00",
        "0.00",
    ]


def test_brian2_fires_at_the_closed_form_rate():
    brian2.start_scope()
    neuron = brian2.NeuronGroup(
        1,
        "dv/dt = (-v + 20*mV) / (10*ms) : volt",
        threshold="v > 10*mV",
        reset="v = 0*mV",
        method="exact",
    )
    spikes = brian2.SpikeMonitor(neuron)
    brian2.run(100 * brian2.ms)
    # One spike every 10 ms * ln(2) = 6.93 ms, rounded up to steps of 0.1 ms.
    assert len(spikes.t) == 14
