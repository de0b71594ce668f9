"""Tiles leave no seam, any size works, and bad input is refused."""

import hypothesis
import keras
import numpy as np
import pytest
from hypothesis import strategies as st

from companion.practice.denoiser import denoise
from companion.practice.photograph_networks import (
    CodeDenoiser,
    ResidualDenoiser,
    parameters,
)
from companion.practice.shrinkage import ShrinkageDenoiser, cosines, shrink


def stirred(model):
    """Give a network weights that make every input within its reach matter."""
    rng = np.random.default_rng(3)
    model.set_weights([w + 0.1 * rng.standard_normal(w.shape) for w in model.get_weights()])
    return model


MODELS = {
    "residual": stirred(ResidualDenoiser(4, 4)),
    "code": stirred(CodeDenoiser(3, 4)),
    "shrinkage": stirred(ShrinkageDenoiser()),
    "wide windows": stirred(ShrinkageDenoiser(window=12)),
}
each_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


@pytest.fixture
def image(rng):
    return rng.random((97, 133))


@each_model
@pytest.mark.parametrize("tile", [8, 31, 64])
def test_tiles_leave_no_seam(model, image, rng, tile):
    level = 0.1 + 0.1 * rng.random(image.shape)
    whole = denoise(model, image, level, tile=1000)
    assert whole.std() > 0.01
    np.testing.assert_allclose(denoise(model, image, level, tile), whole, atol=1e-5)


@each_model
def test_nothing_beyond_the_reach_changes_an_output(model, rng):
    x = rng.random((1, 160, 160, 2)).astype("float32")
    other = x.copy()
    other[:, :, : 80 - model.reach] = rng.random()
    answers = [keras.ops.convert_to_numpy(model(a))[:, :, 80:] for a in (x, other)]
    np.testing.assert_allclose(*answers, atol=1e-5)


@each_model
@pytest.mark.parametrize("shape", [(1, 1), (3, 50), (17, 9, 3), (40, 56, 2)])
def test_every_size_comes_back_as_it_was(model, rng, shape):
    found = denoise(model, rng.random(shape), 0.1)
    assert found.shape == shape
    assert found.dtype == np.float32
    assert 0.0 <= found.min() <= found.max() <= 1.0


def test_channels_are_cleaned_one_by_one(rng):
    model, image = MODELS["shrinkage"], rng.random((20, 24, 3))
    found = denoise(model, image, 0.1)
    np.testing.assert_allclose(found[..., 1], denoise(model, image[..., 1], 0.1), atol=1e-6)


def test_the_level_is_estimated_for_each_channel(rng):
    model = ShrinkageDenoiser()
    image = 0.5 + np.array([0.02, 0.3]) * rng.standard_normal((60, 60, 2))
    found = denoise(model, image)
    for channel in range(2):
        alone = denoise(model, image[..., channel])
        np.testing.assert_allclose(found[..., channel], alone, atol=1e-6)


def test_borders_are_mirrored_not_darkened():
    image = np.full((19, 37), 0.7)
    for side in (slice(None), slice(1, 8)):
        found = denoise(ShrinkageDenoiser(), image[side], 0.05)
        np.testing.assert_allclose(found, 0.7, atol=1e-5)


def test_an_unknown_level_is_estimated(rng):
    image = 0.5 + 0.1 * rng.standard_normal((200, 200))
    estimated, told, wrong = (
        denoise(ShrinkageDenoiser(), image, level) for level in (None, 0.1, 0.02)
    )
    assert np.abs(estimated - told).mean() < 0.1 * np.abs(estimated - wrong).mean()


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.full((20, 20), np.nan), "image must be finite; got 400"),
        (np.full((20, 20), 130.0), "median of 130"),
        (np.full((20, 20), 130, np.uint8), "uint8"),
        (np.ones((2, 20, 20, 1)), "image must have shape"),
        (np.ones((0, 20)), "image must have shape"),
        (np.ones((5, 5), complex), "complex128"),
    ],
)
def test_refuses_what_is_no_image(image, message):
    with pytest.raises(ValueError, match=message):
        denoise(MODELS["shrinkage"], image)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"level": -0.1}, "not negative"),
        ({"level": np.nan}, "finite"),
        ({"level": np.ones((3, 3))}, "map of shape"),
        ({"tile": 0}, "tile must be"),
        ({"tile": 2.5}, "tile must be"),
    ],
)
def test_refuses_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        denoise(MODELS["shrinkage"], np.ones((9, 9)), **settings)


@hypothesis.given(st.lists(st.integers(0, 30), max_size=4), st.integers(0, 2))
@hypothesis.settings(max_examples=40)
def test_any_shape_is_cleaned_or_refused(shape, kind):
    image = np.full(shape, 0.5)
    image.flat[:1] = [0.5, np.inf, 9.0][kind]
    good = len(shape) in (2, 3) and image.size and np.isfinite(image).all()
    if not good or not -0.5 <= np.median(image) <= 1.5:
        with pytest.raises(ValueError, match="image must"):
            denoise(MODELS["shrinkage"], image, 0.1)
        return
    found = denoise(MODELS["shrinkage"], image, 0.1)
    assert found.shape == image.shape
    assert np.isfinite(found).all()


def test_cosines_are_those_of_scipy_and_orthonormal(rng):
    from scipy.fft import dctn

    filters = cosines().reshape(64, 64)
    np.testing.assert_allclose(filters.T @ filters, np.eye(64), atol=1e-6)
    window = rng.random((8, 8))
    np.testing.assert_allclose(
        window.ravel() @ filters, dctn(window, norm="ortho").ravel(), atol=1e-6
    )


