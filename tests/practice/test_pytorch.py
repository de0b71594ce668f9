"""The autoencoder in PyTorch against formulas written by hand and against NumPy."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from companion.networks import mlp, optimizers  # noqa: E402
from companion.practice import pytorch as pt  # noqa: E402

torch.set_num_threads(1)
ACTIVATIONS = ("tanh", "linear", "tanh", "sigmoid")


@pytest.fixture
def params(rng):
    # The first and the last layer are square: a missing transpose would fit them.
    weights, biases = mlp.init([5, 5, 2, 5, 5], rng)
    return weights, [rng.normal(size=bias.shape) for bias in biases]


@pytest.fixture
def arrays(params):
    return [array for layer in zip(*params, strict=True) for array in layer]


@pytest.fixture
def double(arrays):
    module = pt.TorchAutoencoder(5, 2, 5).double()
    pt.load_keras_weights(module, arrays)
    return module


@pytest.fixture
def x(rng):
    return rng.uniform(size=(7, 5))


def output_by_hand(arrays, x):
    w1, b1, w2, b2, w3, b3, w4, b4 = arrays
    z = np.tanh(x @ w1 + b1) @ w2 + b2
    return 1 / (1 + np.exp(-(np.tanh(z @ w3 + b3) @ w4 + b4)))


def test_loaded_weights_compute_the_equations(double, arrays, x):
    expected = output_by_hand(arrays, x)
    np.testing.assert_allclose(pt.reconstruct(double, x), expected, atol=1e-14)
    # The square layers are where a missing transpose would go unnoticed.
    transposed = [a.T if a.shape == (5, 5) else a for a in arrays]
    assert np.abs(output_by_hand(transposed, x) - expected).max() > 0.05


def test_float32_module_agrees_to_float32_rounding(arrays, x):
    module = pt.TorchAutoencoder(5, 2, 5)
    pt.load_keras_weights(module, arrays)
    found = pt.reconstruct(module, x)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, output_by_hand(arrays, x), atol=1e-6)


def test_weights_go_back_as_they_came(double, arrays):
    for found, expected in zip(pt.to_keras_weights(double), arrays, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_weights_written_by_torch_compute_the_same_in_numpy(x):
    torch.manual_seed(0)
    module = pt.TorchAutoencoder(5, 2, 5).double()
    expected = output_by_hand(pt.to_keras_weights(module), x)
    np.testing.assert_allclose(pt.reconstruct(module, x), expected, atol=1e-14)


def test_returned_weights_are_copies(double):
    before = pt.to_keras_weights(double)
    pt.to_keras_weights(double)[0][:] = 0.0
    np.testing.assert_array_equal(pt.to_keras_weights(double)[0], before[0])


@pytest.mark.parametrize(("reduction", "factor"), [("mean", 1), ("sum", 7 * 5)])
def test_gradients_are_those_worked_by_hand(double, params, x, reduction, factor):
    loss, grads = pt.loss_and_grads(double, x, reduction)
    expected_loss, expected = mlp.loss_and_grads(params, x, x, ACTIVATIONS)
    assert loss == pytest.approx(factor * expected_loss, rel=1e-12)
    expected = [grad for layer in zip(*expected, strict=True) for grad in layer]
    for grad, by_hand in zip(grads, expected, strict=True):
        np.testing.assert_allclose(grad, factor * by_hand, atol=1e-13)


def test_gradients_of_a_second_call_are_not_added(double, x):
    _, first = pt.loss_and_grads(double, x)
    _, second = pt.loss_and_grads(double, x)
    np.testing.assert_array_equal(second[0], first[0])


def test_a_step_starts_from_fresh_gradients(double, params, x):
    # Two steps: the second shows whether the gradients of the first are still there.
    optimizer = torch.optim.SGD(double.parameters(), lr=2.0)
    for _ in range(2):
        loss = pt.training_step(double, optimizer, pt.as_tensor(double, x))
        expected_loss, grads = mlp.loss_and_grads(params, x, x, ACTIVATIONS)
        params, _ = optimizers.gradient_descent(params, grads, None, 2.0)
        assert loss == pytest.approx(expected_loss, rel=1e-12)
    expected = [array for layer in zip(*params, strict=True) for array in layer]
    for found, array in zip(pt.to_keras_weights(double), expected, strict=True):
        np.testing.assert_allclose(found, array, atol=1e-13)


def test_fit_is_the_numpy_twin(double, params, rng):
    x = rng.uniform(size=(20, 5))
    optimizer = torch.optim.SGD(double.parameters(), lr=2.0)
    history = pt.fit(
        double, optimizer, x, epochs=3, batch_size=8, rng=np.random.default_rng(1)
    )
    twin, losses = np.random.default_rng(1), []
    for _ in range(3):
        for rows in mlp.draw_batches(20, 8, twin):
            loss, grads = mlp.loss_and_grads(params, x[rows], x[rows], ACTIVATIONS)
            params, _ = optimizers.gradient_descent(params, grads, None, 2.0)
            losses.append(loss)
    np.testing.assert_allclose(history, np.mean(np.reshape(losses, (3, 3)), axis=1))
    expected = [array for layer in zip(*params, strict=True) for array in layer]
    for found, array in zip(pt.to_keras_weights(double), expected, strict=True):
        np.testing.assert_allclose(found, array, atol=1e-12)


def test_reconstruct_records_nothing_and_switches_dropout_off(double, x):
    noisy = torch.nn.Sequential(torch.nn.Dropout(0.5), double)
    noisy.train()
    np.testing.assert_array_equal(pt.reconstruct(noisy, x), pt.reconstruct(double, x))


def test_weights_of_other_shapes_are_refused(double, arrays):
    with pytest.raises(ValueError, match="arrays must have the shapes"):
        pt.load_keras_weights(double, arrays[:-1])
    with pytest.raises(ValueError, match="arrays must have the shapes"):
        pt.load_keras_weights(double, [array.T for array in arrays])


@pytest.mark.parametrize("name", ["n_features", "latent_dim", "n_hidden"])
@pytest.mark.parametrize("size", [0, 2.5, None, "a", True])
def test_sizes_that_are_no_counts_are_refused(name, size):
    sizes = {"n_features": 4, "latent_dim": 2, "n_hidden": 3} | {name: size}
    message = f"{name} must be an integer of at least 1; got {size!r}"
    with pytest.raises(ValueError, match=message):
        pt.TorchAutoencoder(**sizes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: {"x_train": x * np.nan}, "x_train must be finite; got 35 NaN"),
        (
            lambda x: {"x_train": 255 * x},
            r"x_train must lie in \[0, 1\].* a sigmoid output",
        ),
        (lambda x: {"x_train": x[:, :, None]}, r"x_train must .* got shape \(7, 5, 1\)"),
        (lambda x: {"x_train": x[:, :4]}, r"x_train must .* got shape \(7, 4\)"),
        (lambda x: {"x_train": x[:0]}, r"x_train must .* got shape \(0, 5\)"),
        (lambda x: {"epochs": 0}, "epochs must be an integer of at least 1; got 0"),
        (lambda x: {"batch_size": 1.5}, "batch_size must be an integer .* got 1.5"),
    ],
)
def test_bad_data_is_refused_before_training(change, message, double, arrays, x, rng):
    optimizer = torch.optim.SGD(double.parameters(), lr=1.0)
    with pytest.raises(ValueError, match=message):
        pt.fit(double, optimizer, **({"x_train": x, "epochs": 1, "rng": rng} | change(x)))
    for found, expected in zip(pt.to_keras_weights(double), arrays, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_a_linear_output_takes_data_of_any_size(x, rng):
    module = torch.nn.Sequential(torch.nn.Linear(5, 2), torch.nn.Linear(2, 5))
    optimizer = torch.optim.SGD(module.parameters(), lr=1e-6)
    assert len(pt.fit(module, optimizer, 255 * x, epochs=2, rng=rng)) == 2


def test_adam_with_keras_epsilon_follows_the_numpy_form(params, double, x):
    # The NumPy form puts epsilon where Keras does. This large one makes its place matter.
    epsilon = 1e-2
    adam = pt.AdamWithKerasEpsilon(double.parameters(), lr=1e-2, keras_epsilon=epsilon)
    state = None
    for _ in range(20):
        _, grads = mlp.loss_and_grads(params, x, x, ACTIVATIONS)
        params, state = optimizers.adam(params, grads, state, 1e-2, eps=epsilon)
        pt.training_step(double, adam, pt.as_tensor(double, x))
    expected = [array for layer in zip(*params, strict=True) for array in layer]
    for found, array in zip(pt.to_keras_weights(double), expected, strict=True):
        np.testing.assert_allclose(found, array, atol=1e-12)


def test_stretched_weights_fill_glorots_limits():
    torch.manual_seed(0)
    module = pt.TorchAutoencoder(300, 40, 200)
    before = [layer.weight.detach().numpy().copy() for layer in pt.linear_layers(module)]
    pt.stretch_to_glorot(module)
    for layer, old in zip(pt.linear_layers(module), before, strict=True):
        new = layer.weight.detach().numpy()
        limit = np.sqrt(6 / sum(new.shape))
        assert 0.99 * limit < np.abs(new).max() <= limit * (1 + 1e-6)
        np.testing.assert_allclose(new.std(), limit / np.sqrt(3), rtol=0.02)
        assert np.corrcoef(new.ravel(), old.ravel())[0, 1] > 1 - 1e-6
        assert not layer.bias.any()
