"""The best setting is found, and a list that is too narrow is refused."""

import numpy as np
import pytest

from companion.practice import denoising_choices as choices


def test_tuning_finds_the_planted_setting_and_names_an_edge():
    def scaled(noisy, known, setting):
        return setting * noisy

    examples = [(np.full((4, 4), 0.6), np.full((4, 4), 0.3), None)] * 2
    assert choices.tune(scaled, [1.0, 1.9, 3.0], examples) == (1.9, False)
    assert choices.tune(scaled, [1.9, 3.0, 4.0], examples) == (1.9, True)
    assert choices.tune(scaled, [0.5, 1.0, 1.9], examples) == (1.9, True)
    assert choices.tune(scaled, [None], examples) == (None, False)
    with pytest.raises(ValueError, match="0 settings"):
        choices.tune(scaled, [], examples)


def test_every_candidate_list_is_ascending_and_tuning_refuses_an_edge(rng):
    for ways in choices.CANDIDATES.values():
        for settings in ways.values():
            assert len(settings) == 1 or list(settings) == sorted(settings)
    # Without noise the best width is the narrowest.
    x = rng.random((1, 24, 24, 1))
    with pytest.raises(ValueError, match="settings of gaussian must enclose"):
        choices.tuned("gaussian", x, x, np.full_like(x, 1e-3))
