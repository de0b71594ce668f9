"""Four forms of one autoencoder: transfer, outputs, gradients and training agree."""

import keras
import numpy as np
import pytest

from companion.autoencoders.dense import DenseAutoencoder
from companion.networks import mlp
from companion.practice import first_autoencoder as fa

# Square first and last layers: a transposed kernel would fit them.
SIZES = [5, 5, 2, 5, 5]


@pytest.fixture
def params(rng):
    weights, biases = mlp.init(SIZES, rng)
    return weights, [rng.normal(size=bias.shape) for bias in biases]


@pytest.fixture
def x(rng):
    return rng.uniform(size=(7, 5))


def forms(dtype="float32"):
    if dtype == "float64":
        return {"sequential": fa.build_sequential(5, 5, 2, dtype)}
    return {
        "sequential": fa.build_sequential(5, 5, 2),
        "functional": fa.build_functional(5, 5, 2)[0],
        "subclass": DenseAutoencoder(5, 2, hidden=(5,), activation="tanh"),
    }


def output_by_hand(params, x):
    (w1, w2, w3, w4), (b1, b2, b3, b4) = params
    z = np.tanh(x @ w1 + b1) @ w2 + b2
    return z, 1 / (1 + np.exp(-(np.tanh(z @ w3 + b3) @ w4 + b4)))


@pytest.mark.parametrize("name", ["sequential", "functional", "subclass"])
def test_every_form_computes_the_equations(name, params, x):
    model = forms()[name]
    fa.set_params(model, params)
    _, x_hat = output_by_hand(params, x)
    # float32 rounding of values below 1
    np.testing.assert_allclose(keras.ops.convert_to_numpy(model(x)), x_hat, atol=1e-6)


def test_float64_form_computes_in_float64(params, x):
    model = fa.build_sequential(5, 5, 2, "float64")
    fa.set_params(model, params)
    _, x_hat = output_by_hand(params, x)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(model(x)), x_hat, atol=1e-14)


def test_functional_encoder_is_the_first_half_of_the_autoencoder(params, x):
    autoencoder, encoder = fa.build_functional(5, 5, 2)
    fa.set_params(autoencoder, params)
    z, _ = output_by_hand(params, x)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(encoder(x)), z, atol=1e-5)


def test_weights_survive_the_way_to_keras_and_back(params):
    model = fa.build_sequential(5, 5, 2, "float64")
    fa.set_params(model, params)
    for found, expected in zip(fa.params_of(model), params, strict=True):
        for array, original in zip(found, expected, strict=True):
            np.testing.assert_array_equal(array, original)


