"""The deeper models on patches: 64 units, and weights of its own for each seed."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from companion.autoencoders.masked import MaskedAutoencoder
from companion.challenges import keras_patch_models, patch_models


def test_masked_patches_stay_in_the_range_of_the_model(rng):
    x = keras_patch_models.prepare("masked", 10 * rng.normal(size=(4, 64)))
    assert x.shape == (4, 8, 8, 1)
    assert x.min() >= 0
    assert x.max() <= 1
    np.testing.assert_allclose(
        keras_patch_models.prepare("masked", np.full((1, 64), 1.0)), 0.625
    )


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="name must be one of"):
        keras_patch_models.train("GAN", [], [])
    with pytest.raises(ValueError, match="parts must be one for each of 2; got 1"):
        keras_patch_models.train("VAE", [np.zeros((5, 64))], [0, 1])


def test_the_unexplained_share_of_the_mean_is_one_and_of_a_copy_zero(rng):
    x, hidden = rng.normal(size=(5, 64)), rng.random((5, 64)) < 0.5
    assert keras_patch_models.unexplained(x, np.zeros_like(x), hidden) == pytest.approx(1)
    wrong = np.where(hidden, x, 9.0)  # what was visible does not count
    assert keras_patch_models.unexplained(x, wrong, hidden) == 0.0
    assert keras_patch_models.unexplained(x, 0.5 * x, hidden) == pytest.approx(0.25)


def test_linear_filling_is_the_regression_on_visible_pixels(rng):
    x = rng.normal(size=(4000, 12)) @ rng.normal(size=(12, 12))
    x -= x.mean(axis=0)
    hidden = np.zeros((300, 12), dtype=bool)
    hidden[:, [1, 4, 7]] = True
    filled = keras_patch_models.linear_filling(x, x[:300], hidden)
    away = hidden[0]
    expected = x[:300, ~away] @ LinearRegression().fit(x[:, ~away], x[:, away]).coef_.T
    np.testing.assert_allclose(filled[:, away], expected, atol=1e-4)
    np.testing.assert_array_equal(filled[:, ~away], x[:300, ~away])


def test_the_first_layer_of_the_masked_model_reads_patches_before_they_shrink(rng):
    x = rng.normal(size=(3, 64))
    model = keras_patch_models.masked(4)
    plain = MaskedAutoencoder(
        (8, 8, 1), patch_size=2, mask_ratio=0.5, width=64, n_blocks=1, seed=4
    )
    tokens = model.tokens(keras_patch_models.prepare("masked", x))
    expected = plain.tokens(x.reshape(3, 8, 8, 1).astype("float32"))
    np.testing.assert_allclose(tokens, expected, atol=1e-5)


@pytest.mark.parametrize("name", keras_patch_models.BUILDERS)
def test_patches_are_filled_in_at_their_own_scale_and_place(name, rng):
    """A model that predicts nothing but the middle of its range predicts the mean, 0."""
    model, x = keras_patch_models.BUILDERS[name](0), rng.normal(size=(40, 64))
    silent = [np.zeros_like(w) for w in model.get_weights()]
    run = keras_patch_models.Trained(name, model, silent)
    x_hat, hidden = run.filled_in(x)
    assert hidden.mean() == (0.5 if name == "masked" else 1.0)
    np.testing.assert_allclose(x_hat, 0.0, atol=1e-6)


def test_predictions_of_the_masked_model_come_back_at_the_scale_of_patches(rng):
    model, x = keras_patch_models.masked(0), rng.normal(size=(4, 64))
    model.set_weights([np.zeros_like(w) for w in model.get_weights()])
    model.predict_pixels.bias.assign(np.full(4, np.log(0.625 / 0.375)))  # of 0.625
    run = keras_patch_models.Trained("masked", model, model.get_weights())
    np.testing.assert_allclose(run.filled_in(x)[0], 1.0, atol=1e-5)


def test_hidden_pixels_are_those_that_the_masked_model_does_not_see(rng):
    model, x = keras_patch_models.masked(0), rng.normal(size=(20, 64))
    run = keras_patch_models.Trained("masked", model, model.get_weights())
    x_hat, hidden = run.filled_in(x)
    changed = np.where(hidden, rng.normal(size=x.shape), x)
    again, _ = run.filled_in(changed)
    np.testing.assert_allclose(again, x_hat, atol=1e-4)
    assert np.abs(run.filled_in(np.where(hidden, x, 0.0))[0] - x_hat).max() > 0.01


def test_many_patches_are_answered_in_parts(rng, monkeypatch):
    model, x = keras_patch_models.variational(0), rng.normal(size=(7, 64))
    run = keras_patch_models.Trained("VAE", model, model.get_weights())
    whole = run(x)
    monkeypatch.setattr(keras_patch_models, "AT_ONCE", 3)
    np.testing.assert_allclose(run(x), whole, atol=1e-6)


@pytest.mark.slow
def test_the_sigma_of_the_quantized_model_is_better_on_a_photograph_held_out(monkeypatch):
    monkeypatch.setitem(keras_patch_models.N_STEPS, "VQ", 150)
    x, labels, _ = patch_models.cut(300, 50, 0)
    found = {}
    for sigma in (0.3, keras_patch_models.SIGMA_VQ):
        monkeypatch.setattr(keras_patch_models, "SIGMA_VQ", sigma)
        (run,) = keras_patch_models.train("VQ", [x[labels != 8]], (0,))
        held_out = x[labels == 8]
        found[sigma] = keras_patch_models.unexplained(held_out, *run.filled_in(held_out))
    assert found[2.0] < found[0.3] - 0.03


@pytest.mark.slow
@pytest.mark.parametrize("name", keras_patch_models.BUILDERS)
def test_each_seed_has_64_units_that_tell_patches_apart(name, monkeypatch):
    monkeypatch.setitem(keras_patch_models.N_STEPS, name, 60)
    x, _, x_test = patch_models.cut(100, 80, 0)
    first, second = keras_patch_models.train(name, [x, x], (0, 1))
    z = first(x_test)
    assert z.shape == (80, 64)
    assert np.any(z.std(axis=0) > 1e-6)
    assert not np.allclose(second(x_test), z)
    np.testing.assert_array_equal(first(x_test), z)
    if name in ("convolutional", "VQ"):  # the noise of the others goes on across seeds
        (alone,) = keras_patch_models.train(name, [x], (1,))
        np.testing.assert_allclose(second(x_test), alone(x_test), atol=1e-3)
