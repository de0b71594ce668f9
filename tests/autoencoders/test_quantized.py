"""Vector quantization against brute force, SciPy, PyTorch and automatic differentiation."""

import keras
import numpy as np
import pytest
import scipy.cluster.vq
import scipy.stats
import tensorflow as tf
from keras import ops

from companion import datasets, training
from companion.autoencoders.quantized import (
    VQAutoencoder,
    nearest_entries,
    perplexity,
    straight_through,
    usage,
)


@pytest.fixture
def model():
    return VQAutoencoder((8, 8, 1), n_entries=6, code_dim=3, filters=(4, 5), seed=1)


@pytest.fixture
def x(rng):
    return rng.uniform(size=(7, 8, 8, 1)).astype("float32")


def test_nearest_entries_are_those_of_scipy(rng):
    z_e = rng.normal(size=(40, 3)).astype("float32")
    codebook = rng.normal(size=(9, 3)).astype("float32")
    expected, _ = scipy.cluster.vq.vq(z_e, codebook)
    np.testing.assert_array_equal(np.asarray(nearest_entries(z_e, codebook)), expected)


def test_the_gradient_goes_straight_through_to_the_encoder(rng):
    z_e = tf.Variable(rng.normal(size=(5, 3)))
    z_q = tf.Variable(rng.normal(size=(5, 3)))
    upstream = rng.normal(size=(5, 3))
    with tf.GradientTape() as tape:
        answer = straight_through(z_e, z_q)
        loss = tf.reduce_sum(upstream * answer)
    to_encoder, to_codebook = tape.gradient(loss, [z_e, z_q])
    np.testing.assert_allclose(answer, z_q)
    np.testing.assert_array_equal(to_encoder, upstream)
    assert to_codebook is None


def test_every_code_vector_is_an_entry_and_the_nearest(model, x):
    z_e, codebook = np.asarray(model.encoder(x)), np.asarray(model.codebook.value)
    distances = ((z_e[..., None, :] - codebook) ** 2).sum(axis=-1)
    np.testing.assert_array_equal(np.asarray(model.indices(x)), distances.argmin(axis=-1))
    z_q = np.asarray(model.encode(x))
    assert z_q.shape == (7, 2, 2, 3)
    np.testing.assert_allclose(((z_e - z_q) ** 2).sum(-1), distances.min(-1), rtol=1e-4)


def test_the_loss_is_its_three_sums_averaged_over_the_batch(model, x):
    y_pred = {name: np.asarray(value) for name, value in model(x).items()}
    pixels = ((x - y_pred["x_hat"]) ** 2).sum(axis=(1, 2, 3)) / (2 * 0.1**2)
    places = ((y_pred["z_e"] - y_pred["z_q"]) ** 2).sum(axis=(1, 2, 3))
    expected = np.mean(pixels + (1 + 0.25) * places)
    loss = float(model.compute_loss(x, x, model(x)))
    assert loss == pytest.approx(expected, rel=1e-5)


def test_each_term_reaches_the_part_that_it_shall_train(x):
    """With no pixel term left (sigma large), only the other two terms pull."""
    model = VQAutoencoder((8, 8, 1), 6, code_dim=3, filters=(4, 5), sigma=1e6, seed=1)
    with tf.GradientTape() as tape:
        loss = model.compute_loss(x, x, model(x))
    kernel = model.encoder.layers[-1].kernel
    to_codebook, to_encoder = tape.gradient(loss, [model.codebook.value, kernel.value])

    z_e, indices = np.asarray(model.encoder(x)), np.asarray(model.indices(x))
    error = np.asarray(model.codebook.value)[indices] - z_e
    expected = np.zeros((6, 3))
    np.add.at(expected, indices.ravel(), 2 * error.reshape(-1, 3) / len(x))
    dense = np.asarray(tf.convert_to_tensor(to_codebook))
    np.testing.assert_allclose(dense, expected, rtol=1e-3, atol=1e-5)

    features = ops.convert_to_tensor(x)
    for layer in model.encoder.layers[:-1]:
        features = layer(features)
    flat = np.asarray(features).reshape(-1, kernel.shape[2])
    pull = 0.25 * -2 * error.reshape(-1, 3) / len(x)
    np.testing.assert_allclose(
        np.asarray(to_encoder)[0, 0], flat.T @ pull, rtol=1e-3, atol=1e-5
    )


def torch_twin(torch, model, params, x):
    """Loss of the model written anew, with channels first and the rule of argmin."""
    functional = torch.nn.functional
    k_1, b_1, k_2, b_2, k_3, b_3, k_4, b_4, k_5, b_5, k_6, b_6, codebook = params
    x = x.permute(0, 3, 1, 2)
    a = torch.relu(functional.conv2d(x, k_1.permute(3, 2, 0, 1), b_1, 2, padding=1))
    a = torch.relu(functional.conv2d(a, k_2.permute(3, 2, 0, 1), b_2, 2, padding=1))
    z_e = functional.conv2d(a, k_3.permute(3, 2, 0, 1), b_3).permute(0, 2, 3, 1)
    z_q = codebook[torch.cdist(z_e.reshape(-1, 3), codebook).argmin(dim=1)]
    z_q = z_q.reshape(z_e.shape)
    g = (z_e + (z_q - z_e).detach()).permute(0, 3, 1, 2)
    g = torch.relu(functional.conv2d(g, k_4.permute(3, 2, 0, 1), b_4, padding=1))
    up = functional.conv_transpose2d
    g = torch.relu(up(g, k_5.permute(3, 2, 0, 1), b_5, 2, padding=1))
    x_hat = torch.sigmoid(up(g, k_6.permute(3, 2, 0, 1), b_6, 2, padding=1))
    sums = [(x - x_hat) ** 2 / (2 * model.sigma**2), (z_e.detach() - z_q) ** 2]
    sums.append(model.commitment * (z_e - z_q.detach()) ** 2)
    return sum(term.sum(dim=(1, 2, 3)).mean() for term in sums)


