"""Sparse autoencoders: losses and gradients in NumPy and PyTorch, the bound, exactly k."""

import keras
import numpy as np
import pytest
from scipy import stats

from companion import training
from companion.autoencoders.sparse import (
    KLAutoencoder,
    KSparseAutoencoder,
    L1Autoencoder,
    SparseAutoencoder,
)

as_numpy = keras.ops.convert_to_numpy  # PyTorch's tensors need it

MODELS = {
    "plain": lambda **s: SparseAutoencoder(10, 16, **s),
    "l1": lambda **s: L1Autoencoder(10, 16, sparsity=0.3, **s),
    "kl": lambda **s: KLAutoencoder(10, 16, target_rate=0.1, weight=0.7, **s),
    "k": lambda **s: KSparseAutoencoder(10, 16, k=3, **s),
}


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


@pytest.fixture
def x(rng):
    return rng.normal(size=(9, 10)).astype("float32")


def numpy_weights(model):
    return [np.asarray(w, dtype=float) for w in model.get_weights()]


def sgd_step(model, x, learning_rate):
    """Weights after one step of gradient descent on the batch, as Keras takes it."""
    model.compile(optimizer=keras.optimizers.SGD(learning_rate), loss=None)
    model.train_on_batch(x, x)
    return numpy_weights(model)


def code_in_numpy(name, a):
    if name == "kl":
        return sigmoid(a)
    if name == "k":
        smallest_kept = np.sort(a, axis=1)[:, [-3]]
        return np.where(a >= smallest_kept, a, 0.0)
    return np.maximum(a, 0.0)


