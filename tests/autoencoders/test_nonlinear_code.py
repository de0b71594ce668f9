"""The nonlinear code: its arithmetic in NumPy, tied weights, and its files."""

import keras
import numpy as np
import pytest
from keras.ops import convert_to_numpy as as_numpy

from companion.autoencoders.nonlinear_code import NonlinearCodeAutoencoder
from companion.networks import mlp


@pytest.fixture
def x(rng):
    return rng.uniform(size=(7, 12)).astype("float32")


def _numpy_params(model):
    kernels = [as_numpy(layer.kernel) for layer in model.encoder.layers]
    back = [kernel.T for kernel in kernels[::-1]]
    if not model.tied:
        back = [as_numpy(layer.kernel) for layer in model.decoder.layers]
    layers = (*model.encoder.layers, *model.decoder.layers)
    return kernels + back, [as_numpy(layer.bias) for layer in layers]


@pytest.mark.parametrize("tied", [False, True])
def test_output_equals_the_numpy_network_with_the_same_weights(x, rng, tied):
    model = NonlinearCodeAutoencoder(12, 9, hidden=(8,), activation="tanh", tied=tied)
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    names = ["tanh", "tanh", "tanh", "sigmoid"]
    outputs = mlp.forward(_numpy_params(model), x, names)
    np.testing.assert_allclose(as_numpy(model.encode(x)), outputs[2], atol=1e-6)
    np.testing.assert_allclose(as_numpy(model(x)), outputs[-1], atol=1e-6)


def test_tied_weights_are_counted_once():
    # 12*8+8 and 8*5+5 in the encoder; the decoder adds biases of 8 and 12 only.
    tied = NonlinearCodeAutoencoder(12, 5, hidden=(8,), tied=True)
    assert tied.count_params() == 104 + 45 + 8 + 12
    free = NonlinearCodeAutoencoder(12, 5, hidden=(8,))
    assert free.count_params() == 104 + 45 + (5 * 8 + 8) + (8 * 12 + 12)


@pytest.mark.parametrize("tied", [False, True])
def test_saved_and_reloaded_model_answers_the_same(x, tmp_path, tied):
    model = NonlinearCodeAutoencoder(
        12, 5, hidden=(8,), tied=tied, activation="relu", seed=3
    )
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert isinstance(loaded, NonlinearCodeAutoencoder)
    assert loaded.tied == tied
    np.testing.assert_array_equal(as_numpy(loaded(x)), as_numpy(model(x)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"latent_dim": 0}, "latent_dim must be an integer of at least 1; got 0"),
        ({"hidden": (8, 0)}, r"hidden\[1\] must be an integer of at least 1; got 0"),
    ],
)
def test_bad_sizes_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        NonlinearCodeAutoencoder(**({"n_features": 12, "latent_dim": 3} | arguments))
