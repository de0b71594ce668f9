"""Mean squares through 20 layers: predicted, measured, and preserved where they should."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from companion.networks import initializers, mlp
from companion.networks import signal_propagation as sig

DEEP = [200] * 21
SEEDS = range(24)


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(1).normal(size=(60, 200))


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "linear"])
@pytest.mark.parametrize("mean_square", [0.01, 1.0, 9.0])
def test_means_over_normal_sums_equal_an_adaptive_integral(activation, mean_square):
    function, slope = mlp.ACTIVATIONS[activation]
    std = np.sqrt(mean_square)

    def mean(f):
        pieces = [quad(lambda t: f(std * t) * norm.pdf(t), a, b) for a, b in HALVES]
        return sum(value for value, _ in pieces)

    outputs = mean(lambda s: function(np.array(s)) ** 2)
    slopes = mean(lambda s: slope(function(np.array(s))) ** 2)
    found = sig.mean_square_output(activation, mean_square)
    assert found == pytest.approx(outputs, rel=1e-6)
    assert sig.mean_square_slope(activation, mean_square) == pytest.approx(slopes, rel=1e-5)


HALVES = [(-12, 0), (0, 12)]  # the kink of ReLU between them


@pytest.mark.parametrize(
    ("activation", "scheme"),
    [("relu", "he"), ("linear", "lecun"), ("linear", "glorot"), ("linear", "orthogonal")],
)
def test_the_right_scheme_keeps_signals_over_twenty_layers(activation, scheme, x):
    forward, backward = sig.measure(scheme, DEEP, activation, x, SEEDS)
    # A ReLU layer of n units has a relative variance of 5 / n around its mean factor of 1.
    # Over 20 layers of 200 that makes 0.65, so 0.16 is the standard error of 24 networks,
    # and the band is three of these.
    for first, last in ((forward[:, 0], forward[:, -1]), (backward[:, -1], backward[:, 0])):
        assert last.mean() / first.mean() == pytest.approx(1.0, abs=0.5)
    expected = sig.predict(scheme, DEEP, activation)
    np.testing.assert_allclose(expected[0], np.ones(20), rtol=1e-9)
    np.testing.assert_allclose(expected[1], np.ones(20), rtol=1e-9)


@pytest.mark.parametrize(
    ("activation", "scheme", "factor"),
    [
        ("relu", "glorot", 0.5),
        ("relu", "small", 200 * 1e-4 / 2),
        ("linear", "he", 2.0),
        ("linear", "small", 200 * 1e-4),
    ],
)
def test_a_wrong_scheme_multiplies_by_its_factor_in_each_layer(
    activation, scheme, factor, x
):
    forward, backward = sig.measure(scheme, DEEP, activation, x, SEEDS)
    expected = sig.predict(scheme, DEEP, activation)
    np.testing.assert_allclose(expected[0], factor ** np.arange(1, 21), rtol=1e-9)
    np.testing.assert_allclose(expected[1], factor ** np.arange(19, -1, -1), rtol=1e-9)
    # Chance in 19 layers: 0.65**0.5 / 19 in the logarithm for one network, and a bit less
    # than the factor, by 5 / 400, for the mean of the logarithms.
    per_layer = np.exp(np.mean(np.log(forward[:, -1] / forward[:, 0])) / 19)
    assert per_layer == pytest.approx(factor, rel=0.05)
    per_layer = np.exp(np.mean(np.log(backward[:, 0] / backward[:, -1])) / 19)
    assert per_layer == pytest.approx(factor, rel=0.05)


def test_tanh_after_lecun_decays_slowly_as_predicted(x):
    forward, backward = sig.measure("lecun", DEEP, "tanh", x, SEEDS)
    expected = sig.predict("lecun", DEEP, "tanh")
    np.testing.assert_allclose(forward.mean(axis=0), expected[0], rtol=0.1)
    # Gradients of different layers share their weights, so chance is larger there.
    np.testing.assert_allclose(backward.mean(axis=0), expected[1], rtol=0.35)
    # Not kept, and not by a constant factor: tanh'(0) = 1, so that the decay dies out.
    factors = expected[0][1:] / expected[0][:-1]
    assert expected[0][-1] < 0.1
    assert np.all(np.diff(factors) > 0)
    assert factors[-1] > 0.9


def test_widths_that_change_enter_on_their_own_side():
    # He's variance 2 / n_in keeps signals; errors are multiplied by n_out / n_in.
    forward, backward = sig.predict("he", [10, 20, 80, 40], "relu")
    np.testing.assert_allclose(forward, 1.0)
    np.testing.assert_allclose(backward, [(80 / 20) * (40 / 80), 40 / 80, 1.0])


def test_the_mean_square_of_the_input_is_passed_on():
    # Through linear layers of variance 1 / n it stays; one tanh layer takes the integral.
    forward, _ = sig.predict("lecun", [30, 30, 30], "linear", mean_square=4.0)
    np.testing.assert_allclose(forward, [4.0, 4.0])
    forward, _ = sig.predict("lecun", [30, 30], "tanh", mean_square=9.0)
    assert forward[0] == sig.mean_square_output("tanh", 9.0)


def test_mean_squares_are_not_variances(x):
    # Outputs of ReLU have a mean: 1 / pi of their mean square after one layer, for He.
    forward, _ = sig.measure("he", [200, 2000], "relu", x, [0])
    assert forward[0, 0] == pytest.approx(np.mean(x**2), rel=0.05)


def test_gradients_with_a_mean_keep_it_in_their_mean_square(monkeypatch):
    # Weights of one give every unit below the same gradient: a variance of 0.
    ones = [np.ones((3, 2)), np.ones((2, 2))], [np.zeros(2), np.zeros(2)]
    monkeypatch.setattr(sig.initializers, "draw_network", lambda *_: ones)
    _, backward = sig.measure("he", [3, 2, 2], "linear", np.ones((1, 3)), [0])
    grad = np.random.default_rng(0).normal(size=(1, 2))
    np.testing.assert_allclose(backward[0], [grad.sum() ** 2, np.mean(grad**2)])


def test_layer_gradients_equal_central_differences(rng):
    sizes, names = [4, 3, 5, 4], ["tanh", "sigmoid", "linear"]
    params = initializers.draw_network(sizes, "lecun", rng)
    outputs = mlp.forward(params, rng.normal(size=(6, 4)), names)
    grad_output = rng.normal(size=(6, 4))
    grads = sig.layer_gradients(params, outputs, grad_output, names)
    for cut in (1, 2):
        tail = params[0][cut:], params[1][cut:]
        direction = rng.normal(size=outputs[cut].shape)
        above, below = (
            mlp.forward(tail, outputs[cut] + h * direction, names[cut:])[-1]
            for h in (1e-5, -1e-5)
        )
        numeric = np.sum((above - below) * grad_output) / 2e-5
        assert np.sum(grads[cut - 1] * direction) == pytest.approx(numeric, rel=1e-7)
    np.testing.assert_array_equal(grads[-1], grad_output)


def test_an_unknown_activation_is_named():
    for function in (sig.mean_square_output, sig.mean_square_slope):
        with pytest.raises(ValueError, match="activation must be one of .*; got 'elu'"):
            function("elu", 1.0)
