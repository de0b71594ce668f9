"""The reference autoencoder: its arithmetic in NumPy, its config and its files."""

import keras
import numpy as np
import pytest

from companion.autoencoders.dense import DenseAutoencoder
from companion.networks import mlp


@pytest.fixture
def x(rng):
    return rng.uniform(size=(7, 12)).astype("float32")


def test_output_equals_the_numpy_network_with_the_same_weights(x):
    model = DenseAutoencoder(12, 3, hidden=(8, 5), activation="tanh")
    weights, biases = model.get_weights()[::2], model.get_weights()[1::2]
    activations = ["tanh", "tanh", "linear", "tanh", "tanh", "sigmoid"]
    outputs = mlp.forward((weights, biases), x, activations)
    np.testing.assert_allclose(np.asarray(model(x)), outputs[-1], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        np.asarray(model.encode(x)), outputs[3], rtol=1e-5, atol=1e-6
    )


def test_parameters_are_counted_by_hand():
    # 12*8+8, 8*5+5 and 5*3+3 in the encoder; mirrored, 3*5+5, 5*8+8 and 8*12+12.
    model = DenseAutoencoder(12, 3, hidden=(8, 5))
    assert model.encoder.count_params() == 104 + 45 + 18
    assert model.decoder.count_params() == 20 + 48 + 108


def test_decode_after_encode_is_the_call(x):
    model = DenseAutoencoder(12, 3)
    z = model.encode(x)
    assert z.shape == (7, 3)
    np.testing.assert_array_equal(np.asarray(model.decode(z)), np.asarray(model(x)))


def test_saved_and_reloaded_model_answers_the_same(x, tmp_path):
    model = DenseAutoencoder(12, 3, hidden=(8,), output_activation="linear", seed=5)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert isinstance(loaded, DenseAutoencoder)
    np.testing.assert_array_equal(np.asarray(loaded(x)), np.asarray(model(x)))


def test_weights_file_fits_a_new_model(x, tmp_path):
    model, other = DenseAutoencoder(12, 3, seed=1), DenseAutoencoder(12, 3, seed=2)
    model.save_weights(tmp_path / "model.weights.h5")
    other.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(np.asarray(other(x)), np.asarray(model(x)))


def test_config_rebuilds_the_same_model(x):
    settings = {
        "n_features": 12,
        "latent_dim": 3,
        "hidden": (9, 4),
        "activation": "tanh",
        "output_activation": "linear",
        "seed": 7,
    }
    model = DenseAutoencoder(**settings)
    config = model.get_config()
    assert {name: config[name] for name in settings} == settings
    twin = DenseAutoencoder.from_config(config)
    np.testing.assert_array_equal(np.asarray(twin(x)), np.asarray(model(x)))


def test_seed_alone_decides_the_first_weights():
    one, same, other = (DenseAutoencoder(12, 3, seed=seed) for seed in (0, 0, 1))
    for a, b in zip(one.get_weights(), same.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(one.get_weights()[0], other.get_weights()[0])


def test_no_two_layers_start_from_the_same_draw():
    model = DenseAutoencoder(6, 6, hidden=(6,))
    kernels = model.get_weights()[::2]
    for i, kernel in enumerate(kernels):
        assert not any(np.array_equal(kernel, other) for other in kernels[:i])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"latent_dim": 0}, "latent_dim must be an integer of at least 1; got 0"),
        ({"latent_dim": 2.5}, "latent_dim must be an integer of at least 1; got 2.5"),
        ({"latent_dim": None}, "latent_dim must be an integer of at least 1; got None"),
        ({"latent_dim": np.nan}, "latent_dim must be an integer of at least 1; got nan"),
        ({"latent_dim": np.inf}, "latent_dim must be an integer of at least 1; got inf"),
        ({"latent_dim": "a"}, "latent_dim must be an integer of at least 1; got 'a'"),
        ({"latent_dim": True}, "latent_dim must be an integer of at least 1; got True"),
        ({"n_features": -3}, "n_features must be an integer of at least 1; got -3"),
        ({"hidden": (8, 0)}, r"hidden\[1\] must be an integer of at least 1; got 0"),
    ],
)
def test_bad_sizes_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        DenseAutoencoder(**({"n_features": 12, "latent_dim": 3} | arguments))


def test_integers_of_numpy_are_sizes():
    model = DenseAutoencoder(np.int64(12), np.int32(3), hidden=np.array([8]))
    assert model.encoder.count_params() == 104 + 27
