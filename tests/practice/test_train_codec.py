"""The shipped model is what its maker makes; the linear rival is PCA, coded as it says."""

import numpy as np
import pytest
from skimage import data

from companion.practice import block_pca, codec, image_model, train_codec, transform
from companion.practice.entropy_model import N_SYMBOLS, N_TABLES, SCALES, EntropyModel
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


def test_larger_images_give_more_tiles():
    small, large = np.zeros((32, 32, 3)), np.ones((48, 64, 3))
    found = train_codec.tiles([small, large], 400, 16, seed=0)
    # Three quarters of the area: within four standard deviations of a binomial.
    assert found[:, 0, 0, 0].mean() == pytest.approx(0.75, abs=4 * np.sqrt(0.1875 / 400))


def test_tiles_reach_every_place_and_turn():
    image = np.arange(17 * 17 * 3.0).reshape(17, 17, 3)
    found = train_codec.tiles([image], 200, 16, seed=0)
    assert len({tile[..., 0].min() for tile in found}) == 4
    assert len(np.unique(found.reshape(200, -1), axis=0)) == 4 * 8


def test_training_takes_all_steps_at_a_rate_that_falls_to_zero(monkeypatch):
    seen = {}

    class Trained:
        def __init__(self, model, rate):
            seen["rates"] = [float(rate(step)) for step in (0, 5, 10)]
            self.steps = self

        def run(self, x, target, order, batch_size):
            seen["order"], seen["batch"] = order, batch_size

    monkeypatch.setattr(train_codec, "TrainedAgain", Trained)
    train_codec.train(None, np.zeros(7), 10, 3, 0.02, seed=0)
    np.testing.assert_allclose(seen["rates"], [0.02, 0.01, 0.0], atol=1e-8)
    assert (len(seen["order"]), seen["batch"]) == (30, 3)
    assert sorted(seen["order"][:7]) == list(range(7))


def test_coder_learns_from_all_images_with_its_seed(image, monkeypatch):
    seen = {}
    monkeypatch.setattr(train_codec, "train", lambda *a: seen.update(train=a))
    tiles = train_codec.tiles

    def noted(images, n, size, seed):
        seen["tiles"] = (len(images), n, size, seed)
        return tiles(images, n, size, seed)

    monkeypatch.setattr(train_codec, "tiles", noted)
    model = train_codec.trained_coder([image, image[::-1]], 5, SHORT)
    assert seen["tiles"] == (2, SHORT["n_tiles"], SHORT["tile"], 5)
    assert seen["train"][2:] == (2, 2, RECIPE["learning_rate"], 5)
    colors, patterns = transform.principal_start([image, image[::-1]])
    np.testing.assert_allclose(model.patterns()["colors"], colors, atol=1e-6)
    np.testing.assert_allclose(model.patterns()["rows"][:, 8:24], patterns, atol=1e-6)


def test_weights_are_rounded_to_their_units(rng):
    rates = transform.LappedCoder(width=2).rates
    for weight in rates.trainable_variables:
        weight.assign(weight + 0.05 * rng.normal(size=weight.shape))
    found, exact = train_codec.forecaster_arrays(rates), rates.effective_weights()
    for name, weights in exact.items():
        unit = 4 / 4096 if name == "lower" else 1 / 4096
        np.testing.assert_allclose(found[name] / 4096, weights, atol=0.51 * unit)
    np.testing.assert_array_equal(found["thresholds"], np.rint(4096 * SCALES))


def test_patterns_are_rounded_to_their_units(image, monkeypatch):
    monkeypatch.setattr(
        train_codec, "count_tables", lambda *a: np.zeros((N_TABLES, N_SYMBOLS), np.uint16)
    )
    model = transform.LappedCoder(width=2, seed=4)
    model.start_from(*transform.principal_start([image]))
    model.kernels[2].assign(np.full(model.kernels[2].shape, 0.25))
    made = train_codec.to_image_model(model, [image], {})
    for name in ("rows_back", "columns_back", "colors_back"):
        np.testing.assert_allclose(
            made.arrays[name] / 2**13, model.patterns()[name], atol=0.51 / 2**13
        )
    np.testing.assert_array_equal(made.arrays["kernels_2"], 1024)


def test_excesses_are_what_the_entropy_model_codes(image):
    model, quality = image_model.load(), 15
    codes, bits = model.choose(image, quality)
    per_step = int(model.arrays["per_step"][quality])
    excess, tables = train_codec.excesses(model.entropy.forecaster, codes, per_step)
    assert excess.size == codes.size
    assert model.entropy.length(excess, tables).sum() == pytest.approx(bits, rel=1e-9)


def test_tables_are_counted_first_without_then_with_a_price(image, monkeypatch):
    model, seen = image_model.load(), []
    values = model.analyze(image)
    choose = EntropyModel.choose

    def noted(self, scaled, per_step, price):
        seen.append((price, float(values[0, 0, 0] / scaled[0, 0, 0])))
        return choose(self, scaled, per_step, price)

    monkeypatch.setattr(EntropyModel, "choose", noted)
    found = train_codec.count_tables(model.arrays, [values], SHORT)
    steps = image_model.steps()[[12, 24]]
    assert [price for price, _ in seen] == [0, 0, image_model.PRICE, image_model.PRICE]
    np.testing.assert_allclose([s for _, s in seen], [*steps, *steps], rtol=1e-3)
    assert found.shape == (N_TABLES, N_SYMBOLS)
    assert (found.astype(int).sum(axis=1) == 2**16).all()


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
