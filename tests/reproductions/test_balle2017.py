"""A learned coder against JPEG, with a few updates and small pictures."""

import dataclasses

import numpy as np
import pytest
from skimage import data as pictures

from companion import datasets, training
from reproductions import balle2017
from reproductions.resumable import Progress

SETTINGS = {
    "photographs": ["china", "astronaut"],
    "qualities": [9, 21],
    "counted_qualities": [9, 21],
    "rival_qualities": [10, 50, 80],
    "ratios_of_jpeg_2000": [50, 12, 4],
    "steps_per_epoch": 2,
    "batch_size": 2,
    "tile": 32,
    "width": 4,
    "cifar_steps_per_epoch": 1,
    "cifar_batch_size": 2,
    "cifar_counted": 2,
    "cifar_measured": 2,
    "latent_dim": 4,
    "filters": [4],
    "epochs": 1,
    "epochs_cifar": 1,
    "epochs_codes": 2,
}


@pytest.fixture
def toy(monkeypatch):
    """Two crops in place of the photographs, patches in place of CIFAR-10."""
    for key, value in SETTINGS.items():
        monkeypatch.setitem(balle2017.RECIPE, key, value)
    patches = datasets.load("photographs_color")
    parts = {f"x_{p}": getattr(patches, f"x_{p}")[:64] for p in ("train", "val", "test")}
    small = dataclasses.replace(patches, **parts)
    monkeypatch.setattr(datasets, "load", lambda name: small)
    crop = pictures.astronaut()[:96, 180:276]
    monkeypatch.setattr(balle2017, "training_photographs", lambda: [crop / 255.0])
    crops = {"china": pictures.coffee()[100:180, 100:180], "astronaut": crop}
    monkeypatch.setattr(balle2017, "pixels", crops.get)
    balle2017.rival_curves.cache_clear()
    balle2017.cifar_rivals.cache_clear()
    yield
    balle2017.rival_curves.cache_clear()
    balle2017.cifar_rivals.cache_clear()


@pytest.mark.slow
def test_value_is_against_the_better_jpeg_of_each_photograph(toy, tmp_path):
    training.seed_everything(0)
    value, extras = balle2017.run(0, Progress(0, tmp_path))
    assert np.isfinite([value, *extras.values()]).all()
    against = {
        name: [extras[f"bits in % against {kind}, {name}"] for kind in balle2017.JPEGS]
        for name in SETTINGS["photographs"]
    }
    # More bits in percent against the one that needs fewer: the larger of both.
    assert value == pytest.approx(np.mean([max(pair) for pair in against.values()]))
    # Files of single small images are mostly header, which favors the smaller header.
    for kind in balle2017.JPEGS:
        files, bare = (
            extras[f"bits in % against {kind}, CIFAR-10, {what}"]
            for what in ("files", "without headers")
        )
        assert files < bare
    assert {"MSE, CIFAR-10, flattened", "SSIM, CIFAR-10, convolutional"} <= set(extras)


@pytest.mark.slow
def test_baselines_are_finite_and_the_mean_is_worst(toy):
    found = balle2017.baselines()
    assert np.isfinite(list(found.values())).all()
    assert found["MSE, CIFAR-10, PCA-4"] < found["MSE, CIFAR-10, mean image"]
    assert len(found) == 3 + 6


def test_better_jpeg_is_the_one_that_needs_fewer_bits():
    against = {
        "a": {"JPEG 4:2:0": -30.0, "JPEG 4:4:4": -10.0, "WebP": 50.0},
        "b": {"JPEG 4:2:0": 4.0, "JPEG 4:4:4": -20.0, "WebP": 50.0},
    }
    assert balle2017.better_jpeg(against) == pytest.approx((-10.0 + 4.0) / 2)


def test_a_point_of_tiles_counts_their_mean_bits(rng):
    x = rng.integers(0, 200, (3, 8, 4, 3), dtype=np.uint8)
    coders = {"it": lambda tile: (b"x" * 12, 4, tile + 10)}
    found = balle2017.tile_point(x, coders["it"])
    assert (found.bpp, found.bare_bpp) == (3.0, 1.0)
    assert found.psnr == pytest.approx(20 * np.log10(25.5))


@pytest.mark.parametrize("name", ["china", *balle2017.PAPER.recipe["photographs"][1:]])
def test_photographs_are_held_out_and_in_color(name):
    from companion.datasets.photographs import COLOR_TRAIN, VALIDATION_PHOTOGRAPH

    assert name not in (*COLOR_TRAIN, VALIDATION_PHOTOGRAPH)
    image = balle2017.pixels(name)
    assert image.dtype == np.uint8
    assert image.ndim == 3
    assert image.shape[2] == 3
