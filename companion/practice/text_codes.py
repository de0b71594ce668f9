"""Codes of texts: an autoencoder whose data are counts of words.

A text of N words is N draws from the words of the vocabulary. The decoder turns the code
into their probabilities, and the loss is the multinomial negative log-likelihood of the
counts, without the part that depends on the counts alone:

    z = x @ W_1 + b_1        p = softmax(z @ W_2 + b_2)        L = -sum_w c_w log p_w

The input x is the weighted text (`companion.practice.bag_of_words.tfidf`). In training,
words are dropped from the input at random and the loss still counts all of them: the code
has to tell which words belong together.
"""

import keras
import numpy as np
from keras import layers, ops

from companion.networks.checks import check_counts
from companion.practice.bag_of_words import tfidf
from companion.training.again import TrainedAgain


def multinomial_nll(counts, logits):
    """Negative log-likelihood of each text's counts, summed over its words.

    Args:
        counts: Counts c, shape (batch, V).
        logits: Logarithms of the probabilities up to a constant, shape (batch, V).

    Returns:
        Nats, -sum_w c_w log softmax(logits)_w, shape (batch,).
    """
    return -ops.sum(counts * ops.log_softmax(logits, axis=-1), axis=-1)


@keras.saving.register_keras_serializable(package="companion")
class TextAutoencoder(keras.Model):
    """A linear code of weighted words, decoded to the probabilities of words.

    Train it with `train_codes`, or ``training.fit(model, counts, loss=None, ...)``.

    Args:
        n_words: V, the size of the vocabulary, at least 1.
        latent_dim: K, the number of code units, at least 1.
        dropped: Share of the words that are dropped from the input in training, at least
            0 and below 1.
        seed: Seed of the initial weights and of the dropping.

    Shapes:
        counts are (batch, V); `idf` is (V,), ones unless set; z is (batch, K); logits and
        probabilities are (batch, V).

    Raises:
        ValueError: If a size is not an integer of at least 1, or the share out of range.

    Source:
        The likelihood: Salakhutdinov and Hinton (2009), Replicated softmax; the dropped
        words: masking noise of Vincent et al. (2008).
    """

    def __init__(self, n_words, latent_dim, dropped=0.5, seed=0, **kwargs):
        super().__init__(**kwargs)
        check_counts(n_words=n_words, latent_dim=latent_dim)
        if not 0 <= dropped < 1:
            raise ValueError(f"dropped must lie in [0, 1); got {dropped}")
        self.n_words, self.latent_dim = int(n_words), int(latent_dim)
        self.dropped, self.seed = float(dropped), seed
        self.idf = self._fixed("idf", (self.n_words,), 1.0)
        # Weights, so that one compiled model serves several settings.
        self.share = self._fixed("share", (), self.dropped)
        self.open_units = self._fixed("open_units", (self.latent_dim,), 1.0)
        glorot = keras.initializers.GlorotUniform
        self.to_code = layers.Dense(latent_dim, kernel_initializer=glorot(seed))
        self.to_words = layers.Dense(n_words, kernel_initializer=glorot(seed + 1))
        self.to_code.build((None, self.n_words))
        self.to_words.build((None, self.latent_dim))
        self.noise_seed = keras.random.SeedGenerator(seed)
        self.built = True

    def _fixed(self, name, shape, value):
        initializer = keras.initializers.Constant(value)
        return self.add_weight(
            name=name, shape=shape, initializer=initializer, trainable=False
        )

    def corrupt(self, counts, noise):
        """Drop words: those whose noise, uniform in [0, 1), is below the share."""
        return counts * ops.cast(noise >= self.share, counts.dtype)

    def encode(self, counts):
        """Map counts, shape (batch, V), to codes z, shape (batch, K)."""
        x = ops.log1p(ops.convert_to_tensor(counts, dtype="float32")) * self.idf
        # A single word has a length of log 2 at least, so that only no word meets 1e-3.
        length = ops.sqrt(ops.sum(ops.square(x), axis=-1, keepdims=True))
        return self.to_code(x / ops.maximum(length, 1e-3)) * self.open_units

    def decode(self, z):
        """Map codes z, shape (batch, K), to probabilities of words, shape (batch, V)."""
        return ops.softmax(self.to_words(z), axis=-1)

    def call(self, counts, training=False):
        seen = counts
        if training:
            noise = keras.random.uniform(ops.shape(counts), seed=self.noise_seed)
            seen = self.corrupt(counts, noise)
        z = self.encode(seen)
        return {"z": z, "logits": self.to_words(z)}

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        return ops.mean(multinomial_nll(y, y_pred["logits"]))

    def get_config(self):
        names = ("n_words", "latent_dim", "dropped", "seed")
        return super().get_config() | {name: getattr(self, name) for name in names}


