"""The convolutional network against Keras, finite differences and single steps of Adam."""

import keras
import numpy as np
import pytest

from companion.challenges import apart, stacked_cnn
from companion.networks import optimizers


def test_logits_are_those_of_keras(rng):
    params = stacked_cnn.init([0, 1], n_channels=3)
    params[1] += rng.normal(size=params[1].shape)
    params[3] += rng.normal(size=params[3].shape)
    x = rng.random((5, 64))
    found = stacked_cnn.forward(params, x)
    for member in range(2):
        model = keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                keras.layers.Conv2D(3, 3, activation="relu"),
                keras.layers.MaxPooling2D(2),
                keras.layers.Flatten(),
                keras.layers.Dense(10),
            ]
        )
        kernel, shift, weights, bias = (array[member] for array in params)
        model.set_weights([kernel.reshape(3, 3, 1, 3), shift[0], weights, bias[0]])
        answers = model.predict_on_batch(x.reshape(5, 8, 8, 1).astype("float32"))
        np.testing.assert_allclose(found[member], answers, atol=1e-5)


def check_gradients(params, x, labels, rng):
    eps = 1e-6

    def loss(arrays):
        logits = stacked_cnn.forward(arrays, x)
        log_p = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
        return -np.take_along_axis(log_p, labels[..., None], -1).mean(axis=(1, 2))

    grads = stacked_cnn.gradients(params, x, labels)
    for i, grad in enumerate(grads):
        direction = rng.normal(size=grad.shape)
        up, down = (
            loss([a + s * eps * direction if i == j else a for j, a in enumerate(params)])
            for s in (1, -1)
        )
        numeric = (up - down) / (2 * eps)
        np.testing.assert_allclose(
            np.sum(grad * direction, axis=(1, 2)), numeric, rtol=1e-5, atol=1e-8
        )


def test_gradients_match_a_central_difference(rng):
    params = stacked_cnn.init([0, 1], n_channels=3)
    params[1] += 0.1 * rng.normal(size=params[1].shape)
    check_gradients(params, rng.random((2, 6, 64)), rng.integers(0, 10, (2, 6)), rng)


def test_gradients_match_where_four_places_are_equal(rng):
    # In a flat image all places of a window tie, and together they move once, not four
    # times; a positive bias lets the ReLU pass them.
    params = stacked_cnn.init([0, 1], n_channels=3)
    params[1] += 2.0
    x = np.broadcast_to(rng.random((2, 6, 1)), (2, 6, 64)) * [[[1.0]], [[0.0]]]
    check_gradients(params, x, rng.integers(0, 10, (2, 6)), rng)


def test_initial_weights_fill_the_limits_of_glorot_and_follow_their_seed():
    kernel, shift, weights, bias = stacked_cnn.init([5, 6, 5], n_channels=16)
    for array, n_in, n_out in ((kernel, 9, 16), (weights, 144, 10)):
        limit = np.sqrt(6 / (n_in + n_out))
        assert 0.9 * limit < np.abs(array).max() <= limit
        assert array.std() == pytest.approx(limit / np.sqrt(3), rel=0.1)
        np.testing.assert_array_equal(array[0], array[2])
        assert not np.array_equal(array[0], array[1])
    assert not shift.any()
    assert not bias.any()


def test_training_is_adam_on_each_members_own_images_with_a_falling_rate(rng):
    x, labels = rng.random((12, 64)), rng.integers(0, 10, 12)
    rows = [np.arange(6), np.arange(6, 12)]
    start = stacked_cnn.init([0, 1], n_channels=3)
    before = [array.copy() for array in start]
    found = stacked_cnn.train(
        start, x, labels, rows, n_steps=3, batch_size=6, learning_rate=0.02
    )
    expected, state, own = start, None, np.stack(rows)
    for rate in (0.02, 0.015, 0.005):  # 1, 3/4 and 1/4 at t/n = 0, 1/3, 2/3
        grads = stacked_cnn.gradients(expected, x[own], labels[own])
        expected, state = optimizers.adam(expected, grads, state, rate)
    for a, b, c, d in zip(found, expected, start, before, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)
        np.testing.assert_array_equal(c, d)


def test_small_batches_see_every_image_once_before_any_again(rng, monkeypatch):
    seen = []

    def note(params, x, labels):
        seen.append(labels[0])
        return [np.zeros_like(array) for array in params]

    monkeypatch.setattr(stacked_cnn, "gradients", note)
    rows = [np.array([2, 3, 5, 7, 11, 13])]
    start = stacked_cnn.init([0])
    x, labels = rng.random((14, 64)), np.arange(14)
    stacked_cnn.train(start, x, labels, rows, n_steps=4, batch_size=3)
    for first, second in ((0, 1), (2, 3)):
        assert sorted([*seen[first], *seen[second]]) == [2, 3, 5, 7, 11, 13]
    expected = apart.draw(rows[0], 12, np.random.default_rng(0))
    np.testing.assert_array_equal(np.concatenate(seen), expected)


def test_it_learns_which_half_is_bright(rng):
    x, labels = 0.2 * rng.random((60, 64)), np.arange(60) % 2
    x[labels == 0, :32] += 0.8
    x[labels == 1, 32:] += 0.8
    start = stacked_cnn.init([0, 1], n_channels=4, n_classes=2)
    params = stacked_cnn.train(start, x, labels, [np.arange(60)] * 2, n_steps=60)
    assert np.all(stacked_cnn.forward(params, x).argmax(-1) == labels)


def test_bad_calls_are_refused():
    params = stacked_cnn.init([0])
    with pytest.raises(ValueError, match="n_steps"):
        stacked_cnn.train(params, np.ones((2, 64)), np.zeros(2, int), [[0]], n_steps=0)
    with pytest.raises(ValueError, match="x must"):
        stacked_cnn.train(params, np.ones((2, 63)), np.zeros(2, int), [[0]], n_steps=1)
