"""Encoders for a classifier: their scale, and the models behind them."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from companion.networks import mlp
from companion.practice import reduction


@pytest.fixture
def x(rng):
    return rng.uniform(size=(60, 12)) * np.linspace(0.2, 1, 12)


def check_scale(codes):
    np.testing.assert_allclose(codes.mean(axis=0), 0.0, atol=1e-9)
    assert np.mean(codes**2) == pytest.approx(1.0)


def test_pca_codes_are_those_of_scikit_learn_up_to_one_scale(x):
    codes = reduction.pca_encoder(x, 3)(x)
    check_scale(codes)
    expected = PCA(3).fit_transform(x)
    expected /= np.sqrt(np.mean(expected**2))
    np.testing.assert_allclose(np.abs(codes), np.abs(expected), atol=1e-9)


def test_stacks_of_images_are_encoded_one_by_one(x):
    encode = reduction.pca_encoder(x, 3)
    np.testing.assert_allclose(encode(x.reshape(5, 12, 12)).reshape(60, 3), encode(x))


@pytest.mark.slow
def test_autoencoders_learn_their_own_sets(x):
    sets = [x, x[:30]]
    first, second = reduction.autoencoder_encoders(sets, 3, [0, 1], hidden=8, n_steps=400)
    for encode, images in ((first, x), (second, x[:30])):
        codes = encode(images)
        check_scale(codes)
        # The codes tell more of the images than as many random numbers would.
        fitted = codes @ np.linalg.lstsq(codes, images - images.mean(axis=0))[0]
        left = np.mean((images - images.mean(axis=0) - fitted) ** 2)
        assert left < 0.85 * images.var(axis=0).mean()
    assert np.abs(first(x) - second(x)).max() > 0.1


def test_a_briefly_trained_autoencoder_gives_the_first_half_of_its_network(rng):
    x = rng.uniform(size=(32, 6))
    encode = reduction.autoencoder_encoders([x, x], 2, [4, 4], hidden=5, n_steps=1)
    # Equal seeds give equal encoders: nothing is left over from the training before.
    np.testing.assert_allclose(encode[0](x), encode[1](x), atol=1e-5)
    weights, biases = mlp.init([6, 5, 2, 5, 6], np.random.default_rng(4))
    codes = mlp.forward((weights[:2], biases[:2]), x, ["relu", "linear"])[-1]
    codes = codes - codes.mean(axis=0)
    codes /= np.sqrt(np.mean(codes**2))
    # One step of 0.003 hardly moves them from the codes of the initial weights.
    np.testing.assert_allclose(encode[0](x), codes, atol=0.25)
    assert codes.shape == encode[0](x).shape == (32, 2)
