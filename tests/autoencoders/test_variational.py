"""The VAE against NumPy, SciPy and PyTorch, with the noise given."""

import keras
import numpy as np
import pytest
import torch
from scipy import stats

from companion import training
from companion.autoencoders.variational import VAE, active_units
from companion.networks import mlp


def as_numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


@pytest.fixture
def x(rng):
    return rng.uniform(0.05, 0.95, size=(6, 10)).astype("float32")


@pytest.fixture
def eps(rng):
    return rng.normal(size=(6, 3)).astype("float32")


@pytest.fixture
def double_precision():
    for dtype in ("float64", "float32"):
        keras.config.set_floatx(dtype)
        keras.config.set_dtype_policy(dtype)
        if dtype == "float64":
            yield


def numpy_loss(model, x, eps, beta=1.0, free_bits=0.0):
    """The loss of a batch with NumPy's network and SciPy's densities."""
    values = [as_numpy(weight) for weight in model.trainable_weights]
    weights, biases = values[::2], values[1::2]
    n = len(model.hidden) + 1
    names = [model.activation] * (n - 1) + ["linear"]
    both = mlp.forward((weights[:n], biases[:n]), x, names)[-1]
    z_mean, z_log_var = np.split(both, 2, axis=1)
    z = z_mean + np.exp(z_log_var / 2) * eps
    output = mlp.forward((weights[n:], biases[n:]), z, names)[-1]
    if model.likelihood == "bernoulli":
        rate = 1 / (1 + np.exp(-output))
        log_p = x * np.log(rate) + (1 - x) * np.log(1 - rate)
    else:
        log_p = stats.norm(output, model.sigma).logpdf(x)
    # KL(q || p) as entropies: E_q[-log p] - H(q).
    std = np.exp(z_log_var / 2)
    cross = 0.5 * np.log(2 * np.pi) + 0.5 * (z_mean**2 + std**2)
    kl = np.maximum((cross - stats.norm(0, std).entropy()).mean(axis=0), free_bits)
    return -log_p.sum(axis=1).mean() + beta * kl.sum()


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"beta": 3.0},
        {"beta": 0.0},
        {"free_bits": 0.4},
        {"free_bits": 0.4, "beta": 0.5},
        {"likelihood": "gaussian", "sigma": 0.3},
        {"hidden": (), "likelihood": "gaussian"},
        {"hidden": (7, 5), "activation": "relu"},
    ],
)
def test_loss_of_a_batch_is_that_of_numpy_and_scipy(settings, x, eps):
    model = VAE(10, 3, **({"hidden": (8,), "seed": 4} | settings))
    kl_settings = {
        name: settings[name] for name in ("beta", "free_bits") if name in settings
    }
    loss = float(model.loss_of(x, model.outputs(x, eps), model.beta))
    assert loss == pytest.approx(numpy_loss(model, x, eps, **kl_settings), rel=1e-5)


def test_free_bits_bite_on_some_units_only(x, eps):
    # Otherwise the comparison with NumPy above would not see where the maximum stands.
    model = VAE(10, 3, hidden=(8,), seed=4)
    outputs = model.outputs(x, eps)
    kl = 0.5 * (
        as_numpy(outputs["z_mean"]) ** 2
        + np.exp(as_numpy(outputs["z_log_var"]))
        - 1
        - as_numpy(outputs["z_log_var"])
    )
    below = kl.mean(axis=0) < 0.4
    assert below.any()
    assert not below.all()
    # The mean over the batch is compared, not each example.
    assert ((kl < 0.4).all(axis=0) != below).any()


def test_mean_over_units_would_be_another_beta(x, eps):
    model = VAE(10, 3, hidden=(8,), beta=1 / 3)
    outputs = model.outputs(x, eps)
    whole = float(VAE(10, 3, hidden=(8,), beta=0.0).loss_of(x, outputs, 0.0))
    kl = (float(model.loss_of(x, outputs, 1.0)) - whole) / 3
    assert float(model.loss_of(x, outputs, model.beta)) == pytest.approx(
        whole + kl, rel=1e-5
    )


def torch_loss(weights, x, eps, beta):
    w1, b1, w2, b2, w3, b3, w4, b4 = weights
    z_mean, z_log_var = (torch.tanh(x @ w1 + b1) @ w2 + b2).chunk(2, dim=1)
    posterior = torch.distributions.Normal(z_mean, (0.5 * z_log_var).exp())
    logits = torch.tanh((posterior.mean + posterior.stddev * eps) @ w3 + b3) @ w4 + b4
    nll = torch.nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    prior = torch.distributions.Normal(torch.zeros(3), torch.ones(3))
    kl = torch.distributions.kl_divergence(posterior, prior).sum()
    return (nll + beta * kl) / len(x)


