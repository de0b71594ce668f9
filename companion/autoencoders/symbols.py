"""Worlds of symbol sequences with known entropy, and measures of a copy.

A sequence has L symbols from 0 ... `N_SYMBOLS` - 1, with L drawn uniformly from
1 ... length; the places after them hold the symbol `END`. In the first world the symbols
are independent and uniform. In the second each symbol is followed by the one 1, 3 or 6
further around a circle, with the probabilities of `STEPS`, after a uniform start. With h
the entropy of one step, log N_SYMBOLS or that of `STEPS`, a whole sequence has

    log length + log N_SYMBOLS + (mean of L - 1) h    nats.
"""

import math

import keras
import numpy as np

from companion.autoencoders.pca import PCA, MeanPredictor
from companion.networks.checks import check_counts

N_SYMBOLS = 8
END = N_SYMBOLS
STEPS = {1: 0.7, 3: 0.2, 6: 0.1}


def draw(n, length, rng, *, chain=False, n_filled=None):
    """Draw sequences.

    Args:
        n: How many, at least 1.
        length: Places in a sequence, at least 1.
        rng: A `numpy.random.Generator`.
        chain: Whether symbols follow each other by `STEPS`; else they are independent.
        n_filled: L, if it shall be the same for all.

    Returns:
        One-hot sequences, shape (n, length, N_SYMBOLS + 1), float32.

    Raises:
        ValueError: If a count is no integer of at least 1, or `n_filled` above `length`.
    """
    check_counts(n=n, length=length)
    if n_filled is not None and not 1 <= n_filled <= length:
        raise ValueError(f"n_filled must be from 1 to {length}; got {n_filled}")
    if chain:
        moves = rng.choice(list(STEPS), p=list(STEPS.values()), size=(n, length))
        moves[:, 0] = rng.integers(N_SYMBOLS, size=n)
        symbols = np.cumsum(moves, axis=1) % N_SYMBOLS
    else:
        symbols = rng.integers(N_SYMBOLS, size=(n, length))
    counts = rng.integers(1, length + 1, size=n)
    if n_filled is not None:
        counts[:] = n_filled
    symbols[np.arange(length) >= counts[:, np.newaxis]] = END
    return one_hot(symbols)


def one_hot(symbols):
    """Turn symbols, integers of any shape, into rows of zeros with a single one."""
    return np.eye(N_SYMBOLS + 1, dtype="float32")[symbols]


def entropy(length, *, chain=False):
    """Entropy in nats of a sequence as `draw` draws it, its length included."""
    step = -sum(p * math.log(p) for p in STEPS.values()) if chain else math.log(N_SYMBOLS)
    return math.log(length) + math.log(N_SYMBOLS) + (length - 1) / 2 * step


def copy(model, x):
    """Encode x, shape (n, T, V), and write it from the code: symbols, shape (n, T)."""
    return written(model, model.encode(x))


def written(model, z):
    """Symbols that a model writes from codes z, shape (n, K): integers, shape (n, T)."""
    return keras.ops.convert_to_numpy(model.decode(z)).argmax(axis=-1)


def right(x, symbols):
    """Which of the symbols before the end are right.

    Args:
        x: One-hot sequences with the same number L of symbols, shape (n, T, V).
        symbols: What a model wrote, integers, shape (n, T).

    Returns:
        Booleans, shape (n, L).

    Raises:
        ValueError: If the sequences have different L, or the shapes do not fit.
    """
    truth = np.argmax(x, axis=-1)
    counts = np.unique(np.sum(truth != END, axis=1))
    if len(counts) != 1 or truth.shape != np.shape(symbols):
        raise ValueError(
            f"x must hold sequences of one length, and symbols have shape {truth.shape}; "
            f"got lengths {counts.tolist()} and shape {np.shape(symbols)}"
        )
    return (truth == symbols)[:, : counts[0]]


def draw_by_length(n, length, seed, *, chain=False):
    """Draw n sequences of every length L, shape (length, n, length, N_SYMBOLS + 1).

    Args:
        n: Sequences of each length.
        length: Places in a sequence; entry L - 1 has L symbols.
        seed: Seed of the sequences.
        chain: As in `draw`.
    """
    rng = np.random.default_rng(seed)
    lengths = range(1, length + 1)
    return np.stack([draw(n, length, rng, chain=chain, n_filled=m) for m in lengths])


def accuracy_by_length(model, tests):
    """Share of the symbols that a model copies rightly, for each length L.

    Args:
        model: A trained sequence autoencoder.
        tests: As `draw_by_length` returns them, shape (T, n, T, V).

    Returns:
        Accuracies, shape (T,).
    """
    copies = copy(model, np.concatenate(tests)).reshape(tests.shape[:3])
    pairs = zip(tests, copies, strict=True)
    return np.array([right(x, written).mean() for x, written in pairs])


