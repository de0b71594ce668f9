"""The decoder in whole numbers: what the trained network makes, and the same everywhere."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from keras import ops
from skimage import data

from companion.practice import exact_decoder, train_codec, transform
from companion.practice.exact_decoder import _convolve, rounded_shift

RECIPE = train_codec.RECIPE | {"counted_qualities": [12, 24]}


@pytest.fixture(scope="module")
def photograph():
    return data.astronaut()[:96, 100:244] / 255.0


@pytest.fixture(scope="module")
def trained(photograph):
    """A coder with weights of every kind that are not 0, and its rounded form."""
    rng = np.random.default_rng(3)
    model = transform.LappedCoder(width=6, seed=3)
    model.start_from(*transform.principal_start([photograph]))
    for weight in model.trainable_variables:
        if not weight.path.startswith("code_rates"):
            value = ops.convert_to_numpy(weight)
            weight.assign(value + 0.03 * rng.normal(size=value.shape))
    return model, train_codec.to_image_model(model, [photograph], {}, RECIPE)


@pytest.mark.parametrize("quality", [0, 18, 36])
def test_whole_numbers_restore_what_the_network_does(trained, photograph, quality):
    model, rounded = trained
    codes, _ = rounded.choose(photograph, quality)
    found = rounded.synthesize(codes, quality, photograph.shape[:2])
    step = rounded.arrays["step"][quality] / 2.0**16
    z = (codes * step).transpose(1, 2, 0)[None].astype("float32")
    log_step = ops.convert_to_tensor([np.float32(np.log(step))])
    expected = 255 * np.clip(ops.convert_to_numpy(model.decode(z, log_step))[0], 0, 1)
    # Half a level by the last rounding, and little by that of the weights.
    assert np.abs(found - expected).max() < 1.0
    assert np.sqrt(np.mean((found - expected) ** 2)) < 0.35


def test_encoder_finds_the_coefficients_of_the_network(trained, photograph):
    model, rounded = trained
    expected = ops.convert_to_numpy(model.encode(photograph[None].astype("float32")))[0]
    np.testing.assert_allclose(
        rounded.analyze(photograph), expected.transpose(2, 0, 1), atol=2e-5
    )


@pytest.mark.parametrize("band", [1, 2, 4, 6])
def test_bands_do_not_show(trained, photograph, monkeypatch, band):
    _, rounded = trained
    tall = np.concatenate((photograph, photograph[::-1]))[:185]
    codes, _ = rounded.choose(tall, 4)
    at_once = rounded.synthesize(codes, 4, tall.shape[:2])
    monkeypatch.setattr(exact_decoder, "BAND", band)
    found = rounded.synthesize(codes, 4, tall.shape[:2])
    np.testing.assert_array_equal(found, at_once)


def test_image_is_continued_to_whole_blocks(trained, photograph):
    _, rounded = trained
    assert rounded.analyze(photograph[:50, :33]).shape == (768, 4, 3)
    codes, _ = rounded.choose(photograph[:50, :33], 36)
    found = rounded.synthesize(codes, 36, (50, 33))
    assert found.shape == (50, 33, 3)


def test_layers_stay_whole_and_small_enough(trained, photograph):
    _, rounded = trained
    codes, _ = rounded.choose(photograph, 18)
    x = rounded.decoder.add_up(codes * 5000.0)
    y = rounded.decoder.repair(x, 5000, -8000)
    for array in (x, y):
        np.testing.assert_array_equal(array, np.rint(array))
        assert np.abs(array).max() < 2.0**30


def test_rounded_shift_is_exact():
    x = np.array([0, 1, 2, 3, 4, 5, 2**50 + 3, -1, -2, -3, -(2**50) - 2], dtype=float)
    expected = [(int(v) + 2) >> 2 for v in x]
    np.testing.assert_array_equal(rounded_shift(x, 2), expected)


def test_convolution_is_that_of_keras(rng):
    y = rng.integers(-50, 50, (7, 9, 5)).astype(float)
    kernel = rng.integers(-50, 50, (3, 3, 5, 4)).astype(float)
    expected = ops.conv(y[None].astype("float32"), kernel.astype("float32"), padding="same")
    np.testing.assert_array_equal(_convolve(y, kernel), ops.convert_to_numpy(expected)[0])


PROGRAM = """
import hashlib, sys
import numpy as np
from skimage import data
from companion.practice import codec
encoded = sys.stdin.buffer.read()
print(hashlib.sha256(codec.decode(encoded).tobytes()).hexdigest())
"""


@pytest.mark.parametrize("threads", ["1", "4"])
def test_pixels_do_not_depend_on_threads_or_processor(threads):
    from companion.practice import codec

    encoded = codec.encode(data.astronaut()[:130, :201], 14)
    here = hashlib.sha256(codec.decode(encoded).tobytes()).hexdigest()
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
    settings = os.environ | dict.fromkeys(names, threads)
    settings["OPENBLAS_CORETYPE"] = {"1": "Haswell", "4": "Nehalem"}[threads]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=encoded,
        env=settings,
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode().strip() == here