def test_training_step_is_that_of_the_twin_in_pytorch(x):
    model = VAE(10, 3, hidden=(8,), beta=0.7, seed=11)
    weights = [torch.tensor(w, requires_grad=True) for w in model.get_weights()]
    # The generator of the model starts here too, so this is the noise of its first step.
    generator = keras.random.SeedGenerator(11)
    eps = torch.tensor(as_numpy(keras.random.normal((6, 3), seed=generator)))
    loss = torch_loss(weights, torch.tensor(x), eps, beta=0.7)
    loss.backward()

    model.compile(optimizer=keras.optimizers.SGD(0.1), loss=None)
    loss_of_step = model.train_on_batch(x, x)
    assert float(np.ravel(loss_of_step)[0]) == pytest.approx(loss.item(), rel=1e-5)
    for trained, weight in zip(model.get_weights(), weights, strict=True):
        twin = (weight - 0.1 * weight.grad).detach().numpy()
        np.testing.assert_allclose(trained, twin, rtol=1e-4, atol=1e-6)
        assert not np.array_equal(trained, weight.detach().numpy())


@pytest.mark.usefixtures("double_precision")
def test_gradient_through_the_sample_is_a_central_difference(rng):
    x, seed = rng.uniform(size=(6, 10)), 11
    model = VAE(10, 3, hidden=(8,), seed=seed)
    eps = keras.random.normal((6, 3), seed=keras.random.SeedGenerator(seed))
    before = model.get_weights()
    model.compile(optimizer=keras.optimizers.SGD(1e-3), loss=None)
    model.train_on_batch(x, x)
    grads = [
        (old - new) / 1e-3 for old, new in zip(before, model.get_weights(), strict=True)
    ]

    direction = [rng.normal(size=weight.shape) for weight in before]
    losses = []
    for step in (1e-5, -1e-5):
        model.set_weights([w + step * d for w, d in zip(before, direction, strict=True)])
        losses.append(float(model.loss_of(x, model.outputs(x, eps), 1.0)))
    slope = sum(np.sum(g * d) for g, d in zip(grads, direction, strict=True))
    assert slope == pytest.approx((losses[0] - losses[1]) / 2e-5, rel=1e-6)


@pytest.mark.usefixtures("double_precision")
def test_gradient_through_the_sample_has_the_mean_of_the_score_function(rng):
    model = VAE(10, 2, hidden=(8,), likelihood="gaussian", sigma=0.5, seed=3)
    x, eps = rng.uniform(size=(1, 10)), rng.normal(size=(200_000, 2))
    x_tiled = np.tile(x, (len(eps), 1))
    z_mean, z_log_var = np.array([[0.4, -0.7]]), np.array([[-0.5, 0.3]])

    def nll(mean, log_var):
        z = model.sample(mean, log_var, eps)
        return as_numpy(model.reconstruction_nll(x_tiled, model.decoder(z)))

    std = np.exp(z_log_var / 2)
    scores = {"mean": eps / std, "log_var": (eps**2 - 1) / 2}
    centered = nll(z_mean, z_log_var)[:, None] - nll(z_mean, z_log_var).mean()
    for unit in range(2):
        shift = 1e-5 * np.eye(2)[[unit]]
        paths = {
            "mean": nll(z_mean + shift, z_log_var) - nll(z_mean - shift, z_log_var),
            "log_var": nll(z_mean, z_log_var + shift) - nll(z_mean, z_log_var - shift),
        }
        for name, path in paths.items():
            by_score = (centered * scores[name])[:, unit]
            error = by_score.std() / np.sqrt(len(eps))
            assert abs(path.mean() / 2e-5 - by_score.mean()) < 4 * error
            assert (path / 2e-5).std() < by_score.std()


