"""Features of the rivals of sparse coding: what they write, what drives them, errors."""

import numpy as np
import pytest

from companion.brain import features, gabor, sparse_autoencoder, sparse_coding


@pytest.fixture
def x(rng):
    scales = np.linspace(3.0, 0.1, 16)
    return rng.normal(size=(1200, 16)) * scales @ np.linalg.qr(rng.normal(size=(16, 16)))[0]


@pytest.fixture
def learned(x, rng, monkeypatch):
    training = {"n_batches": 100, "batch_size": 50, "learning_rate": 0.02}
    monkeypatch.setattr(features, "AUTOENCODER_TRAINING", training)
    phi = rng.normal(size=(20, 16))
    phi /= np.linalg.norm(phi, axis=1, keepdims=True)
    return phi, features.learn_all(x, phi, 0.5, seed=3, code_size=6)


def test_a_turn_keeps_the_error_of_pca_and_changes_its_axes(x, learned):
    found = learned[1]
    variances = np.sort(np.linalg.eigvalsh(x.T @ x))[::-1]
    for name in ("PCA", "PCA, turned at random"):
        expected = variances[6:].sum() / variances.sum()
        assert found[name].error == pytest.approx(expected, rel=1e-9)
        gram = found[name].written @ found[name].written.T
        np.testing.assert_allclose(gram, np.eye(6), atol=1e-9)
    cosines = found["PCA"].written @ found["PCA, turned at random"].written.T
    assert np.linalg.svd(cosines)[1].min() > 1.0 - 1e-9
    assert np.abs(cosines).max() < 0.999
    assert found["noise"].error > 0.3


def test_autoencoders_have_the_decoder_to_write_and_the_encoder_to_drive(x, learned):
    found = learned[1]
    for name, penalty in (("sparse autoencoder", 0.5), ("the same without price", 0.0)):
        rng = np.random.default_rng(3)
        params = sparse_autoencoder.train(
            sparse_autoencoder.init(16, 20, rng),
            x, penalty, rng=rng, **features.AUTOENCODER_TRAINING,
        )  # fmt: skip
        np.testing.assert_allclose(found[name].written, params.dictionary)
        np.testing.assert_allclose(found[name].driving, params.encoder.T)
        miss = x - np.maximum(0.0, x @ params.encoder + params.bias) @ params.dictionary
        assert found[name].error == pytest.approx(np.var(miss) / np.mean(x**2), rel=0.02)
    assert found["sparse autoencoder"].error > found["the same without price"].error


def test_sparse_coding_writes_its_atoms_and_is_driven_by_something_like_them(x, learned):
    phi, found = learned
    unit = found["sparse coding"]
    np.testing.assert_array_equal(unit.written, phi)
    cosine = np.sum(unit.driving * phi, axis=1) / np.linalg.norm(unit.driving, axis=1)
    assert cosine.min() > 0.5
    assert cosine.max() < 0.9999
    # A linear unit would respond three times as strongly to noise of three times the size;
    # a threshold counts for less then.
    strong = found["sparse coding, strong noise"].driving
    gain = np.linalg.norm(strong, axis=1) / np.linalg.norm(unit.driving, axis=1)
    assert 3.0 < gain.mean() < 6.0
    z = sparse_coding.fista(x[:1000], phi, 0.5, n_steps=3000)
    error = np.sum((x[:1000] - z @ phi) ** 2) / np.sum(x[:1000] ** 2)
    assert unit.error == pytest.approx(error, rel=0.02)


def test_the_share_counts_gabor_functions_above_the_level(rng):
    values = (4.5, 4.5, 0.15, 0.7, 1.5, 2.0, 1.0, 0.3)
    cell = gabor.Gabors(*(np.full(3, value) for value in values)).fields(10)
    fields = np.vstack([cell, rng.normal(size=(2, 100)), np.zeros((1, 100))])
    assert features.gabor_share(fields) == pytest.approx(3 / 6)
    assert features.gabor_share(fields, level=0.0) == pytest.approx(5 / 6)
    both = features.Features(fields, cell, 0.0)
    assert features.gabor_shares(both) == pytest.approx((3 / 6, 1.0))
    assert features.gabor_shares(both._replace(driving=fields)) == (0.5, 0.5)


def test_codes_of_held_out_patches_are_what_they_are_called(x, rng):
    train, test = x[:1000], x[1000:]
    phi = train[:20] / np.linalg.norm(train[:20], axis=1, keepdims=True)
    codes = features.held_out_codes(train, test, phi, 0.5, rng)
    eigen = np.linalg.eigh(train.T @ train)[1][:, ::-1]
    np.testing.assert_allclose(
        np.abs(codes["PCA"]), np.abs(test @ eigen[:, :15]), atol=1e-8
    )
    np.testing.assert_allclose(codes["PCA, equal variances"].std(axis=0), 1.0, atol=0.2)
    sizes = codes["Gaussian noise, PCA's variances"].std(axis=0)
    np.testing.assert_allclose(sizes / codes["PCA"].std(axis=0), 1.0, atol=0.3)
    np.testing.assert_allclose(codes["Gaussian noise"].std(axis=0), 1.0, atol=0.2)
    np.testing.assert_allclose(codes["atoms as filters"], test @ phi.T)
    assert np.mean(codes["sparse codes"] == 0) > 0.2
    assert codes["random projections"].shape == (200, 20)