def test_one_training_step_is_that_of_a_twin_in_pytorch(model, x):
    torch = pytest.importorskip("torch")
    model.start_at_data(x)
    values = [np.asarray(w.value) for w in model.trainable_variables]
    params = [torch.tensor(v, requires_grad=True) for v in values]
    # Keras lists the codebook where it was added; the twin takes it last.
    place = next(i for i, v in enumerate(values) if v.shape == (6, 3))
    ordered = params[:place] + params[place + 1 :] + [params[place]]
    torch_twin(torch, model, ordered, torch.tensor(x)).backward()
    with torch.no_grad():
        expected = [(p - 1e-3 * p.grad).numpy() for p in params]

    model.compile(keras.optimizers.SGD(1e-3), loss="mse")
    model.fit(x, x, batch_size=len(x), epochs=1, verbose=0)
    for value, before, after in zip(
        model.trainable_variables, values, expected, strict=True
    ):
        assert np.abs(after - before).max() > 0
        np.testing.assert_allclose(np.asarray(value.value), after, atol=2e-6)


def test_perplexity_is_the_entropy_of_scipy_and_its_bounds_are_reached():
    indices = np.array([[0, 1], [1, 3], [3, 3]])
    shares = [1 / 6, 2 / 6, 0, 3 / 6, 0]
    np.testing.assert_allclose(usage(indices, 5), shares)
    assert perplexity(indices, 5) == pytest.approx(np.exp(scipy.stats.entropy(shares)))
    assert perplexity(np.arange(8), 8) == pytest.approx(8)
    assert perplexity(np.zeros(5, int), 8) == pytest.approx(1)


def test_entries_can_start_at_code_vectors_of_the_data(model, x):
    model.start_at_data(x)
    vectors = np.asarray(model.encoder(x)).reshape(-1, 3)
    for entry in np.asarray(model.codebook.value):
        assert np.abs(vectors - entry).sum(axis=1).min() == 0
    with pytest.raises(ValueError, match="at least 6 places .* got 4"):
        model.start_at_data(x[:1])


def test_no_place_is_drawn_twice_and_another_seed_draws_others(x):
    model = VQAutoencoder((8, 8, 1), n_entries=28, code_dim=3, filters=(4, 5), seed=1)
    model.start_at_data(x)  # as many entries as the images have places
    entries = np.asarray(model.codebook.value).copy()
    assert len(np.unique(entries, axis=0)) == 28
    model.start_at_data(x, seed=1)
    assert np.abs(np.asarray(model.codebook.value) - entries).max() > 0


@pytest.mark.slow
def test_training_on_digits_beats_the_mean_and_uses_the_codebook():
    data = datasets.load("digits")
    training.seed_everything(0)
    model = VQAutoencoder((8, 8, 1), n_entries=32, code_dim=4, filters=(16, 16))
    model.start_at_data(data.x_train)
    settings = {"epochs": 24, "learning_rate": 1e-2, "loss": None}
    training.fit(model, data.x_train, **settings)
    x_hat = np.asarray(model(data.x_test)["x_hat"])
    mean = ((data.x_test - data.x_train.mean(axis=0)) ** 2).mean()
    assert ((data.x_test - x_hat) ** 2).mean() < 0.6 * mean
    assert perplexity(np.asarray(model.indices(data.x_test)), 32) > 4


def test_saving_and_loading_keep_every_answer(model, x, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for name, value in model(x).items():
        np.testing.assert_array_equal(loaded(x)[name], value)
    np.testing.assert_array_equal(loaded.indices(x), model.indices(x))
    assert loaded.get_config() == model.get_config()


def test_decoding_looked_up_numbers_is_the_reconstruction(model, x):
    x_hat = ops.convert_to_numpy(model.decode(model.lookup(model.indices(x))))
    np.testing.assert_allclose(x_hat, np.asarray(model(x)["x_hat"]), atol=1e-6)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"n_entries": 0}, "n_entries must be an integer of at least 1; got 0"),
        ({"code_dim": 1.5}, "code_dim must be an integer of at least 1; got 1.5"),
        ({"image_shape": (6, 8, 1)}, "height must be divisible by 4.*got 6"),
        ({"commitment": -1}, "commitment must not be negative; got -1"),
        ({"sigma": 0}, "sigma must be above 0; got 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        VQAutoencoder(**({"image_shape": (8, 8, 1), "n_entries": 4} | bad))


def test_numbers_out_of_range_are_refused():
    with pytest.raises(ValueError, match="indices must lie from 0 to 3"):
        usage([0, 4], 4)
