"""The convolutional autoencoder: sizes, arithmetic against PyTorch, shifts, files."""

import keras
import numpy as np
import pytest

from companion.autoencoders.convolutional import ConvolutionalAutoencoder
from companion.autoencoders.transposed_convolution import convolution_matrix

SMALL = {"image_shape": (8, 8, 1), "latent_dim": 3, "filters": (4, 6)}


def array(tensor):
    return np.asarray(keras.ops.convert_to_numpy(tensor))


@pytest.mark.parametrize(
    ("image_shape", "filters", "kernel_size", "map_shape"),
    [
        ((8, 8, 1), (4, 6), 4, (2, 2, 6)),
        ((12, 20, 3), (4, 6), 3, (3, 5, 6)),
        ((6, 10, 2), (5,), 5, (3, 5, 5)),
        ((2, 14, 1), (3,), 2, (1, 7, 3)),
        ((16, 16, 1), (2, 3, 4), 4, (2, 2, 4)),
    ],
)
def test_sides_are_halved_and_doubled(rng, image_shape, filters, kernel_size, map_shape):
    model = ConvolutionalAutoencoder(image_shape, 3, filters, kernel_size)
    x = rng.uniform(size=(5, *image_shape)).astype("float32")
    assert array(model.feature_map(x)).shape == (5, *map_shape)
    assert array(model.encode(x)).shape == (5, 3)
    assert array(model(x)).shape == x.shape


def test_parameters_are_counted_by_hand():
    model = ConvolutionalAutoencoder((12, 8, 3), 5, filters=(4, 6), kernel_size=3)
    # windows of 3 x 3 over 3 and over 4 maps; then a map of 3 x 2 with 6 channels.
    assert model.encoder.count_params() == (9 * 3 * 4 + 4) + (9 * 4 * 6 + 6) + (36 * 5 + 5)
    assert model.decoder.count_params() == (
        (5 * 36 + 36) + (9 * 6 * 4 + 4) + (9 * 4 * 3 + 3)
    )


def test_decoder_mirrors_the_widths():
    model = ConvolutionalAutoencoder((16, 16, 2), 3, filters=(3, 4, 5))
    decoder = [tuple(layer.output.shape[1:]) for layer in model.decoder.layers[1:]]
    assert decoder == [(2, 2, 5), (4, 4, 4), (8, 8, 3), (16, 16, 2)]


@pytest.mark.parametrize("kernel_size", [2, 3, 4, 5])
def test_output_equals_products_with_the_matrices(rng, kernel_size):
    model = ConvolutionalAutoencoder(**SMALL, kernel_size=kernel_size, activation="tanh")
    model.set_weights([0.5 * rng.normal(size=w.shape) for w in model.get_weights()])
    x = rng.uniform(size=(8, 8, 1))
    k_1, b_1, k_2, b_2, k_3, b_3, k_4, b_4, k_5, b_5, k_6, b_6 = model.get_weights()
    c_1 = convolution_matrix(k_1, (8, 8, 1), 2)
    c_2 = convolution_matrix(k_2, (4, 4, 4), 2)
    # The decoder's kernels are those of the convolutions that go the other way.
    c_5 = convolution_matrix(k_5, (4, 4, 4), 2)
    c_6 = convolution_matrix(k_6, (8, 8, 1), 2)
    a_1 = np.tanh(c_1 @ x.ravel() + np.tile(b_1, 16))
    a_2 = np.tanh(c_2 @ a_1 + np.tile(b_2, 4))
    z = a_2 @ k_3 + b_3
    g_1 = np.tanh(c_5.T @ np.tanh(z @ k_4 + b_4) + np.tile(b_5, 16))
    x_hat = 1.0 / (1.0 + np.exp(-(c_6.T @ g_1 + b_6)))

    batch = x[np.newaxis].astype("float32")
    np.testing.assert_allclose(array(model.feature_map(batch)).ravel(), a_2, atol=1e-5)
    np.testing.assert_allclose(array(model.encode(batch)).ravel(), z, atol=1e-5)
    np.testing.assert_allclose(array(model(batch)).ravel(), x_hat, atol=1e-5)


def torch_twin(torch, params, x, kernel_size, map_shape):
    """The same network in PyTorch: other layouts, padding and cropping by hand."""
    functional = torch.nn.functional
    k_1, b_1, k_2, b_2, k_3, b_3, k_4, b_4, k_5, b_5, k_6, b_6 = params
    before = (kernel_size - 2) // 2
    after = kernel_size - 2 - before

    def down(a, kernel, bias):
        padded = functional.pad(a, (before, after, before, after))
        return functional.conv2d(padded, kernel.permute(3, 2, 0, 1), bias, stride=2)

    def up(a, kernel, bias):
        full = functional.conv_transpose2d(a, kernel.permute(3, 2, 0, 1), bias, stride=2)
        height, width = 2 * a.shape[2], 2 * a.shape[3]
        return full[:, :, before : before + height, before : before + width]

    a = torch.relu(down(x.permute(0, 3, 1, 2), k_1, b_1))
    a = torch.relu(down(a, k_2, b_2))
    z = a.permute(0, 2, 3, 1).flatten(1) @ k_3 + b_3
    g = torch.relu(z @ k_4 + b_4).reshape(-1, *map_shape).permute(0, 3, 1, 2)
    g = torch.relu(up(g, k_5, b_5))
    return torch.sigmoid(up(g, k_6, b_6)).permute(0, 2, 3, 1)