def test_outside_training_the_model_repeats_and_in_training_it_draws(x):
    model = VAE(10, 3)
    one, two = (as_numpy(model(x)["output"]) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    by_mean = as_numpy(model.decode(model.encode(x)))
    np.testing.assert_allclose(1 / (1 + np.exp(-one)), by_mean, rtol=1e-5)
    drawn = [as_numpy(model(x, training=True)["output"]) for _ in range(2)]
    assert not np.allclose(drawn[0], drawn[1])


def test_validation_loss_is_a_bound_and_repeats(rng):
    # With the mean code instead of a sample it would be lower, and no bound.
    x = rng.uniform(size=(400, 10)).astype("float32")
    model = VAE(10, 3, hidden=(8,), seed=2, beta=0.5)
    for weight in model.decoder.weights:
        weight.assign(4 * weight)
    model.compile(optimizer="sgd", loss=None)
    one, two = (
        float(np.ravel(model.evaluate(x, x, batch_size=400, verbose=0))[0]) for _ in "ab"
    )
    assert one == two
    losses = [numpy_loss(model, x, rng.normal(size=(400, 3)), beta=0.5) for _ in range(20)]
    assert abs(one - np.mean(losses)) < 4 * np.std(losses, ddof=1)
    assert one > numpy_loss(model, x, np.zeros((400, 3)), beta=0.5) + 8 * np.std(losses)


def test_warm_up_raises_the_weight_of_the_kl_in_a_straight_line(x):
    model = VAE(10, 3, hidden=(8,), beta=2.0, warm_up_steps=4, seed=5)
    model.compile(optimizer=keras.optimizers.SGD(0.0), loss=None)
    generator, losses = keras.random.SeedGenerator(5), []
    for _ in range(6):
        eps = as_numpy(keras.random.normal((6, 3), seed=generator))
        terms = [numpy_loss(model, x, eps, beta) for beta in (0.0, 1.0)]
        loss = float(np.ravel(model.train_on_batch(x, x))[0])
        losses.append((loss - terms[0]) / (terms[1] - terms[0]))
        model.reset_metrics()
    np.testing.assert_allclose(losses, [0.0, 0.5, 1.0, 1.5, 2.0, 2.0], atol=1e-4)
    assert float(as_numpy(model.steps_done)) == 6


def test_no_two_layers_start_from_the_same_draw():
    kernels = [w for w in VAE(6, 3, hidden=(6,)).get_weights() if w.shape == (6, 6)]
    assert len(kernels) == 3
    assert len({kernel.tobytes() for kernel in kernels}) == 3


def test_first_output_is_the_mean_of_the_data(rng):
    x = rng.uniform(size=(50, 10)).astype("float32")
    x[:, 0] = 0.0
    model = VAE(10, 3, hidden=(8,))
    model.start_at_mean(x)
    expected = np.clip(x.mean(axis=0), 1e-3, 1 - 1e-3)
    bias = model.get_weights()[-1]
    np.testing.assert_allclose(1 / (1 + np.exp(-bias.astype(float))), expected, rtol=1e-4)
    model = VAE(10, 3, hidden=(8,), likelihood="gaussian")
    model.start_at_mean(5 * x)
    np.testing.assert_allclose(model.get_weights()[-1], 5 * x.mean(axis=0), rtol=1e-5)
    with pytest.raises(ValueError, match=r"x must be \(n, 10\); got shape \(10,\)"):
        model.start_at_mean(x[0])


def test_decoded_codes_are_means_of_the_features(rng):
    z = rng.normal(size=(50, 3)).astype("float32")
    model = VAE(10, 3)
    logits = as_numpy(model.decoder(z)).astype(float)
    np.testing.assert_allclose(as_numpy(model.decode(z)), 1 / (1 + np.exp(-logits)), 1e-5)
    model = VAE(10, 3, hidden=(), likelihood="gaussian")
    kernel, bias = model.get_weights()[2:]
    np.testing.assert_allclose(as_numpy(model.decode(z)), z @ kernel + bias, atol=1e-6)


def test_active_units_are_those_whose_mean_varies(rng):
    z_mean = rng.normal(size=(1000, 3)) * [1.0, 0.05, 0.2] + [0.0, 3.0, 0.0]
    np.testing.assert_array_equal(active_units(z_mean), [True, False, True])


def test_saved_and_reloaded_model_answers_the_same(x, tmp_path):
    settings = {
        "hidden": (8, 5),
        "activation": "relu",
        "likelihood": "gaussian",
        "sigma": 0.4,
        "beta": 2.0,
        "free_bits": 0.1,
        "warm_up_steps": 3,
        "seed": 9,
    }
    model = VAE(10, 3, **settings)
    training.fit(model, x, epochs=2, loss=None)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for name, output in model(x).items():
        np.testing.assert_array_equal(as_numpy(output), as_numpy(loaded(x)[name]))
    config = loaded.get_config()
    assert {name: config[name] for name in settings} == settings
    assert float(as_numpy(loaded.steps_done)) == 2


@pytest.mark.slow
def test_training_lowers_the_loss_below_that_of_independent_pixels(rng):
    # Two kinds of image: one code unit is worth log 2 nats less than what it costs.
    kinds = np.array([[0.05] * 8 + [0.95] * 8, [0.95] * 8 + [0.05] * 8])
    x = (rng.uniform(size=(600, 16)) < kinds[rng.integers(2, size=600)]).astype("float32")
    model = VAE(16, 2, hidden=(16,))
    history = training.fit(model, x[:400], x_val=x[400:], epochs=60, loss=None,
                           learning_rate=5e-3)  # fmt: skip
    entropy = -16 * (0.05 * np.log(0.05) + 0.95 * np.log(0.95))
    assert entropy + np.log(2) - 0.5 < history["val_loss"][-1] < 8.0
    assert 16 * np.log(2) > 11.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"latent_dim": 0}, "latent_dim must be an integer of at least 1; got 0"),
        ({"hidden": (8, 0)}, r"hidden\[1\] must be an integer of at least 1; got 0"),
        ({"likelihood": "poisson"}, "likelihood must be one of .*; got 'poisson'"),
        ({"sigma": 0.0}, "sigma must be above 0; got 0.0"),
        ({"sigma": np.nan}, "sigma must be above 0; got nan"),
        ({"beta": -1.0}, "beta must not be negative; got -1.0"),
        ({"free_bits": -0.1}, "free_bits must not be negative; got -0.1"),
        ({"warm_up_steps": -5}, "warm_up_steps must not be negative; got -5"),
    ],
)
def test_bad_settings_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        VAE(**({"n_features": 10, "latent_dim": 3} | arguments))
