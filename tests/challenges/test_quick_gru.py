"""The quick GRU is the GRU of the networks room, which Keras and PyTorch confirm."""

import numpy as np
import pytest

from companion.challenges import quick_gru
from companion.networks import gru
from companion.networks.parameters import leaves, map_arrays


def layer(rng, n_networks=None):
    """A layer without zeros, or a stack of them."""
    one = [a + 0.3 * rng.normal(size=a.shape) for a in gru.init(3, 4, rng)]
    if n_networks is None:
        return one
    return map_arrays(
        lambda *a: np.stack(a), one, *(layer(rng) for _ in range(n_networks - 1))
    )


@pytest.mark.parametrize("front", [(), (5,)])
def test_forward_and_backward_agree_with_the_plain_module(rng, front):
    params = layer(rng, *front)
    x, grad_h = rng.normal(size=(*front, 6, 7, 3)), rng.normal(size=(*front, 6, 7, 4))
    before = [a.copy() for a in (*params, x, grad_h)]
    found, expected = [], []
    for module, kept in ((quick_gru, found), (gru, expected)):
        h, trace = module.forward(params, x)
        kept += [h, *trace, *leaves(module.backward(params, x, trace, grad_h))]
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    for a, b in zip((*params, x, grad_h), before, strict=True):
        np.testing.assert_array_equal(a, b)  # nothing given is changed


def test_a_step_agrees_and_changes_nothing_it_was_given(rng):
    params, x, h = layer(rng), rng.normal(size=(6, 3)), rng.normal(size=(6, 4))
    kept = h.copy()
    for a, b in zip(quick_gru.step(params, x, h), gru.step(params, x, kept), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(h, kept)


def test_far_inputs_overflow_nowhere(rng):
    params = layer(rng)
    with np.errstate(all="raise"):
        h, _ = quick_gru.forward(params, np.full((1, 3, 3), 1e4))
    assert np.abs(h).max() <= 1


def test_sequences_of_another_width_are_refused(rng):
    with pytest.raises(ValueError, match=r"x must have shape \(batch, n_steps, 3\)"):
        quick_gru.forward(layer(rng), np.zeros((2, 5, 4)))
