"""Noise against its moments; estimates against known levels."""

import numpy as np
import pytest

from companion.practice import photograph_noise as pn


def test_a_cameras_noise_has_the_mean_and_variance_of_its_formula(rng):
    x = np.full((400, 400), 0.3)
    noisy = pn.camera(x, photons=50, read=0.05, rng=rng)
    assert noisy.mean() == pytest.approx(0.3, abs=1e-3)
    assert noisy.var() == pytest.approx(0.3 / 50 + 0.05**2, rel=0.02)
    level = pn.camera_level(noisy, 50, 0.05)
    assert np.median(level) == pytest.approx(np.sqrt(0.3 / 50 + 0.05**2), rel=0.02)
    # The mean of 25 pixels varies by a fifth of their deviation.
    light = (level**2 - 0.05**2) * 50
    assert light.std() == pytest.approx(noisy.std() / 5, rel=0.1)


@pytest.mark.parametrize("light", [0.1, 0.4, 0.9])
def test_stabilized_noise_has_a_deviation_near_one(rng, light):
    noisy = pn.camera(np.full((300, 300), light), photons=80, read=0.03, rng=rng)
    assert pn.stabilized(noisy, 80, 0.03).std() == pytest.approx(1.0, abs=0.03)


def test_unstabilized_is_the_inverse_up_to_its_bias(rng):
    x = rng.random((5, 5))
    found = pn.unstabilized(pn.stabilized(x, 100, 0.02), 100, 0.02)
    # The transform adds 3/8 of a photon, the inverse takes 1/8 away.
    np.testing.assert_allclose(found - x, 0.25 / 100, atol=1e-9)


@pytest.mark.parametrize("level", [0.05, 0.1, 0.3])
def test_the_level_of_noise_on_a_slope_is_found(rng, level):
    slope = np.add.outer(np.linspace(0, 1, 200), np.linspace(0, 0.5, 200))
    found = pn.noise_level(slope + level * rng.standard_normal(slope.shape))
    assert found == pytest.approx(level, rel=0.03)


def test_a_few_edges_do_not_disturb_the_estimate(rng):
    image = 0.1 * rng.standard_normal((200, 200))
    image[:, ::20] += 1.0
    assert pn.noise_level(image) == pytest.approx(0.1, rel=0.3)


def test_maps_tell_what_was_hit(rng):
    x = 0.2 + 0.6 * rng.random((100, 100, 1), dtype=np.float32)
    noisy, known = pn.damaged(x, "salt_and_pepper", 0.2, rng)
    assert 1 - known.mean() == pytest.approx(0.2, abs=0.02)
    np.testing.assert_array_equal(noisy[known == 1], x[known == 1])
    assert set(np.unique(noisy[known == 0])) == {0.0, 1.0}
    noisy, known = pn.damaged(x, "masking", 0.4, rng)
    assert 1 - known.mean() == pytest.approx(0.4, abs=0.02)
    np.testing.assert_array_equal(noisy, x * known)
    noisy, known = pn.damaged(x, "gaussian", 0.1, rng)
    assert np.std(noisy - x) == pytest.approx(0.1, rel=0.05)
    assert (known == np.float32(0.1)).all()


def test_masking_knows_a_black_pixel(rng):
    # A pixel that is black by itself is not missing.
    _, known = pn.damaged(np.zeros((50, 50, 1)), "masking", 0.5, rng)
    assert 0.3 < known.mean() < 0.7


def test_refuses():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="photons must be above 0"):
        pn.camera(np.ones(3), 0, 0.1, rng)
    with pytest.raises(ValueError, match="image must have shape"):
        pn.noise_level(np.ones((2, 9)))
    with pytest.raises(ValueError, match="corruption must be among"):
        pn.damaged(np.ones((3, 3)), "rain", 0.1, rng)
