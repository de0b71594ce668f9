"""The GAN's loss: whose gradient goes where, and what a model answers."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit

from companion.networks import adversarial_game
from companion.networks.gan import GAN, GRID, discriminator_loss, generator_loss

SCRIPT = Path(__file__).parent / "gan_on_a_backend.py"


def small_gan(**settings):
    return GAN(2, noise_dim=3, hidden=(8,), discriminator_hidden=(8,), **settings)


def batch(rng, n=16):
    return rng.normal(size=(n, 3)).astype("f4"), rng.normal(size=(n, 2)).astype("f4")


def gradients(gan, z, x, loss):
    """Gradients by all weights of ``loss(gan, z, x)``, as arrays; None where unreached."""
    with tf.GradientTape() as tape:
        value = loss(gan, z, x)
    found = tape.gradient(value, [v.value for v in gan.trainable_variables])
    return [None if g is None else g.numpy() for g in found]


def whole_loss(gan, z, x):
    return gan.compute_loss(z, x, gan(z))


def discriminators_part(gan, z, x):
    return keras.ops.mean(discriminator_loss(gan.logits(x), gan.logits(gan(z))))


def generators_part(gan, z, x):
    return keras.ops.mean(generator_loss(gan.logits(gan(z)), gan.generator_loss))


@pytest.mark.parametrize("loss", ["minimax", "non_saturating"])
@pytest.mark.parametrize("pack", [1, 2])
def test_each_network_gets_the_gradient_of_its_own_loss_and_no_other(rng, loss, pack):
    gan, (z, x) = small_gan(loss=loss, pack=pack), batch(rng)
    found = gradients(gan, z, x, whole_loss)
    n = len(gan.generator.trainable_variables)
    for_generator = gradients(gan, z, x, generators_part)
    for_discriminator = gradients(gan, z, x, discriminators_part)
    for ours, alone in zip(found, for_generator[:n] + for_discriminator[n:], strict=True):
        np.testing.assert_allclose(ours, alone, rtol=1e-5, atol=1e-7)
    # The other loss would pull elsewhere, so the agreement says something.
    assert np.abs(for_generator[n] - for_discriminator[n]).max() > 1e-3
    assert np.abs(for_generator[0] - for_discriminator[0]).max() > 1e-4


def test_the_losses_are_the_formulas_and_stay_finite():
    logits = np.array([[-3.0], [0.5], [2.0]])
    d = 1 / (1 + np.exp(-logits))
    np.testing.assert_allclose(
        discriminator_loss(logits, logits[::-1]), -np.log(d) - np.log(1 - d[::-1]), 1e-6
    )
    np.testing.assert_allclose(generator_loss(logits), -np.log(d), 1e-6)
    np.testing.assert_allclose(generator_loss(logits, "minimax"), np.log(1 - d), 1e-6)
    expected = adversarial_game.generator_losses([-1e4, 1e4])
    for name, values in expected.items():
        found = np.asarray(generator_loss(np.array([-1e4, 1e4]), name))
        np.testing.assert_allclose(found, values, rtol=1e-6)


def test_the_loss_is_the_value_of_the_game_and_a_mean_over_the_batch(rng):
    gan, (z, x) = small_gan(loss="minimax"), batch(rng)
    d_real = np.asarray(gan.probability(x), float)
    d_fake = np.asarray(gan.probability(gan(z)), float)
    expected = np.mean(-np.log(d_real) - np.log(1 - d_fake)) + np.mean(np.log(1 - d_fake))
    assert float(gan.compute_loss(z, x, gan(z))) == pytest.approx(expected, rel=1e-5)


def test_initial_weights_are_drawn_as_glorot_says():
    gan = GAN(2, noise_dim=300, hidden=(500,), seed=4)
    kernel, bias = gan.get_weights()[:2]
    assert np.abs(kernel).max() <= np.sqrt(6 / 800)
    assert kernel.std() == pytest.approx(np.sqrt(2 / 800), rel=0.01)
    assert np.all(bias == 0)
    np.testing.assert_array_equal(kernel, GAN(2, 300, (500,), seed=4).get_weights()[0])
    drawn = gan.initial_weights(4)[0] / GRID
    np.testing.assert_array_equal(drawn, np.round(drawn))


def test_packing_judges_neighbors_together(rng):
    gan, (_, x) = small_gan(pack=4), batch(rng)
    assert gan.logits(x).shape == (4, 1)
    expected = gan.discriminator(np.concatenate(x[4:8])[np.newaxis])
    np.testing.assert_allclose(gan.logits(x)[1:2], expected, rtol=1e-5, atol=1e-7)


def test_saving_and_loading_keep_every_answer(rng, tmp_path):
    gan = small_gan(pack=2, loss="minimax", seed=7, output_activation="tanh")
    gan.set_weights([w + 0.1 for w in gan.get_weights()])
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    z, x = batch(rng)
    assert type(loaded) is GAN
    assert loaded.get_config() == gan.get_config()
    np.testing.assert_array_equal(loaded(z), gan(z))
    np.testing.assert_array_equal(loaded.logits(x), gan.logits(x))
    assert loaded.generator_loss == "minimax"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: GAN(0), "n_features must be an integer of at least 1; got 0"),
        (lambda: GAN(2, pack=0), "pack must be an integer of at least 1; got 0"),
        (lambda: GAN(2, loss="hinge"), "loss must be one of .* got 'hinge'"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.slow
def test_every_backend_learns_the_same(tmp_path):
    for backend in ("tensorflow", "jax", "torch"):
        environment = os.environ | {"KERAS_BACKEND": backend, "OMP_NUM_THREADS": "1"}
        command = [sys.executable, SCRIPT, tmp_path / f"{backend}.npz"]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{backend}: {done.stderr}"
    expected = np.load(tmp_path / "tensorflow.npz")
    for backend in ("jax", "torch"):
        found = np.load(tmp_path / f"{backend}.npz")
        assert set(found.files) == set(expected.files)
        for name in expected.files:
            np.testing.assert_allclose(
                found[name], expected[name], rtol=1e-5, atol=1e-5, err_msg=name
            )


def test_the_generators_output_passes_its_activation(rng):
    z = rng.normal(size=(5, 3))
    linear, squashed = (small_gan(output_activation=a) for a in ("linear", "sigmoid"))
    expected = expit(keras.ops.convert_to_numpy(linear(z)))
    np.testing.assert_allclose(squashed(z), expected, rtol=1e-5)


def test_the_fit_of_keras_takes_the_step_of_both_networks(rng):
    z, x = batch(rng)
    gan = small_gan(seed=6)
    expected = gradients(gan, z, x, whole_loss)
    before = gan.get_weights()
    gan.compile(keras.optimizers.SGD(0.1), loss=None)
    gan.fit(z, x, batch_size=len(x), verbose=0)
    for old, new, grad in zip(before, gan.get_weights(), expected, strict=True):
        np.testing.assert_allclose(new, old - 0.1 * grad, rtol=1e-5, atol=1e-7)
