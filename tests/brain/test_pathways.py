"""A volley's way through stages, against delay times number of stages."""

import numpy as np
import pytest

from companion.brain.pathways import stage_weights, volley_times_ms


@pytest.mark.parametrize("width", [1, 30])
@pytest.mark.parametrize("delay_ms", [1.5, 4.0])
def test_each_stage_costs_one_delay_whatever_its_width(width, delay_ms):
    times_ms = volley_times_ms(6, width, delay_ms=delay_ms)
    expected = np.repeat(delay_ms * np.arange(6)[:, np.newaxis], width, axis=1)
    np.testing.assert_allclose(times_ms, expected)


def test_every_neuron_hears_its_share_from_all_of_the_stage_before():
    # Rows hear columns: neurons 2 and 3 hear 0 and 1, neurons 4 and 5 hear 2 and 3.
    expected = np.zeros((6, 6))
    expected[2:4, 0:2] = expected[4:6, 2:4] = 3.5
    np.testing.assert_array_equal(stage_weights(3, 2, 7.0).toarray(), expected)


def test_less_than_half_a_volley_goes_no_further():
    np.testing.assert_array_equal(
        np.isnan(volley_times_ms(4, 30, 14)).sum(axis=1), [14, 0, 0, 0]
    )
    np.testing.assert_array_equal(
        np.isnan(volley_times_ms(4, 30, 16)).sum(axis=1), [16, 30, 30, 30]
    )


def test_pathway_refuses():
    with pytest.raises(ValueError, match="n_stages and width must be at least 1; got 0, 3"):
        stage_weights(0, 3, 40.0)
    with pytest.raises(ValueError, match="n_silent must be 0 to width = 3; got 4"):
        volley_times_ms(3, 3, 4)
    with pytest.raises(ValueError, match="delay_ms must be a multiple of dt_ms = 0.1"):
        volley_times_ms(3, 3, delay_ms=1.55)
