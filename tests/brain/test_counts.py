"""Counts of the brain against the totals their paper gives, and errors by simulation."""

import math

import numpy as np
import pytest

from companion.brain import counts


def test_the_two_kinds_of_cells_add_up_to_the_published_total():
    mean, sd = counts.total(counts.NEURONS, counts.OTHER_CELLS)
    assert mean == pytest.approx(counts.ALL_CELLS.mean, abs=0.05)
    # Brains rich in one kind are rich in the other, so independence says too little.
    assert sd < counts.ALL_CELLS.sd


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
    assert (counts.NEURONS.mean, counts.NEURONS.sd) == (86.1, 8.1)
    assert (counts.OTHER_CELLS.mean, counts.OTHER_CELLS.sd) == (84.6, 9.8)
    # Pakkenberg et al. (2003) repeat the fiber lengths as 150,000 to 180,000 km.
    for fibers in (counts.FIBERS_MEN, counts.FIBERS_WOMEN):
        assert 148 < fibers.mean < 180
        assert math.isnan(fibers.sd)
    assert (counts.SYNAPSES.mean, counts.SYNAPSES.unit) == (150, "trillion")


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
