"""Networks side by side: each must be what it is alone."""

import numpy as np
import pytest

from companion.networks import mlp, stacked

NAMES = ["relu", "tanh", "linear"]


@pytest.fixture
def params():
    weights, biases = stacked.init([3, 5, 4, 2], range(6))
    return weights, [np.random.default_rng(9).normal(size=b.shape) for b in biases]


@pytest.fixture
def data(rng):
    return rng.normal(size=(7, 3)), rng.normal(size=(7, 2))


def test_each_network_starts_as_it_would_alone():
    weights, biases = stacked.init([3, 5, 2], [3, 0, 3])
    for i, seed in enumerate([3, 0, 3]):
        alone, _ = mlp.init([3, 5, 2], np.random.default_rng(seed))
        for w, expected in zip(weights, alone, strict=True):
            np.testing.assert_array_equal(w[i], expected)
    assert [b.shape for b in biases] == [(3, 1, 5), (3, 1, 2)]
    assert all((b == 0).all() for b in biases)


def test_outputs_and_gradients_are_those_of_each_network_alone(params, data):
    x, target = data
    outputs = stacked.forward(params, x, NAMES)
    grads = stacked.gradients(params, x, target, NAMES)
    for i in range(6):
        alone = stacked.member(params, i)
        expected = mlp.forward(alone, x, NAMES)
        for ours, theirs in zip(outputs[1:], expected[1:], strict=True):
            np.testing.assert_allclose(ours[i], theirs, rtol=1e-12, atol=1e-12)
        _, expected = mlp.loss_and_grads(alone, x, target, NAMES)
        for ours, theirs in zip(stacked.member(grads, i), expected, strict=True):
            for a, b in zip(ours, theirs, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_each_network_may_have_inputs_of_its_own(params, rng):
    x, target = rng.normal(size=(6, 7, 3)), rng.normal(size=(6, 7, 2))
    grads = stacked.gradients(params, x, target, NAMES)
    for i in (0, 5):
        _, expected = mlp.loss_and_grads(stacked.member(params, i), x[i], target[i], NAMES)
        for a, b in zip(stacked.member(grads, i)[0], expected[0], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_a_masked_unit_is_a_unit_cut_out(params, data):
    x, target = data
    masks = {2: np.array([1.0, 0.0, 1.0, 1.0])}
    grads = stacked.gradients(params, x, target, NAMES, masks)
    (w1, w2, w3), (b1, b2, b3) = params
    keep = [0, 2, 3]
    smaller = [w1, w2[:, :, keep], w3[:, keep]], [b1, b2[:, :, keep], b3]
    expected = stacked.gradients(smaller, x, target, NAMES)
    np.testing.assert_allclose(
        stacked.forward(params, x, NAMES, masks)[-1],
        stacked.forward(smaller, x, NAMES)[-1],
        rtol=1e-12,
    )
    np.testing.assert_allclose(grads[0][0], expected[0][0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(grads[0][1][:, :, keep], expected[0][1], rtol=1e-9)
    assert (grads[0][1][:, :, 1] == 0).all()
    assert (grads[1][1][:, :, 1] == 0).all()


def test_errors_are_the_mean_squares_of_each_network(rng):
    params = stacked.init([3, 2, 3], range(4))
    x, names = rng.normal(size=(5, 3)), ["tanh", "linear"]
    errors = stacked.errors(params, x, names)
    for i in range(4):
        x_hat = mlp.forward(stacked.member(params, i), x, names)[-1]
        assert errors[i] == pytest.approx(np.sum((x_hat - x) ** 2) / 15, rel=1e-12)


def test_training_together_is_training_alone(params, data):
    x, target = data
    together = stacked.train(
        params, x, target, activations=NAMES, n_steps=30, learning_rate=0.02
    )
    for i in (0, 5):
        alone, _ = mlp.train(
            stacked.member(params, i),
            x,
            target,
            activations=NAMES,
            epochs=30,
            batch_size=7,
            learning_rate=0.02,
            rng=np.random.default_rng(0),
        )
        for ours, expected in zip(stacked.member(together, i)[0], alone[0], strict=True):
            np.testing.assert_allclose(ours, expected, rtol=1e-7, atol=1e-9)


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


def test_targets_that_the_last_activation_cannot_reach_are_refused(params, data):
    x, target = data
    names = ["tanh", "tanh", "sigmoid"]
    with pytest.raises(ValueError, match="target"):
        stacked.train(
            params, x, 2 + target**2, activations=names, n_steps=1, learning_rate=0.1
        )
