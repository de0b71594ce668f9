"""The Keras model against its NumPy twins, against PCA, and through its files."""

import keras
import numpy as np
import pytest

from companion import metrics, training
from companion.autoencoders import linear_landscape, one_layer
from companion.autoencoders.linear import LinearAutoencoder
from companion.autoencoders.pca import PCA

GROWING = (0.1, 0.2, 0.4)


@pytest.fixture
def x(rng):
    turn, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    x = rng.normal(size=(200, 6)) * [2.0, 1.6, 1.2, 0.5, 0.4, 0.3] @ turn
    return (x - x.mean(axis=0)).astype("float32")


def one_step(model, x, learning_rate=0.01):
    model.compile(keras.optimizers.SGD(learning_rate), loss=None)
    before = [w.astype(float) for w in model.get_weights()]
    loss = float(model.train_on_batch(x, x))
    return loss, before, model.get_weights()


@pytest.mark.parametrize("penalty", [0.0, GROWING])
def test_one_step_equals_that_of_the_covariance_loss(x, penalty):
    loss, before, after = one_step(LinearAutoencoder(6, 3, penalty=penalty), x)
    weights = before[0], before[2]
    expected, grads = linear_landscape.loss_and_grads(
        weights, linear_landscape.covariance(x), penalty
    )
    assert loss == pytest.approx(expected, rel=1e-5)
    for old, new, grad in zip(weights, after[::2], grads, strict=True):
        np.testing.assert_allclose(new, old - 0.01 * grad, rtol=1e-4, atol=1e-6)
    for bias in after[1::2]:  # the data are centered, so the biases have no slope
        np.testing.assert_allclose(bias, 0, atol=1e-6)


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("output", ["linear", "sigmoid"])
def test_one_step_equals_that_of_the_network_in_numpy(rng, tied, output):
    x = rng.uniform(size=(50, 6)).astype("float32")
    model = LinearAutoencoder(6, 3, output_activation=output, tied=tied)
    _, before, after = one_step(model, x)
    params = [w for w in before if w.ndim == 2], [w for w in before if w.ndim == 1]
    _, grads = one_layer.loss_and_grads(params, x, output)
    # Keras's loss sums over the 6 features, the network's averages over them.
    expected = [
        [w - 0.01 * 6 * g for w, g in zip(ours, slopes, strict=True)]
        for ours, slopes in zip(params, grads, strict=True)
    ]
    for ours, ndim in zip(expected, (2, 1), strict=True):
        theirs = [w for w in after if w.ndim == ndim]
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_tied_decoder_pays_the_penalty_twice(x):
    model = LinearAutoencoder(6, 3, penalty=0.5, tied=True)
    kernel = model.get_weights()[0].astype(float)
    expected, _ = linear_landscape.loss_and_grads(
        (kernel, kernel.T), linear_landscape.covariance(x), 0.5
    )
    assert float(model.compute_loss(x, x, model(x))) == pytest.approx(expected, rel=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("tied", [False, True])
def test_training_ends_in_the_subspace_and_at_the_error_of_pca(x, tied):
    model = LinearAutoencoder(6, 3, tied=tied)
    # First small batches, for speed; then all examples at once, which do not jitter.
    for batch_size, epochs in ((20, 60), (200, 300)):
        training.fit(
            model, x, epochs=epochs, batch_size=batch_size, learning_rate=3e-3, loss=None
        )
    pca = PCA(3).fit(x)
    decoder = np.asarray(model.kernels[1]).astype(float)
    assert metrics.principal_angles(decoder.T, pca.components.T).max() < 1e-3
    x_hat = np.asarray(model(x))
    assert metrics.mse(x, x_hat) == pytest.approx(
        metrics.mse(x, pca.reconstruct(x)), rel=1e-3
    )


@pytest.mark.parametrize("tied", [False, True])
def test_saved_and_reloaded_model_answers_the_same(x, tmp_path, tied):
    model = LinearAutoencoder(6, 3, penalty=GROWING, tied=tied, seed=4)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert isinstance(loaded, LinearAutoencoder)
    assert loaded.penalty == list(GROWING)
    np.testing.assert_array_equal(np.asarray(loaded(x)), np.asarray(model(x)))


def test_code_and_reconstruction_are_the_two_maps(x, rng):
    model = LinearAutoencoder(6, 3)
    weights = [rng.normal(size=w.shape) for w in model.get_weights()]
    model.set_weights(weights)
    encoder, b, decoder, c = weights
    z = x @ encoder + b
    np.testing.assert_allclose(np.asarray(model.encode(x)), z, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(np.asarray(model(x)), z @ decoder + c, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("penalty", [-1, (0.1, 0.2), (0.1, -0.2, 0.1), np.nan])
def test_bad_penalties_are_named(penalty):
    with pytest.raises(ValueError, match="penalty must be one number or 3 numbers"):
        LinearAutoencoder(6, 3, penalty=penalty)


def test_bad_size_is_named():
    with pytest.raises(ValueError, match="latent_dim must be an integer .* got 0"):
        LinearAutoencoder(6, 0)
