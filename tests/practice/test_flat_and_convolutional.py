"""Two autoencoders of small images: equal codes, measures, and what they are held to."""

import keras
import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from sklearn.decomposition import PCA

from companion.practice import flat_and_convolutional as small

SHAPE = (8, 8, 3)


@pytest.fixture
def images(rng):
    """Smooth random images in [0, 1]."""
    coarse = rng.random((60, 2, 2, 3)).astype(np.float32)
    return np.kron(coarse, np.ones((1, 4, 4, 1), np.float32))


def test_halving_averages_four_pixels(rng):
    x = rng.random((3, 6, 8, 2)).astype(np.float32)
    found = small.halved(x)
    assert found.shape == (3, 3, 4, 2)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[1, 2, 3], x[1, 4:6, 6:8].mean(axis=(0, 1)), rtol=1e-6)


@pytest.mark.parametrize("kind", small.KINDS)
def test_codes_have_equal_size(images, kind):
    model = small.build(kind, SHAPE, 5, seed=1, filters=(4,))
    code = model.encode(small.as_inputs(kind, images))
    assert code.shape == (60, 5)
    assert small.restored(kind, model, images).size == images.size


def test_flattened_one_has_two_dense_layers():
    model = small.build("flattened", SHAPE, 5, seed=0)
    assert model.count_params() == 192 * 5 + 5 + 5 * 192 + 192


def test_convolutional_one_shares_its_windows():
    model = small.build("convolutional", SHAPE, 5, seed=0, filters=(4,))
    n_feature = 4 * 4 * 4
    windows = (4 * 4 * 3 * 4 + 4) + (4 * 4 * 3 * 4 + 3)
    assert model.count_params() == windows + n_feature * 5 + 5 + 5 * n_feature + n_feature


def test_seeds_differ_and_repeat():
    first, again, other = (
        small.build("flattened", SHAPE, 5, seed).get_weights() for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first[0], again[0])
    assert (first[0] != other[0]).any()


def test_another_kind_is_refused():
    with pytest.raises(ValueError, match="kind must be one of .*; got 'deep'"):
        small.build("deep", SHAPE, 5, seed=0)


def test_measures_are_those_of_scikit_image(images, rng):
    noisy = images + rng.normal(0, 0.2, images.shape).astype(np.float32)
    clipped = np.clip(noisy, 0, 1)
    found = small.measures(images, noisy.reshape(60, -1))
    assert found["MSE"] == pytest.approx(np.mean((images - clipped) ** 2), rel=1e-5)
    pairs = list(zip(images, clipped, strict=True))
    psnr = [peak_signal_noise_ratio(a, b, data_range=1.0) for a, b in pairs]
    ssim = [structural_similarity(a, b, data_range=1.0, channel_axis=-1) for a, b in pairs]
    assert found["PSNR"] == pytest.approx(np.mean(psnr), rel=1e-5)
    assert found["SSIM"] == pytest.approx(np.mean(ssim), rel=1e-5)


def test_references_are_fitted_on_training_images(images):
    train, test = images[:40] * 0.5, images[40:]
    found = small.references(train, test, 3)
    mean = np.broadcast_to(train.mean(axis=0), test.shape)
    assert found["mean image"]["MSE"] == pytest.approx(
        np.mean((test - mean) ** 2), rel=1e-5
    )
    pca = PCA(3, svd_solver="full").fit(train.reshape(40, -1))
    x_hat = pca.inverse_transform(pca.transform(test.reshape(20, -1)))
    expected = np.mean((test.reshape(20, -1) - np.clip(x_hat, 0, 1)) ** 2)
    assert found["PCA-3"]["MSE"] == pytest.approx(expected, rel=1e-4)


def test_seeds_measure_what_a_training_by_keras_reaches(images):
    found = small.train_from_seeds(
        "flattened", images[:40], images[40:], 12, seeds=(0, 1), epochs=60
    )
    assert len(found) == 2
    assert found[0] != found[1]
    reference = small.references(images[:40], images[40:], 12)["mean image"]["MSE"]
    model = small.build("flattened", SHAPE, 12, seed=0)
    rate = keras.optimizers.schedules.CosineDecay(small.LEARNING_RATES["flattened"], 75)
    model.compile(keras.optimizers.Adam(rate), "mse")
    rows = images[:40].reshape(40, -1)
    model.fit(rows, rows, batch_size=32, epochs=38, verbose=0)
    theirs = small.measures(images[40:], small.restored("flattened", model, images[40:]))
    assert found[0]["MSE"] < 0.5 * reference
    assert found[0]["MSE"] == pytest.approx(theirs["MSE"], rel=0.3)


def test_a_seed_does_not_depend_on_those_before(images):
    settings = {"epochs": 4}
    both = small.train_from_seeds("flattened", images, images, 4, seeds=(0, 1), **settings)
    alone = small.train_from_seeds("flattened", images, images, 4, seeds=(1,), **settings)
    assert both[1] == pytest.approx(alone[0], rel=1e-4)
