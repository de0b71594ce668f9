"""Ranking items for new users: folding them in, Recall@k and NDCG@k, one value a user.

Users that a model has never seen are split off first; of each of them the larger part of
the items is shown to the model and the rest held out (strong generalization). The items
that were shown are never recommended. Scores are compared to nine decimals, and between
equal ones the item with the smaller number comes first: so rounding in the last bits,
which differs between processors, decides nothing.
"""

import numpy as np


def to_implicit(pairs, n_items):
    """Turn pairs into one row of 0 and 1 for each user that occurs, in order.

    Args:
        pairs: Users and items, (n, 2), integers.
        n_items: Number of items.

    Returns:
        x: 1 where the user has the item, (n_users, n_items), float32.
        users: The numbers of the users, (n_users,).

    Raises:
        ValueError: If pairs are none, an item is unknown, or a pair occurs more than once.
    """
    pairs = np.asarray(pairs)
    if pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.dtype.kind not in "iu":
        raise ValueError(
            f"pairs must be integers of shape (n, 2); got {pairs.dtype} {pairs.shape}"
        )
    if len(pairs) == 0 or pairs[:, 1].min() < 0 or pairs[:, 1].max() >= n_items:
        raise ValueError(f"pairs must hold items from 0 to {n_items - 1}; got {pairs}")
    users, rows = np.unique(pairs[:, 0], return_inverse=True)
    x = np.zeros((len(users), n_items), np.float32)
    np.add.at(x, (rows, pairs[:, 1]), 1.0)
    if x.max() > 1:
        user = users[x.max(axis=1).argmax()]
        raise ValueError(f"pairs must be distinct; got one of user {user} more than once")
    return x, users


def fold_in(x, seed, share=0.2):
    """Split the items of each user: some are shown to the model, the rest held out.

    Args:
        x: Rows of 0 and 1, (n_users, n_items).
        seed: Seed of the draw.
        share: Share of each user's items that is held out, above 0 and at most 1,
            rounded, at least one and never all; a user with fewer than two items is
            refused, since nothing could be shown.

    Returns:
        shown: What the model sees, shaped as x.
        held_out: The rest of x.

    Raises:
        ValueError: If a user has fewer than two items, or `share` is out of range.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share must be above 0 and at most 1; got {share}")
    counts = np.sum(x > 0, axis=1).astype(int)
    if counts.min() < 2:
        raise ValueError(
            f"each user must have at least two items; got {counts.min()} "
            f"({np.sum(counts < 2)} such users)"
        )
    # Each user's own items in random order come first; the first of them are held out.
    keys = np.where(x > 0, np.random.default_rng(seed).random(x.shape), 2.0)
    ranks = keys.argsort(axis=1).argsort(axis=1)
    n_held_out = np.maximum(1, np.rint(share * counts)).astype(int)
    n_held_out = np.minimum(n_held_out, counts - 1)
    held_out = np.where(ranks < n_held_out[:, np.newaxis], x, 0.0).astype(x.dtype)
    return x - held_out, held_out


def top_items(scores, shown, k):
    """Recommend the k items with the highest scores among those that were not shown.

    Args:
        scores: Finite scores, (n_users, n_items).
        shown: Rows of 0 and 1, shaped as scores.
        k: How many to recommend, from 1 to n_items.

    Returns:
        Numbers of the items, best first, (n_users, k).

    Raises:
        ValueError: If a score is not finite, or `k` is out of range.
    """
    scores = np.asarray(scores, dtype=float)
    if not np.isfinite(scores).all():
        raise ValueError("scores must be finite; got NaN or infinite values")
    if not 1 <= k <= scores.shape[1]:
        raise ValueError(f"k must be from 1 to {scores.shape[1]}; got {k}")
    scores = np.where(np.asarray(shown) > 0, -np.inf, np.round(scores, 9))
    return np.argsort(-scores, axis=1, kind="stable")[:, :k]


def recall_at_k(scores, shown, held_out, k):
    """Share of the held-out items among the k recommended, for each user.

    The divisor is min(k, number of held-out items), so that 1 can always be reached.

    Args:
        scores: Finite scores, (n_users, n_items).
        shown: What the model has seen, rows of 0 and 1.
        held_out: What it should find, rows of 0 and 1 with at least one 1 each.
        k: How many items are recommended.

    Returns:
        Recall of each user, (n_users,).

    Raises:
        ValueError: If nothing is held out of a user, or as `top_items`.

    Source:
        Liang et al. (2018), arXiv:1802.05814, section 4.2.
    """
    hits = _hits(scores, shown, held_out, k)
    return hits.sum(axis=1) / np.minimum(k, np.sum(held_out > 0, axis=1))


def ndcg_at_k(scores, shown, held_out, k):
    """Normalized discounted cumulative gain of the k recommended items, for each user.

    A hit at place j = 1, 2, ... earns 1 / log2(j + 1), and the sum is divided by its
    largest possible value. Arguments, result and errors are those of `recall_at_k`.

    Source:
        Liang et al. (2018), arXiv:1802.05814, section 4.2.
    """
    hits = _hits(scores, shown, held_out, k)
    gains = 1.0 / np.log2(np.arange(2, k + 2))
    best = np.cumsum(gains)[np.minimum(k, np.sum(held_out > 0, axis=1)) - 1]
    return hits @ gains / best


def _hits(scores, shown, held_out, k):
    held_out = np.asarray(held_out)
    if (held_out.sum(axis=1) == 0).any():
        raise ValueError("held_out must hold an item of each user; got a user without")
    return np.take_along_axis(held_out > 0, top_items(scores, shown, k), axis=1)


def measure_users(score, x, seeds):
    """Fold users in, once for each seed, and measure the ranking of each user.

    Args:
        score: Takes the items that are shown, (n_users, n_items), and returns scores.
        x: All items of the users, rows of 0 and 1.
        seeds: Seeds of `fold_in`.

    Returns:
        A dictionary of "NDCG@10" and "Recall@20", each (n_seeds, n_users).
    """
    found = {"NDCG@10": [], "Recall@20": []}
    for seed in seeds:
        shown, held_out = fold_in(x, seed)
        scores = score(shown)
        found["NDCG@10"].append(ndcg_at_k(scores, shown, held_out, 10))
        found["Recall@20"].append(recall_at_k(scores, shown, held_out, 20))
    return {name: np.array(values) for name, values in found.items()}


def mean_and_standard_error(values):
    """Mean over users and its standard error.

    Args:
        values: One number for each user, (n_users,), at least two.

    Returns:
        The mean, and the standard deviation over the square root of n_users.
    """
    values = np.asarray(values, dtype=float)
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