def test_numpy_halves_are_the_two_halves(params, x):
    z, x_hat = output_by_hand(params, x)
    np.testing.assert_allclose(fa.encode(params, x), z, atol=1e-12)
    np.testing.assert_allclose(fa.decode(params, z), x_hat, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_step_of_sgd_follows_the_finite_difference_slope(dtype, params, x, rng):
    (model,) = list(forms(dtype).values())[:1]
    fa.set_params(model, params)
    _, path = fa.train_sgd(model, [x], learning_rate=4.0)
    gradient = (path[0] - path[1]) / 4.0

    direction = tuple([rng.normal(size=a.shape) for a in part] for part in params)
    eps = np.finfo(float).eps ** (1 / 3)  # balances truncation and rounding

    def loss_at(step):
        moved = tuple(
            [a + step * d for a, d in zip(*pair, strict=True)]
            for pair in zip(params, direction, strict=True)
        )
        return np.mean((output_by_hand(moved, x)[1] - x) ** 2)

    slope = (loss_at(eps) - loss_at(-eps)) / (2 * eps)
    tolerance = 1e-8 if dtype == "float64" else 1e-4  # rounding of weights of size 1
    assert gradient @ fa.flatten(direction) == pytest.approx(slope, rel=tolerance)


def test_keras_and_numpy_train_alike_in_float64(params, rng):
    batches = [rng.uniform(size=(7, 5)) for _ in range(10)]
    model = fa.build_sequential(5, 5, 2, "float64")
    fa.set_params(model, params)
    losses, path = fa.train_sgd(model, batches, learning_rate=2.0)
    numpy_losses, numpy_path = fa.train_sgd_numpy(params, batches, learning_rate=2.0)
    np.testing.assert_allclose(path, numpy_path, atol=1e-13)
    # Keras tracks the loss it reports in float32
    np.testing.assert_allclose(losses, numpy_losses, rtol=1e-6)


def test_training_in_numpy_leaves_the_given_parameters(params, x):
    before = fa.flatten(params)
    _, path = fa.train_sgd_numpy(params, [x], learning_rate=2.0)
    np.testing.assert_array_equal(fa.flatten(params), before)
    assert np.abs(path[1] - path[0]).max() > 1e-3


def test_flatten_goes_layer_by_layer():
    params = (
        [np.array([[1.0, 2.0]]), np.array([[4.0], [5.0]])],
        [
            np.array([3.0, 3.5]),
            np.array([6.0]),
        ],
    )
    assert fa.flatten(params).tolist() == [1, 2, 3, 3.5, 4, 5, 6]


def test_parameter_count_by_hand_and_on_the_models():
    assert fa.count_parameters([3, 2, 4]) == 3 * 2 + 2 + 2 * 4 + 4
    for model in forms().values():
        assert fa.layer_sizes(model) == SIZES
        assert model.count_params() == fa.count_parameters(SIZES) == 30 + 12 + 15 + 30


def test_diagram_shows_the_widths():
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    fa.draw_layers(ax, [4, 1, 4], ["in", "code", "out"])
    assert [bar.get_height() for bar in ax.patches] == [4, 1, 4]
    assert [text.get_text() for text in ax.texts] == ["4·1\n+ 1", "1·4\n+ 4"]
    with pytest.raises(ValueError, match="names must be 3 labels; got 2"):
        fa.draw_layers(ax, [4, 1, 4], ["in", "out"])


@pytest.mark.parametrize("name", ["n_features", "n_hidden", "latent_dim"])
@pytest.mark.parametrize("build", [fa.build_sequential, fa.build_functional])
@pytest.mark.parametrize("size", [0, 2.5, None, "a", True, np.nan])
def test_sizes_that_are_no_counts_are_refused(build, name, size):
    sizes = {"n_features": 4, "n_hidden": 3, "latent_dim": 2} | {name: size}
    message = f"{name} must be an integer of at least 1; got {size!r}"
    with pytest.raises(ValueError, match=message):
        build(**sizes)


def test_bad_batches_are_refused_before_the_first_step(params, x):
    model = fa.build_sequential(5, 5, 2)
    for bad, message in [(x * np.nan, "must be finite"), (x[:, :1], "must have shape")]:
        with pytest.raises(ValueError, match=rf"batches\[1\] {message}"):
            fa.train_sgd(model, [x, bad], 1.0)
        with pytest.raises(ValueError, match=rf"batches\[1\] {message}"):
            fa.train_sgd_numpy(params, [x, bad], 1.0)
    assert not model.compiled
    with pytest.raises(ValueError, match=r"target must lie in \[0, 1\]"):
        fa.fit_numpy(255 * x, 4, 2, seed=0)


def test_weights_of_other_shapes_are_refused(rng):
    model = fa.build_sequential(4, 3, 2)
    with pytest.raises(ValueError, match="params must have the shapes"):
        fa.set_params(model, mlp.init([4, 3, 1, 3, 4], rng))


@pytest.mark.slow
def test_both_trained_forms_beat_pca_on_data_of_one_curved_dimension(rng):
    from companion import metrics
    from companion.autoencoders.pca import PCA

    t = rng.uniform(size=(600, 1))
    x = 0.5 + 0.4 * np.concatenate([np.cos(5 * t), np.sin(5 * t)], axis=1)
    linear = metrics.mse(x[400:], PCA(1).fit(x[:400]).reconstruct(x[400:]))
    params = fa.fit_numpy(x[:400], n_hidden=16, latent_dim=1, seed=0)
    curved = metrics.mse(x[400:], fa.decode(params, fa.encode(params, x[400:])))
    model = fa.fit_subclass(x[:400].astype("float32"), 16, 1, seed=0)
    in_keras = metrics.mse(x[400:], keras.ops.convert_to_numpy(model(x[400:])))
    assert curved < linear
    assert in_keras < linear