def accuracy_by_place(model, x):
    """Share of rightly copied symbols at each place, written alone and given the past.

    Args:
        model: A trained sequence autoencoder.
        x: Sequences with the same number L of symbols, shape (n, T, V).

    Returns:
        Shape (2, L): by greedy decoding, and with the true symbols before each place.
    """
    z = model.encode(x)
    forced = keras.ops.convert_to_numpy(model.logits(z, x)).argmax(axis=-1)
    return np.stack([right(x, s).mean(axis=0) for s in (written(model, z), forced)])


def share_seen(x, x_train):
    """Share of the sequences in x, shape (n, T, V), that occur among those of x_train."""
    rows, known = (np.argmax(a, axis=-1).tolist() for a in (x, x_train))
    known = set(map(tuple, known))
    return float(np.mean([tuple(row) in known for row in rows]))


def linear_accuracy_by_length(latent_dim, tests, *, chain=False, n_train=4000, seed=1):
    """The same for PCA on one-hot symbols, told the length: one fit for each L.

    Args:
        latent_dim: K, the number of components; 0 for the most frequent symbol of each
            place.
        tests: As `draw_by_length` returns them, shape (T, n, T, V).
        chain: As in `draw`.
        n_train: Sequences of each length to fit on.
        seed: Seed of these.

    Returns:
        Accuracies, shape (T,); the symbol with the largest reconstruction is chosen.
    """
    accuracies, trains = [], draw_by_length(n_train, len(tests), seed, chain=chain)
    for i, (x_train, x_test) in enumerate(zip(trains, tests, strict=True)):
        x_train, x = x_train[:, : i + 1, :END], x_test[:, : i + 1, :END]
        flat = x_train.reshape(n_train, -1)
        size = min(latent_dim, flat.shape[1])
        model = (PCA(size) if size else MeanPredictor()).fit(flat)
        x_hat = model.reconstruct(x.reshape(len(x), -1)).reshape(x.shape)
        accuracies.append(np.mean(x_hat.argmax(axis=-1) == x.argmax(axis=-1)))
    return np.array(accuracies)


def rounded(z, n_levels, low, high):
    """Round each code unit to the nearest of n_levels values from its low to its high.

    Args:
        z: Codes, shape (n, K).
        n_levels: Number of levels, at least 2; a unit then holds log2 n_levels bits.
        low: Lowest level of each unit, shape (K,).
        high: Highest level of each unit, shape (K,).

    Returns:
        Rounded codes, shape (n, K), float32.
    """
    # A unit that never changes has one level.
    step = np.maximum(high - low, 1e-12) / (n_levels - 1)
    return (low + step * np.clip(np.round((z - low) / step), 0, n_levels - 1)).astype(
        "float32"
    )


def accuracy_by_levels(model, x_train, x, levels):
    """Accuracy of a copy whose code units are rounded to so many levels each.

    Args:
        model: A trained sequence autoencoder.
        x_train: Sequences whose codes set the lowest and the highest level.
        x: Test sequences of one length, shape (n, T, V).
        levels: Numbers of levels, each at least 2.

    Returns:
        Accuracies, shape (len(levels),).
    """
    z_train, z = (keras.ops.convert_to_numpy(model.encode(a)) for a in (x_train, x))
    low, high = z_train.min(axis=0), z_train.max(axis=0)
    codes = [rounded(z, n_levels, low, high) for n_levels in levels]
    return np.array([right(x, written(model, code)).mean() for code in codes])


def best_accuracy(bits, n, n_symbols=N_SYMBOLS):
    """Highest mean accuracy of any copy of uniform symbols through so many bits.

    At an error rate e of at most 1 - 1 / S, each symbol takes
    log2 S - H(e) - e log2(S - 1) bits, with H(e) the entropy of a yes or no of
    probability e. No code, however long the sequences, does with less.

    Args:
        bits: What the code holds, not negative.
        n: Number of symbols that share it.
        n_symbols: S, at least 2.

    Returns:
        The accuracy 1 - e, from 1 / S (no bits) to 1.

    Raises:
        ValueError: If `bits` is negative.

    Source:
        Rate-distortion function of a uniform source with the Hamming distance; its
        converse is Fano's inequality (Cover and Thomas, 2006, theorem 2.10.1).
    """
    if bits < 0:
        raise ValueError(f"bits must not be negative; got {bits}")

    def needed(error):
        yes_no = sum(-p * math.log2(p) for p in (error, 1 - error) if p > 0)
        return math.log2(n_symbols) - yes_no - error * math.log2(n_symbols - 1)

    low, high = 0.0, 1.0 - 1.0 / n_symbols
    if needed(low) <= bits / n:
        return 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if needed(middle) <= bits / n else (middle, high)
    return 1.0 - high
