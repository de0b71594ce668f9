"""Initial weights: their variance, and what theory says they do to signals."""

import numpy as np
import pytest

from companion.autoencoders import initialization as ini
from companion.networks import mlp

RELU = ["relu"] * 6
WIDE = [400] * 7


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [("zero", 0.0), ("small", 1e-4), ("glorot", 2 / 500), ("he", 2 / 300)],
)
def test_drawn_weights_have_the_variance_of_their_scheme(scheme, expected, rng):
    weights, biases = ini.draw([300, 200], scheme, rng)
    assert np.mean(weights[0] ** 2) == pytest.approx(expected, rel=0.02)
    assert not biases[0].any()


def test_glorot_is_the_variance_of_the_uniform_draw_elsewhere(rng):
    # mlp.init draws uniformly within its limit; the variance is limit**2 / 3.
    weights, _ = mlp.init([300, 200], rng)
    found = np.var(weights[0])
    assert found == pytest.approx(ini.weight_variance("glorot", 300, 200), rel=0.02)


@pytest.mark.parametrize(("scheme", "factor"), [("he", 1.0), ("glorot", 0.5)])
def test_relu_layers_multiply_the_variance_as_derived(scheme, factor, rng):
    x = rng.normal(size=(300, 400))
    forward, backward = ini.mean_variances(scheme, WIDE, x, RELU, seeds=range(4))
    # Widths of 400 leave each layer a few percent of chance.
    np.testing.assert_allclose((forward[-1] / forward[0]) ** (1 / 5), factor, rtol=0.05)
    np.testing.assert_allclose((backward[0] / backward[-1]) ** (1 / 5), factor, rtol=0.05)
    # A ReLU of normal sums of variance 2 q: (1 - 1 / pi) q, with q = E[x^2] for He.
    first = (1 - 1 / np.pi) * factor
    assert forward[0] == pytest.approx(first, rel=0.05)


def test_the_gradient_at_the_outputs_has_variance_one(rng):
    x = rng.normal(size=(300, 400))
    _, backward = ini.mean_variances("he", [400] * 3, x, ["relu"] * 2, range(2))
    assert backward[-1] == pytest.approx(1.0, rel=0.02)  # 240 000 draws


def test_gradients_are_those_of_a_central_difference(rng):
    sizes, activations = [4, 3, 5, 4], ["tanh", "relu", "sigmoid"]
    params = ini.draw(sizes, "he", rng)
    x, eps = rng.normal(size=(6, 4)), 1e-6
    target = rng.uniform(size=(6, 4))
    grad = 2 * (mlp.forward(params, x, activations)[-1] - target) / target.size
    found = ini.gradient_variances(params, x, grad, activations)
    for cut in (1, 2):
        tail = params[0][cut:], params[1][cut:]
        a = mlp.forward(params, x, activations)[cut]
        numeric = np.empty_like(a)
        for index in np.ndindex(a.shape):
            ends = []
            for sign in (1, -1):
                moved = a.copy()
                moved[index] += sign * eps
                x_hat = mlp.forward(tail, moved, activations[cut:])[-1]
                ends.append(np.mean((x_hat - target) ** 2))
            numeric[index] = (ends[0] - ends[1]) / (2 * eps)
        assert found[cut - 1] == pytest.approx(np.var(numeric), rel=1e-5)
    assert found[-1] == pytest.approx(np.var(grad))


def test_activation_variance_is_taken_over_examples_and_units():
    params = [np.array([[1.0, 3.0]])], [np.zeros(2)]
    # Outputs 1, 3 and 2, 6: mean 3, squared distances 4, 0, 1, 9.
    found = ini.activation_variances(params, np.array([[1.0], [2.0]]), ["linear"])
    np.testing.assert_allclose(found, [14 / 4])


def test_zero_weights_learn_the_mean_and_nothing_else(rng):
    x = rng.uniform(size=(64, 6))
    activations = ["tanh", "linear", "tanh", "linear"]
    params = ini.train_from(
        "zero", [6, 5, 3, 5, 6], activations, x, epochs=400, learning_rate=0.01, seed=0
    )
    assert not any(kernel.any() for kernel in params[0])
    np.testing.assert_allclose(
        mlp.forward(params, x, activations)[-1], np.tile(x.mean(axis=0), (64, 1)), atol=1e-3
    )


def test_dead_share_counts_silent_units_of_relu_layers_only(rng):
    weights = [np.array([[1.0, -1.0, 0.0, 2.0]]), np.zeros((4, 3))]
    params = weights, [np.zeros(4), np.zeros(3)]
    x = np.array([[1.0], [2.0]])
    # Of the first layer the second and the third unit are silent.
    assert ini.dead_share(params, x, ["relu", "linear"]) == 0.5
    assert ini.dead_share(params, x, ["relu", "relu"]) == 5 / 7


def test_bad_arguments_are_named(rng):
    with pytest.raises(ValueError, match="scheme must be one of zero, .*; got 'one'"):
        ini.draw([2, 2], "one", rng)
    with pytest.raises(ValueError, match=r"sizes\[1\] must be an integer .* got 0"):
        ini.draw([2, 0], "he", rng)
    with pytest.raises(ValueError, match="activations must name a relu layer"):
        ini.dead_share(ini.draw([2, 2], "he", rng), [[1.0, 1.0]], ["tanh"])


def test_a_unit_that_answers_to_one_example_is_not_dead():
    # Four ReLU units with the weights 1, -1, 0 and 2 see the numbers 3 and -3 and 0.
    params = [np.array([[1.0, -1.0, 0.0, 2.0]])], [np.array([0.0, 0.0, -1.0, -9.0])]
    x = np.array([[3.0], [-3.0], [0.0]])
    assert ini.dead_share(params, x, ["relu"]) == 0.5
