"""Contractive autoencoder: its Jacobian by automatic and by finite differences."""

import keras
import numpy as np
import pytest
from keras.ops import convert_to_numpy as as_numpy

from companion import training
from companion.autoencoders.contractive import ContractiveAutoencoder
from companion.autoencoders.losses import jacobian_penalty

ACTIVATIONS = ("sigmoid", "tanh", "linear")


@pytest.fixture
def x(rng):
    return rng.normal(size=(5, 7)).astype("float32")


@pytest.fixture
def model(request, rng):
    model = ContractiveAutoencoder(7, 9, activation=getattr(request, "param", "sigmoid"))
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    return model


def _penalty(model, x):
    slopes = model.slopes(model.encode(x))
    return as_numpy(jacobian_penalty(slopes, model.kernel))


@pytest.mark.parametrize("model", ACTIVATIONS, indirect=True)
def test_jacobian_equals_automatic_differentiation(model, x):
    torch = pytest.importorskip("torch")
    kernel, bias = (torch.tensor(as_numpy(w)) for w in model.encoder.get_weights())
    act = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "linear": lambda s: s}

    def encode(row):
        return act[model.activation](row @ kernel + bias)

    jacobian = np.stack(
        [torch.autograd.functional.jacobian(encode, row) for row in torch.tensor(x)]
    )
    np.testing.assert_allclose(as_numpy(model.jacobian(x)), jacobian, atol=1e-5)
    norms = np.sum(jacobian**2, axis=(1, 2))
    np.testing.assert_allclose(_penalty(model, x), norms, rtol=1e-4)


@pytest.mark.parametrize("model", ACTIVATIONS, indirect=True)
def test_penalty_equals_finite_differences_of_encode(model, x):
    eps = 1e-2  # float32: rounding and truncation both stay near 1e-5 of a slope
    norms = np.zeros(len(x))
    for step in eps * np.eye(7, dtype="float32"):
        slope = as_numpy(model.encode(x + step)) - as_numpy(model.encode(x - step))
        norms += np.sum((slope / (2 * eps)) ** 2, axis=1)
    np.testing.assert_allclose(_penalty(model, x), norms, rtol=5e-3)


@pytest.mark.parametrize("tied", [True, False])
def test_loss_of_a_training_step_in_numpy(x, tied):
    model = ContractiveAutoencoder(
        7, 9, penalty=0.5, output_activation="linear", tied=tied, seed=1
    )
    kernel = as_numpy(model.kernel)
    back = kernel.T if tied else as_numpy(model.decoder.layers[0].kernel)
    z = 1 / (1 + np.exp(-x @ kernel))
    error = np.sum((z @ back - x) ** 2, axis=1)
    slopes = z * (1 - z)
    norms = [np.sum((s[:, None] * kernel.T) ** 2) for s in slopes]
    model.compile(optimizer=keras.optimizers.SGD(0.0))
    batch = keras.ops.convert_to_tensor(x)
    loss = float(np.ravel(model.train_on_batch(batch, batch))[0])
    assert loss == pytest.approx(np.mean(error + 0.5 * np.array(norms)), rel=1e-5)


@pytest.mark.slow
def test_penalty_contracts(rng):
    x = rng.normal(size=(512, 7)).astype("float32")
    norms = []
    for penalty in (0.0, 5.0):
        model = ContractiveAutoencoder(7, 9, penalty, output_activation="linear")
        training.seed_everything(0)
        training.fit(model, x, epochs=30, learning_rate=0.01, loss=None)
        norms.append(_penalty(model, x).mean())
    assert norms[1] < 0.7 * norms[0]


@pytest.mark.parametrize("tied", [True, False])
def test_saved_and_reloaded_model_answers_the_same(x, tmp_path, tied):
    model = ContractiveAutoencoder(7, 9, 0.3, "tanh", "linear", tied=tied, seed=5)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert isinstance(loaded, ContractiveAutoencoder)
    assert (loaded.penalty, loaded.activation, loaded.tied) == (0.3, "tanh", tied)
    for name, values in model(x).items():
        np.testing.assert_array_equal(as_numpy(loaded(x)[name]), as_numpy(values))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"penalty": -1}, "penalty must be finite and not negative; got -1"),
        ({"penalty": np.nan}, "penalty must be finite and not negative; got nan"),
        ({"activation": "relu"}, "activation must be among .*; got 'relu'"),
        ({"latent_dim": 0}, "latent_dim must be an integer of at least 1; got 0"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        ContractiveAutoencoder(**({"n_features": 12, "latent_dim": 3} | arguments))
