"""Sequence-to-sequence autoencoder: read symbols one by one, keep a code, write them.

A recurrent network has a state that it changes with every symbol, so one set of weights
serves every position and every length. What the encoder keeps at the end is squeezed
into a code of fixed size; the decoder starts from it and predicts one symbol after the
other, each from the symbols before it.
"""

import keras
from keras import layers, ops

from companion.autoencoders.losses import categorical_nll
from companion.networks.checks import check_counts


@keras.saving.register_keras_serializable(package="companion")
class SequenceAutoencoder(keras.Model):
    """Encode a sequence of symbols as a few numbers, and write it down again.

    With gated recurrent units (GRU) of U units, t = 1 ... T counting the symbols, the
    encoder reading backward if ``reverse``, and x_0 = 0:

        h_t = GRU(h_(t-1), x_(T+1-t))              z = h_T @ W_1 + b_1
        g_0 = tanh(z @ W_2 + b_2)
        g_t = GRU'(g_(t-1), x_(t-1))               p_t = softmax(g_t @ W_3 + b_3)

    In training the decoder is given the true symbol x_(t-1) (*teacher forcing*); `decode`
    gives it the symbol that it found most probable itself (*greedy decoding*).

    Train it with ``training.fit(model, x_train, epochs=..., loss=None)``; the loss is the
    cross-entropy summed over the sequence, in nats, averaged over the batch.

    Args:
        length: T, the number of symbols of a sequence, at least 1.
        n_symbols: V, the number of different symbols, at least 1.
        latent_dim: K, the number of code units, at least 1.
        units: U, the number of units of each GRU, at least 1.
        reverse: Whether the encoder reads the last symbol first.
        seed: Seed of the initial weights.

    Shapes:
        x is (batch, T, V), one-hot; z is (batch, K); logits and probabilities are
        (batch, T, V).

    Raises:
        ValueError: If a size is not an integer of at least 1.

    Source:
        Sutskever, Vinyals and Le (2014), arXiv:1409.3215, with the input as the target;
        they use LSTM units, and no code between the two states.
    """

    def __init__(
        self, length, n_symbols, latent_dim, units=32, reverse=True, seed=0, **kwargs
    ):
        super().__init__(**kwargs)
        check_counts(length=length, n_symbols=n_symbols, latent_dim=latent_dim, units=units)
        self.length, self.n_symbols = int(length), int(n_symbols)
        self.latent_dim, self.units = int(latent_dim), int(units)
        self.reverse, self.seed = bool(reverse), seed
        # A weight, so that both reading orders fit one compiled model (see `turns`).
        self.backward = self.add_weight(
            shape=(),
            initializer=keras.initializers.Constant(float(self.reverse)),
            trainable=False,
            name="backward",
        )
        self.reader, self.writer = self._gru(seed), self._gru(seed + 2)
        self.to_code = self._dense(self.latent_dim, seed + 4)
        self.to_state = self._dense(self.units, seed + 5, activation="tanh")
        self.to_logits = self._dense(self.n_symbols, seed + 6)
        self.build((None, self.length, self.n_symbols))

    def _gru(self, seed):
        # So few steps are faster one after the other than in a loop of the backend.
        return layers.GRU(
            self.units,
            kernel_initializer=keras.initializers.GlorotUniform(seed=seed),
            recurrent_initializer=keras.initializers.Orthogonal(seed=seed + 1),
            return_sequences=True,
            unroll=True,
        )

    def _dense(self, width, seed, **settings):
        initializer = keras.initializers.GlorotUniform(seed=seed)
        return layers.Dense(width, kernel_initializer=initializer, **settings)

    def build(self, input_shape):
        # Every layer gets its weights now, so that a model can be reloaded unused.
        sequence = (None, self.length, self.n_symbols)
        self.reader.build(sequence)
        self.writer.build(sequence)
        self.to_code.build((None, self.units))
        self.to_state.build((None, self.latent_dim))
        self.to_logits.build((None, self.length, self.units))
        self.built = True

    def encode(self, x):
        """Map sequences x, shape (batch, T, V), to codes z, shape (batch, K)."""
        x = ops.convert_to_tensor(x)
        read = ops.where(self.backward > 0.5, ops.flip(x, axis=1), x)
        return self.to_code(self.reader(read)[:, -1])

    def logits(self, z, x):
        """Predict each symbol of x from the code and the true symbols before it.

        Args:
            z: Codes, shape (batch, K).
            x: Sequences, shape (batch, T, V).

        Returns:
            Logits of the symbols, shape (batch, T, V).
        """
        before = ops.concatenate([ops.zeros_like(x[:, :1]), x[:, :-1]], axis=1)
        return self.to_logits(self.writer(before, initial_state=self.to_state(z)))

    def decode(self, z):
        """Write from the code alone, each step given the symbol that the last one chose.

        Args:
            z: Codes, shape (batch, K).

        Returns:
            Probabilities of each symbol after the ones written before it, shape
            (batch, T, V); the largest is the symbol written.
        """
        state = self.to_state(z)
        symbol = ops.zeros((ops.shape(z)[0], self.n_symbols), dtype=state.dtype)
        written = []
        for _ in range(self.length):
            state, _ = self.writer.cell(symbol, [state])
            logits = self.to_logits(state)
            written.append(ops.softmax(logits, axis=-1))
            symbol = ops.one_hot(ops.argmax(logits, axis=-1), self.n_symbols)
        return ops.stack(written, axis=1)

    def call(self, x):
        x = ops.convert_to_tensor(x)
        z = self.encode(x)
        return {"z": z, "logits": self.logits(z, x)}

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        return ops.mean(categorical_nll(ops.convert_to_tensor(y), y_pred["logits"]))

    def get_config(self):
        names = ("length", "n_symbols", "latent_dim", "units", "reverse", "seed")
        return super().get_config() | {name: getattr(self, name) for name in names}
