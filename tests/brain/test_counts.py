"""Counts of the brain against the totals their paper gives, and errors by simulation."""

import math

import numpy as np
import pytest

from companion.brain import counts


def test_the_two_kinds_of_cells_add_up_to_the_published_total():
    mean, sd = counts.total(counts.NEURONS, counts.OTHER_CELLS)
    assert mean == pytest.approx(counts.ALL_CELLS.mean, abs=0.05)
    # The paper's is a little larger: it implies a correlation of 0.2, of four brains.
    assert sd == pytest.approx(12.7, abs=0.05)


def test_nearly_as_many_other_cells_as_neurons_and_most_neurons_in_the_cerebellum():
    assert counts.ratio(counts.OTHER_CELLS, counts.NEURONS)[0] == pytest.approx(
        0.98, abs=0.01
    )
    # "80 % of all neurons" in the paper.
    assert counts.ratio(counts.CEREBELLUM, counts.NEURONS)[0] == pytest.approx(
        0.80, abs=0.005
    )


def test_errors_of_sum_and_ratio_are_those_of_independent_draws(rng):
    a, b = counts.Count(50.0, 2.0, "", "", ""), counts.Count(20.0, 1.0, "", "", "")
    x, y = rng.normal(50.0, 2.0, 400_000), rng.normal(20.0, 1.0, 400_000)
    assert counts.total(a, b) == pytest.approx((70.0, np.std(x + y)), rel=0.01)
    # To first order: the rest is of the order of the relative error squared.
    assert counts.ratio(a, b) == pytest.approx((2.5, np.std(x / y)), rel=0.01)


def test_published_values():
    # Azevedo et al. (2009), rounded: 86.06 +- 8.12, 84.61 +- 9.83, 170.68 +- 13.86 and
    # 69.03 +- 6.65 (BNID 106399 and 106322 have the last two).
    human = counts.NEURONS, counts.OTHER_CELLS, counts.ALL_CELLS, counts.CEREBELLUM
    expected = [(86.1, 8.1), (84.6, 9.8), (170.7, 13.9), (69.0, 6.7)]
    assert [(count.mean, count.sd) for count in human] == expected
    assert {count.source for count in human} == {"Azevedo et al. (2009)"}
    # Marner et al. (2003), abstract: males 176,000 km, females 149,000 km at 20.
    for fibers, mean, who in (
        (counts.FIBERS_MEN, 176, ", men of 20"),
        (counts.FIBERS_WOMEN, 149, ", women of 20"),
    ):
        assert (fibers.mean, fibers.unit) == (mean, "thousand km")
        assert fibers.of.endswith(who)
        assert math.isnan(fibers.sd)
        assert fibers.source == "Marner et al. (2003)"
    assert (counts.SYNAPSES.mean, counts.SYNAPSES.unit) == (150, "trillion")
    assert counts.SYNAPSES.source == "Pakkenberg et al. (2003)"


def test_count_refuses():
    with pytest.raises(ValueError, match="sd must not be below 0; got -1.0"):
        counts.Count(1.0, -1.0, "", "", "")


def test_counts_of_two_units_do_not_mix():
    with pytest.raises(
        ValueError, match="a and b must have one unit; got 'billion' and 'tr"
    ):
        counts.ratio(counts.NEURONS, counts.SYNAPSES)
    with pytest.raises(ValueError, match="a and b must have one unit"):
        counts.total(counts.NEURONS, counts.SYNAPSES)


def test_a_count_reads_as_published():
    assert str(counts.NEURONS) == "86.1 ± 8.1 billion"
    assert str(counts.SYNAPSES) == "150 trillion"
