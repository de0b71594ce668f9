"""Trainings from different starts: symmetry, plateaus, and losses by another route."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

from companion import datasets
from companion.networks import initializers, losses, mlp, optimizers, starts

SIZES = [64, 12, 10]


@pytest.fixture(scope="module")
def data():
    return datasets.load("digits").flat()


def test_loss_and_accuracy_equal_those_of_scikit_learn(data, rng):
    params = initializers.draw_network(SIZES, "he", rng)
    logits = mlp.forward(params, data.x_val, ["relu", "linear"])[-1]
    loss, accuracy = starts.loss_and_accuracy(params, data.x_val, data.y_val)
    p = losses.softmax(logits)
    assert loss == pytest.approx(log_loss(data.y_val, p, labels=range(10)), rel=1e-9)
    assert accuracy == np.mean(p.argmax(axis=1) == data.y_val)


def test_equal_units_stay_equal(data, rng):
    weights = [np.full((64, 12), 0.1), np.full((12, 10), 0.1)]
    params = weights, [np.zeros(12), np.zeros(10)]
    settings = {"activation": "tanh", "learning_rate": 0.2, "epochs": 2, "rng": rng}
    (w_1, w_2), _ = starts.train_from(params, data, **settings)[0]
    np.testing.assert_allclose(w_1, w_1[:, :1] * np.ones(12), atol=1e-10)
    np.testing.assert_allclose(w_2, np.ones((12, 1)) * w_2[:1], atol=1e-10)
    assert np.ptp(w_1[:, 0]) > 1e-4  # it did learn
    assert np.all(weights[0] == 0.1)  # and left what it was given


def test_zero_weights_learn_the_shares_of_the_classes(data, rng):
    params = initializers.draw_network(SIZES, "zero", rng)
    settings = {"learning_rate": 0.5, "epochs": 20, "rng": rng}
    params, _ = starts.train_from(params, data, **settings)
    assert not any(w.any() for w in params[0])
    shares = np.bincount(data.y_train) / len(data.y_train)
    # Batches at a rate of 0.5 leave some noise in the biases.
    np.testing.assert_allclose(losses.softmax(params[1][-1][None])[0], shares, atol=0.05)


def test_a_training_that_diverges_counts_as_infinite(data):
    settings = {"scheme": "he", "epochs": 1, "seeds": [0, 1]}
    table = starts.validation_losses(data, [64, 8, 8, 10], rates=[0.1, 1e200], **settings)
    assert table.shape == (2, 2)
    assert np.isfinite(table[0]).all()
    assert np.isinf(table[1]).all()


def test_validation_losses_are_those_of_single_trainings(data):
    settings = {"scheme": "he", "epochs": 2, "seeds": [3, 4]}
    table = starts.validation_losses(data, SIZES, rates=[0.05, 0.2], **settings)
    rng = np.random.default_rng(4)
    params = initializers.draw_network(SIZES, "he", rng)
    params, history = starts.train_from(params, data, learning_rate=0.2, epochs=2, rng=rng)
    assert table[1, 1] == starts.loss_and_accuracy(params, data.x_val, data.y_val)[0]
    assert len(history) == 2
    assert history[1] < history[0]


def test_training_is_gradient_descent_on_batches_of_64(data):
    params = initializers.draw_network(SIZES, "he", np.random.default_rng(0))
    settings = {"learning_rate": 0.2, "epochs": 2}
    found, history = starts.train_from(
        params, data, rng=np.random.default_rng(1), **settings
    )
    settings |= {"optimizer": optimizers.gradient_descent, "loss": losses.cross_entropy}
    settings |= {"activations": ["relu", "linear"], "batch_size": 64}
    expected, losses_seen = mlp.train(
        params, data.x_train, data.y_train, rng=np.random.default_rng(1), **settings
    )
    assert history == losses_seen
    np.testing.assert_array_equal(found[0][0], expected[0][0])


def test_the_hidden_layers_have_the_activation_asked_for(data, rng):
    assert starts.names_of([64, 12, 12, 10], "tanh") == ["tanh", "tanh", "linear"]
    params = initializers.draw_network(SIZES, "he", rng)
    logits = mlp.forward(params, data.x_val, ["tanh", "linear"])[-1]
    expected, _ = losses.cross_entropy(logits, data.y_val)
    assert starts.loss_and_accuracy(params, data.x_val, data.y_val, "tanh")[0] == expected


def test_validation_losses_have_the_activation_and_the_gain_asked_for(data):
    rng = np.random.default_rng(4)
    weights, biases = initializers.draw_network(SIZES, "lecun", rng)
    settings = {"epochs": 1, "activation": "tanh"}
    params, _ = starts.train_from(
        ([3 * w for w in weights], biases), data, rng=rng, learning_rate=0.2, **settings
    )
    expected, _ = starts.loss_and_accuracy(params, data.x_val, data.y_val, "tanh")
    settings |= {"scheme": "lecun", "rates": [0.2], "seeds": [4], "gain": 3}
    assert starts.validation_losses(data, SIZES, **settings)[0, 0] == expected


def test_leaving_is_counted_in_updates_on_all_data(data, rng):
    params = initializers.draw_network(SIZES, "lecun", rng)
    settings = {"activations": ["tanh", "linear"], "batch_size": len(data.x_train)}
    settings |= {"optimizer": optimizers.gradient_descent, "loss": losses.cross_entropy}
    _, history = mlp.train(
        params, data.x_train, data.y_train, epochs=8, learning_rate=0.4, rng=rng, **settings
    )  # the loss of an epoch is taken before its update
    settings = {"learning_rate": 0.4, "n_steps": 9}
    for share, expected in ((1 + 1e-9, 5), (1 - 1e-9, 6)):
        settings["loss_below"] = share * history[5]
        assert starts.updates_to_leave(params, data, **settings) == expected
    assert starts.updates_to_leave(params, data, **settings | {"loss_below": 0.0}) == np.inf
