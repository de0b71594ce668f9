"""The reference autoencoder: its arithmetic in NumPy, its config and its files."""

import keras
import numpy as np
import pytest
from keras import ops

from companion.autoencoders.dense import DenseAutoencoder
from companion.networks import mlp, optimizers


@pytest.fixture
def x(rng):
    return rng.uniform(size=(7, 12)).astype("float32")


def test_output_equals_the_numpy_network_with_the_same_weights(x):
    model = DenseAutoencoder(12, 3, hidden=(8, 5), activation="tanh")
    weights, biases = model.get_weights()[::2], model.get_weights()[1::2]
    activations = ["tanh", "tanh", "linear", "tanh", "tanh", "sigmoid"]
    outputs = mlp.forward((weights, biases), x, activations)
    np.testing.assert_allclose(
        ops.convert_to_numpy(model(x)), outputs[-1], rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(
        ops.convert_to_numpy(model.encode(x)), outputs[3], rtol=1e-5, atol=1e-6
    )


def test_parameters_are_counted_by_hand():
    # 12*8+8, 8*5+5 and 5*3+3 in the encoder; mirrored, 3*5+5, 5*8+8 and 8*12+12.
    model = DenseAutoencoder(12, 3, hidden=(8, 5))
    assert model.encoder.count_params() == 104 + 45 + 18
    assert model.decoder.count_params() == 20 + 48 + 108


def test_tied_decoder_owns_biases_only():
    # The encoder as above; the decoder keeps 5 + 8 + 12 biases, and the model counts no
    # kernel twice.
    model = DenseAutoencoder(12, 3, hidden=(8, 5), tied=True)
    assert model.encoder.count_params() == 104 + 45 + 18
    assert model.decoder.count_params() == 5 + 8 + 12
    assert model.count_params() == 167 + 25
    assert len(model.trainable_weights) == 6 + 3


def test_tied_encoder_starts_as_the_untied_one():
    tied, untied = (DenseAutoencoder(12, 3, tied=value, seed=4) for value in (True, False))
    for a, b in zip(tied.encoder.get_weights(), untied.encoder.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_first_weights_are_those_of_the_stored_pages():
    # Glorot uniform by Keras itself, with the seeds in the order of the layers.
    kernels = DenseAutoencoder(12, 3, hidden=(8,), seed=5).get_weights()[::2]
    for i, (kernel, shape) in enumerate(
        zip(kernels, [(12, 8), (8, 3), (3, 8), (8, 12)], strict=True)
    ):
        expected = keras.initializers.GlorotUniform(seed=5 + i)(shape)
        np.testing.assert_array_equal(kernel, ops.convert_to_numpy(expected))


def test_decode_after_encode_is_the_call(x):
    model = DenseAutoencoder(12, 3)
    z = model.encode(x)
    assert z.shape == (7, 3)
    np.testing.assert_array_equal(
        ops.convert_to_numpy(model.decode(z)), ops.convert_to_numpy(model(x))
    )


ACTIVATIONS = ("tanh", "tanh", "linear", "tanh", "tanh", "sigmoid")
RATE = 0.5


def with_random_biases(model, rng):
    """Give every bias a value: with zero biases a forgotten one would go unnoticed."""
    for variable in model.weights:
        if len(variable.shape) == 1:
            variable.assign(rng.normal(size=variable.shape))
    return model


def sgd_step_of(model, x):
    model.compile(optimizer=keras.optimizers.SGD(RATE), loss="mse")
    model.train_on_batch(x, x)
    return model.get_weights()


def test_training_step_is_the_numpy_twin(x, rng):
    model = with_random_biases(DenseAutoencoder(12, 3, (8, 5), "tanh"), rng)
    params = model.get_weights()[::2], model.get_weights()[1::2]
    _, grads = mlp.loss_and_grads(params, x, x, ACTIVATIONS)
    (weights, biases), _ = optimizers.gradient_descent(params, grads, None, RATE)
    found = sgd_step_of(model, x)
    for array, expected in zip(found[::2] + found[1::2], weights + biases, strict=True):
        np.testing.assert_allclose(array, expected, atol=1e-6)


def test_tied_training_step_adds_the_gradients_of_both_uses(x, rng):
    model = with_random_biases(DenseAutoencoder(12, 3, (8, 5), "tanh", tied=True), rng)
    arrays = model.get_weights()
    kernels, biases = arrays[0:6:2], arrays[1:6:2] + arrays[6:]
    params = kernels + [kernel.T for kernel in kernels[::-1]], biases
    x_hat = mlp.forward(params, x, ACTIVATIONS)[-1]
    np.testing.assert_allclose(ops.convert_to_numpy(model(x)), x_hat, atol=1e-6)

    _, (grad_weights, grad_biases) = mlp.loss_and_grads(params, x, x, ACTIVATIONS)
    found = sgd_step_of(model, x)
    for i, kernel in enumerate(kernels):
        in_encoder, in_decoder = grad_weights[i], grad_weights[5 - i].T
        assert min(np.abs(in_encoder).max(), np.abs(in_decoder).max()) > 1e-4
        expected = kernel - RATE * (in_encoder + in_decoder)
        np.testing.assert_allclose(found[2 * i], expected, atol=1e-6)
    for found_bias, bias, grad in zip(
        found[1:6:2] + found[6:], biases, grad_biases, strict=True
    ):
        np.testing.assert_allclose(found_bias, bias - RATE * grad, atol=1e-6)


def test_training_step_is_the_pytorch_twin(x, rng):
    torch = pytest.importorskip("torch")
    model = with_random_biases(DenseAutoencoder(12, 3, (8, 5), "relu"), rng)
    parameters = [torch.tensor(np.array(array)) for array in model.get_weights()]
    for parameter in parameters:
        parameter.requires_grad_()
    w, b = parameters[::2], parameters[1::2]
    batch = torch.tensor(x)
    z = ((batch @ w[0] + b[0]).relu() @ w[1] + b[1]).relu() @ w[2] + b[2]
    x_hat = ((z @ w[3] + b[3]).relu() @ w[4] + b[4]).relu() @ w[5] + b[5]
    torch.nn.functional.mse_loss(x_hat.sigmoid(), batch).backward()
    torch.optim.SGD(parameters, RATE).step()
    for found, expected in zip(sgd_step_of(model, x), parameters, strict=True):
        np.testing.assert_allclose(found, expected.detach().numpy(), atol=1e-6)


def test_tied_model_is_saved_reloaded_and_still_tied(x, rng, tmp_path):
    model = with_random_biases(DenseAutoencoder(12, 3, (8,), seed=5, tied=True), rng)
    sgd_step_of(model, x)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        ops.convert_to_numpy(loaded(x)), ops.convert_to_numpy(model(x))
    )
    loaded.encoder.layers[0].kernel.assign(np.zeros((12, 8)))
    outputs = ops.convert_to_numpy(loaded(x))
    # A zero first kernel is also a zero last one, so that the bias alone is left.
    expected = 1 / (1 + np.exp(-loaded.decoder.get_weights()[-1]))
    np.testing.assert_allclose(outputs, np.tile(expected, (7, 1)), atol=1e-6)


def test_tied_weights_file_fits_a_new_model(x, tmp_path):
    model, other = (DenseAutoencoder(12, 3, seed=seed, tied=True) for seed in (1, 2))
    model.save_weights(tmp_path / "model.weights.h5")
    other.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(
        ops.convert_to_numpy(other(x)), ops.convert_to_numpy(model(x))
    )


def test_saved_and_reloaded_model_answers_the_same(x, tmp_path):
    model = DenseAutoencoder(12, 3, hidden=(8,), output_activation="linear", seed=5)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert isinstance(loaded, DenseAutoencoder)
    np.testing.assert_array_equal(
        ops.convert_to_numpy(loaded(x)), ops.convert_to_numpy(model(x))
    )


def test_weights_file_fits_a_new_model(x, tmp_path):
    model, other = DenseAutoencoder(12, 3, seed=1), DenseAutoencoder(12, 3, seed=2)
    model.save_weights(tmp_path / "model.weights.h5")
    other.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(
        ops.convert_to_numpy(other(x)), ops.convert_to_numpy(model(x))
    )


def test_config_rebuilds_the_same_model(x):
    settings = {
        "n_features": 12,
        "latent_dim": 3,
        "hidden": (9, 4),
        "activation": "tanh",
        "output_activation": "linear",
        "seed": 7,
        "tied": True,
    }
    model = DenseAutoencoder(**settings)
    config = model.get_config()
    assert {name: config[name] for name in settings} == settings
    twin = DenseAutoencoder.from_config(config)
    np.testing.assert_array_equal(
        ops.convert_to_numpy(twin(x)), ops.convert_to_numpy(model(x))
    )


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
