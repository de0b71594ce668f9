"""The masked autoencoder: exact masks, a loss on hidden patches alone, no leak."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion import datasets, training
from companion.autoencoders.masked import MaskedAutoencoder, to_images, to_patches


@pytest.fixture
def model():
    return MaskedAutoencoder((8, 8, 1), mask_ratio=0.75, width=8, n_heads=2, seed=1)


@pytest.fixture
def x(rng):
    return rng.uniform(size=(6, 8, 8, 1)).astype("float32")


def test_patches_are_the_slices_of_the_image_in_reading_order(rng):
    x = rng.uniform(size=(2, 6, 4, 3)).astype("float32")
    patches = np.asarray(to_patches(x, 2))
    assert patches.shape == (2, 6, 12)
    np.testing.assert_array_equal(patches[1, 3], x[1, 2:4, 2:4].ravel())
    np.testing.assert_array_equal(to_images(patches, (6, 4, 3), 2), x)


@pytest.mark.parametrize(("ratio", "n_hidden"), [(0.75, 12), (0.5, 8), (0.1, 2)])
def test_every_image_has_exactly_the_hidden_patches_asked_for(ratio, n_hidden, x):
    model = MaskedAutoencoder((8, 8, 1), mask_ratio=ratio, width=8, n_heads=2)
    noises = np.random.default_rng(0).uniform(size=(6, 16)), np.zeros((6, 16))
    for noise in noises:  # the second: all equal, where only the order decides
        mask = np.asarray(model.outputs(x, noise.astype("float32"))["mask"])
        np.testing.assert_array_equal(mask.sum(axis=1), n_hidden)
    largest = np.argsort(noises[0], axis=1)[:, -n_hidden:]
    mask = np.asarray(model.outputs(x, noises[0].astype("float32"))["mask"])
    assert np.take_along_axis(mask, largest, axis=1).all()


def test_hidden_pixels_cannot_reach_the_answer(model, x, rng):
    noise = rng.uniform(size=(6, 16)).astype("float32")
    answer = model.outputs(x, noise)
    mask = np.asarray(answer["mask"])[..., None]
    patches = np.asarray(to_patches(x, 2))
    scrambled = patches * (1 - mask) + mask * rng.uniform(size=patches.shape)
    other = np.asarray(to_images(scrambled.astype("float32"), (8, 8, 1), 2))
    assert np.abs(other - x).max() > 0.1
    np.testing.assert_array_equal(model.outputs(other, noise)["x_hat"], answer["x_hat"])


def test_the_loss_counts_the_hidden_pixels_alone(model, x):
    y_pred = model(x)
    mask = np.asarray(y_pred["mask"])
    assert mask.sum() == 6 * 12
    pixels = np.repeat(np.repeat(mask.reshape(6, 4, 4), 2, axis=1), 2, axis=2)
    error = (x - np.asarray(y_pred["x_hat"]))[..., 0] ** 2
    expected = (pixels * error).sum(axis=(1, 2)).mean()
    loss = float(model.compute_loss(x, x, y_pred))
    assert loss == pytest.approx(expected, rel=1e-5)
    with tf.GradientTape() as tape:
        x_hat = tf.convert_to_tensor(y_pred["x_hat"])
        tape.watch(x_hat)
        loss = model.compute_loss(x, x, {"x_hat": x_hat, "mask": y_pred["mask"]})
    slope = np.asarray(tape.gradient(loss, x_hat))[..., 0]
    assert not slope[pixels == 0].any()
    assert slope[pixels == 1].all()


def test_each_place_of_the_decoder_has_its_code_or_mask_token_and_position(model, x, rng):
    noise = rng.uniform(size=(6, 16)).astype("float32")
    found = np.asarray(model._decoder_input(x, noise)[0])
    places, token = (np.asarray(w.value) for w in (model.positions, model.mask_token))
    embedded = np.asarray(model.embed(to_patches(x, 2))) + places
    for i in range(6):
        seen = np.sort(np.argsort(noise[i])[:4])
        expected = np.tile(token, (16, 1))
        expected[seen] = np.asarray(model._encoded(embedded[i : i + 1, seen]))[0]
        np.testing.assert_allclose(found[i], expected + places, atol=1e-5)


def test_the_code_of_a_whole_image_is_the_mean_over_all_patches(model, x):
    tokens = np.asarray(model.embed(to_patches(x, 2))) + np.asarray(model.positions.value)
    codes = np.asarray(model._encoded(tokens))
    np.testing.assert_allclose(model.encode(x), codes.mean(axis=1), atol=1e-5)


def test_the_code_of_visible_patches_is_the_mean_over_them(model, x, rng):
    noise = rng.uniform(size=(6, 16)).astype("float32")
    seen = np.asarray(model.outputs(x, noise)["mask"]) == 0
    tokens = [np.asarray(model.tokens(x))[i, seen[i]] for i in range(6)]
    expected = np.asarray(model._encoded(np.stack(tokens))).mean(axis=1)
    np.testing.assert_allclose(model.encode_visible(x, noise), expected, atol=1e-5)


def test_decoder_attention_lets_the_answer_be_computed_by_hand(model, x, rng):
    noise = rng.uniform(size=(6, 16)).astype("float32")
    weights = np.asarray(model.decoder_attention(x, noise))
    assert weights.shape == (6, 2, 16, 16)
    # From the same mixing weights, the rest of the decoder must lead to x_hat.
    tokens, _ = model._decoder_input(x, noise)
    block = model.decoder_block
    values = np.asarray(block.attention.value(block.norm_1(tokens)))
    mixed = [weights[:, h] @ values[..., 4 * h : 4 * h + 4] for h in range(2)]
    tokens = tokens + block.attention.mix(np.concatenate(mixed, axis=-1))
    tokens = tokens + block.out(block.hidden(block.norm_2(tokens)))
    logits = np.asarray(model.predict_pixels(model.decoder_norm(tokens)))
    x_hat = to_images(1 / (1 + np.exp(-logits)), (8, 8, 1), 2)
    np.testing.assert_allclose(model.outputs(x, noise)["x_hat"], x_hat, atol=1e-5)


def test_masks_are_drawn_anew_in_training_and_repeat_outside(model, x):
    masks = [np.asarray(model(x, training=True)["mask"]) for _ in range(2)]
    assert (masks[0] != masks[1]).any()
    np.testing.assert_array_equal(model(x)["mask"], model(x)["mask"])


def test_every_weight_learns(model, x):
    with tf.GradientTape() as tape:
        loss = model.compute_loss(x, x, model(x))
    gradients = tape.gradient(loss, [v.value for v in model.trainable_variables])
    assert all(g is not None for g in gradients)


@pytest.mark.slow
def test_training_fills_in_better_than_the_mean_image():
    data = datasets.load("digits")
    training.seed_everything(0)
    model = MaskedAutoencoder((8, 8, 1), mask_ratio=0.5, width=32)
    settings = {"epochs": 25, "learning_rate": 3e-3, "loss": None}
    training.fit(model, data.x_train, **settings)
    noise = np.random.default_rng(0).uniform(size=(len(data.x_test), 16))
    answer = model.outputs(data.x_test, noise.astype("float32"))
    mask = np.asarray(answer["mask"])[..., None]
    patches = np.asarray(to_patches(data.x_test, 2))
    mean = np.asarray(to_patches(data.x_train.mean(axis=0)[None], 2))
    mine = (mask * (patches - np.asarray(to_patches(answer["x_hat"], 2))) ** 2).sum()
    assert mine < 0.8 * (mask * (patches - mean) ** 2).sum()


def test_saving_and_loading_keep_every_answer(model, x, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(x)["x_hat"], model(x)["x_hat"])
    np.testing.assert_array_equal(loaded.encode(x), model.encode(x))
    assert loaded.get_config() == model.get_config()


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"mask_ratio": 0.0}, "mask_ratio must hide some of the 16 patches.*got 0.0"),
        ({"mask_ratio": 1.0}, "mask_ratio must hide some of the 16 patches.*got 1.0"),
        ({"patch_size": 3}, "image_shape must have sides divisible by 3; got 8"),
        ({"n_blocks": 0}, "n_blocks must be an integer of at least 1; got 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        MaskedAutoencoder(**({"image_shape": (8, 8, 1)} | bad))
