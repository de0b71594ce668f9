"""LiteRT files: what they hold, that they compute the model, and print nothing."""

import os

import numpy as np
import pytest

from companion import metrics
from companion.autoencoders.convolutional import ConvolutionalAutoencoder
from companion.autoencoders.dense import DenseAutoencoder
from companion.challenges import litert, litert_trials


@pytest.fixture(scope="module")
def models():
    rng = np.random.default_rng(0)
    dense = DenseAutoencoder(256, 8, hidden=(160,))
    images = ConvolutionalAutoencoder((8, 8, 1), 4)
    for model in (dense, images):  # biases of zero would not be stored
        noise = [0.05 * rng.normal(size=w.shape) for w in model.get_weights()]
        model.set_weights([w + n for w, n in zip(model.get_weights(), noise, strict=True)])
    return {
        "dense": (dense, rng.random((300, 256)).astype("float32")),
        "convolutional": (images, rng.random((300, 8, 8, 1)).astype("float32")),
    }


@pytest.mark.parametrize("name", ["dense", "convolutional"])
def test_formats_compute_the_model_up_to_their_rounding(models, name):
    model, x = models[name]
    exact = np.asarray(model(x))
    # Half a unit of the last place of weights near 1 is 5e-4 in float16; int8 has steps
    # of 1/127 of the largest weight, and the outputs steps of 1/256.
    bounds = {"float32": 1e-5, "float16": 2e-3, "dynamic": 0.03, "int8": 0.03}
    for kind, bound in bounds.items():
        file = litert.convert(model, kind, x)
        assert (litert.Runner(file, x.shape).grid_in is not None) == (kind == "int8")
        for kernels in ("fast", "reference"):
            off = np.abs(litert.reconstruct(file, x, kernels) - exact).max()
            assert off < bound, (kind, kernels, off)


def test_the_short_way_gives_what_from_keras_model_gives(models):
    import keras

    model, x = models["dense"]
    with litert.silence():
        import tensorflow as tf

        parts = [*model.encoder.layers, *model.decoder.layers]
        whole = keras.Sequential([keras.Input((256,)), *parts])
        converter = tf.lite.TFLiteConverter.from_keras_model(whole)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([row[None]] for row in x)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
        theirs = converter.convert()
    ours = litert.convert(model, "int8", x)
    np.testing.assert_array_equal(
        litert.reconstruct(ours, x, "reference"), litert.reconstruct(theirs, x, "reference")
    )
    assert abs(len(ours) - len(theirs)) < 2000  # names and signatures


def test_sizes_follow_the_bytes_of_a_weight(models):
    model, x = models["dense"]
    sizes = {kind: len(litert.convert(model, kind, x)) for kind in litert.KINDS}
    n_weights = sum(w.size for w in model.get_weights() if w.ndim == 2)
    n_biases = sum(w.size for w in model.get_weights() if w.ndim == 1)
    assert 4 * (n_weights + n_biases) < sizes["float32"] < 4 * (n_weights + n_biases) + 4e3
    assert 1.9 < sizes["float32"] / sizes["float16"] <= 2
    for kind in ("dynamic", "int8", litert.KINDS[-1]):
        assert 3 < sizes["float32"] / sizes[kind] < 4, kind
    # A scale (4 bytes), a zero point (8) and twice so for the bias: 24 a unit.
    extra = sizes["int8"] - sizes[litert.KINDS[-1]]
    assert extra == pytest.approx(24 * n_biases, rel=0.1)


def test_nothing_is_printed(models, capfd):
    model, x = models["dense"]
    litert.reconstruct(litert.convert(model, "int8", x), x)
    assert capfd.readouterr() == ("", "")


def test_printing_works_again_after_an_error(capfd):
    with pytest.raises(KeyError), litert.silence():
        raise KeyError
    os.write(1, b"heard")
    print("too")
    assert capfd.readouterr().out == "heardtoo\n"


def test_bad_input_is_refused(models):
    model, x = models["convolutional"]
    with pytest.raises(ValueError, match="kind must be among float32"):
        litert.convert(model, "int4", x)
    file = litert.convert(model, "int8", x)
    with pytest.raises(ValueError, match="kernels must be fast or reference"):
        litert.Runner(file, x.shape, "slow")
    with pytest.raises(ValueError, match="file must hold dense layers"):
        litert.read_network(file)
    with pytest.raises(ValueError, match="kind must be dense"):
        litert_trials.train_and_convert("digits", "linear", (0,))
    with pytest.raises(ValueError, match="data must be among digits"):
        litert_trials.train_and_convert("faces", "dense", (0,))


def test_change_is_bounded_by_the_seed_with_the_largest():
    found = {"float32": [1.0, 2.0], "int8": [1.001, 1.94], "bad": [1.0, 5.0]}
    assert litert_trials.change_bound(found, "int8") == 0.05
    assert litert_trials.change_bound(found, "float32") == 0.02
    assert litert_trials.change_bound(found, "bad") == np.inf


def test_quantized_digits_are_smaller_and_hardly_worse():
    trial = litert_trials.train_and_convert("digits", "dense", (0, 1, 2), n_steps=300)
    found, ratios = litert_trials.errors(trial), litert_trials.size_ratios(trial)
    assert found["float32"] == pytest.approx(
        [_error_of(trial, weights) for weights in trial.weights], rel=1e-4
    )
    assert max(found["float32"]) < found["PCA"][0] * 1.2
    assert max(found["float32"]) < found["mean"][0]
    assert 1.7 < ratios["float16"] < 2
    assert 2 < ratios["int8"] < 4
    np.testing.assert_allclose(found["float16"], found["float32"], rtol=0.002)
    middle = np.clip(trial.x_train[:200], 0.4, 0.6)
    same = litert_trials.draw(trial.x_train, 1000, 1)
    good = litert_trials.error_with_examples(trial, 1, same)
    assert good == pytest.approx(found["int8"][1], rel=1e-6)
    assert litert_trials.error_with_examples(trial, 1, middle) > 1.2 * good
    assert litert_trials.times(trial, 2, n_times=1).keys() == trial.files.keys()
    assert litert_trials.change_bound(found, "dynamic") <= 0.02
    assert litert_trials.change_bound(found, "int8") <= 0.02


def _error_of(trial, weights):
    trial.model.set_weights(weights)
    return metrics.mse(trial.x_test, np.asarray(trial.model(trial.x_test)))
