"""Networks side by side: each must be what it is alone."""

import numpy as np
import pytest

from companion.networks import mlp, optimizers, stacked

NAMES = ["relu", "tanh", "linear"]


@pytest.fixture
def params():
    weights, biases = stacked.init(
        [3, 5, 4, 2], [np.random.default_rng(i) for i in range(6)]
    )
    return weights, [np.random.default_rng(9).normal(size=b.shape) for b in biases]


@pytest.fixture
def data(rng):
    return rng.normal(size=(7, 3)), rng.normal(size=(7, 2))


def test_each_network_starts_as_it_would_alone():
    weights, biases = stacked.init([3, 5, 2], [np.random.default_rng(i) for i in range(4)])
    for i in range(4):
        alone, _ = mlp.init([3, 5, 2], np.random.default_rng(i))
        for w, expected in zip(weights, alone, strict=True):
            np.testing.assert_array_equal(w[i], expected)
    assert [b.shape for b in biases] == [(4, 1, 5), (4, 1, 2)]
    assert all((b == 0).all() for b in biases)


def test_outputs_losses_and_gradients_are_those_of_each_network_alone(params, data):
    x, target = data
    outputs = stacked.forward(params, x, NAMES)
    losses, grads = stacked.loss_and_grads(params, x, target, NAMES)
    for i in range(6):
        alone = stacked.pick(params, i)
        for ours, expected in zip(
            outputs[1:], mlp.forward(alone, x, NAMES)[1:], strict=True
        ):
            np.testing.assert_allclose(ours[i], expected, rtol=1e-12, atol=1e-12)
        value, (grad_weights, grad_biases) = mlp.loss_and_grads(alone, x, target, NAMES)
        assert losses[i] == pytest.approx(value, rel=1e-12)
        for ours, expected in zip(grads[0], grad_weights, strict=True):
            np.testing.assert_allclose(ours[i], expected, rtol=1e-9, atol=1e-12)
        for ours, expected in zip(grads[1], grad_biases, strict=True):
            np.testing.assert_allclose(ours[i, 0], expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("optimizer", [optimizers.adam, optimizers.gradient_descent])
def test_training_together_is_training_alone(params, data, optimizer):
    x, target = data
    together, losses = stacked.train(
        params,
        x,
        target,
        activations=NAMES,
        n_steps=30,
        learning_rate=0.02,
        optimizer=optimizer,
    )
    for i in (0, 5):
        alone, _ = mlp.train(
            stacked.pick(params, i),
            x,
            target,
            activations=NAMES,
            optimizer=optimizer,
            epochs=30,
            batch_size=7,
            learning_rate=0.02,
            rng=np.random.default_rng(0),
        )
        for ours, expected in zip(stacked.pick(together, i)[0], alone[0], strict=True):
            np.testing.assert_allclose(ours, expected, rtol=1e-7, atol=1e-9)
        expected, _ = mlp.loss_and_grads(alone, x, target, NAMES)
        assert losses[i] == pytest.approx(expected, rel=1e-7)


def test_training_leaves_the_given_networks_unchanged(params, data):
    before = [w.copy() for w in params[0]]
    stacked.train(params, *data, activations=NAMES, n_steps=3, learning_rate=0.1)
    for w, expected in zip(params[0], before, strict=True):
        np.testing.assert_array_equal(w, expected)


def test_what_does_not_fit_is_refused(params, data):
    x, target = data
    settings = {"activations": NAMES, "learning_rate": 0.1}
    with pytest.raises(ValueError, match="n_steps must be an integer"):
        stacked.train(params, x, target, n_steps=0, **settings)
    with pytest.raises(ValueError, match="x must have shape"):
        stacked.train(params, x[:, :2], target, n_steps=1, **settings)
    with pytest.raises(ValueError, match="target must have 7 rows"):
        stacked.train(params, x, target[:3], n_steps=1, **settings)
