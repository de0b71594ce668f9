"""Attention against Keras's own layer, its equation, and its symmetry."""

import keras
import numpy as np
import pytest

from companion.autoencoders.attention import SelfAttention, TransformerBlock


@pytest.fixture
def tokens(rng):
    return rng.normal(size=(3, 5, 8)).astype("float32")


def test_attention_equals_the_layer_of_keras(tokens, rng):
    mine = SelfAttention(8, n_heads=2)
    theirs = keras.layers.MultiHeadAttention(num_heads=2, key_dim=4)
    theirs.build(tokens.shape, tokens.shape)
    for dense in (mine.query, mine.key, mine.value, mine.mix):
        dense.bias.assign(rng.normal(size=8))
    parts = (theirs.query_dense, theirs.key_dense, theirs.value_dense)
    for dense, part in zip((mine.query, mine.key, mine.value), parts, strict=True):
        part.kernel.assign(np.asarray(dense.kernel.value).reshape(8, 2, 4))
        part.bias.assign(np.asarray(dense.bias.value).reshape(2, 4))
    theirs.output_dense.kernel.assign(np.asarray(mine.mix.kernel.value).reshape(2, 4, 8))
    theirs.output_dense.bias.assign(mine.mix.bias)
    answer, weights = theirs(tokens, tokens, return_attention_scores=True)
    np.testing.assert_allclose(mine(tokens), answer, atol=1e-5)
    np.testing.assert_allclose(mine.weights_of(tokens), weights, atol=1e-6)


def test_one_head_is_its_equation_in_numpy(tokens):
    layer = SelfAttention(8, n_heads=1, seed=3)
    kernels = [np.asarray(d.kernel.value, dtype=float) for d in
               (layer.query, layer.key, layer.value, layer.mix)]  # fmt: skip
    query, key, value = (tokens[0] @ kernel for kernel in kernels[:3])
    scores = np.exp(query @ key.T / np.sqrt(8))
    weights = scores / scores.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(
        np.asarray(layer(tokens))[0], weights @ value @ kernels[3], atol=1e-5
    )


def test_a_block_knows_no_order_of_its_tokens(tokens, rng):
    block = TransformerBlock(8, n_heads=2, seed=1)
    order = rng.permutation(5)
    np.testing.assert_allclose(
        block(tokens[:, order]), np.asarray(block(tokens))[:, order], atol=1e-5
    )


def test_a_block_is_its_formula(tokens, rng):
    block = TransformerBlock(8, n_heads=2, seed=1)
    for norm in (block.norm_1, block.norm_2):  # equal at the start: tell them apart
        norm.gamma.assign(rng.uniform(0.5, 2.0, size=8))
        norm.beta.assign(rng.normal(size=8))
    y = tokens + np.asarray(block.attention(block.norm_1(tokens)))
    hidden = keras.activations.gelu(block.norm_2(y) @ block.hidden.kernel.value)
    np.testing.assert_allclose(
        block(tokens), y + np.asarray(hidden @ block.out.kernel.value), atol=1e-5
    )


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((8, 3), "width must be a multiple of n_heads=3; got 8"),
        ((0, 1), "width must be an integer of at least 1; got 0"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(sizes, message):
    with pytest.raises(ValueError, match=message):
        SelfAttention(*sizes)
