"""The row-wise reader against its equations, and replicas against separate trainings."""

import keras
import numpy as np
import pytest

from companion.autoencoders.architectures import Replicas, RowAutoencoder
from companion.autoencoders.convolutional import ConvolutionalAutoencoder
from companion.autoencoders.dense import DenseAutoencoder
from companion.training.again import draw_epochs


def array(tensor):
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


def gru(rows, kernel, recurrent, bias):
    """States of a gated recurrent unit after each row, by its equations."""
    h, states = np.zeros(len(recurrent)), []
    for row in rows:
        from_input = np.split(row @ kernel + bias[0], 3)
        from_state = np.split(h @ recurrent + bias[1], 3)
        update = sigmoid(from_input[0] + from_state[0])
        reset = sigmoid(from_input[1] + from_state[1])
        candidate = np.tanh(from_input[2] + reset * from_state[2])
        h = update * h + (1.0 - update) * candidate
        states.append(h)
    return np.array(states)


def test_row_autoencoder_equals_its_equations(rng):
    model = RowAutoencoder(5, 4, 3, 6)
    model.set_weights([0.5 * rng.normal(size=w.shape) for w in model.get_weights()])
    x = rng.uniform(size=(5, 4)).astype("float32")
    *reader, w_1, b_1, k, r, b, w_2, b_2 = model.get_weights()
    z = gru(x, *reader)[-1] @ w_1 + b_1
    x_hat = sigmoid(gru([z] * 5, k, r, b) @ w_2 + b_2)
    np.testing.assert_allclose(array(model.encode(x[np.newaxis]))[0], z, atol=1e-5)
    np.testing.assert_allclose(array(model(x[np.newaxis]))[0], x_hat, atol=1e-5)


def test_row_autoencoder_parameters_by_hand():
    model = RowAutoencoder(5, 4, 3, 6)
    # Three gates, each with weights from input and state and two biases.
    encoder = 3 * (4 * 6 + 6 * 6 + 2 * 6) + 6 * 3 + 3
    decoder = 3 * (3 * 6 + 6 * 6 + 2 * 6) + 6 * 4 + 4
    assert model.count_params() == encoder + decoder


def test_saved_and_reloaded_row_autoencoder_answers_the_same(rng, tmp_path):
    model = RowAutoencoder(5, 4, 3, 6, seed=3)
    x = rng.uniform(size=(2, 5, 4)).astype("float32")
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(array(loaded(x)), array(model(x)))


def test_row_autoencoder_names_bad_sizes():
    with pytest.raises(ValueError, match="units must be an integer of at least 1; got 0"):
        RowAutoencoder(5, 4, 3, 0)


def dense(seed):
    return DenseAutoencoder(16, 2, (5,), "elu", seed=seed)


def test_replicas_name_what_they_refuse():
    with pytest.raises(ValueError, match="seeds must name at least one replica"):
        Replicas(dense, ())
    replicas = Replicas(dense, (0,))
    with pytest.raises(ValueError, match="replicas must be trained first"):
        replicas.errors(np.zeros((2, 16)))
    with pytest.raises(ValueError, match="n_steps must be an integer of at least 1; got 0"):
        replicas.train(np.zeros((2, 16)), 0)
    with pytest.raises(ValueError, match="x_train must be finite; got 1 NaN"):
        replicas.train(np.array([[np.nan] + [0.0] * 15]), 1)


@pytest.mark.slow
def test_replicas_equal_separate_trainings(rng):
    x, new = (rng.uniform(size=(n, 4, 4, 1)).astype("float32") for n in (20, 6))
    replicas = Replicas(dense, (0, 4), learning_rate=1e-2).train(x, 40, batch_size=8)
    x_hats = replicas.reconstruct(new)
    assert x_hats.shape == (2, 6, 4, 4, 1)
    for seed, x_hat, error in zip((0, 4), x_hats, replicas.errors(new), strict=True):
        model = dense(seed)
        model.compile(keras.optimizers.Adam(1e-2), loss="mse")
        rows = draw_epochs(20, 40 * 8, np.random.default_rng(seed)).reshape(40, 8)
        for batch in rows:
            flat = x[batch].reshape(8, 16)
            model.train_on_batch(flat, flat)
        expected = array(model(new.reshape(6, 16)))
        # Two compilations of the same 40 steps differ by rounding.
        np.testing.assert_allclose(x_hat.reshape(6, 16), expected, atol=1e-5)
        assert error == pytest.approx(np.mean((expected - new.reshape(6, 16)) ** 2), 1e-4)


@pytest.mark.slow
def test_replicas_start_anew_each_time(rng):
    x = rng.uniform(size=(20, 4, 4, 1)).astype("float32")
    other = rng.uniform(size=(20, 4, 4, 1)).astype("float32")

    def convolutional(seed):
        return ConvolutionalAutoencoder((4, 4, 1), 2, (3,), seed=seed)

    replicas = Replicas(convolutional, (1,))
    once = replicas.train(x, 10, batch_size=4).reconstruct(x)
    between = replicas.train(other, 10, batch_size=4).reconstruct(x)
    again = replicas.train(x, 10, batch_size=4).reconstruct(x)
    assert np.abs(between - once).max() > 1e-4
    np.testing.assert_array_equal(once, again)