class CodeTrainer:
    """Train text autoencoders of one size, compiled once.

    Args:
        n_words: V.
        latent_dim: K, the most units that a code can have.
        learning_rate: Step size of Adam.
    """

    def __init__(self, n_words, latent_dim, learning_rate=3e-3):
        self.model = TextAutoencoder(n_words, latent_dim)
        self._again = TrainedAgain(self.model, learning_rate)

    def train(self, counts, idf, *, seed=0, n_steps=300, dropped=0.5, latent_dim=None):
        """Train anew, without labels, on batches of 64.

        Args:
            counts: Counts of the texts, shape (n, V).
            idf: Weights of the words, shape (V,).
            seed: Seed of the weights, the dropping and the batches.
            n_steps: Updates.
            dropped: Share of the words that are dropped.
            latent_dim: Units that are used, all by default.

        Returns:
            A `Coder`, which stays as it is when the next one is trained.

        Raises:
            ValueError: If the counts are not finite, negative, or do not fit.
        """
        counts = checked_counts(counts, self.model.n_words)
        fresh = TextAutoencoder(self.model.n_words, self.model.latent_dim, seed=seed)
        fresh.idf.assign(idf)
        fresh.share.assign(dropped)
        n_open = latent_dim or self.model.latent_dim
        fresh.open_units.assign(np.arange(self.model.latent_dim) < n_open)
        self._again.begin(fresh.get_weights())
        self.model.noise_seed.state.assign(fresh.noise_seed.state)
        self._again.train(counts, n_steps, 64, np.random.default_rng(seed))
        return Coder(self.model, idf, n_open)


def checked_counts(counts, n_words):
    """Turn counts into float32, if they are counts: (n, V), finite, not negative."""
    counts = np.asarray(counts)
    if counts.ndim != 2 or counts.shape[1] != n_words or not len(counts):
        raise ValueError(f"counts must be (n, {n_words}); got shape {counts.shape}")
    if not (np.isfinite(counts).all() and counts.min() >= 0):
        raise ValueError("counts must be finite and not negative; got others")
    return counts.astype("float32")


class Coder:
    """What a trained text autoencoder knows, in NumPy.

    Shapes:
        `idf` is (V,); `to_code` (V, K) with `code_bias` (K,); `to_words` (K, V) with
        `word_bias` (V,).
    """

    def __init__(self, model, idf, n_open):
        arrays = [ops.convert_to_numpy(w) for w in model.to_code.weights]
        arrays += [ops.convert_to_numpy(w) for w in model.to_words.weights]
        self.idf = np.asarray(idf)
        self.to_code, self.code_bias = arrays[0][:, :n_open], arrays[1][:n_open]
        self.to_words, self.word_bias = arrays[2][:n_open], arrays[3]

    def encode(self, counts):
        """Map counts, shape (n, V), to codes, shape (n, K)."""
        return tfidf(counts, self.idf) @ self.to_code + self.code_bias

    def log_probabilities(self, counts):
        """Logarithms of the probabilities of all words after reading a text, (n, V)."""
        logits = self.encode(counts) @ self.to_words + self.word_bias
        logits = logits - logits.max(axis=1, keepdims=True)
        return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def perplexity(counts, log_p):
    """Number of equally likely words that would surprise as much: exp(nats per word).

    Args:
        counts: Counts of the words to predict, shape (n, V), not all zero.
        log_p: Logarithms of their probabilities, shape (n, V) or (V,).

    Returns:
        A float of at least 1.
    """
    return float(np.exp(-np.sum(counts * log_p) / np.sum(counts)))
