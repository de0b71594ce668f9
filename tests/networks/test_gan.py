"""The GAN's one step: whose gradient goes where, and what twins and backends answer."""

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
from companion.networks.gan import GAN, discriminator_loss, generator_loss
from companion.networks.gan_training import (
    Game,
    draws_from,
    train_and_follow,
    train_discriminators,
)
from reproductions.networks import adversarial as twins

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


@pytest.mark.parametrize("loss", ["minimax", "non_saturating"])
def test_a_hundred_steps_agree_with_two_adams_in_pytorch(loss):
    assert twins.training_difference(loss) < 1e-12


@pytest.mark.parametrize("still", ["generator", "discriminator"])
def test_a_rate_of_zero_holds_one_network_still(rng, still):
    gan = small_gan()
    game = Game(gan)
    rates = {f"{name}_rate": 1e-2 for name in ("generator", "discriminator")}
    game.begin(0, **rates | {f"{still}_rate": 0.0})
    before = [w.copy() for w in getattr(gan, still).get_weights()]
    all_before = gan.get_weights()
    game.train(lambda n, rng: rng.normal(size=(n, 2)), 3, 16)
    for ours, start in zip(getattr(gan, still).get_weights(), before, strict=True):
        np.testing.assert_array_equal(ours, start)
    changed = [np.any(a != b) for a, b in zip(gan.get_weights(), all_before, strict=True)]
    assert sum(changed) == 4


def test_a_game_begun_again_repeats_to_the_bit():
    game = Game(small_gan(pack=2))
    ends = []
    for seed in (1, 2, 1):
        game.begin(seed)
        game.train(lambda n, rng: rng.normal(size=(n, 2)), 4, 8)
        ends.append(game.generate(5))
    np.testing.assert_array_equal(ends[0], ends[2])
    assert np.any(ends[0] != ends[1])


def test_initial_weights_are_drawn_as_glorot_says():
    gan = GAN(2, noise_dim=300, hidden=(500,), seed=4)
    kernel, bias = gan.get_weights()[:2]
    assert np.abs(kernel).max() <= np.sqrt(6 / 800)
    assert kernel.std() == pytest.approx(np.sqrt(2 / 800), rel=0.01)
    assert np.all(bias == 0)
    np.testing.assert_array_equal(kernel, GAN(2, 300, (500,), seed=4).get_weights()[0])


def test_another_optimizer_takes_its_own_step(rng):
    x = rng.normal(size=(16, 2))
    gan = small_gan()
    game = Game(gan, keras.optimizers.SGD)
    game.begin(3, 0.1, 0.2)
    before = gan.get_weights()
    z = np.random.default_rng(3).normal(size=(16, 3))
    expected = gradients(gan, z.astype("f4"), x.astype("f4"), whole_loss)
    game.train(lambda n, rng: x, 1, 16)
    for i, (old, new, grad) in enumerate(
        zip(before, gan.get_weights(), expected, strict=True)
    ):
        rate = 0.1 if i < len(gan.generator.weights) else 0.2
        np.testing.assert_allclose(new, old - rate * grad, rtol=1e-5, atol=1e-7)


def test_draws_are_rows_of_the_data_all_as_likely(rng):
    x = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
    drawn = draws_from(x)(3000, rng)
    assert drawn.shape == (3000, 2)
    np.testing.assert_array_equal(drawn[:, 1], drawn[:, 0] + 1)
    counts = np.bincount(drawn[:, 0].astype(int))[::2]
    np.testing.assert_allclose(counts, 1000, atol=110)


def test_packing_judges_neighbors_together(rng):
    gan, (_, x) = small_gan(pack=4), batch(rng)
    assert gan.logits(x).shape == (4, 1)
    expected = gan.discriminator(np.concatenate(x[4:8])[np.newaxis])
    np.testing.assert_allclose(gan.logits(x)[1:2], expected, rtol=1e-5, atol=1e-7)


def test_accuracy_counts_right_answers_of_both_kinds():
    gan = GAN(1, discriminator_hidden=())
    gan.discriminator.set_weights([np.array([[1.0]]), np.array([0.0])])  # s(x) = x
    game = Game(gan)
    assert game.accuracy(np.array([[1.0], [2.0]]), np.array([[-1.0], [3.0]])) == 0.75
    assert game.accuracy(np.array([[-1.0]]), np.array([[0.0], [-2.0], [-3.0]])) == 0.5


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


def test_a_trained_discriminator_is_within_5_percent_where_the_densities_have_mass():
    """The error is a mean over x weighted by the density of all that was seen."""
    data = adversarial_game.Mixture((0.6, 0.4), (-1.5, 1.5), (0.5, 0.8))
    generated = adversarial_game.Mixture((1.0,), (0.5,), (1.2,))
    grid = np.linspace(-12.0, 12.0, 2401)
    p, q = data.density(grid), generated.density(grid)
    found = train_discriminators(data, generated, grid, seeds=range(3), n_steps=600)
    errors = np.abs(expit(found) - p / (p + q))
    seen = 0.5 * (p + q) * (grid[1] - grid[0])
    assert np.all(errors @ seen < 0.05)
    # Far from all samples the answer is free, and wrong.
    assert np.all(errors[:, seen < 1e-9].max(axis=1) > 0.3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: GAN(0), "n_features must be an integer of at least 1; got 0"),
        (lambda: GAN(2, pack=0), "pack must be an integer of at least 1; got 0"),
        (lambda: GAN(2, loss="hinge"), "loss must be one of .* got 'hinge'"),
        (lambda: Game(small_gan(pack=3)).train(None, 1, 64), "pack = 3; got 64"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.slow
def test_every_backend_learns_the_same(tmp_path):
    processes = {}
    for backend in ("tensorflow", "jax", "torch"):
        environment = os.environ | {"KERAS_BACKEND": backend, "OMP_NUM_THREADS": "1"}
        command = [sys.executable, SCRIPT, tmp_path / f"{backend}.npz"]
        processes[backend] = subprocess.Popen(
            command, env=environment, stderr=subprocess.PIPE, text=True
        )
    for backend, process in processes.items():
        _, errors = process.communicate()
        assert process.returncode == 0, f"{backend}: {errors}"
    expected = np.load(tmp_path / "tensorflow.npz")
    for backend in ("jax", "torch"):
        found = np.load(tmp_path / f"{backend}.npz")
        assert set(found.files) == set(expected.files)
        for name in expected.files:
            np.testing.assert_allclose(
                found[name], expected[name], rtol=1e-5, atol=1e-5, err_msg=name
            )


def test_following_a_training_measures_before_and_after_every_part(rng):
    x = rng.normal(size=(16, 2))
    game = Game(small_gan())
    game.begin(5)
    found = train_and_follow(game, draws_from(x), [2, 1], np.mean, n_samples=9)
    game.begin(5)
    expected = [game.generate(9).mean()]
    for part in (2, 1):
        game.train(draws_from(x), part)
        expected.append(game.generate(9).mean())
    np.testing.assert_array_equal(found, expected)
