"""The shipped model is what its maker makes; the linear rival is PCA, coded as it says."""

import numpy as np
import pytest
from skimage import data

from companion.practice import block_pca, codec, image_model, train_codec, transform
from companion.practice.train_codec import RECIPE

SHORT = RECIPE | {
    "n_tiles": 8,
    "tile": 64,
    "batch_size": 2,
    "n_steps": 2,
    "width": 4,
    "counted_qualities": [12, 24],
}


@pytest.fixture(scope="module")
def image():
    return data.astronaut()[:128, 100:228] / 255.0


def test_shipped_model_tells_how_it_was_made():
    model = image_model.load()
    assert model.about == {
        "maker": "companion.practice.train_codec",
        "seed": 0,
        "recipe": RECIPE,
    }
    assert image_model.SHIPPED.stat().st_size < 100_000


@pytest.mark.slow
def test_maker_makes_a_model_like_the_shipped_one(tmp_path, image, monkeypatch):
    monkeypatch.setattr(train_codec, "photograph", lambda name, gray: image)
    train_codec.main(tmp_path, seed=3, recipe=SHORT)
    made = image_model.load(tmp_path / image_model.SHIPPED.name)
    shipped = image_model.load()
    assert made.about["seed"] == 3
    assert made.about["recipe"] == SHORT
    narrow = {f"{name}_{i}" for name in ("kernels", "biases", "tilts") for i in range(3)}
    for name, array in shipped.arrays.items():
        assert made.arrays[name].dtype == array.dtype, name
        if name not in narrow:
            assert made.arrays[name].shape == array.shape, name
    fixed = {"order", "thresholds", "step", "log_step", "per_step"}
    for name in fixed:
        np.testing.assert_array_equal(made.arrays[name], shipped.arrays[name])
    assert made.identity != shipped.identity
    with pytest.raises(codec.CodecError, match="another model"):
        codec.decode(codec.encode(data.astronaut()[:20, :20], 12), made)


def test_model_file_keeps_identity_and_arrays(tmp_path):
    model = image_model.load()
    model.save(tmp_path / "model.npz")
    again = image_model.load(tmp_path / "model.npz")
    assert again.identity == model.identity
    assert again.about == model.about


def test_six_qualities_halve_the_step():
    steps = image_model.steps()
    np.testing.assert_allclose(steps[6:] * 2, steps[:-6], rtol=1e-12)
    assert (steps[0], steps[-1]) == pytest.approx(transform.STEPS[::-1])


def test_numbers_that_do_not_fit_are_refused():
    np.testing.assert_array_equal(image_model.to_fixed([0.3, -2.0], 2, np.int16), [1, -8])
    for x in (40_000.0, np.nan):
        with pytest.raises(ValueError, match="must fit into int16"):
            image_model.to_fixed([x], 0, np.int16)


def test_tiles_are_cut_from_the_images():
    image = np.arange(40 * 50 * 3.0).reshape(40, 50, 3)
    found = train_codec.tiles([image], 20, 16, seed=0)
    for tile in found:
        turned = [np.rot90(t, k) for t in (tile, tile[:, ::-1]) for k in range(4)]
        upright = min(turned, key=lambda t: tuple(t[0, :2, 0]))
        row, column = divmod(int(upright[0, 0, 0]) // 3, 50)
        np.testing.assert_array_equal(upright, image[row : row + 16, column : column + 16])
    np.testing.assert_array_equal(found, train_codec.tiles([image], 20, 16, seed=0))


def test_blocks_and_back(rng):
    image = rng.random((37, 50, 3))
    blocks = block_pca.to_grid(image, 8)
    assert blocks.shape == (5, 7, 192)
    np.testing.assert_array_equal(block_pca.from_grid(blocks, 8, (37, 50)), image)
    np.testing.assert_array_equal(blocks[1, 2].reshape(8, 8, 3), image[8:16, 16:24])


def test_axes_are_those_of_scikit_learn(image):
    from sklearn.decomposition import PCA

    mean, axes = block_pca.fit_axes([image], 4, every=2)
    blocks = np.concatenate(
        [
            image[a : a + 4, b : b + 4].reshape(1, 48)
            for first in (0, 2)
            for second in (0, 2)
            for a in range(first, 125, 4)
            for b in range(second, 125, 4)
        ]
    )
    expected = PCA(10).fit(blocks)
    np.testing.assert_allclose(mean, expected.mean_, rtol=1e-10)
    np.testing.assert_allclose(
        np.abs(axes[:10] @ expected.components_.T), np.eye(10), atol=1e-6
    )


@pytest.mark.parametrize("context", [True, False])
def test_rival_restores_to_within_its_cells(image, context):
    rival = block_pca.fit([image], 4, recipe=SHORT, context=context)
    quality = 24
    codes, bits, restored = rival.measure(image, quality, price=0.0)
    step = image_model.fixed_steps()["step"][quality] / 2**16
    np.testing.assert_array_equal(codes, np.rint(rival.analyze(image) / step))
    # Cells of PCA are cubes: the mean squared error is step**2 / 12 at most.
    assert np.mean((restored / 255.0 - image) ** 2) < 1.05 * (step**2 + 255.0**-2) / 12
    per_step = int(image_model.fixed_steps()["per_step"][quality])
    payload, n_sent = rival.entropy.encode(codes, per_step)
    assert 8 * len(payload) == pytest.approx(bits, rel=0.01)
    np.testing.assert_array_equal(
        rival.entropy.decode(payload, codes.shape, per_step, n_sent), codes
    )
