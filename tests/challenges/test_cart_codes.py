"""Encoders of the cart's pictures."""

import numpy as np
import pytest

from companion.challenges import cart_codes, cart_pole, stacked_vae


@pytest.fixture(scope="module")
def worlds():
    episodes = cart_pole.random_episodes(300, np.random.default_rng(0))
    return [episodes, episodes[1:]]


def error_beside_that_of_the_mean(reconstruct, x):
    return np.mean((x - reconstruct(x)) ** 2) / np.mean((x - x.mean(axis=0)) ** 2)


def test_an_autoencoder_learns_the_pictures(worlds):
    pairs = cart_codes.train_autoencoders(worlds, 4, [0, 1], epochs=25)
    for (encode, reconstruct), episodes in zip(pairs, worlds, strict=True):
        x = cart_codes.pictures(episodes)
        assert error_beside_that_of_the_mean(reconstruct, x) < 0.5
        assert encode(x).shape == (len(x), 4)


def test_a_vae_learns_the_pictures_in_double_precision(worlds):
    [(encode, reconstruct)] = cart_codes.train_vaes(worlds[:1], 4, [0], beta=0.1, epochs=15)
    x = cart_codes.pictures(worlds[0])
    assert error_beside_that_of_the_mean(reconstruct, x) < 0.5
    z = encode(x)
    assert z.shape == (len(x), 4)
    # A difference that 32 bits could not hold passes through the encoder.
    other = x.astype(float)
    other[:, 200] += 1e-10
    assert 0 < np.abs(encode(other) - z).max() < 1e-7


@pytest.mark.parametrize("kind", ["VAE", "autoencoder"])
def test_codes_and_reconstructions_are_those_of_the_trained_network(
    worlds, kind, monkeypatch
):
    given, train = [], stacked_vae.train

    def kept(x, *args, **settings):
        params = train(x, *args, **settings)
        given.append((x, args, settings, params))
        return params

    monkeypatch.setattr(stacked_vae, "train", kept)
    function = {"VAE": cart_codes.train_vaes, "autoencoder": cart_codes.train_autoencoders}
    pairs = function[kind](worlds, 3, [5, 6], epochs=2)
    [(x, args, settings, (weights, biases))] = given
    assert args == (40, 3, [5, 6])
    assert settings["beta"] == (0.1 if kind == "VAE" else None)
    for i, episodes in enumerate(worlds):
        pictures = cart_codes.pictures(episodes)
        np.testing.assert_array_equal(x[i], pictures[: x.shape[1]])
        h = np.tanh(pictures @ weights[0][i] + biases[0][i])
        z = (h @ weights[1][i] + biases[1][i])[:, :3]
        scaled = (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0).mean())
        np.testing.assert_allclose(pairs[i][0](pictures), scaled, atol=1e-9)
        logits = np.tanh(z @ weights[2][i] + biases[2][i]) @ weights[3][i] + biases[3][i]
        x_hat = 1 / (1 + np.exp(-logits))
        np.testing.assert_allclose(pairs[i][1](pictures), x_hat, atol=1e-9)


def test_the_kl_holds_the_code_back(worlds):
    """With a heavy KL all pictures get one code, and the answer is the mean picture."""
    [(_, free)] = cart_codes.train_vaes(worlds[:1], 4, [0], beta=0.0, epochs=8)
    [(_, held)] = cart_codes.train_vaes(worlds[:1], 4, [0], beta=1000.0, epochs=8)
    x = cart_codes.pictures(worlds[0])
    assert error_beside_that_of_the_mean(held, x) > 0.9
    assert error_beside_that_of_the_mean(free, x) < 0.8


@pytest.mark.parametrize("kind", ["PCA", "untrained"])
def test_codes_are_on_one_scale(worlds, kind):
    if kind == "PCA":
        encoders = cart_codes.pca_encoders(worlds, 3)
    else:
        encoders = cart_codes.untrained_encoders(worlds, 3, [0, 1])
    for encode, episodes in zip(encoders, worlds, strict=True):
        z = encode(cart_codes.pictures(episodes))
        np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-5)
        assert z.var(axis=0).mean() == pytest.approx(1, rel=1e-4)


def test_an_untrained_encoder_is_a_network_drawn_from_its_seed(worlds):
    [encode] = cart_codes.untrained_encoders(worlds[:1], 2, [7])
    rng, x = np.random.default_rng(7), cart_codes.pictures(worlds[0])
    first, second = rng.normal(size=(390, 40)), rng.normal(size=(40, 2))
    z = np.tanh(x @ first / np.sqrt(390)) @ second / np.sqrt(40)
    by_hand = (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0).mean())
    np.testing.assert_allclose(encode(x), by_hand, atol=1e-6)