@pytest.mark.parametrize("kernel_size", [3, 4])
def test_one_training_step_equals_pytorch(rng, kernel_size):
    torch = pytest.importorskip("torch")
    image_shape, map_shape, rate = (8, 12, 2), (2, 3, 6), 5.0
    model = ConvolutionalAutoencoder(image_shape, 3, (4, 6), kernel_size, seed=1)
    x = rng.uniform(size=(7, *image_shape)).astype("float32")
    before = model.get_weights()
    params = [torch.tensor(w, dtype=torch.float64, requires_grad=True) for w in before]
    target = torch.tensor(x, dtype=torch.float64)
    x_hat = torch_twin(torch, params, target, kernel_size, map_shape)
    loss = torch.mean((x_hat - target) ** 2)
    loss.backward()

    np.testing.assert_allclose(array(model(x)), x_hat.detach().numpy(), atol=1e-6)
    model.compile(keras.optimizers.SGD(rate), loss="mse")
    assert float(model.train_on_batch(x, x)) == pytest.approx(loss.item(), rel=1e-5)
    for old, new, theirs in zip(before, model.get_weights(), params, strict=True):
        step = -rate * theirs.grad.numpy()
        assert np.abs(step).max() > 1e-5
        # The change of float32 weights of size 1 is known to about 1e-7.
        np.testing.assert_allclose(new - old, step, rtol=1e-4, atol=5e-7)


def test_feature_map_moves_with_the_image_by_whole_strides(rng):
    model = ConvolutionalAutoencoder((32, 32, 1), 3, filters=(4, 6))
    patch = rng.uniform(size=(6, 6))
    x = np.zeros((3, 32, 32, 1), dtype="float32")
    x[0, 12:18, 12:18, 0] = patch
    x[1, 16:22, 8:14, 0] = patch  # two layers: 4 pixels are one place of the map
    x[2, 13:19, 12:18, 0] = patch  # 1 pixel is none
    here, moved, between = array(model.feature_map(x))
    assert np.abs(here).max() > 1e-3
    np.testing.assert_allclose(moved[1:, :-1], here[:-1, 1:], atol=1e-6)
    assert np.abs(between - here).max() > 1e-3
    assert np.abs(between[1:] - here[:-1]).max() > 1e-3


def test_feature_map_sees_only_its_window(rng):
    model = ConvolutionalAutoencoder((32, 32, 1), 3, filters=(4, 6))
    x = rng.uniform(size=(1, 32, 32, 1)).astype("float32")
    other = x.copy()
    # Windows of 4, then of 4 at distance 2: 4 + 3 * 2 = 10 pixels, from 4 * 3 - 3 on.
    window = np.zeros((32, 32), dtype=bool)
    window[9:19, 9:19] = True
    other[0, ~window] = 0.0
    here, there = array(model.feature_map(x))[0], array(model.feature_map(other))[0]
    np.testing.assert_allclose(here[3, 3], there[3, 3], atol=1e-6)
    other[0, 9, 9] += 1.0
    assert np.abs(array(model.feature_map(other))[0, 3, 3] - here[3, 3]).max() > 1e-4


def test_saved_and_reloaded_model_answers_the_same(rng, tmp_path):
    model = ConvolutionalAutoencoder((12, 8, 3), 5, filters=(4, 6), kernel_size=3, seed=5)
    x = rng.uniform(size=(4, 12, 8, 3)).astype("float32")
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert isinstance(loaded, ConvolutionalAutoencoder)
    np.testing.assert_array_equal(array(loaded(x)), array(model(x)))


def test_config_rebuilds_the_same_model(rng):
    settings = {
        "image_shape": (12, 8, 3),
        "latent_dim": 5,
        "filters": (7, 2),
        "kernel_size": 3,
        "activation": "tanh",
        "output_activation": "linear",
        "seed": 7,
    }
    model = ConvolutionalAutoencoder(**settings)
    config = model.get_config()
    assert {name: config[name] for name in settings} == settings
    twin = ConvolutionalAutoencoder.from_config(config)
    x = rng.normal(size=(2, 12, 8, 3)).astype("float32")
    np.testing.assert_array_equal(array(twin(x)), array(model(x)))


def test_seed_alone_decides_the_first_weights():
    one, same, other = (
        ConvolutionalAutoencoder(**SMALL, seed=seed).get_weights() for seed in (0, 0, 1)
    )
    for a, b in zip(one, same, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(one[0], other[0])


def test_no_two_layers_start_from_the_same_draw():
    model = ConvolutionalAutoencoder((4, 4, 1), 4, filters=(1, 1), kernel_size=2)
    # Up to the scale, which depends on the layer, a draw shows in the ratio of entries.
    ratios = [w.ravel()[1] / w.ravel()[0] for w in model.get_weights()[::2]]
    assert len({f"{ratio:.4f}" for ratio in ratios}) == 6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"image_shape": (10, 8, 1)},
            "image_shape height must be divisible by 4, the product of 2 strides of 2; "
            "got 10",
        ),
        ({"image_shape": (8, 7, 1)}, "image_shape width must be divisible by 4"),
        ({"image_shape": (8, 8)}, r"must be \(height, width, channels\); got \(8, 8\)"),
        ({"image_shape": (8, 8, 0)}, "image_shape channels must be an integer"),
        ({"image_shape": (0, 8, 1)}, "image_shape height must be an integer"),
        ({"latent_dim": 0}, "latent_dim must be an integer of at least 1; got 0"),
        ({"filters": (4, 0)}, r"filters\[1\] must be an integer of at least 1; got 0"),
        ({"filters": ()}, "filters must name at least one layer; got none"),
        ({"kernel_size": 1}, "kernel_size must be at least 2, the stride; got 1"),
        ({"kernel_size": 2.5}, "kernel_size must be an integer of at least 1; got 2.5"),
    ],
)
def test_bad_sizes_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        ConvolutionalAutoencoder(**(SMALL | arguments))
