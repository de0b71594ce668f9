"""The dropout classifier: its arithmetic, its twin in NumPy, its files, its answers."""

import os

import keras
import numpy as np
import pytest
from keras import ops

from companion import training
from companion.datasets import DatasetError, load
from companion.networks import classifier, mlp
from reproductions.networks import regularization

ACTIVATIONS = ["relu", "linear"]


@pytest.fixture
def images(rng):
    return rng.uniform(size=(7, 4, 3, 1)).astype("float32")


def test_parameters_are_counted_by_hand():
    # 784 * 128 + 128 and 128 * 10 + 10; neither Flatten nor Dropout has weights.
    model = classifier.dropout_classifier((28, 28, 1))
    assert model.count_params() == 100_480 + 1_290
    assert [layer.count_params() for layer in model.layers] == [0, 100_480, 0, 1_290]


def test_flatten_is_a_reshape(images):
    flat = ops.convert_to_numpy(keras.layers.Flatten()(images))
    np.testing.assert_array_equal(flat, images.reshape(7, 12))


def test_answers_equal_the_numpy_network_without_masks(images):
    model = classifier.dropout_classifier((4, 3, 1), 5, hidden=(8,))
    params = classifier.parameters(model)
    expected = mlp.forward(params, images.reshape(7, 12), ACTIVATIONS)[-1]
    np.testing.assert_allclose(
        ops.convert_to_numpy(model(images)), expected, rtol=1e-5, atol=1e-6
    )


def test_masks_are_those_of_the_next_training_call(images):
    models = [
        classifier.dropout_classifier((4, 3, 1), 5, hidden=(40, 30), rate=0.5)
        for _ in range(2)
    ]
    masks = classifier.draw_masks(models[0], 7)
    assert [mask.shape for mask in masks] == [(7, 40), (7, 30)]
    assert set(np.unique(masks[0])) == {0.0, 2.0}
    c, (kernels, biases) = images.reshape(7, 12), classifier.parameters(models[0])
    for kernel, bias, mask in zip(kernels[:2], biases[:2], masks, strict=True):
        c = np.maximum(c @ kernel + bias, 0) * mask
    np.testing.assert_allclose(
        c @ kernels[2] + biases[2],
        ops.convert_to_numpy(models[1](images, training=True)),
        rtol=1e-5,
        atol=1e-6,
    )


def test_dropout_is_off_outside_training(images):
    model = classifier.dropout_classifier((4, 3, 1), 5, rate=0.9)
    np.testing.assert_array_equal(
        ops.convert_to_numpy(model(images)), ops.convert_to_numpy(model(images))
    )


def test_every_piece_equals_its_twin_in_keras():
    assert [p.row() for p in regularization.parities() if not p.holds] == []


def test_penalties_are_added_to_the_loss(images):
    model = classifier.dropout_classifier((4, 3, 1), 5, l1=0.01, l2=0.02)
    weights, _ = classifier.parameters(model)
    expected = sum(0.01 * np.abs(w).sum() + 0.02 * (w**2).sum() for w in weights)
    assert float(sum(model.losses)) == pytest.approx(expected, rel=1e-5)


def test_seed_decides_the_weights():
    a, b, c = (classifier.dropout_classifier((4,), 3, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(a.get_weights()[0], b.get_weights()[0])
    assert (a.get_weights()[0] != c.get_weights()[0]).any()


def test_saved_and_loaded_it_answers_alike(images, tmp_path):
    model = classifier.dropout_classifier((4, 3, 1), 5, rate=0.3, l2=0.02, seed=4)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        ops.convert_to_numpy(model(images)), ops.convert_to_numpy(again(images))
    )
    assert [layer.rate for layer in again.layers if hasattr(layer, "rate")] == [0.3]
    assert float(sum(again.losses)) == pytest.approx(float(sum(model.losses)))


def test_accuracy_counts_right_answers(images):
    model = classifier.dropout_classifier((4, 3, 1), 5)
    answers = ops.convert_to_numpy(model(images)).argmax(axis=1)
    labels = np.where(np.arange(7) < 3, answers, (answers + 1) % 5)
    assert classifier.accuracy(model, images, labels, batch_size=2) == pytest.approx(3 / 7)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rate": 1.0}, "rate must be at least 0 and below 1; got 1.0"),
        ({"n_classes": 1}, "n_classes must be at least 2; got 1"),
        ({"hidden": (8, 0)}, r"hidden\[1\] must be an integer of at least 1; got 0"),
        ({"l2": -1.0}, "l1 and l2 must not be negative; got 0.0 and -1.0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        classifier.dropout_classifier((4,), **settings)


def trained_accuracy(data, epochs, seed, batch_size):
    training.seed_everything(seed)
    model = classifier.dropout_classifier(data.x_train.shape[1:], seed=seed)
    training.fit(
        model, data.x_train, target=data.y_train, epochs=epochs, batch_size=batch_size,
        loss=classifier.cross_entropy(),
    )  # fmt: skip
    return classifier.accuracy(model, data.x_test, data.y_test)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_small_digits_are_read(seed):
    assert trained_accuracy(load("digits"), 30, seed, 32) > 0.95


@pytest.mark.slow
def test_full_size_digits_are_read():
    if "COMPANION_DATA" not in os.environ:
        pytest.skip("mnist is read from COMPANION_DATA, which is not set")
    try:
        data = load("mnist")
    except (DatasetError, OSError) as error:
        pytest.skip(f"mnist is not in COMPANION_DATA: {error}")
    assert trained_accuracy(data, 8, 0, 64) > 0.975


def test_layers_of_equal_width_have_weights_and_masks_of_their_own():
    model = classifier.dropout_classifier((8,), 8, hidden=(8, 8), rate=0.5)
    (first, second, third), _ = classifier.parameters(model)
    assert (first != second).any()
    assert (second != third).any()
    one, other = classifier.draw_masks(model, 50)
    assert np.mean(one == other) == pytest.approx(0.5, abs=0.15)


def test_accuracy_is_measured_with_dropout_off(rng):
    model = classifier.dropout_classifier((6,), 5, rate=0.9)
    x = rng.normal(size=(200, 6)).astype("float32")
    params = classifier.parameters(model)
    answers = mlp.forward(params, x, ACTIVATIONS)[-1].argmax(axis=1)
    assert classifier.accuracy(model, x, answers) == 1.0


def test_weights_start_as_glorot_uniform():
    weights, biases = classifier.parameters(classifier.dropout_classifier((60,), 40))
    for kernel, bias in zip(weights, biases, strict=True):
        limit = np.sqrt(6 / sum(kernel.shape))
        assert 0.98 * limit < np.abs(kernel).max() <= limit * (1 + 1e-6)
        assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=0.05)
        assert not bias.any()
