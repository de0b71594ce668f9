"""Networks of which most weights are zero.

Weights are taken away by degrees while the training goes on. Of the share s that is kept
at the end, there is at step t, between the steps t_0 and t_1::

    kept(t) = s + (1 - s) (1 - (t - t_0) / (t_1 - t_0))^3

so that many go early, when there are many, and few late. Networks are those of
`companion.networks.stacked`: members side by side, each with a share of its own.
"""

import math
import zlib

import numpy as np
from threadpoolctl import threadpool_limits

from companion.networks import checks, stacked
from companion.networks.mlp import draw_batches
from companion.networks.optimizers import adam

NAMES = ("relu", "linear", "relu", "sigmoid")
MASK_EVERY = 10
BATCH_SIZE = 64


def kept(step, start, end, final):
    """Share of the weights that are kept at a step.

    Args:
        step: t.
        start: t_0, up to which all are kept.
        end: t_1, from which on the final share is kept; above `start`.
        final: s, above 0 and at most 1; numbers or an array.

    Returns:
        The share, as `final`.

    Raises:
        ValueError: If a share or the order of the steps is impossible.

    Source:
        Zhu and Gupta (2017), arXiv:1710.01878, eq. 1.
    """
    final = np.asarray(final, float)
    if not ((final > 0) & (final <= 1)).all():
        raise ValueError(f"final must lie above 0 and at most at 1; got {final}")
    if not start < end:
        raise ValueError(f"end must be above start, {start}; got {end}")
    left = 1 - np.clip((step - start) / (end - start), 0, 1)
    return final + (1 - final) * left**3


def largest(scores, shares):
    """Mark the entries with the largest scores of each member.

    Args:
        scores: Numbers, shape (n_members, n_in, n_out).
        shares: The share to mark for each member, shape (n_members,).

    Returns:
        Booleans, as scores; at least one for each member.
    """
    flat = scores.reshape(len(scores), -1)
    counts = np.maximum(np.rint(shares * flat.shape[1]).astype(int), 1)
    marked, order = np.zeros(flat.shape, bool), np.argsort(-flat, axis=1, kind="stable")
    np.put_along_axis(marked, order, np.arange(flat.shape[1]) < counts[:, None], axis=1)
    return marked.reshape(scores.shape)


def train(params, x, *, n_steps, learning_rate, shares=None, random=None, seed=0):
    """Train members with Adam, and prune them in the middle third of the steps.

    In the first third the networks are whole, in the last their connections are fixed.
    There the step size falls to a tenth.

    Args:
        params: (weights, biases) of `companion.networks.stacked.init`; left unchanged.
        x: Examples and targets, shape (n, D), in [0, 1].
        n_steps: Steps on batches of 64, at least 3.
        learning_rate: Step size of the first two thirds.
        shares: Share of each layer's weights that a member keeps at the end, shape
            (n_members,); None to keep all.
        random: For each member whether weights go at random and not by size, shape
            (n_members,); None for none.
        seed: Seed of the order of examples, and of the random choice.

    Returns:
        The trained parameters; weights that were taken away are 0.

    Raises:
        ValueError: If `n_steps` or `shares` is impossible or x does not fit.
    """
    checks.check_counts(n_steps=n_steps // 3)
    x = checks.checked_data("x", x, params[0][0].shape[1], NAMES[-1])
    n_members, third = len(params[0][0]), n_steps // 3
    rng, state, batches = np.random.default_rng(seed), None, iter(())
    lots = np.random.default_rng((seed, 1))  # apart from the order of the examples
    luck = [lots.random(w.shape) for w in params[0]]
    random = np.zeros(n_members, bool) if random is None else np.asarray(random)
    masks = [np.ones(w.shape, bool) for w in params[0]]
    with threadpool_limits(1, "blas"):
        for step in range(n_steps):
            if shares is not None and step % MASK_EVERY == 0 and step <= 2 * third:
                now = kept(step, third, 2 * third - MASK_EVERY, shares)
                masks = _masks(params[0], luck, random, now)
            rows = next(batches, None)
            if rows is None:
                batches = draw_batches(len(x), BATCH_SIZE, rng)
                rows = next(batches)
            grads = stacked.gradients(params, x[rows], x[rows], NAMES)
            rate = learning_rate * 0.1 ** max(0, (step - 2 * third) / third)
            (weights, biases), state = adam(params, grads, state, rate)
            params = [w * m for w, m in zip(weights, masks, strict=True)], biases
    return params


def _masks(weights, luck, random, shares):
    scores = [
        np.where(random[:, None, None], chance, np.abs(w))
        for w, chance in zip(weights, luck, strict=True)
    ]
    return [largest(score, shares) for score in scores]


def shares_kept(params):
    """Share of the weights of each member that are not 0, shape (n_members,)."""
    zeros = sum((w != 0).sum(axis=(1, 2)) for w in params[0])
    return zeros / sum(w[0].size for w in params[0])


def entropy_bytes(symbols):
    """Bytes of integers under an ideal code for the shares at which they occur.

    Args:
        symbols: Integers, any shape.

    Returns:
        n H / 8 with the entropy H in bits; the table of the code is not counted.
    """
    counts = np.unique(np.asarray(symbols), return_counts=True)[1]
    p = counts / counts.sum()
    return float(-(counts * np.log2(p)).sum() / 8)


def zipped_bytes(symbols):
    """Bytes of integers from -128 to 127 after zlib has compressed them.

    Raises:
        ValueError: If an integer does not fit into 8 bits.
    """
    symbols = np.asarray(symbols)
    if symbols.min() < -128 or symbols.max() > 127:
        raise ValueError(
            f"symbols must fit into 8 bits; got {symbols.min()} to {symbols.max()}"
        )
    return len(zlib.compress(symbols.astype(np.int8).tobytes(), 9))


def sparse_bits(share, bits):
    """Bits for each weight of a pruned layer at least: its place, and its value if kept.

    The places are drawn at random and cost the entropy of the mask::

        -s log2 s - (1 - s) log2(1 - s) + s b

    Args:
        share: s, above 0 and at most 1.
        bits: b of a kept value.

    Returns:
        Bits a weight.

    Raises:
        ValueError: If `share` is outside its range.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share must lie above 0 and at most at 1; got {share}")
    other = 1 - share
    places = -share * math.log2(share) - (other * math.log2(other) if other else 0.0)
    return places + share * bits