def test_shrinkage_by_hand():
    z = np.float32([-4.0, 1.0, 2.0, 0.0])
    found = keras.ops.convert_to_numpy(shrink(z, 2.0))
    np.testing.assert_allclose(found, [-3.0, 0.0, 0.0, 0.0], atol=1e-6)


@pytest.mark.parametrize("start", ["cosines", "random"])
def test_without_noise_the_untrained_autoencoder_copies(start, rng):
    x = rng.random((2, 22, 34, 2)).astype("float32")
    x[..., 1] = 0.0
    model = ShrinkageDenoiser(start=start)
    assert model.encode(x).shape == (2, 11 + 3, 17 + 3, 64)
    found = keras.ops.convert_to_numpy(model(x))
    np.testing.assert_allclose(found, x[..., :1], atol=1e-5)


def test_the_untrained_autoencoder_is_a_mean_of_shrunken_windows(rng):
    from scipy.fft import dctn, idctn

    x = rng.random((1, 24, 24, 2)).astype("float32")
    x[0, :, 12:, 0] = 0.5
    x[..., 1] *= 0.2
    found = keras.ops.convert_to_numpy(ShrinkageDenoiser(threshold=1.5)(x))
    r, c, total, weights = 11, 12, 0.0, 0.0
    # An even number of padded pixels: windows begin at even places.
    for top in range(r - 7, r + 1):
        for left in range(c - 7, c + 1):
            if top % 2 or left % 2:
                continue
            y, level = np.moveaxis(x[0, top : top + 8, left : left + 8], -1, 0)
            z = dctn(y.astype(float), norm="ortho")
            t = 1.5 * level.mean()
            s = z * np.maximum(1 - t**2 / np.maximum(z**2, 1e-12), 0)
            s[0, 0] = z[0, 0]  # the mean is never shrunk
            weight = 1 / (1 + np.sum(s != 0))
            total += weight * idctn(s, norm="ortho")[r - top, c - left]
            weights += weight
    assert found[0, r, c, 0] == pytest.approx(total / weights, abs=1e-5)


def test_thresholds_follow_the_level(rng):
    x = rng.standard_normal((1, 32, 32, 2)).astype("float32")
    shares = []
    for level in (0.5, 1.0):
        x[..., 1] = level
        z = keras.ops.convert_to_numpy(ShrinkageDenoiser(threshold=1.0).encode(x))
        shares.append(np.mean(z[..., 1:] != 0))
    # White noise of deviation 1 has cosines of deviation 1 (mirrored edges blur it).
    np.testing.assert_allclose(shares, [0.617, 0.317], atol=0.03)


def test_an_untrained_residual_network_returns_its_input(rng):
    x = rng.random((1, 12, 13, 2)).astype("float32")
    found = keras.ops.convert_to_numpy(ResidualDenoiser()(x))
    np.testing.assert_allclose(found, x[..., :1])


def test_layers_do_not_begin_alike():
    model = ResidualDenoiser(4, 4)
    second, third = (model.get_weights()[i] for i in (2, 4))
    assert second.shape == third.shape
    assert not np.allclose(second, third)


def test_the_correction_is_added(rng):
    model = ResidualDenoiser(4, 2)
    *others, bias = model.get_weights()
    model.set_weights([*others, bias + 0.25])
    x = rng.random((1, 12, 13, 2)).astype("float32")
    np.testing.assert_allclose(model(x), x[..., :1] + 0.25, atol=1e-6)


def test_the_code_is_smaller_than_the_image(rng):
    model = CodeDenoiser(5, 4)
    x = rng.random((2, 16, 24, 2)).astype("float32")
    z = model.encode(x)
    assert z.shape == (2, 2, 3, 5)
    np.testing.assert_allclose(model(x), model.decode(z), atol=1e-6)


def test_parameters_counted_by_hand():
    first, middle, last = 9 * 2 * 4 + 4, 9 * 4 * 4 + 4, 9 * 4 + 1
    assert parameters(ResidualDenoiser(4, 3)) == first + middle + last
    assert parameters(ShrinkageDenoiser()) == 64 * 64 * 2 + 64
    assert parameters(ShrinkageDenoiser(window=12)) == 144 * 144 * 2 + 144


@each_model
def test_a_saved_network_answers_the_same(model, tmp_path, rng):
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    x = rng.random((1, 16, 16, 2)).astype("float32")
    np.testing.assert_allclose(again(x), model(x), atol=1e-6)
    assert again.get_config() == model.get_config()


def test_seeds_differ():
    for make in (ResidualDenoiser, CodeDenoiser):
        a, b, c = (make(seed=s).get_weights()[0] for s in (0, 0, 1))
        np.testing.assert_array_equal(a, b)
        assert not np.allclose(a, c)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ResidualDenoiser(0), "filters"),
        (lambda: ResidualDenoiser(depth=1), "depth must be at least 2"),
        (lambda: CodeDenoiser(0), "code_channels"),
        (lambda: ShrinkageDenoiser(start="zeros"), "start must be one of"),
        (lambda: ShrinkageDenoiser(threshold=-1), "threshold must not"),
        (lambda: ShrinkageDenoiser(window=7), "window must be even"),
    ],
)
def test_networks_refuse(make, message):
    with pytest.raises(ValueError, match=message):
        make()
