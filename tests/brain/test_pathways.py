"""A volley's way through stages, against delay times number of stages."""

import numpy as np
import pytest

from companion.brain.pathways import volley_times_ms


@pytest.mark.parametrize("width", [1, 30])
@pytest.mark.parametrize("delay_ms", [1.5, 4.0])
def test_each_stage_costs_one_delay_whatever_its_width(width, delay_ms):
    times_ms = volley_times_ms(6, width, delay_ms)
    expected = np.repeat(delay_ms * np.arange(6)[:, np.newaxis], width, axis=1)
    np.testing.assert_allclose(times_ms, expected)


def test_pathway_refuses():
    with pytest.raises(ValueError, match="n_stages and width must be at least 1; got 0, 3"):
        volley_times_ms(0, 3)
    with pytest.raises(ValueError, match="delay_ms must be a multiple of dt_ms = 0.1"):
        volley_times_ms(3, 3, delay_ms=1.55)
