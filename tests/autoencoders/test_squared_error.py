"""The three conventions by hand, their factors, and the slope that each one follows."""

from itertools import chain

import numpy as np
import pytest

from companion.autoencoders import squared_error as se
from companion.networks import mlp


def test_the_three_conventions_by_hand():
    x, x_hat = (
        np.array([[1.0, 2, 3, 0], [0, 0, 0, 0]]),
        np.array([[1.0, 0, 0, 0], [0, 0, 2, 0]]),
    )
    values = [se.squared_error(x, x_hat, convention) for convention in se.CONVENTIONS]
    assert values == [17 / 8, 17 / 2, 17 / 4]  # S = 4 + 9 + 4


@pytest.mark.parametrize("convention", se.CONVENTIONS)
@pytest.mark.parametrize("n_features", [2, 7])
def test_factor_converts_from_the_mean_over_both(convention, n_features, rng):
    x, x_hat = rng.normal(size=(2, 5, n_features))
    mean = se.squared_error(x, x_hat, "mean over both")
    expected = se.squared_error(x, x_hat, convention)
    assert se.factor(convention, n_features) * mean == pytest.approx(expected)


@pytest.mark.parametrize("convention", se.CONVENTIONS)
def test_descend_follows_the_slope_of_its_own_convention(convention, rng):
    x, activations = rng.normal(size=(6, 3)), ["tanh", "linear"]
    params, rate, eps = mlp.init([3, 2, 3], rng), 0.01, 1e-6
    stepped, losses = se.descend(
        params, x, activations, convention=convention, learning_rate=rate, n_steps=1
    )
    for array, new in zip(chain(*params), chain(*stepped), strict=True):
        change, index = new - array, np.unravel_index(0, array.shape)
        old = array[index]
        error = []
        for sign in (1, -1):
            array[index] = old + sign * eps
            x_hat = mlp.forward(params, x, activations)[-1]
            error.append(se.squared_error(x, x_hat, convention))
        array[index] = old
        slope = (error[0] - error[1]) / (2 * eps)
        assert change[index] == pytest.approx(-rate * slope, rel=1e-5, abs=1e-10)
    assert losses[0] == se.squared_error(
        x, mlp.forward(params, x, activations)[-1], "mean over both"
    )
    assert len(losses) == 2


def test_unknown_convention_is_named():
    with pytest.raises(ValueError, match="convention must be among .* got 'rmse'"):
        se.factor("rmse", 3)
