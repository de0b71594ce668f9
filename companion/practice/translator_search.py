"""Write translations with a trained translator: the likeliest symbol, or several paths.

The probability of a translation is the product of those of its symbols, each given the
ones before. *Greedy* search takes the likeliest symbol at every place. *Beam search*
keeps the w likeliest beginnings, so that a second choice may still win; with w as large
as the number of all beginnings it finds the best translation for certain.
"""

import numpy as np
from keras import ops

from companion.networks.checks import check_counts
from companion.practice.translator_text import END, PAD, START, UNKNOWN

NEVER = -1e9  # log-probability of what must not be written


def translate(model, source, width=1):
    """Translate texts with every member of a translator.

    Args:
        model: A `companion.practice.translator.Translator`.
        source: Symbols of the texts, shape (n, S), or (M, n, S) for other texts each.
        width: w, how many beginnings are kept; 1 for greedy search.

    Returns:
        Symbols, shape (M, n, T), int32, with `PAD` behind `END`; a translation that does
        not end after T symbols is cut.

    Raises:
        ValueError: If `width` is not an integer of at least 1, or `source` is not S wide.
    """
    return search(model, source, width)[0]


def search(model, source, width=1):
    """As `translate`; also returns the log-probabilities in nats, shape (M, n)."""
    check_counts(width=width)
    source = np.asarray(source, "int32")
    if source.ndim not in (2, 3) or source.shape[-1] != model.source_length:
        wanted = f"(n, {model.source_length})"
        raise ValueError(f"source must have shape {wanted}; got {source.shape}")
    m, n = len(model.seeds), source.shape[-2]
    source = np.broadcast_to(source, (m, n, source.shape[-1]))
    z, h = model.encode(ops.convert_to_tensor(source))
    # Every beginning of a text gets a row of its own: (M, n, w) in one row of n w.
    h, state = (ops.repeat(a, width, axis=1) for a in (h, model.start(z)))
    rows = ops.convert_to_tensor(np.repeat(source, width, axis=1))
    written = np.full((m, n, width, model.target_length), PAD, "int32")
    log_p = np.full((m, n, width), NEVER)
    log_p[:, :, 0] = 0.0
    symbol = np.full((m, n, width), START, "int32")
    for t in range(model.target_length):
        before = ops.convert_to_tensor(symbol.reshape(m, -1, 1))
        states = model.write_on(state, before)
        log_next = ops.log_softmax(_allowed(model.logits(states, h, rows)), axis=-1)
        log_next = ops.convert_to_numpy(log_next).reshape(m, n, width, -1)
        log_p, kept, symbol = _best(log_p, log_next, symbol)
        written = np.take_along_axis(written, kept[..., None], axis=2)
        written[..., t] = symbol
        if np.isin(symbol, (END, PAD)).all():
            break
        flat = (kept + np.arange(n)[:, None] * width).reshape(m, -1, 1)
        state = ops.take_along_axis(states[:, :, 0], ops.convert_to_tensor(flat), axis=1)
    return written[:, :, 0], log_p[:, :, 0]


def _allowed(logits):
    closed = np.zeros(logits.shape[-1], "float32")
    closed[[PAD, START, UNKNOWN]] = NEVER
    return logits + ops.convert_to_tensor(closed)


def _best(log_p, log_next, symbol):
    """Extend each beginning by each symbol, and keep the w likeliest of one text.

    Returns:
        Log-probabilities, which beginning each goes on, and its new symbol, each
        (M, n, w), the likeliest first.
    """
    width, n_symbols = log_next.shape[2:]
    ended = np.isin(symbol, (END, PAD))
    only_padding = np.where(np.arange(n_symbols) == PAD, 0.0, NEVER)
    log_next = np.where(ended[..., None], only_padding, log_next)
    both = (log_p[..., None] + log_next).reshape(*log_p.shape[:2], -1)
    chosen = np.argsort(-both, axis=-1, kind="stable")[..., :width]
    log_p = np.take_along_axis(both, chosen, axis=-1)
    return log_p, chosen // n_symbols, (chosen % n_symbols).astype("int32")


def attention(model, source, target):
    """Where the decoder looks while it writes given translations.

    Args:
        model: A `Translator`.
        source: Symbols of the texts, shape (n, S).
        target: Symbols of the translations, shape (n, T).

    Returns:
        Weights, shape (M, n, T, S); each row sums to 1.
    """
    m = len(model.seeds)
    source, target = (
        ops.convert_to_tensor(np.broadcast_to(a, (m, *np.shape(a))).astype("int32"))
        for a in (source, target)
    )
    z, h = model.encode(source)
    first = ops.full_like(target[:, :, :1], START)
    before = ops.concatenate([first, target[:, :, :-1]], axis=2)
    states = model.write_on(model.start(z), before)
    return ops.convert_to_numpy(model.look(states, h, source))
