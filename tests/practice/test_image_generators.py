"""Generators of images against the laws that they were given."""

import numpy as np
import pytest

from companion.practice import image_generators as made


class Doubling:
    """A coder whose codes are the doubled images; weights are an offset."""

    def set_weights(self, weights):
        self.offset = weights

    def encode(self, x):
        return 2.0 * np.asarray(x) + self.offset

    def decode(self, z):
        return (np.asarray(z) - self.offset) / 2.0


def test_codes_are_drawn_in_the_law_of_each_weights_and_decoded(rng):
    x, x_val = rng.normal([3.0, -1.0], [1.0, 0.2], size=(2, 4000, 2))
    for kind in ("Gaussian", "mixture"):
        images = made.from_codes(Doubling(), [0.0, 5.0], kind, (x, x_val), 4000, (0, 1))
        for batch in images:
            np.testing.assert_allclose(batch.mean(axis=0), [3.0, -1.0], atol=0.06)
            np.testing.assert_allclose(batch.std(axis=0), [1.0, 0.2], rtol=0.06)
        assert not np.allclose(*images)


def test_a_law_never_heard_of_is_decoded_as_it_is(rng):
    parts = rng.normal(3.0, 1.0, size=(2, 50, 2))
    (images,) = made.from_codes(Doubling(), [1.0], "N(0, I)", parts, 4000, [0])
    np.testing.assert_allclose(images.mean(axis=0), -0.5, atol=0.03)
    np.testing.assert_allclose(images.std(axis=0), 0.5, rtol=0.05)


def test_width_of_kernels_on_codes_is_chosen_by_other_codes_than_were_fitted(monkeypatch):
    seen = []

    def best(kind, z, z_val, seed):
        seen.append((kind, z[0, 0], z_val[0, 0], seed))
        raise StopIteration

    monkeypatch.setattr(made.generators, "best_density", best)
    parts = np.ones((2, 1)), 3 * np.ones((2, 1))
    with pytest.raises(StopIteration):
        made.from_codes(Doubling(), [0.0], "kernel", parts, 5, [9])
    assert seen == [("kernel", 2.0, 6.0, 9)]


def test_gaussian_on_pixels_has_their_moments_and_stays_between_zero_and_one(rng):
    mixing = rng.normal(size=(3, 3)) * 0.04
    x = 0.5 + rng.normal(size=(2000, 3)) @ mixing
    first, second = made.pixel_images("Gaussian", x, x, 20_000, (0, 1))
    np.testing.assert_allclose(np.cov(first.T), np.cov(x.T), atol=3e-4)
    np.testing.assert_allclose(first.mean(axis=0), x.mean(axis=0), atol=3e-3)
    assert not np.allclose(first, second)
    (wide,) = made.pixel_images("Gaussian", 10 * x - 5, x, 500, [0])
    assert (wide.min(), wide.max()) == (0.0, 1.0)


def test_kernels_on_pixels_are_wide_where_the_law_is_and_copy_where_it_is_not(rng):
    x, x_val = np.clip(rng.normal(0.5, 0.2, size=(2, 400, 2)), 0, 1)
    (wide,) = made.pixel_images("kernel", x, x_val, 300, [0])
    (narrow,) = made.pixel_images("kernel", x, x + 0.001, 300, [0])
    far = [
        np.linalg.norm(batch[:, None] - x, axis=2).min(axis=1).mean()
        for batch in (wide, narrow)
    ]
    assert far[0] > 1.1 * far[1]
    assert 0 <= wide.min() < wide.max() <= 1


def test_unknown_density_on_pixels_is_named(rng):
    with pytest.raises(ValueError, match="kind must be Gaussian or kernel; got 'normal'"):
        made.pixel_images("normal", *rng.random((2, 5, 2)), 3, [0])


def test_moment_of_the_gan_is_chosen_by_validation_images(monkeypatch):
    class Game:
        def __init__(self, gan, grid):
            assert gan.noise_dim == 3

        def begin(self, seed, *rates):
            self.part, self.seed = 0, seed
            assert rates == made.GAN_RATES

        def train(self, draw, n_steps):
            assert n_steps == made.PART
            assert draw(4, np.random.default_rng(0)).max() < 0.3  # training images
            self.part += 1

        def generate(self, n, seed):
            noise = np.random.default_rng(seed).normal(0, 0.01, (n, 2))
            return noise + [9.0, 0.8, 0.4, 0.2][self.part]

    monkeypatch.setattr(made, "Game", Game)
    x, x_val = np.full((50, 2), 0.2), np.full((30, 2), 0.41)
    images = made.gan_images(x, x_val, lambda a: a, 3, 5, (0, 1), n_parts=3)
    assert [batch.shape for batch in images] == [(5, 2)] * 2
    np.testing.assert_allclose([batch.mean() for batch in images], 0.4, atol=0.02)
    assert not np.allclose(*images)


@pytest.mark.slow
def test_quantized_images_are_those_of_a_world_of_two_images(rng):
    kinds = np.zeros((2, 8, 8))
    kinds[0, :, :4], kinds[1, 4:] = 1.0, 1.0
    x = kinds.reshape(2, 64)[rng.integers(2, size=300)]
    (images,) = made.vq_images(x, x[:50], 40, [0], n_rounds=3)
    distances = ((images[:, None] - kinds.reshape(2, 64)) ** 2).mean(axis=2)
    assert np.quantile(distances.min(axis=1), 0.8) < 0.05
    assert set(distances.argmin(axis=1)) == {0, 1}


@pytest.mark.slow
def test_vae_reads_and_draws_images(rng):
    x = 0.5 + 0.4 * np.sign(rng.normal(size=(300, 1))) * np.ones(4)
    model, (weights,) = made.train_vae(x, 1, [0], n_steps=400)
    (images,) = made.from_codes(model, [weights], "N(0, I)", (x, x), 200, [0])
    assert images.min() < 0.2
    assert images.max() > 0.8
    assert model.beta == made.BETA
