"""The loops written by hand train what Keras trains: same loss, gradients and course."""

import importlib

import numpy as np
import pytest

from companion import training
from companion.autoencoders.convolutional import ConvolutionalAutoencoder
from companion.autoencoders.dense import DenseAutoencoder
from companion.networks import mlp
from reproductions.bench import variants
from reproductions.bench.networks import layers_of, pairs

LIBRARIES = ("numpy", "tensorflow", "torch", "jax")
CASES = [(library, kind) for library in LIBRARIES for kind in ("dense", "images")]
CASES.remove(("numpy", "images"))
N = 24


def loop(library):
    pytest.importorskip(library)
    return importlib.import_module(f"reproductions.bench.loop_{library}")


def build(kind):
    if kind == "dense":
        return DenseAutoencoder(20, 3, hidden=(9, 7)), (20,)
    return ConvolutionalAutoencoder((8, 12, 2), 5, filters=(3, 4)), (8, 12, 2)


@pytest.fixture
def batch(rng):
    return lambda shape: rng.uniform(size=(N, *shape)).astype("float32")


def gradients_of_keras(model, x):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - x) ** 2)
    return float(loss), [g.numpy() for g in tape.gradient(loss, model.trainable_weights)]


@pytest.mark.slow
@pytest.mark.parametrize(("library", "kind"), CASES)
def test_first_step_has_the_loss_and_gradients_of_keras(library, kind, batch):
    model, shape = build(kind)
    x = batch(shape)
    right_loss, right = gradients_of_keras(model, x)
    loss, grads = loop(library).loss_and_grads(layers_of(model), pairs(model), x)
    assert loss == pytest.approx(right_loss, rel=1e-5)
    found = [grad for pair in grads for grad in pair]
    for one, two in zip(found, right, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-3, atol=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize(("library", "kind"), CASES)
def test_training_takes_the_course_of_the_companion(library, kind, batch, monkeypatch):
    # One batch for each epoch, so that the order of the examples cannot matter.
    model, shape = build(kind)
    x, losses, rate = batch(shape), [], 0.01
    monkeypatch.setattr(loop(library), "LEARNING_RATE", rate)
    loop(library).train(layers_of(model), pairs(model), x, 20, losses.append)
    history = training.fit(model, x, epochs=20, batch_size=N, learning_rate=rate)
    np.testing.assert_allclose(losses, history["loss"], rtol=2e-4)
    assert losses[-1] < 0.98 * losses[0]


@pytest.mark.slow
@pytest.mark.parametrize("library", LIBRARIES)
def test_every_example_is_used_once_in_an_epoch(library, batch, monkeypatch):
    # At learning rate 0 the mean over the batches is the loss of all examples at once.
    monkeypatch.setattr(loop(library), "BATCH_SIZE", 6)
    monkeypatch.setattr(loop(library), "LEARNING_RATE", 0.0)
    model, shape = build("dense")
    x, losses = batch(shape), []
    loop(library).train(layers_of(model), pairs(model), x, 2, losses.append)
    right, _ = loop(library).loss_and_grads(layers_of(model), pairs(model), x)
    np.testing.assert_allclose(losses, right, rtol=1e-5)


def test_numpy_gradients_are_those_of_the_networks_chapter(batch):
    model, shape = build("dense")
    x = batch(shape)
    loss, grads = loop("numpy").loss_and_grads(layers_of(model), pairs(model), x)
    names = [layer.activation for layer in layers_of(model)]
    params = tuple(zip(*pairs(model), strict=True))
    right_loss, right = mlp.loss_and_grads(params, x, x, names)
    assert loss == pytest.approx(right_loss, rel=1e-5)
    for pair, kernel, bias in zip(grads, *right, strict=True):
        np.testing.assert_allclose(pair[0], kernel, rtol=1e-3, atol=1e-7)
        np.testing.assert_allclose(pair[1], bias, rtol=1e-3, atol=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["companion", "plain Keras"])
def test_keras_variants_tell_the_loss_of_every_epoch(variant, batch, monkeypatch):
    monkeypatch.setattr(variants, "EPOCHS", 3)
    monkeypatch.setattr(training, "tqdm", None)  # restored after the test
    model, shape = build("dense")
    losses = []
    variants.VARIANTS[variant](model, batch(shape), losses.append)
    assert len(losses) == 3
    assert losses == sorted(losses, reverse=True)
