"""Measure the trained coder and its rivals on two photographs, and store the curves.

    python -m companion.practice.measure_codec MODEL [MODEL ...]

The models are files of `companion.practice.train_codec`, one for each seed. The rivals are
JPEG, JPEG 2000 and WebP, and principal components of blocks of 8 and 16 pixels whose codes
are rounded and coded the same way; once with the forecasts of the learned coder, trained by
as many steps, and once with one distribution for each channel.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np

from companion.datasets.photographs import (
    COLOR_TRAIN,
    TEST_PHOTOGRAPH,
    VALIDATION_PHOTOGRAPH,
    photograph,
)
from companion.practice import block_pca, codec, image_model, rate_curves
from companion.practice.codec import OVERHEAD
from companion.practice.rate_curves import Point, point

STORED = Path(__file__).parent / "image_curves.json"
QUALITIES = image_model.QUALITIES[::3]
PHOTOGRAPHS = (VALIDATION_PHOTOGRAPH, TEST_PHOTOGRAPH)
OFF_GRID = f"{TEST_PHOTOGRAPH}, 4 pixels off"
SIDES = (8, 16)
REPAIR = ("kernels", "biases", "tilts")


def pixels(name):
    """A photograph as uint8, (height, width, 3)."""
    return np.rint(255 * photograph(name, gray=False)).astype(np.uint8)


def learned_curve(model, image, qualities=QUALITIES, price=image_model.PRICE):
    """Measure a model on an image, uint8, at several qualities.

    Sizes are those the tables promise, rounded up to bytes; a test holds the files to them.
    """
    found = []
    for quality in qualities:
        codes, bits = model.choose(image / 255.0, quality, price)
        restored = model.synthesize(codes, quality, image.shape[:2])
        n_bytes = int(np.ceil(bits / 8))
        found.append(point(image, restored, n_bytes + OVERHEAD, n_bytes))
    return found


def rival_curve(rival, image, qualities=QUALITIES):
    """Measure a `BlockPCA` on an image, uint8, as `learned_curve`."""
    found = []
    for quality in qualities:
        _, bits, restored = rival.measure(image / 255.0, quality)
        n_bytes = int(np.ceil(bits / 8))
        found.append(point(image, restored, n_bytes + OVERHEAD, n_bytes))
    return found


def variants(model):
    """The coder whole, and with one of two parts left out.

    Returns:
        Pairs of a model and a price, by what is missing: "" (nothing), ", no price"
        (every number is rounded to the nearest) and ", no repair" (the decoder's network
        does nothing).
    """
    silent = {f"{name}_2": np.zeros_like(model.arrays[f"{name}_2"]) for name in REPAIR}
    mute = image_model.ImageModel(model.arrays | silent, model.about)
    price = image_model.PRICE
    return {"": (model, price), ", no price": (model, 0.0), ", no repair": (mute, price)}


def coded_one_by_one(tiles, coders):
    """Code small images each on its own.

    Args:
        tiles: uint8, (n, height, width, 3).
        coders: Functions by name, from an image to a file, its bytes without header and
            tables, and the restored image.

    Returns:
        By name: mean bytes of the files, mean bytes without header and tables, and PSNR
        over all pixels in dB.
    """
    found = {}
    for name, coder in coders.items():
        files, bare, restored = zip(*map(coder, tiles), strict=True)
        error = np.mean((np.asarray(tiles, float) - np.stack(restored)) ** 2)
        psnr = 10.0 * np.log10(255.0**2 / error)
        found[name] = np.mean([len(f) for f in files]), np.mean(bare), psnr
    return found


def learned_coder(quality, model=None):
    """A coder for `coded_one_by_one`: an image model, by default the shipped one."""

    def coder(tile):
        data = codec.encode(tile, quality, model)
        return data, len(data) - OVERHEAD, codec.decode(data, model)

    return coder


def pillow_coder(kind, quality):
    """A coder for `coded_one_by_one`: one of `rate_curves.KINDS`."""

    def coder(tile):
        data, restored = rate_curves.pillow_file(tile, kind, quality)
        return data, rate_curves.bare_length(data), restored

    return coder


def rates_and(measure, points):
    """Bits per pixel and "psnr" or "ssim" of a curve, as two lists."""
    return [p.bpp for p in points], [getattr(p, measure) for p in points]


def measure(models):
    """Measure everything on both photographs.

    Args:
        models: Image models, one for each seed.

    Returns:
        Curves by photograph and name, lists of `Point`.
    """
    images = [photograph(name, gray=False) for name in COLOR_TRAIN]
    rivals = {
        f"PCA {side} x {side}, {kind}": block_pca.fit(images, side, context=context)
        for side in SIDES
        for kind, context in {"forecasts": True, "plain": False}.items()
    }
    found = {}
    for name in PHOTOGRAPHS:
        image = pixels(name)
        curves = {kind: rate_curves.pillow_curve(image, kind) for kind in rate_curves.KINDS}
        curves |= {kind: rival_curve(rival, image) for kind, rival in rivals.items()}
        found[name] = curves | learned_curves(models, image)
    return found | {OFF_GRID: off_grid(models)}


def learned_curves(models, image):
    """Curves of all models with all their `variants` on one image, by name."""
    return {
        f"learned, seed {model.about['seed']}{part}": learned_curve(
            coder, image, price=price
        )
        for model in models
        for part, (coder, price) in variants(model).items()
    }


def off_grid(models):
    """Curves on the test photograph without its first four rows and columns.

    The photograph was a JPEG before; there its blocks of 8 no longer are those of a new
    one.
    """
    image = np.ascontiguousarray(pixels(TEST_PHOTOGRAPH)[4:, 4:])
    curves = {"JPEG 4:4:4": rate_curves.pillow_curve(image, "JPEG 4:4:4")}
    return curves | {
        f"learned, seed {model.about['seed']}": learned_curve(model, image)
        for model in models
    }


def store(found, identities, path=STORED):
    """Write curves and the identities of the models they belong to."""
    curves = {
        name: {kind: [asdict(p) for p in points] for kind, points in curves.items()}
        for name, curves in found.items()
    }
    content = {"models": identities, "qualities": list(QUALITIES), "curves": curves}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def stored(path=STORED):
    """Read what `store` wrote.

    Returns:
        Curves by photograph and name, and the identities of the models.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    curves = {
        name: {kind: [Point(**p) for p in points] for kind, points in curves.items()}
        for name, curves in content["curves"].items()
    }
    return curves, content["models"]


def main(paths):
    """Measure the models in files and store their curves."""
    models = [image_model.load(Path(path)) for path in paths]
    store(measure(models), [model.identity.hex() for model in models])


if __name__ == "__main__":
    main(sys.argv[1:])
