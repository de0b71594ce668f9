"""Penalties and weight decay: Keras's numbers, slopes, and where the two part."""

import keras
import numpy as np
import pytest

from companion.networks import mlp, optimizers, penalties
from companion.networks.gradient_check import largest_error
from companion.networks.parameters import leaves


@pytest.fixture
def params(rng):
    weights, _ = mlp.init([4, 3, 2], rng)
    return weights, [rng.normal(size=3), rng.normal(size=2)]


@pytest.mark.parametrize(
    ("penalty", "twin"), [(penalties.l1, keras.regularizers.L1),
                          (penalties.l2, keras.regularizers.L2)]
)  # fmt: skip
def test_value_equals_that_of_keras(params, penalty, twin):
    value, _ = penalty(params, 0.03)
    expected = sum(float(twin(0.03)(w.astype("float32"))) for w in params[0])
    assert value == pytest.approx(expected, rel=1e-5)  # Keras computes in float32


@pytest.mark.parametrize("penalty", [penalties.l1, penalties.l2])
def test_gradient_equals_the_slope_and_spares_the_biases(params, penalty, rng):
    _, grads = penalty(params, 0.3)
    assert largest_error(lambda p: penalty(p, 0.3)[0], params, grads, rng) < 1e-7
    assert not any(bias.any() for bias in grads[1])
    assert [g.shape for g in leaves(grads)] == [p.shape for p in leaves(params)]


def steps(params, grads, optimizer, learning_rate, n_steps=5, strength=0.0):
    """Make some steps on fixed gradients of the loss plus those of an L2 penalty."""
    state = None
    for _ in range(n_steps):
        _, extra = penalties.l2(params, strength)
        total = tuple(
            [g + e for g, e in zip(*pair, strict=True)]
            for pair in zip(grads, extra, strict=True)
        )
        params, state = optimizer(params, total, state, learning_rate)
    return leaves(params)


def test_decay_is_l2_under_gradient_descent(params, rng):
    grads = tuple([rng.normal(size=a.shape) for a in part] for part in params)
    penalized = steps(params, grads, optimizers.gradient_descent, 0.1, strength=0.2)
    decayed = penalties.with_decay(optimizers.gradient_descent, 2 * 0.2)
    for a, b in zip(penalized, steps(params, grads, decayed, 0.1), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_decay_is_not_l2_under_adam(params, rng):
    grads = tuple([rng.normal(size=a.shape) for a in part] for part in params)
    penalized = steps(params, grads, optimizers.adam, 0.1, strength=0.2)
    decayed = steps(params, grads, penalties.with_decay(optimizers.adam, 0.4), 0.1)
    assert np.abs(penalized[0] - decayed[0]).max() > 0.01


def test_adam_with_decay_shortens_by_the_same_share_whatever_the_gradient(params):
    # Without a gradient Adam does not move, so only the decay is left: (1 - 0.1 * 0.4)^3.
    zeros = tuple([np.zeros_like(a) for a in part] for part in params)
    step = penalties.with_decay(optimizers.adam, 0.4)
    weights_and_biases = steps(params, zeros, step, 0.1, n_steps=3)
    np.testing.assert_allclose(weights_and_biases[0], params[0][0] * 0.96**3, rtol=1e-12)
    np.testing.assert_array_equal(weights_and_biases[2], params[1][0])


@pytest.mark.parametrize("function", [penalties.l1, penalties.l2])
def test_negative_strengths_are_refused(params, function):
    with pytest.raises(ValueError, match="strength must be finite and not negative; got"):
        function(params, -0.1)
    with pytest.raises(ValueError, match="decay must be finite and not negative; got nan"):
        penalties.with_decay(optimizers.adam, float("nan"))
