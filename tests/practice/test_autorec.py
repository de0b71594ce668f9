"""AutoRec: what is missing plays no part, in the loss or in its slopes."""

import keras
import numpy as np
import pytest
from scipy.special import expit

from companion import training
from companion.practice.autorec import AutoRec, with_mask

N, D, K = 6, 5, 3


@pytest.fixture
def ratings(rng):
    mask = (rng.random((N, D)) < 0.5).astype(float)
    mask[:, 4] = 0.0  # a column that nobody has rated
    return rng.normal(3.0, 1.0, (N, D)) * mask, mask


def by_hand(model, values, mask):
    """The loss in NumPy, entry by entry, with float64 weights."""
    weights = [keras.ops.convert_to_numpy(v) for v in model.trainable_variables]
    kernel, bias, kernel_out, bias_out = (w.astype(float) for w in weights)
    x_hat = expit(values @ kernel + bias) @ kernel_out + bias_out
    total = 0.0
    for row in range(N):
        for column in range(D):
            if mask[row, column]:
                total += (values[row, column] - x_hat[row, column]) ** 2
    penalty = np.sum(kernel**2) + np.sum(kernel_out**2)
    return total / N + 0.5 * model.l2 * penalty


def loss_of(model, x):
    return model.compute_loss(keras.ops.convert_to_tensor(x), None, model(x))


def test_the_loss_counts_observed_ratings_alone(ratings):
    model = AutoRec(D, K, l2=0.3, mean=3.0, seed=1)
    found = float(loss_of(model, with_mask(*ratings)))
    assert found == pytest.approx(by_hand(model, *ratings), rel=1e-5)


def test_its_slopes_are_those_of_central_differences(ratings):
    tf = pytest.importorskip("tensorflow")
    model = AutoRec(D, K, l2=0.3, mean=3.0, seed=1)
    x = with_mask(*ratings)
    with tf.GradientTape() as tape:
        loss = loss_of(model, x)
    slopes = tape.gradient(loss, [w.value for w in model.trainable_variables])
    rng, step = np.random.default_rng(2), 1e-3
    for variable, slope in zip(model.trainable_variables, slopes, strict=True):
        before, ends = variable.numpy(), []
        direction = rng.normal(size=before.shape)
        for sign in (1, -1):
            variable.assign(before + sign * step * direction)
            ends.append(by_hand(model, *ratings))
        variable.assign(before)
        numeric = (ends[0] - ends[1]) / (2 * step)
        assert np.sum(slope.numpy() * direction) == pytest.approx(numeric, rel=2e-3)


def test_a_column_without_ratings_has_no_slope_but_that_of_the_penalty(ratings):
    tf = pytest.importorskip("tensorflow")
    model = AutoRec(D, K, l2=0.3, seed=1)
    with tf.GradientTape() as tape:
        loss = loss_of(model, with_mask(*ratings))
    kernel, bias = model.decoder.kernel, model.decoder.bias
    slopes = tape.gradient(loss, [kernel.value, bias.value])
    np.testing.assert_allclose(slopes[0][:, 4], 0.3 * kernel.numpy()[:, 4], rtol=1e-5)
    assert slopes[1][4] == 0.0
    assert np.abs(slopes[1][:4]).min() > 0.0


def test_what_stands_at_missing_places_does_not_matter(ratings):
    values, mask = ratings
    other = np.where(mask > 0, values, 99.0)
    np.testing.assert_array_equal(with_mask(values, mask), with_mask(other, mask))


def test_missing_counted_as_zero_pulls_predictions_down(rng):
    values = rng.normal(4.0, 0.3, (40, 10))
    mask = (rng.random(values.shape) < 0.3).astype(float)
    means = {}
    for name, counted in {"masked": mask, "as zero": np.ones_like(mask)}.items():
        training.seed_everything(0)
        model = AutoRec(10, 4, seed=0)
        x = with_mask(values * mask, counted)
        training.fit(model, x, epochs=150, learning_rate=0.02, loss=None)
        means[name] = float(keras.ops.mean(model(with_mask(values * mask, mask))))
    assert means["masked"] == pytest.approx(4.0, abs=0.3)
    assert means["as zero"] < 2.0


def test_a_row_without_ratings_gets_finite_predictions():
    model = AutoRec(D, K, mean=3.5)
    x = np.zeros((1, 2, D), np.float32)
    assert np.isfinite(keras.ops.convert_to_numpy(model(x))).all()
    np.testing.assert_allclose(keras.ops.convert_to_numpy(model.encode(x)), 0.5)


def test_encode_then_decode_is_the_call(ratings):
    model, x = AutoRec(D, K), with_mask(*ratings)
    np.testing.assert_allclose(model.decode(model.encode(x)), model(x))


def test_saved_and_loaded_it_is_the_same(ratings, tmp_path):
    model, x = AutoRec(D, K, l2=0.2, mean=3.0, seed=4), with_mask(*ratings)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(x), model(x))
    assert loaded.get_config() == model.get_config()
    assert (loaded.l2, loaded.mean) == (0.2, 3.0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"latent_dim": 0}, "latent_dim must be .*; got 0"),
        ({"n_features": 0}, "n_features must be .*; got 0"),
        ({"l2": -0.1}, "l2 must not be negative; got -0.1"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        AutoRec(**{"n_features": D} | settings)
