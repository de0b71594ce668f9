"""Translate one text into another: read with one network, write with a second one.

The encoder reads a text symbol by symbol in both directions and keeps a state for every
place. The decoder writes the translation one symbol after the other. It starts from a
code of K numbers, and with *attention* it also looks back at all the places before every
symbol that it writes. Without attention the code is all it knows of the text.

Several translators, one for each seed, are trained side by side in one model: small
networks on a processor cost more to start than to compute. No member knows of the others.
"""

import keras
import numpy as np
from keras import ops

from companion.networks.checks import check_counts
from companion.practice.translator_text import PAD, START

CLOSED = 1e9  # what opens or closes a gate, or hides a place, for good


@keras.saving.register_keras_serializable(package="companion")
class Translator(keras.Model):
    """Encoder and decoder of gated recurrent units (GRU), with attention or without.

    With x_1 ... x_S the symbols of the text, y_1 ... y_T those of its translation, and y_0
    the symbol of the start; U units; ``;`` puts two vectors side by side:

        f_s = GRU_1(f_(s-1), x_s)     b_s = GRU_2(b_(s+1), x_s)     h_s = [f_s ; b_s]
        z   = [f_S ; b_1] @ W_1 + b_1                g_0 = tanh(z @ W_2 + b_2)
        g_t = GRU_3(g_(t-1), y_(t-1))
        a_t = softmax_s(g_t @ A @ h_s)               c_t = sum_s a_ts h_s
        p_t = softmax(tanh([g_t ; c_t] @ W_3 + b_3) @ W_4 + b_4)

    Without attention c_t is zero. On padding no state changes, and no attention falls.

    Train it with ``training.fit(model, side_by_side(source, target), loss=None, ...)``;
    the loss is the cross-entropy of the translation, its end included, summed over its
    symbols, in nats, averaged over the batch and summed over the members.

    Args:
        n_source: Number of different symbols of the texts, special ones included.
        n_target: The same for the translations.
        source_length: S, the longest text in symbols.
        target_length: T, the longest translation, its end included.
        units: U, the number of units of each GRU.
        latent_dim: K, the number of code units.
        attention: Whether the decoder looks back, for all members or for each.
        seeds: Seeds of the initial weights; M members, one for each.

    Shapes:
        pairs are (batch, M, S + T), integers; states h are (M, batch, S, 2U), codes z
        (M, batch, K), weights a (M, batch, T, S), logits (M, batch, T, n_target).

    Raises:
        ValueError: If a size is not an integer of at least 1, or there is no seed, or
            `attention` has not one entry for each.

    Source:
        Sutskever, Vinyals and Le (2014), arXiv:1409.3215, for encoder and decoder; Luong,
        Pham and Manning (2015), arXiv:1508.04025, sections 3 and 3.1 ("general"), for the
        attention, without their input feeding.
    """

    def __init__(
        self,
        n_source,
        n_target,
        source_length,
        target_length,
        units=32,
        latent_dim=32,
        attention=True,
        seeds=(0,),
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.sizes = dict(
            n_source=n_source,
            n_target=n_target,
            source_length=source_length,
            target_length=target_length,
            units=units,
            latent_dim=latent_dim,
        )
        check_counts(**self.sizes)
        if len(tuple(seeds)) == 0:
            raise ValueError(f"seeds must name at least one member; got {seeds}")
        if np.size(attention) not in (1, len(tuple(seeds))):
            each = f"one for each of {len(tuple(seeds))} seeds"
            raise ValueError(f"attention must be one value or {each}; got {attention}")
        for name, size in self.sizes.items():
            setattr(self, name, int(size))
        self.seeds = tuple(int(seed) for seed in seeds)
        looks = np.broadcast_to(np.asarray(attention, "float32"), len(self.seeds)).copy()
        self.attention = [bool(look) for look in looks]
        self._make_weights(looks)
        self.built = True

    def _make_weights(self, looks):
        u, k = self.units, self.latent_dim
        shapes = {
            "read": (2, self.n_source, 3 * u),
            "read_again": (2, u, 3 * u),
            "write": (self.n_target, 3 * u),
            "write_again": (u, 3 * u),
            "to_code": (2 * u, k),
            "from_code": (k, u),
            "match": (u, 2 * u),
            "mix": (3 * u, u),
            "to_logits": (u, self.n_target),
        }
        biases = {"read": (2, 1, 3 * u), "write": (1, 3 * u), "to_code": (1, k)}
        biases |= {"from_code": (1, u), "mix": (1, u), "to_logits": (1, self.n_target)}
        for i, (name, shape) in enumerate(shapes.items()):
            drawn = np.stack([_glorot(shape, [seed, i]) for seed in self.seeds])
            setattr(self, name, self._weight(name, drawn))
        for name, shape in biases.items():
            zeros = np.zeros((len(self.seeds), *shape), "float32")
            setattr(self, f"{name}_bias", self._weight(f"{name}_bias", zeros))
        self.looks = self._weight("looks", looks[:, None, None, None], trainable=False)

    def _weight(self, name, value, trainable=True):
        return self.add_weight(
            shape=value.shape,
            initializer=lambda shape, dtype=None: ops.convert_to_tensor(value, dtype),
            trainable=trainable,
            name=name,
        )

    def encode(self, source):
        """Read texts in both directions.

        Args:
            source: Symbols, shape (M, batch, S).

        Returns:
            Codes z, shape (M, batch, K), and states h, shape (M, batch, S, 2U).
        """
        m, u, n = len(self.seeds), self.units, self.source_length
        both = ops.stack([source, ops.flip(source, axis=2)], axis=1)
        both = ops.reshape(both, (2 * m, -1, n))
        inputs = _looked_up(ops.reshape(self.read, (2 * m, -1, 3 * u)), both)
        again = ops.reshape(self.read_again, (2 * m, u, 3 * u))
        bias = ops.reshape(self.read_bias, (2 * m, 1, 3 * u))
        states = gru(_closed_on_padding(inputs, both), again, bias)
        last = ops.transpose(ops.reshape(states[-1], (m, 2, -1, u)), (0, 2, 1, 3))
        forward, backward = ops.unstack(
            ops.reshape(ops.stack(states, axis=2), (m, 2, -1, n, u)), axis=1
        )
        h = ops.concatenate([forward, ops.flip(backward, axis=2)], axis=-1)
        z = ops.matmul(ops.reshape(last, (m, -1, 2 * u)), self.to_code)
        return z + self.to_code_bias, h

    def start(self, z):
        """State of the decoder before the first symbol, shape (M, batch, U)."""
        return ops.tanh(ops.matmul(z, self.from_code) + self.from_code_bias)

    def write_on(self, state, before):
        """States of the decoder after given symbols.

        Args:
            state: The state before them, shape (M, batch, U).
            before: Symbols, shape (M, batch, n).

        Returns:
            One state after each, shape (M, batch, n, U).
        """
        inputs = _looked_up(self.write, before)
        return ops.stack(gru(inputs, self.write_again, self.write_bias, state), axis=2)

    def look(self, states, h, source):
        """Attention weights a, shape (M, batch, n, S), of n states of the decoder."""
        m, n, s, u = len(self.seeds), ops.shape(states)[2], self.source_length, self.units
        asked = ops.matmul(ops.reshape(states, (m, -1, u)), self.match)
        asked = ops.reshape(asked, (m, -1, n, 2 * u))
        scores = ops.matmul(asked, ops.transpose(h, (0, 1, 3, 2)))
        hidden = ops.cast(ops.equal(source, PAD), scores.dtype) * CLOSED
        return ops.softmax(scores - ops.reshape(hidden, (m, -1, 1, s)), axis=-1)

    def logits(self, states, h, source):
        """Scores of each next symbol, shape (M, batch, n, n_target)."""
        m, n, u = len(self.seeds), ops.shape(states)[2], self.units
        seen = ops.matmul(self.look(states, h, source), h) * self.looks
        mixed = ops.reshape(ops.concatenate([states, seen], axis=-1), (m, -1, 3 * u))
        mixed = ops.tanh(ops.matmul(mixed, self.mix) + self.mix_bias)
        logits = ops.matmul(mixed, self.to_logits) + self.to_logits_bias
        return ops.reshape(logits, (m, -1, n, self.n_target))

    def call(self, pairs):
        pairs = ops.transpose(ops.cast(pairs, "int32"), (1, 0, 2))
        source, target = ops.split(pairs, [self.source_length], axis=2)
        z, h = self.encode(source)
        first = ops.full_like(target[:, :, :1], START)
        before = ops.concatenate([first, target[:, :, :-1]], axis=2)
        states = self.write_on(self.start(z), before)
        return {"z": z, "logits": self.logits(states, h, source)}

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        return ops.sum(ops.mean(self.nats(y, y_pred["logits"]), axis=1))

    def nats(self, pairs, logits):
        """Cross-entropy of each translation, summed over its symbols: (M, batch)."""
        target = ops.transpose(ops.cast(pairs, "int32"), (1, 0, 2))[
            :, :, self.source_length :
        ]
        log_p = ops.log_softmax(logits, axis=-1)
        log_p = ops.take_along_axis(log_p, target[..., None], axis=-1)[..., 0]
        return -ops.sum(log_p * ops.cast(ops.not_equal(target, PAD), log_p.dtype), axis=-1)

    def get_config(self):
        config = {"attention": self.attention, "seeds": self.seeds}
        return super().get_config() | self.sizes | config


def gru(inputs, again, bias, state=None):
    """Run gated recurrent units over a sequence, several groups side by side.

    With i_t the input times its matrix and s_t = h_(t-1) @ again + bias, each in three
    parts u, r and n:

        u_t = sigmoid(i_u + s_u)      r_t = sigmoid(i_r + s_r)
        h_t = u_t h_(t-1) + (1 - u_t) tanh(i_n + r_t s_n)

    Args:
        inputs: The i_t, shape (groups, batch, T, 3U).
        again: Matrix of the state, shape (groups, U, 3U).
        bias: Bias of the state, shape (groups, 1, 3U).
        state: State at the start, shape (groups, batch, U); zeros by default.

    Returns:
        The states as a list of T tensors, shape (groups, batch, U).

    Source:
        Cho et al. (2014), arXiv:1406.1078, in the version of Keras (`reset_after`).
    """
    # Taken apart at once: the gradient of a slice would be as large as the whole.
    inputs, states = ops.unstack(inputs, axis=2), []
    if state is None:
        state = ops.zeros_like(ops.split(inputs[0], 3, axis=-1)[0])
    for i in inputs:
        i_u, i_r, i_n = ops.split(i, 3, axis=-1)
        s_u, s_r, s_n = ops.split(ops.matmul(state, again) + bias, 3, axis=-1)
        new = ops.tanh(i_n + ops.sigmoid(i_r + s_r) * s_n)
        state = new + ops.sigmoid(i_u + s_u) * (state - new)
        states.append(state)
    return states


def _closed_on_padding(inputs, symbols):
    """Open the update gate wherever there is padding, so that the state stays."""
    padding = ops.cast(ops.equal(symbols, PAD), inputs.dtype)[..., None]
    gates = np.repeat([CLOSED, 0.0, 0.0], inputs.shape[-1] // 3).astype("float32")
    return inputs + padding * gates


def _looked_up(tables, symbols):
    """Rows of each group's table, (groups, V, D), at its symbols, (groups, ...)."""
    groups, n_rows, width = tables.shape
    symbols = ops.cast(symbols, "int32")
    places = ops.arange(groups, dtype="int32") * n_rows
    places = symbols + ops.reshape(places, (groups,) + (1,) * (len(symbols.shape) - 1))
    return ops.take(ops.reshape(tables, (-1, width)), places, axis=0)


def _glorot(shape, key):
    limit = np.sqrt(6.0 / (shape[-2] + shape[-1]))
    drawn = np.random.default_rng(key).uniform(-limit, limit, shape)
    return drawn.astype("float32")
