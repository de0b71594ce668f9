"""Denoising autoencoder: noise in training only, a clean target, and what it estimates."""

import keras
import numpy as np
import pytest
from keras.ops import convert_to_numpy as as_numpy

from companion import training
from companion.autoencoders import score
from companion.autoencoders.corruption import draw_noise
from companion.autoencoders.denoising import DenoisingAutoencoder
from companion.datasets import worlds

KINDS = {"gaussian": 0.4, "masking": 0.5, "salt_and_pepper": 0.5}


@pytest.fixture
def x(rng):
    return rng.uniform(0.1, 0.9, size=(6, 12)).astype("float32")


@pytest.mark.parametrize("corruption", KINDS)
def test_training_call_is_the_plain_call_on_the_corrupted_input(x, corruption):
    model = DenoisingAutoencoder(12, 20, corruption, KINDS[corruption], seed=4)
    noise = draw_noise(x.shape, corruption, keras.random.SeedGenerator(4))
    expected = model(model.corrupt(x, noise))
    np.testing.assert_allclose(
        as_numpy(model(x, training=True)), as_numpy(expected), atol=1e-6
    )


@pytest.mark.parametrize("corruption", KINDS)
def test_inference_sees_the_clean_input_and_training_fresh_noise(x, corruption):
    model = DenoisingAutoencoder(12, 20, corruption, KINDS[corruption])
    clean = as_numpy(model.decode(model.encode(x)))
    np.testing.assert_array_equal(as_numpy(model(x)), clean)
    np.testing.assert_allclose(model.predict(x, verbose=0), clean, atol=1e-6)
    first, second = (as_numpy(model(x, training=True)) for _ in range(2))
    assert not np.allclose(first, clean)
    assert not np.allclose(first, second)


@pytest.mark.parametrize("corruption", KINDS)
def test_loss_of_a_training_step_in_numpy_with_the_same_noise(x, corruption):
    amount = KINDS[corruption]
    model = DenoisingAutoencoder(
        12, 5, corruption, amount, activation="tanh", tied=True, seed=2
    )
    kernel = as_numpy(model.encoder.layers[0].kernel)
    noise = as_numpy(draw_noise(x.shape, corruption, keras.random.SeedGenerator(2)))
    if corruption == "gaussian":
        seen = x + amount * noise
    elif corruption == "masking":
        seen = x * (noise >= amount)
    else:
        seen = np.select([noise < amount / 2, noise < amount], [0.0, 1.0], x)
    x_hat = 1 / (1 + np.exp(-np.tanh(seen @ kernel) @ kernel.T))
    model.compile(optimizer=keras.optimizers.SGD(0.0), loss="mse")
    loss = float(np.ravel(model.train_on_batch(x, x))[0])
    assert loss == pytest.approx(np.mean((x_hat - x) ** 2), rel=1e-5)


@pytest.mark.slow
def test_target_is_clean_when_everything_is_masked(rng):
    x = rng.normal([1.0, -2.0, 3.0], 0.5, size=(256, 3)).astype("float32")
    model = DenoisingAutoencoder(3, 4, "masking", 1.0, output_activation="linear")
    training.seed_everything(0)
    training.fit(model, x, epochs=60, learning_rate=0.05)
    # Knowing nothing, the best answer is the mean of the clean data.
    x_hat = as_numpy(model(np.zeros((1, 3), "float32")))[0]
    np.testing.assert_allclose(x_hat, x.mean(axis=0), atol=0.1)


@pytest.mark.slow
def test_linear_denoiser_finds_the_wiener_filter():
    x, _, truth = worlds.linear_gaussian(4000, seed=1, n_features=5, latent_dim=2)
    x = x - truth["mean"].astype("float32")
    covariance = truth["loadings"] @ truth["loadings"].T + 0.3**2 * np.eye(5)
    model = DenoisingAutoencoder(
        5, 5, "gaussian", 1.0, activation="linear", output_activation="linear"
    )
    training.seed_everything(0)
    for learning_rate in (0.01, 0.001):
        training.fit(model, x, epochs=30, learning_rate=learning_rate)
    product = np.linalg.multi_dot(
        [as_numpy(half.layers[0].kernel) for half in (model.encoder, model.decoder)]
    )
    expected = score.wiener_filter(covariance, 1.0)
    # 120,000 noisy points in steps of 64: a few hundredths of noise remain.
    np.testing.assert_allclose(product, expected, atol=0.05)


@pytest.mark.slow
def test_residual_points_along_the_score_of_the_smoothed_density(rng):
    mixture = score.RoundMixture(
        [[-1.0, 0.0], [1.0, 0.5], [0.0, -1.0]], [0.25, 0.35, 0.2], [0.4, 0.35, 0.25]
    )
    sigma = 0.3
    model = DenoisingAutoencoder(
        2, 64, "gaussian", sigma, (64,), "tanh", output_activation="linear"
    )
    training.seed_everything(0)
    x = mixture.sample(4000, rng).astype("float32")
    for learning_rate in (0.005, 0.001):
        training.fit(model, x, epochs=30, learning_rate=learning_rate)
    smoothed = mixture.smoothed(sigma)
    noisy = smoothed.sample(2000, rng)
    truth = smoothed.score(noisy)
    guess = score.residual_score(noisy, as_numpy(model(noisy.astype("float32"))), sigma)
    # Where the true score is nearly zero its direction is not defined.
    strong = np.linalg.norm(truth, axis=1) > 0.5
    assert strong.mean() > 0.8
    assert score.cosine(guess, truth)[strong].mean() > 0.9
    # The sharp density has another score: the length tells them apart.
    error = np.mean(np.sum((guess - truth) ** 2, axis=1))
    assert error < 0.2 * np.mean(np.sum((guess - mixture.score(noisy)) ** 2, axis=1))


@pytest.mark.slow
def test_residual_points_along_the_score_of_the_noisy_curve(rng):
    sigma, (x, _, truth) = 0.2, worlds.curve(3000)
    model = DenoisingAutoencoder(
        2, 64, "gaussian", sigma, (64,), "relu", output_activation="linear"
    )
    training.seed_everything(0)
    training.fit(model, x, epochs=25, learning_rate=0.003)
    noisy = worlds.curve(1000, seed=1)[0] + sigma * rng.normal(size=(1000, 2))
    score_of_noisy = score.noisy_curve(truth).smoothed(sigma).score(noisy)
    x_hat = as_numpy(model(noisy.astype("float32")))
    guess = score.residual_score(noisy, x_hat, sigma)
    strong = np.linalg.norm(score_of_noisy, axis=1) > 0.3 / sigma
    assert strong.mean() > 0.7
    assert score.cosine(guess, score_of_noisy)[strong].mean() > 0.9


@pytest.mark.parametrize("corruption", KINDS)
def test_saved_and_reloaded_model_answers_the_same(x, tmp_path, corruption):
    model = DenoisingAutoencoder(
        12, 20, corruption, 0.25, hidden=(16,), activation="relu", tied=True, seed=5
    )
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert isinstance(loaded, DenoisingAutoencoder)
    assert (loaded.corruption, loaded.amount, loaded.tied) == (corruption, 0.25, True)
    np.testing.assert_array_equal(as_numpy(loaded(x)), as_numpy(model(x)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"corruption": "rain"}, "corruption must be among .*; got 'rain'"),
        ({"amount": -1}, "amount of gaussian must be finite and not negative; got -1"),
        ({"latent_dim": 0}, "latent_dim must be an integer of at least 1; got 0"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        DenoisingAutoencoder(**({"n_features": 12, "latent_dim": 3} | arguments))
