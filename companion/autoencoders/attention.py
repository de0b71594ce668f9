"""Self-attention and the transformer block, written out in keras.ops.

For n tokens of width D, stacked in X of shape (n, D), and one head of width d:

    Q = X W_Q,  K = X W_K,  V = X W_V        A = softmax(Q K^T / sqrt(d))        A V

Row i of A says how much token i takes from every token; its entries are positive and sum
to 1. Several heads work side by side on slices of the width, and their answers are mixed
by one more matrix W_O.
"""

import math

import keras
from keras import layers, ops

from companion.networks.checks import check_counts


@keras.saving.register_keras_serializable(package="companion")
class SelfAttention(layers.Layer):
    """Let every token of a set take a weighted mean over all of them.

    Args:
        width: D, the length of a token, a multiple of `n_heads`.
        n_heads: Number of heads, at least 1.
        seed: Seed of the initial weights (Glorot uniform; biases start at zero).

    Shapes:
        tokens and the answer are (batch, n, D); weights are (batch, n_heads, n, n).

    Raises:
        ValueError: If a size is not an integer of at least 1, or does not divide.

    Source:
        Vaswani et al. (2017), arXiv:1706.03762, equation 1 and section 3.2.2.
    """

    def __init__(self, width, n_heads=4, seed=0, **kwargs):
        super().__init__(**kwargs)
        check_counts(width=width, n_heads=n_heads)
        if width % n_heads:
            raise ValueError(f"width must be a multiple of n_heads={n_heads}; got {width}")
        self.width, self.n_heads, self.seed = int(width), int(n_heads), seed
        self.query, self.key, self.value, self.mix = (
            layers.Dense(width, kernel_initializer=keras.initializers.GlorotUniform(s))
            for s in range(seed, seed + 4)
        )
        for dense in (self.query, self.key, self.value, self.mix):
            dense.build((None, None, self.width))
        self.built = True

    def _heads(self, projected):
        """Split (batch, n, D) into heads: (batch, n_heads, n, d)."""
        shape = (-1, ops.shape(projected)[1], self.n_heads, self.width // self.n_heads)
        return ops.transpose(ops.reshape(projected, shape), (0, 2, 1, 3))

    def weights_of(self, tokens):
        """Attention weights A of each head, shape (batch, n_heads, n, n)."""
        query, key = self._heads(self.query(tokens)), self._heads(self.key(tokens))
        scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2)))
        return ops.softmax(scores / math.sqrt(self.width // self.n_heads), axis=-1)

    def call(self, tokens):
        values = self._heads(self.value(tokens))
        answers = ops.transpose(ops.matmul(self.weights_of(tokens), values), (0, 2, 1, 3))
        return self.mix(ops.reshape(answers, (-1, ops.shape(tokens)[1], self.width)))

    def get_config(self):
        config = {"width": self.width, "n_heads": self.n_heads, "seed": self.seed}
        return super().get_config() | config


@keras.saving.register_keras_serializable(package="companion")
class TransformerBlock(layers.Layer):
    """Attention between tokens, then a small network on each token by itself.

    Both add to what is there, and both see their input normalized:

        Y = X + attention(norm(X))        answer = Y + W_2 gelu(W_1 norm(Y))

    Args:
        width: D, the length of a token.
        n_heads: Number of heads of the attention.
        seed: Seed of the initial weights.

    Shapes:
        tokens and the answer are (batch, n, D); the hidden layer has 2 D units.

    Raises:
        ValueError: As `SelfAttention`.
    """

    def __init__(self, width, n_heads=4, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.attention = SelfAttention(width, n_heads, seed)
        self.width, self.n_heads, self.seed = int(width), int(n_heads), seed
        self.norm_1 = layers.LayerNormalization(epsilon=1e-6)
        self.norm_2 = layers.LayerNormalization(epsilon=1e-6)
        glorot = keras.initializers.GlorotUniform
        self.hidden = layers.Dense(2 * width, "gelu", kernel_initializer=glorot(seed + 4))
        self.out = layers.Dense(width, kernel_initializer=glorot(seed + 5))
        for layer in (self.norm_1, self.norm_2, self.hidden):
            layer.build((None, None, self.width))
        self.out.build((None, None, 2 * self.width))
        self.built = True

    def call(self, tokens):
        tokens = tokens + self.attention(self.norm_1(tokens))
        return tokens + self.out(self.hidden(self.norm_2(tokens)))

    def get_config(self):
        config = {"width": self.width, "n_heads": self.n_heads, "seed": self.seed}
        return super().get_config() | config
