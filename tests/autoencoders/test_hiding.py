"""Hidden pixels, their error, and maps of a masked autoencoder, by hand."""

import numpy as np
import pytest

from companion.autoencoders import hiding
from companion.autoencoders.masked import MaskedAutoencoder, to_patches


@pytest.fixture
def model(rng):
    model = MaskedAutoencoder((8, 8, 1), mask_ratio=0.5, width=8, n_heads=2, seed=3)
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    return model


def test_hidden_pixels_are_those_of_hidden_patches(rng):
    x = rng.uniform(size=(5, 6, 4, 2))
    mask = (rng.uniform(size=(5, 6)) < 0.5).astype("float32")
    hidden = hiding.hidden_pixels(mask, (6, 4, 2), 2)
    blank = np.asarray(to_patches(np.where(hidden.reshape(x.shape), 7.0, 0.0), 2))
    np.testing.assert_array_equal(blank, np.repeat(7.0 * mask[..., None], 8, axis=2))


def test_the_error_counts_hidden_pixels_alone_and_takes_their_mean():
    x, x_hat = np.zeros((2, 3)), np.array([[1.0, 2.0, 9.0], [9.0, 3.0, 9.0]])
    hidden = np.array([[True, True, False], [False, True, False]])
    assert hiding.hidden_error(x, x_hat, hidden) == pytest.approx((1 + 4 + 9) / 3)


def test_ratios_between_two_patches_are_rounded_as_in_the_model(rng):
    noise = rng.uniform(size=(3, 16)).astype("float32")  # 0.1 * 16 = 1.6
    np.testing.assert_array_equal(hiding.largest_hidden(noise, 0.1).sum(axis=1), 2)


def test_a_copy_at_another_ratio_keeps_weights_that_were_learned(model):
    copy = hiding.at_ratio(model, 0.75)
    assert (copy.n_hidden, model.n_hidden) == (12, 8)
    for ours, theirs in zip(copy.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("ratio", [0.25, 0.5, 0.75])
def test_masks_are_those_of_the_model(ratio, rng):
    noise = rng.uniform(size=(7, 16)).astype("float32")
    model = MaskedAutoencoder((8, 8, 1), mask_ratio=ratio, width=8, n_heads=2)
    theirs = model.outputs(np.zeros((7, 8, 8, 1), dtype="float32"), noise)["mask"]
    np.testing.assert_array_equal(hiding.largest_hidden(noise, ratio), theirs)


def test_influence_is_the_change_of_the_answer(rng):
    image = rng.uniform(size=(8, 8, 1)).astype("float32")
    noise = rng.uniform(size=16).astype("float32")
    model = MaskedAutoencoder((8, 8, 1), mask_ratio=0.5, width=8, n_heads=2)
    found = hiding.influence(model, image, noise)
    mask = hiding.largest_hidden(noise[None], 0.5)[0]
    # Rows of a batch may be rounded differently, by the last of 24 bits.
    assert found[:, mask == 1].max() < 1e-6 < found[:, mask == 0].min()

    patch = np.flatnonzero(mask == 0)[0]
    top, left = 2 * (patch // 4), 2 * (patch % 4)
    other = image.copy()
    other[top : top + 2, left : left + 2] = 1 - other[top : top + 2, left : left + 2]
    answers = [model.outputs(im[None], noise[None])["x_hat"] for im in (image, other)]
    change = np.abs(np.asarray(answers[1]) - np.asarray(answers[0]))[0, 6:, :2].mean()
    assert found[12, patch] == pytest.approx(change, rel=1e-3)


def test_errors_are_those_of_the_hidden_patches_at_every_ratio(model, rng):
    x = rng.uniform(size=(5, 8, 8, 1)).astype("float32")
    noise = rng.uniform(size=(5, 16)).astype("float32")
    expected = []
    for ratio, n_hidden in ((0.25, 4), (0.75, 12)):
        x_hat = hiding.at_ratio(model, ratio).outputs(x, noise)["x_hat"]
        squares = np.asarray(to_patches((x - np.asarray(x_hat)) ** 2, 2)).mean(axis=2)
        gone = np.argsort(noise, axis=1)[:, -n_hidden:]
        expected.append(np.take_along_axis(squares, gone, axis=1).mean())
    found = hiding.errors_at(model, x, noise, (0.25, 0.75))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_maps_have_one_row_for_each_hidden_patch(model, rng):
    images = rng.uniform(size=(3, 8, 8, 1)).astype("float32")
    noise = rng.uniform(size=(3, 16)).astype("float32")
    attention, changes, hidden = hiding.maps_of_hidden(model, images, noise)
    weights = np.asarray(model.decoder_attention(images, noise)).mean(axis=1)
    row = 0
    for i in range(3):
        gone = np.sort(np.argsort(noise[i])[-8:])
        influence = hiding.influence(model, images[i], noise[i])
        for patch in gone:
            np.testing.assert_allclose(attention[row], weights[i, patch], atol=1e-6)
            np.testing.assert_allclose(changes[row], influence[patch], atol=1e-6)
            np.testing.assert_array_equal(np.flatnonzero(hidden[row]), gone)
            row += 1
    assert row == len(attention) == len(changes) == len(hidden)
