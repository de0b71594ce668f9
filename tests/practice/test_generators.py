"""Densities on codes against known laws, and models trained again from a seed."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from companion.autoencoders.dense import DenseAutoencoder
from companion.autoencoders.variational import VAE
from companion.practice import generators

CENTERS = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 30.0], [10.0, 30.0], [5.0, 15.0]])


def clouds(n, rng):
    return CENTERS[rng.integers(5, size=n)] + rng.normal(size=(n, 2)) * [0.2, 0.6]


def test_mixture_finds_five_clouds_and_samples_them_in_their_shares(rng):
    z, z_val = clouds(600, rng), clouds(300, rng)
    density = generators.best_density("mixture", z, z_val)
    assert density.density.n_components == 5
    drawn = density.sample(4000, seed=1)
    distances = cdist(drawn, CENTERS)
    assert np.quantile(distances.min(axis=1), 0.99) < 2.2
    shares = np.bincount(distances.argmin(axis=1), minlength=5) / 4000
    np.testing.assert_allclose(shares, 0.2, atol=0.05)
    np.testing.assert_array_equal(drawn, density.sample(4000, seed=1))
    other = density.sample(4000, seed=2)
    assert len(np.intersect1d(drawn, other)) == 0
    # Samples come in no order: the first ones are of every kind.
    assert len(set(distances[:40].argmin(axis=1))) == 5


def test_gaussian_has_the_moments_of_the_codes(rng):
    z = rng.normal(size=(3000, 3)) @ rng.normal(size=(3, 3)) + [5.0, 0.0, -2.0]
    density = generators.best_density("Gaussian", z, z[:50])
    assert density.density.n_components == 1
    drawn = density.sample(200_000, seed=0)
    scale = z.std(axis=0).max()
    np.testing.assert_allclose(drawn.mean(axis=0), z.mean(axis=0), atol=0.02 * scale)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(z.T), atol=0.03 * scale**2)


def test_width_of_the_kernel_is_near_the_best_for_a_normal_law(rng):
    # Scott's rule for a normal law in two dimensions: n ** (-1 / 6).
    z, z_val = rng.normal(size=(2, 1000, 2))
    density = generators.best_density("kernel", 7.0 * z, 7.0 * z_val)
    width = density.density.bandwidth
    assert 0.5 < width / 1000 ** (-1 / 6) < 1.6
    drawn = density.sample(50_000, seed=0)
    np.testing.assert_allclose(
        drawn.std(axis=0), 7.0 * np.sqrt(z.std(axis=0) ** 2 + width**2), rtol=0.03
    )
    np.testing.assert_array_equal(density.sample(9, seed=3), density.sample(9, seed=3))
    assert not np.allclose(density.sample(9, seed=3), density.sample(9, seed=4))


def test_coder_takes_its_weights_again_before_each_use():
    class Model:
        def set_weights(self, weights):
            self.weights = weights

        def encode(self, x):
            return np.asarray(x) + self.weights

        def decode(self, z):
            return np.asarray(z) - 2 * self.weights

    model = Model()
    first, second = (generators.coder(model, w) for w in (1.0, 10.0))
    assert first[0]([1.0])[0] == 2.0
    assert second[1]([1.0])[0] == -19.0
    assert first[1]([1.0])[0] == -1.0


def test_unknown_density_is_named(rng):
    with pytest.raises(ValueError, match="kind must be Gaussian, mixture or kernel; got"):
        generators.best_density("normal", *rng.normal(size=(2, 9, 2)))


@pytest.mark.slow
@pytest.mark.parametrize("model_class", [DenseAutoencoder, VAE])
def test_each_seed_has_its_training_and_the_loss_that_belongs_to_the_model(
    model_class, rng
):
    x = 0.5 + 0.4 * np.sign(rng.normal(size=(200, 2)))[:, [0, 0, 1, 1]]
    settings = {"n_features": 4, "latent_dim": 2, "hidden": (16,)}
    model, weights = generators.train_from_seeds(
        model_class, settings, x.astype("float32"), (0, 1), 400, 2e-2
    )
    for trained in weights:
        z = generators.encoded(model, trained, x)
        assert z.shape == (200, 2)
        assert np.mean((generators.decoded(model, trained, z) - x) ** 2) < 0.04
    again = generators.train_from_seeds(
        model_class, settings, x.astype("float32"), (1,), 400, 2e-2
    )[1][0]
    if model_class is DenseAutoencoder:
        for one, other in zip(weights[1], again, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)
    assert not np.allclose(weights[0][0], weights[1][0])
