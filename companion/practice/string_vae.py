"""Variational autoencoder of rows of symbols, whose decoder may look at what it wrote.

The decoder gives every place t of a row its own function of the code. It also sees the
last C symbols before t; so it is a model of the language by itself, and can do without
the code: the posterior collapses. The weight of the KL, which decides this, is a weight
that is not trained, so one compiled model serves every choice.
"""

import keras
import numpy as np
from keras import layers, ops

from companion.autoencoders import losses
from companion.networks.checks import check_counts

EMBEDDING = 12  # numbers that stand for a symbol


@keras.saving.register_keras_serializable(package="companion")
class StringVAE(keras.Model):
    """Encode a row of symbols as a Gaussian over a small code, and write it again.

    With one-hot rows x_t, embeddings E and t = 1 ... T:

        z_mean, z_log_var = encoder(x_1 E, ..., x_T E)
        h_t = relu(z-part_t + sum_(j=1...C) x_(t-j) E' W_j)
        p(x_t | x_(t-1), ..., z) = softmax(h_t W + b)

        loss = mean(-log p(x | z)) + beta * mean(KL(q(z | x) || N(0, I)))

    in nats, summed over the row and over the code. The encoder and the z-part, which has an
    output for every place, are linear, or have one hidden layer of ReLU each. Symbols
    before t are true ones in training (*teacher forcing*).

    Args:
        length: T, the places of a row.
        n_symbols: V, the number of symbols, the end mark included.
        latent_dim: K, the number of code units.
        hidden: Width of the hidden layers of encoder and decoder; 0 for linear ones.
        width: Width of h_t.
        n_before: C, the number of symbols that the decoder can look back.
        beta: Weight of the KL, not negative.
        warm_up_steps: Steps over which the weight of the KL grows from 0 to beta.
        seed: Seed of the initial weights and of the noise.

    Shapes:
        x is (batch, T, V), one-hot; z, z_mean, z_log_var are (batch, K); logits are
        (batch, T, V).

    Raises:
        ValueError: If a size is no integer of at least 1, or a setting is out of range.

    Source:
        Gómez-Bombarelli et al. (2018), arXiv:1610.02415, with a smaller decoder;
        warm-up: Bowman et al. (2016).
    """

    def __init__(
        self,
        length,
        n_symbols,
        latent_dim,
        hidden=0,
        width=48,
        n_before=2,
        beta=1.0,
        warm_up_steps=0,
        seed=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_counts(length=length, n_symbols=n_symbols, latent_dim=latent_dim)
        check_counts(width=width, n_before=n_before)
        if hidden != 0:
            check_counts(hidden=hidden)
        self.length, self.n_symbols, self.latent_dim = length, n_symbols, latent_dim
        self.hidden, self.width, self.n_before, self.seed = hidden, width, n_before, seed
        self.noise = keras.random.SeedGenerator(seed)
        self._settings = {
            name: self.add_weight((), "zeros", trainable=False, name=name)
            for name in ("beta", "warm_up_steps", "steps_done")
        }
        self.set(beta, warm_up_steps)
        self.embed = self._dense(EMBEDDING, 0, use_bias=False)
        self.embed_before = self._dense(EMBEDDING, 7, use_bias=False)
        self.encoder = self._network(length * EMBEDDING, 2 * latent_dim, 1)
        self.decoder = self._network(latent_dim, length * width, 3)
        self.look_back = self._dense(width, 5, use_bias=False)
        self.to_logits = self._dense(n_symbols, 6)
        self.embed.build((None, n_symbols))
        self.look_back.build((None, n_before * EMBEDDING))
        self.embed_before.build((None, n_symbols))
        self.to_logits.build((None, width))
        self.built = True

    def _dense(self, width, number, **settings):
        initializer = keras.initializers.GlorotUniform(seed=self.seed + number)
        return layers.Dense(width, kernel_initializer=initializer, **settings)

    def _network(self, n_in, n_out, number):
        """A linear layer, behind a hidden one if `hidden` is not 0."""
        stack = [self._dense(n_out, number + 1)]
        if self.hidden:
            stack.insert(0, self._dense(self.hidden, number, activation="relu"))
        for layer in stack:
            layer.build((None, n_in))
            n_in = layer.units
        return stack

    def set(self, beta=1.0, warm_up_steps=0):
        """Choose the settings of the next training, without compiling anew."""
        if not beta >= 0 or not warm_up_steps >= 0:
            raise ValueError(
                f"beta and warm_up_steps must not be negative; got {beta!r} and "
                f"{warm_up_steps!r}"
            )
        values = (beta, warm_up_steps, 0)
        for variable, value in zip(self._settings.values(), values, strict=True):
            variable.assign(float(value))

    def posterior(self, x):
        """Map rows x, (batch, T, V), to z_mean and z_log_var, each (batch, K)."""
        embedded = self.embed(x)
        hidden = ops.reshape(embedded, (ops.shape(embedded)[0], -1))
        for layer in self.encoder:
            hidden = layer(hidden)
        return ops.split(hidden, 2, axis=-1)

    def encode(self, x):
        """Map rows x, (batch, T, V), to the means of their codes, (batch, K)."""
        return self.posterior(x)[0]

    def from_code(self, z):
        """The part of every h_t that the code decides, (batch, T, width)."""
        for layer in self.decoder:
            z = layer(z)
        return ops.reshape(z, (-1, self.length, self.width))

    def logits(self, z, before):
        """Score the symbols of every place.

        Args:
            z: Codes, (batch, K).
            before: The rows that the decoder looks back at, one-hot, (batch, T, V).

        Returns:
            Logits, (batch, T, V); those of place t do not depend on `before` from t on.
        """
        padded = ops.pad(self.embed_before(before), ((0, 0), (self.n_before, 0), (0, 0)))
        seen = [padded[:, i : i + self.length] for i in range(self.n_before)]
        looked = self.look_back(ops.concatenate(seen, axis=-1))
        return self.to_logits(ops.relu(self.from_code(z) + looked))

    def call(self, x, training=False):
        x = ops.convert_to_tensor(x)
        z_mean, z_log_var = self.posterior(x)
        z = z_mean
        if training:
            eps = keras.random.normal(ops.shape(z_mean), seed=self.noise)
            z = z_mean + ops.exp(0.5 * z_log_var) * eps
        return {"logits": self.logits(z, x), "z_mean": z_mean, "z_log_var": z_log_var}

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        nll = losses.categorical_nll(ops.convert_to_tensor(y), y_pred["logits"])
        kl = losses.gaussian_kl(y_pred["z_mean"], y_pred["z_log_var"])
        return ops.mean(nll) + self._kl_weight(training) * ops.mean(kl)

    def _kl_weight(self, training):
        beta = self._settings["beta"]
        if not training:
            return beta
        done = self._settings["steps_done"]
        share = (done + 1.0) / ops.maximum(self._settings["warm_up_steps"], 1.0)
        done.assign(done + 1.0)
        return beta * ops.minimum(share, 1.0)

    def write(self, z, rng=None):
        """Write rows from codes, symbol by symbol.

        Args:
            z: Codes, (n, K).
            rng: A `numpy.random.Generator` that draws each symbol from its probabilities;
                None for the most probable symbol each time.

        Returns:
            int64 array, (n, T).
        """
        parts = ops.convert_to_numpy(self.from_code(ops.convert_to_tensor(z, "float32")))
        back = ops.convert_to_numpy(self.look_back.kernel)
        back = back.reshape(self.n_before, -1, self.width)
        back = ops.convert_to_numpy(self.embed_before.kernel) @ back  # (C, V, width)
        out, bias = (ops.convert_to_numpy(w) for w in self.to_logits.weights)
        rows = np.zeros((len(parts), self.length), "int64")
        for t in range(self.length):
            hidden = parts[:, t].copy()
            for j in range(1, min(self.n_before, t) + 1):
                hidden += back[-j][rows[:, t - j]]
            logits = np.maximum(hidden, 0.0) @ out + bias
            noise = 0.0 if rng is None else rng.gumbel(size=logits.shape)
            rows[:, t] = np.argmax(logits + noise, axis=1)
        return rows

    def get_config(self):
        names = ("length", "n_symbols", "latent_dim", "hidden", "width", "n_before", "seed")
        found = {name: getattr(self, name) for name in names}
        found |= {
            name: float(variable)
            for name, variable in self._settings.items()
            if name != "steps_done"
        }
        return super().get_config() | found