@pytest.mark.parametrize("name", MODELS)
def test_loss_of_a_batch_is_the_sum_written_out_in_numpy(name, x):
    model = MODELS[name](max_norm=None)
    kernel, bias, dictionary, offset = numpy_weights(model)
    z = code_in_numpy(name, x @ kernel + bias)
    error = sum(0.5 * np.sum((row - code @ dictionary - offset) ** 2)
                for row, code in zip(x, z, strict=True)) / 9  # fmt: skip
    rates = z.mean(axis=0)
    divergence = sum(stats.entropy([0.1, 0.9], [rate, 1 - rate]) for rate in rates)
    penalty = {"l1": 0.3 * np.abs(z).sum() / 9, "kl": 0.7 * divergence}.get(name, 0.0)

    answer = model(x)
    loss = float(as_numpy(model.compute_loss(x, x, answer)))
    assert loss == pytest.approx(error + penalty, rel=1e-5)
    np.testing.assert_allclose(as_numpy(answer["z"]), z, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(as_numpy(model.encode(x)), as_numpy(answer["z"]))
    np.testing.assert_array_equal(
        as_numpy(model.decode(answer["z"])), as_numpy(answer["x_hat"])
    )


def torch_code_and_penalty(name, a):
    import torch

    if name == "kl":
        z = torch.sigmoid(a)
        target = torch.distributions.Bernoulli(torch.tensor(0.1, dtype=a.dtype))
        actual = torch.distributions.Bernoulli(z.mean(dim=0))
        return z, 0.7 * torch.distributions.kl_divergence(target, actual).sum()
    if name == "k":
        values, kept = torch.topk(a, 3)
        return torch.zeros_like(a).scatter(1, kept, values), 0.0
    z = torch.relu(a)
    return z, 0.3 * torch.linalg.vector_norm(z, ord=1) / len(a) if name == "l1" else 0.0


@pytest.mark.parametrize("name", MODELS)
def test_one_step_equals_that_of_a_twin_in_pytorch(name, x):
    torch = pytest.importorskip("torch")
    model = MODELS[name](max_norm=0.8, seed=3)
    twin = [torch.tensor(w, requires_grad=True) for w in numpy_weights(model)]
    kernel, bias, dictionary, offset = twin
    rows = torch.tensor(x, dtype=torch.float64)
    z, penalty = torch_code_and_penalty(name, rows @ kernel + bias)
    mse = torch.nn.functional.mse_loss(z @ dictionary + offset, rows, reduction="sum")
    (mse / 2 / len(rows) + penalty).backward()
    optimizer = torch.optim.SGD(twin, lr=0.5)
    optimizer.step()
    expected = [w.detach().clone() for w in twin]
    expected[2] = torch.renorm(expected[2], p=2, dim=0, maxnorm=0.8)

    for ours, theirs in zip(sgd_step(model, x, 0.5), expected, strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-4, atol=1e-5)


def test_gradient_of_the_kl_penalty_is_its_closed_form(x):
    model = KLAutoencoder(10, 16, target_rate=0.1, weight=0.7, max_norm=None)
    kernel, bias, dictionary, offset = numpy_weights(model)
    # With atoms of zeros the error does not depend on the code: the penalty acts alone.
    model.set_weights([kernel, bias, 0 * dictionary, offset])
    z = sigmoid(x @ kernel + bias)
    rate = z.mean(axis=0)
    slope = 0.7 * (-0.1 / rate + 0.9 / (1 - rate)) / len(x) * z * (1 - z)

    after = sgd_step(model, x, 1.0)
    # The biases are near -2, where float32 rounds at 2e-7.
    np.testing.assert_allclose(bias - after[1], slope.sum(axis=0), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(kernel - after[0], x.T @ slope, rtol=1e-3, atol=1e-6)


def test_k_sparse_gradient_passes_through_the_kept_units_alone(rng):
    x = rng.normal(size=(2, 10)).astype("float32")
    model = KSparseAutoencoder(10, 16, k=3, max_norm=None)
    before = numpy_weights(model)
    kept = as_numpy(model.encode(x)) != 0
    after = sgd_step(model, x, 0.5)
    moved = np.any(after[0] != before[0], axis=0)
    np.testing.assert_array_equal(moved, kept.any(axis=0))
    np.testing.assert_array_equal(after[1] != before[1], kept.any(axis=0))
    np.testing.assert_array_equal(np.any(after[2] != before[2], axis=1), kept.any(axis=0))


@pytest.mark.parametrize("k", [1, 5, 16])
def test_k_sparse_keeps_the_k_largest_and_no_more_even_of_equal_ones(k, rng):
    model = KSparseAutoencoder(10, 16, k=k)
    a = rng.normal(size=(30, 16)).astype("float32")
    a[:10] = 2.5  # all tie
    a[10:20, ::2] = 3.0  # the largest eight tie
    z = as_numpy(model.code(keras.ops.convert_to_tensor(a)))
    np.testing.assert_array_equal(np.count_nonzero(z, axis=1), k)
    np.testing.assert_allclose(np.sort(z, 1)[20:, -1], a[20:].max(axis=1))
    # What is kept is unchanged, and nothing larger is left out.
    np.testing.assert_array_equal(z[z != 0], a[z != 0])
    left_out = np.where(z == 0, a, -np.inf).max(axis=1)
    assert (left_out <= np.where(z != 0, a, np.inf).min(axis=1)).all()


@pytest.mark.parametrize("scale", [2.0, 100.0])
def test_without_a_bound_a_smaller_code_buys_the_same_reconstruction_for_less(scale, x):
    model = L1Autoencoder(10, 16, sparsity=0.3, max_norm=None)
    kernel, bias, dictionary, offset = model.get_weights()
    x_hat, price = (
        as_numpy(model(x)["x_hat"]),
        float(as_numpy(model.penalty(model.encode(x)))),
    )
    model.set_weights([kernel / scale, bias / scale, dictionary * scale, offset])
    np.testing.assert_allclose(as_numpy(model(x)["x_hat"]), x_hat, rtol=1e-4, atol=1e-5)
    cheaper = float(as_numpy(model.penalty(model.encode(x))))
    assert cheaper == pytest.approx(price / scale, rel=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_no_atom_is_longer_than_the_bound_at_the_start(name):
    model = MODELS[name](max_norm=0.6)
    norms = np.linalg.norm(as_numpy(model.dictionary), axis=1)
    assert norms.max() == pytest.approx(0.6, rel=1e-5)
    unbounded = MODELS[name](max_norm=None)
    assert np.linalg.norm(as_numpy(unbounded.dictionary), axis=1).max() > 0.61


@pytest.mark.slow
def test_the_bound_holds_after_training_and_atoms_outgrow_it_without(rng):
    x = 3.0 * rng.normal(size=(200, 10)).astype("float32")
    largest = {}
    for bound in (1.0, None):
        training.seed_everything(0)
        model = L1Autoencoder(10, 16, sparsity=1.0, max_norm=bound)
        training.fit(model, x, epochs=30, learning_rate=0.01, loss=None)
        largest[bound] = np.linalg.norm(as_numpy(model.dictionary), axis=1).max()
    assert largest[1.0] == pytest.approx(1.0, rel=1e-5)
    assert largest[None] > 1.5


@pytest.mark.slow
def test_a_larger_l1_penalty_lowers_the_mean_activity(rng):
    x = rng.normal(size=(200, 10)).astype("float32")
    activity = []
    for sparsity in (0.0, 0.2, 1.0):
        training.seed_everything(0)
        model = L1Autoencoder(10, 16, sparsity=sparsity)
        training.fit(model, x, epochs=30, learning_rate=0.01, loss=None)
        activity.append(as_numpy(model.encode(x)).mean())
    assert activity[0] > 1.5 * activity[1] > 2.25 * activity[2]


def test_sigmoid_units_start_at_the_target_rate():
    model = KLAutoencoder(10, 16, target_rate=0.1)
    # An input of zeros leaves the biases alone.
    rates = as_numpy(model.encode(np.zeros((1, 10), dtype="float32")))
    np.testing.assert_allclose(rates, 0.1, rtol=1e-5)


@pytest.mark.slow
def test_the_kl_penalty_holds_every_mean_at_the_target(rng):
    x = 3.0 * rng.normal(size=(256, 10)).astype("float32")
    furthest = {}
    for weight in (0.0, 30.0):
        training.seed_everything(0)
        model = KLAutoencoder(10, 16, target_rate=0.1, weight=weight)
        training.fit(model, x, epochs=60, learning_rate=0.02, loss=None)
        rates = as_numpy(model.encode(x)).mean(axis=0)
        furthest[weight] = np.abs(rates - 0.1).max()
    assert furthest[30.0] < 0.03
    assert furthest[0.0] > 0.1


def test_the_penalty_is_finite_where_a_sigmoid_rounds_to_zero_or_one():
    model = KLAutoencoder(10, 16)
    codes = np.repeat(np.array([[0.0], [1.0]], dtype="float32"), 16, axis=1)
    for z in codes:
        assert np.isfinite(
            float(model.penalty(keras.ops.convert_to_tensor(np.tile(z, (4, 1)))))
        )


@pytest.mark.parametrize("name", MODELS)
def test_saved_and_reloaded_model_answers_the_same(name, x, tmp_path):
    model = MODELS[name](seed=5, max_norm=0.7, output_activation="tanh")
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded) is type(model)
    assert loaded.get_config() == model.get_config()
    for ours, theirs in zip(loaded(x).values(), model(x).values(), strict=True):
        np.testing.assert_array_equal(as_numpy(ours), as_numpy(theirs))
    # The bound is part of what is reloaded: the next step keeps to it.
    sgd_step(loaded, x, 5.0)
    assert np.linalg.norm(as_numpy(loaded.dictionary), axis=1).max() < 0.7001


@pytest.mark.parametrize("name", MODELS)
def test_seed_alone_decides_the_first_weights(name):
    one, same, other = (MODELS[name](seed=seed) for seed in (0, 0, 1))
    for a, b in zip(one.get_weights(), same.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(one.get_weights()[0], other.get_weights()[0])


@pytest.mark.parametrize(
    ("model", "arguments", "message"),
    [
        (SparseAutoencoder, {"max_norm": 0}, "max_norm must be above 0 or None; got 0"),
        (SparseAutoencoder, {"max_norm": np.nan}, "max_norm must be above 0 or None; got"),
        (SparseAutoencoder, {"latent_dim": 0}, "latent_dim must be an integer of at least"),
        (L1Autoencoder, {"sparsity": -0.1}, "sparsity must not be negative; got -0.1"),
        (L1Autoencoder, {"sparsity": np.nan}, "sparsity must not be negative; got nan"),
        (KLAutoencoder, {"target_rate": 0}, "target_rate must be between 0 and 1; got 0"),
        (KLAutoencoder, {"target_rate": 1.0}, "target_rate must be between 0 and 1"),
        (KLAutoencoder, {"weight": -1}, "weight must not be negative; got -1"),
        (KSparseAutoencoder, {"k": 0}, "k must be an integer from 1 to 16; got 0"),
        (KSparseAutoencoder, {"k": 17}, "k must be an integer from 1 to 16; got 17"),
        (KSparseAutoencoder, {"k": 2.0}, "k must be an integer from 1 to 16; got 2.0"),
    ],
)
def test_bad_settings_are_named(model, arguments, message):
    with pytest.raises(ValueError, match=message):
        model(**({"n_features": 10, "latent_dim": 16} | arguments))
