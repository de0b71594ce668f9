"""Losses and their gradients, against SciPy, Keras and slopes."""

import keras
import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from companion.networks import losses
from companion.networks.gradient_check import largest_error


def test_log_softmax_equals_scipys_and_does_not_overflow(rng):
    logits = np.vstack([rng.normal(size=(5, 4)), [[1e4, -1e4, 0.0, 1e4]]])
    expected = log_softmax(logits, axis=-1)
    np.testing.assert_allclose(losses.log_softmax(logits), expected, rtol=1e-12)
    np.testing.assert_allclose(losses.softmax(logits), softmax(logits, axis=-1), rtol=1e-12)


@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_cross_entropy_equals_that_of_keras(scale, rng):
    logits, labels = scale * rng.normal(size=(6, 5)), rng.integers(5, size=6)
    keras_loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    value, _ = losses.cross_entropy(logits, labels)
    assert value == pytest.approx(float(keras_loss(labels, logits)), rel=1e-6)


def test_equal_logits_cost_the_logarithm_of_the_number_of_classes():
    value, grad = losses.cross_entropy(np.zeros((2, 8)), np.array([0, 7]))
    assert value == pytest.approx(np.log(8), rel=1e-12)
    # (1/8 - 1) at the right class, 1/8 elsewhere, halved by the mean over two examples.
    np.testing.assert_allclose(grad[0], [-7 / 16, *[1 / 16] * 7], rtol=1e-12)


@pytest.mark.parametrize("loss", [losses.mse, losses.cross_entropy])
def test_gradients_are_slopes(loss, rng):
    output = rng.normal(size=(4, 3))
    target = output[::-1] if loss is losses.mse else np.array([0, 2, 1, 1])
    _, grad = loss(output, target)
    assert largest_error(lambda o: loss(o, target)[0], output, grad, rng) < 1e-7


def test_mse_is_a_mean_over_examples_and_features():
    value, grad = losses.mse(np.full((2, 3), 2.0), np.zeros((2, 3)))
    assert value == 4.0
    np.testing.assert_array_equal(grad, np.full((2, 3), 4 / 6))


@pytest.mark.parametrize("loss", [losses.mse, losses.cross_entropy])
def test_single_precision_stays_single(loss, rng):
    output = rng.normal(size=(4, 3)).astype("float32")
    target = np.zeros((4, 3)) if loss is losses.mse else np.zeros(4, dtype=int)
    assert loss(output, target)[1].dtype == np.float32


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (np.zeros(3), r"target must be 4 whole .* got shape \(3,\) of float64"),
        (np.zeros(4), r"target must be 4 whole .* got shape \(4,\) of float64"),
        (np.array([0, 1, 2, 3]), "target must name classes from 0 to 2; got 0 to 3"),
        (np.array([0, 1, 2, -1]), "target must name classes from 0 to 2; got -1 to 2"),
    ],
)
def test_labels_that_name_no_class_are_refused(target, message):
    with pytest.raises(ValueError, match=message):
        losses.cross_entropy(np.zeros((4, 3)), target)
