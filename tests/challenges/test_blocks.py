"""Blocks of classifiers in an autoencoder: counted, shaped, and as their papers say."""

import keras
import numpy as np
import pytest
from keras import ops

from companion.challenges import blocks


def build(block, seed=0):
    return blocks.BlockAutoencoder(block, 8, 5, seed)


def weights_of(model):
    return [ops.convert_to_numpy(w) for w in model.weights]


@pytest.mark.parametrize("block", blocks.BLOCKS)
def test_parameters_are_those_that_keras_counts(block):
    for width in (4, 10):
        model = blocks.BlockAutoencoder(block, width, 5)
        assert model.count_params() == blocks.parameters(block, width, 5)


@pytest.mark.parametrize("block", blocks.BLOCKS)
def test_multiply_adds_are_places_times_weights(block):
    parameters, once = blocks.block_cost(block, 8)
    _, many = blocks.block_cost(block, 8, places=16)
    gate = 2 * 8 * 2 if block == "squeezed" else 0
    assert many == 16 * (once - gate) + gate
    n_biases = {"factorized": 16, "dense": 12, "separable": 16, "squeezed": 18}.get(
        block, 8
    )
    assert parameters == once + n_biases


@pytest.mark.parametrize("block", blocks.BLOCKS)
def test_images_come_back_in_their_shape_and_range(block, rng):
    x = rng.uniform(size=(3, 8, 8, 1)).astype("float32")
    model = build(block)
    assert model.encoder(x).shape == (3, 5)
    x_hat = ops.convert_to_numpy(model(x))
    assert x_hat.shape == x.shape
    assert x_hat.min() >= 0
    assert x_hat.max() <= 1


@pytest.mark.parametrize("block", blocks.BLOCKS)
def test_a_model_is_saved_and_read_again(block, tmp_path, rng):
    x = rng.uniform(size=(2, 8, 8, 1)).astype("float32")
    model = build(block)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again(x), model(x), atol=1e-6)


def test_the_seed_decides_the_weights():
    same, again, other = (weights_of(build("dense", seed)) for seed in (1, 1, 2))
    for a, b in zip(same, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.allclose(same[0], other[0])


def test_layers_of_equal_shape_begin_differently():
    kernels = [w for w in weights_of(build("plain")) if w.shape == (3, 3, 8, 8)]
    assert len(kernels) == 2
    assert len({float(k[0, 0, 0, 0]) for k in kernels}) == 2


def _without_last_weights(block):
    """A model whose blocks end in zeros, so that only what goes around them is left."""
    model = build(block)
    convolutions = [
        layer
        for layer in model.encoder.layers
        if isinstance(layer, keras.layers.Conv2D) and tuple(layer.strides) == (1, 1)
    ]
    for layer in convolutions:
        layer.set_weights([np.zeros_like(w) for w in layer.get_weights()])
    return model


def test_only_the_residual_block_lets_the_input_pass(rng):
    x = rng.uniform(size=(2, 8, 8, 1)).astype("float32")
    plain, residual = (_without_last_weights(b).encoder(x) for b in ("plain", "residual"))
    np.testing.assert_allclose(plain[0], plain[1])
    assert np.ptp(ops.convert_to_numpy(residual), axis=0).max() > 1e-3


def test_channels_are_interleaved_as_in_pytorch(rng):
    import torch

    h = rng.normal(size=(2, 3, 3, 6)).astype("float32")
    theirs = torch.nn.ChannelShuffle(3)(torch.tensor(h.transpose(0, 3, 1, 2)))
    ours = ops.convert_to_numpy(blocks.shuffle(h, 3))
    np.testing.assert_array_equal(ours, theirs.numpy().transpose(0, 2, 3, 1))
    assert ours[0, 0, 0, 1] == h[0, 0, 0, 2]


def test_the_width_comes_nearest_to_the_parameters():
    width = blocks.width_for("separable", 8, 9000)
    near = [abs(blocks.parameters("separable", w, 8) - 9000) for w in range(4, 129, 2)]
    assert abs(blocks.parameters("separable", width, 8) - 9000) == min(near)


@pytest.mark.parametrize(
    ("bad", "message"),
    [(("wide", 8, 5), "block must be"), (("plain", 7, 5), "width"), (("plain", 8, 0), "0")],
)
def test_bad_input_is_named(bad, message):
    with pytest.raises(ValueError, match=message):
        blocks.BlockAutoencoder(*bad)
