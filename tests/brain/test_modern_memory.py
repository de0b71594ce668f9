"""Modern Hopfield network against attention, its slope and its energy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from companion.brain import memory, modern_memory


def test_modern_update_is_softmax_attention(rng):
    patterns, states = rng.normal(size=(7, 5)), rng.normal(size=(3, 5))
    attention = np.zeros((3, 5))
    for row, state in enumerate(states):
        likeness = np.exp([0.7 * pattern @ state for pattern in patterns])
        attention[row] = sum(
            w * x for w, x in zip(likeness / likeness.sum(), patterns, strict=True)
        )
    np.testing.assert_allclose(modern_memory.update(patterns, states, 0.7), attention)


@given(seed=st.integers(0, 2**32 - 1), beta=st.floats(0.05, 20.0))
def test_modern_energy_never_rises(seed, beta):
    rng = np.random.default_rng(seed)
    patterns, states = rng.normal(size=(6, 4)), 3.0 * rng.normal(size=(5, 4))
    after = modern_memory.update(patterns, states, beta)
    before = modern_memory.energy(patterns, states, beta)
    assert np.all(modern_memory.energy(patterns, after, beta) <= before + 1e-10)


def test_modern_update_is_a_step_down_the_slope(rng):
    # With step 1: xi - dE/dxi is the next state.
    patterns, state, step = rng.normal(size=(6, 4)), rng.normal(size=4), 1e-6
    slope = [
        (
            modern_memory.energy(patterns, state + step * unit, 1.3)
            - modern_memory.energy(patterns, state - step * unit, 1.3)
        )
        / (2 * step)
        for unit in np.eye(4)
    ]
    after = modern_memory.update(patterns, state, 1.3)
    np.testing.assert_allclose(state - slope, after, atol=1e-8)


def test_modern_network_keeps_more_patterns_than_neurons(rng):
    patterns = memory.random_patterns(1000, 100, rng)
    cues = memory.flip(patterns[:50], 0.2, rng)
    answers = modern_memory.update(patterns, cues, 1.0)
    assert memory.recall_rate(answers, patterns[:50]) > 0.95
    weights = softmax(cues @ patterns.T, axis=1)
    np.testing.assert_allclose(answers, weights @ patterns)


def test_modern_update_refuses_a_flat_softmax():
    with pytest.raises(ValueError, match="beta must be above 0; got 0"):
        modern_memory.update(np.eye(2), np.ones(2), 0)
