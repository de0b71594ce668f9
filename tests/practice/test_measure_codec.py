"""The stored curves belong to the shipped model, and are what it does."""

import numpy as np
import pytest

from companion.practice import codec, image_model, measure_codec, rate_curves
from companion.practice.rate_curves import bits_at, point


def test_stored_curve_is_what_the_shipped_model_does():
    curves, identities = measure_codec.stored()
    model = image_model.load()
    assert identities[0] == model.identity.hex()
    assert len(set(identities)) == 3
    for name in measure_codec.PHOTOGRAPHS:
        image, quality = measure_codec.pixels(name), 9
        stored = curves[name]["learned, seed 0"][quality // 3]
        assert measure_codec.learned_curve(model, image, [quality]) == [stored]
        data = codec.encode(image, quality)
        found = point(image, codec.decode(data), len(data), len(data) - codec.OVERHEAD)
        assert (found.psnr, found.ssim) == (stored.psnr, stored.ssim)
        assert found.bpp == pytest.approx(stored.bpp, rel=0.002)


def test_learned_coder_needs_fewer_bits_than_pca_at_every_quality():
    curves, _ = measure_codec.stored()
    levels = [24, 27, 30, 33, 36, 39, 42, 45]
    for found in curves.values():
        for kind in (kind for kind in found if kind.startswith("PCA")):
            for seed in (0, 1, 2):
                own = bits_at(found[f"learned, seed {seed}"], levels)
                assert not (own >= bits_at(found[kind], levels)).any()


def test_curves_are_stored_as_they_were(tmp_path):
    curves, identities = measure_codec.stored()
    measure_codec.store(curves, identities, tmp_path / "curves.json")
    assert measure_codec.stored(tmp_path / "curves.json") == (curves, identities)


def test_parts_are_left_out():
    model = image_model.load()
    image = measure_codec.pixels("astronaut")[:96, 200:296]
    found = {
        part: measure_codec.learned_curve(coder, image, [10], price)[0]
        for part, (coder, price) in measure_codec.variants(model).items()
    }
    assert found[", no price"].bpp > found[""].bpp
    assert found[", no price"].psnr > found[""].psnr
    assert found[", no repair"].bpp == found[""].bpp
    assert found[""].bpp - found[""].bare_bpp == pytest.approx(8 * 24 / 96**2)
    codes, _ = model.choose(image / 255.0, 10)
    plain = model.decoder.add_up(codes * float(model.arrays["step"][10])) / 2**16 + 0.5
    plain = np.floor(255 * np.clip(plain, 0, 1) + 0.5).astype(np.uint8)
    assert found[", no repair"].psnr == pytest.approx(
        point(image, plain, 1, 1).psnr, abs=1e-4
    )


def test_stored_parts_are_those_of_the_shipped_model():
    curves, _ = measure_codec.stored()
    for part, (coder, price) in measure_codec.variants(image_model.load()).items():
        stored = curves["china"][f"learned, seed 0{part}"][2]
        image = measure_codec.pixels("china")
        assert measure_codec.learned_curve(coder, image, [6], price) == [stored]


def test_stored_curves_of_pillow_are_what_pillow_does():
    curves, _ = measure_codec.stored()
    image = measure_codec.pixels("china")
    for kind, (_, _, qualities) in rate_curves.KINDS.items():
        found = rate_curves.pillow_curve(image, kind, qualities[5:6])[0]
        # Another version of a library may write a few bytes more or less.
        assert found.bpp == pytest.approx(curves["china"][kind][5].bpp, rel=0.02)
        assert found.psnr == pytest.approx(curves["china"][kind][5].psnr, abs=0.1)
    moved = np.ascontiguousarray(image[4:, 4:])
    found = rate_curves.pillow_curve(moved, "JPEG 4:4:4", [50])[0]
    place = rate_curves.JPEG_QUALITIES.index(50)
    stored = curves[measure_codec.OFF_GRID]["JPEG 4:4:4"][place]
    assert found.psnr == pytest.approx(stored.psnr, abs=0.1)


def test_bytes_of_a_rival_are_its_bits_and_the_same_header():
    class Rival:
        def measure(self, image, quality):
            return None, 8 * 100 * quality - 5, np.rint(255 * image).astype(np.uint8) + 1

    image = np.full((10, 20, 3), 7, np.uint8)
    found = measure_codec.rival_curve(Rival(), image, [1, 2])
    assert [p.bare_bpp for p in found] == [8 * 100 / 200, 8 * 200 / 200]
    assert [p.bpp - p.bare_bpp for p in found] == pytest.approx([8 * 24 / 200] * 2)
    assert found[0].psnr == pytest.approx(20 * np.log10(255))


def test_learned_tiles_take_the_model_they_are_given():
    model = image_model.load()
    arrays = model.arrays | {"floor": model.arrays["floor"] + np.int16(1)}
    other = image_model.ImageModel(arrays, model.about)
    tile = measure_codec.pixels("china")[:16, :16]
    data, bare, restored = measure_codec.learned_coder(9, other)(tile)
    assert data == codec.encode(tile, 9, other)
    assert bare == len(data) - 24
    np.testing.assert_array_equal(restored, codec.decode(data, other))


def test_a_curve_has_the_measure_that_is_asked_for():
    points = [
        rate_curves.Point(1.0, 0.5, 30.0, 0.8),
        rate_curves.Point(2.0, 1.5, 35.0, 0.9),
    ]
    assert measure_codec.rates_and("psnr", points) == ([1.0, 2.0], [30.0, 35.0])
    assert measure_codec.rates_and("ssim", points) == ([1.0, 2.0], [0.8, 0.9])


def test_curves_of_several_models_have_names_and_prices(monkeypatch):
    model = image_model.load()
    seen = []
    monkeypatch.setattr(
        measure_codec,
        "learned_curve",
        lambda coder, image, price: seen.append(price) or coder,
    )
    found = measure_codec.learned_curves([model], None)
    names = ["learned, seed 0", "learned, seed 0, no price", "learned, seed 0, no repair"]
    assert list(found) == names
    assert seen == [image_model.PRICE, 0.0, image_model.PRICE]
    assert found[names[0]] is found[names[1]] is model
    assert found[names[2]] is not model


def test_rivals_are_fitted_with_and_without_forecasts(monkeypatch):
    fits = []

    def fit(images, side, context):
        fits.append((len(images), side, context))
        return side, context

    monkeypatch.setattr(measure_codec.block_pca, "fit", fit)
    monkeypatch.setattr(measure_codec.rate_curves, "pillow_curve", lambda *a: "pillow")
    monkeypatch.setattr(measure_codec, "rival_curve", lambda rival, image: rival)
    found = measure_codec.measure([])
    assert fits == [(5, 8, True), (5, 8, False), (5, 16, True), (5, 16, False)]
    assert set(found) == {"astronaut", "china", measure_codec.OFF_GRID}
    assert found["china"]["PCA 16 x 16, plain"] == (16, False)


def test_tiles_are_counted_one_by_one():
    tiles = np.stack([np.zeros((16, 16, 3), np.uint8), np.full((16, 16, 3), 60, np.uint8)])
    lower = measure_codec.coded_one_by_one(tiles[1:], {"off": lambda t: (b"x", 1, t + 2)})
    assert lower["off"][2] == pytest.approx(20 * np.log10(255 / 2))
    found = measure_codec.coded_one_by_one(
        tiles, {"off": lambda tile: (b"x" * (1 + int(tile[0, 0, 0])), 5, tile + 1)}
    )["off"]
    assert found == pytest.approx((31, 5, 20 * np.log10(255)))
    coder = measure_codec.learned_coder(12)(tiles[1])
    assert len(coder[0]) == coder[1] + codec.OVERHEAD
    data, bare, restored = measure_codec.pillow_coder("JPEG 4:4:4", 90)(tiles[1])
    assert bare < len(data)
    assert restored.shape == (16, 16, 3)


def test_error_of_tiles_does_not_wrap_around():
    tiles = np.full((3, 4, 5, 3), 10, np.uint8)
    coders = {"far": lambda tile: (b"file", 2, tile + np.uint8(100))}
    n_bytes, n_bare, psnr = measure_codec.coded_one_by_one(tiles, coders)["far"]
    assert (n_bytes, n_bare) == (4, 2)
    assert psnr == pytest.approx(10 * np.log10(255**2 / 100**2))
