"""The learned transform: it starts at PCA, its parts fit together, its loss is right."""

import keras
import numpy as np
import pytest
from keras import ops
from skimage import data
from sklearn.decomposition import PCA

from companion.practice import transform
from companion.practice.transform import N_CHANNELS, STRIDE, LappedCoder


@pytest.fixture(scope="module")
def photograph():
    return data.astronaut()[:96, 100:228] / 255.0


@pytest.fixture(scope="module")
def model(photograph):
    model = LappedCoder(width=4, seed=1)
    model.start_from(*transform.principal_start([photograph]))
    return model


def to_numpy(x):
    return ops.convert_to_numpy(x)


def test_start_is_lossless_and_keeps_lengths(model, photograph):
    x = photograph[None].astype("float32")
    z = model.encode(x)
    assert z.shape == (1, 6, 8, N_CHANNELS)
    restored = to_numpy(model.decode(z, ops.zeros((1,))))
    np.testing.assert_allclose(restored, x, atol=1e-5)
    assert float(ops.sum(z**2)) == pytest.approx(np.sum((x - 0.5) ** 2), rel=1e-5)


def test_start_has_the_axes_of_scikit_learn(photograph):
    colors, patterns = transform.principal_start([photograph])
    pixels = photograph.reshape(-1, 3) - 0.5
    # Around 0.5 instead of the mean: rows and their opposites have the mean 0.
    expected = PCA().fit(np.concatenate((pixels, -pixels))).components_
    np.testing.assert_allclose(np.abs(colors @ expected.T), np.eye(3), atol=1e-6)
    plane = (photograph - 0.5) @ colors[0]
    runs = np.concatenate((plane.reshape(-1, STRIDE), plane.T.reshape(-1, STRIDE)))
    expected = PCA().fit(np.concatenate((runs, -runs))).components_
    np.testing.assert_allclose(np.abs(patterns @ expected.T), np.eye(STRIDE), atol=1e-5)


def test_first_channel_is_the_brightness_of_a_block(model, photograph):
    z = to_numpy(model.encode(photograph[None].astype("float32")))[0, :, :, 0]
    means = photograph.reshape(6, STRIDE, 8, STRIDE, 3).mean(axis=(1, 3, 4))
    assert abs(np.corrcoef(z.ravel(), means.ravel())[0, 1]) > 0.99


def test_channels_rise_in_frequency():
    order = transform.channel_order()
    assert len(np.unique(order, axis=0)) == N_CHANNELS
    assert (np.diff(order[:, 0] + order[:, 1]) >= 0).all()
    np.testing.assert_array_equal(order[:3], [[0, 0, 0], [0, 0, 1], [0, 0, 2]])


def test_links_come_from_earlier_channels_of_near_frequency():
    order = transform.channel_order()
    for allowed, radius in zip(transform.links(order), (2, 1), strict=True):
        source, target = np.nonzero(allowed)
        assert (source < target).all()
        assert np.abs(order[source, :2] - order[target, :2]).max() == radius


def test_windows_and_their_sum_are_transposes(rng):
    x = rng.normal(size=(2, 5, 4, 3))
    y = rng.normal(size=(2, 4, 8, 3))
    left = np.sum(to_numpy(transform.windows(x, 1)) * y)
    right = np.sum(x * to_numpy(transform.overlap(y, 1)))
    assert left == pytest.approx(right, rel=1e-5)


def test_loss_counts_bits_and_error(model, photograph, rng):
    x = photograph[None, :32, :48].astype("float32")
    step = np.float32(0.1)
    log_step = ops.convert_to_tensor([np.log(step)])
    noise = rng.uniform(-0.5, 0.5, (1, 2, 3, N_CHANNELS)).astype("float32")
    bits, error = model.measure(x, log_step, noise)
    y = to_numpy(model.encode(x)) / step
    x_hat = to_numpy(model.decode(np.rint(y) * step, log_step))
    assert float(error[0]) == pytest.approx(np.sum((x - x_hat) ** 2), rel=1e-4)
    expected = model.rates((y + noise).astype("float32"), np.rint(y), log_step)
    assert float(bits[0]) == pytest.approx(float(expected[0]), rel=1e-4)
    y_pred = {"bits": ops.convert_to_tensor([6.0]), "error": ops.convert_to_tensor([9.0])}
    assert float(model.compute_loss(x=x, y_pred=y_pred)) == pytest.approx(15 / (32 * 48))


def test_price_of_an_error_makes_a_small_step_best():
    # At high rate the bits of a number fall by log2(step) and its error is step**2 / 12.
    steps = np.linspace(0.5, 2.0, 301)
    cost = -np.log2(steps) + steps**2 / 12 / transform.PRICE
    assert steps[cost.argmin()] == pytest.approx(1.0, abs=0.01)


def test_repair_does_nothing_at_first_and_something_later(photograph):
    model = LappedCoder(width=4, seed=1)
    x = photograph[None].astype("float32") - 0.5
    log_step = ops.convert_to_tensor([np.float32(-2.0)])
    np.testing.assert_array_equal(to_numpy(model.repair(x, log_step)), x)
    model.kernels[-1].assign(np.full(model.kernels[-1].shape, 0.1))
    change = to_numpy(model.repair(x, log_step)) - x
    assert change.std() > 1e-3


def test_model_is_saved_with_its_weights(tmp_path, model, photograph):
    model.save_weights(tmp_path / "coder.weights.h5")
    again = LappedCoder(**{k: model.get_config()[k] for k in ("width", "seed")})
    again.load_weights(tmp_path / "coder.weights.h5")
    x = photograph[None].astype("float32")
    np.testing.assert_array_equal(to_numpy(again.encode(x)), to_numpy(model.encode(x)))


def test_gradients_reach_every_weight(photograph):
    import tensorflow as tf

    model = LappedCoder(width=4)
    model.kernels[-1].assign(np.full(model.kernels[-1].shape, 0.01))
    x = photograph[None].astype("float32")
    with tf.GradientTape() as tape:
        loss = model.compute_loss(x=x, y_pred=model(x))
    gradients = tape.gradient(loss, model.trainable_variables)
    names = [
        v.path
        for v, g in zip(model.trainable_variables, gradients, strict=True)
        if g is None or not np.any(to_numpy(g))
    ]
    assert names == []
    assert isinstance(model, keras.Model)
