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


@pytest.mark.parametrize("convention", se.CONVENTIONS)
def test_shapes_that_numpy_would_broadcast_are_refused(convention, rng):
    x = rng.normal(size=(5, 3))
    for wrong, shape in [(x[:1], "1, 3"), (x[:, :1], "5, 1"), (x[0], "3,")]:
        with pytest.raises(ValueError, match=rf"x, \(5, 3\); got shape \({shape}\)"):
            se.squared_error(x, wrong, convention)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": np.full((6, 3), np.nan)}, "x must be finite; got 18 NaN or infinite values"),
        ({"x": np.zeros((6, 2))}, r"x must have shape \(batch, 3\).* got shape \(6, 2\)"),
        ({"n_steps": 0}, "n_steps must be an integer of at least 1; got 0"),
    ],
)
def test_descend_refuses_bad_data(change, message, rng):
    settings = {"x": np.zeros((6, 3)), "n_steps": 1, "learning_rate": 0.1} | change
    params = mlp.init([3, 2, 3], rng)
    with pytest.raises(ValueError, match=message):
        se.descend(
            params, activations=["tanh", "linear"], convention="half sum", **settings
        )
