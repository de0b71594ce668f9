"""Ratings as pairs and as a table: checks, splits, and the error over given pairs.

Rules for what real files bring. A pair that occurs twice, an unknown user or item, a
rating that is not a number or lies outside its scale: one error, before any work. A user
or an item without any rating is allowed, and every model states what it predicts then.
"""

import numpy as np


def check_ratings(pairs, ratings, shape, scale=(-np.inf, np.inf)):
    """Refuse ratings that no table can hold.

    Args:
        pairs: Users and items, shape (n, 2), integers from 0.
        ratings: Their ratings, shape (n,).
        shape: Numbers of users and items, (n_users, n_items).
        scale: Lowest and highest rating that there can be.

    Returns:
        The pairs as int64 and the ratings as float64.

    Raises:
        ValueError: If a shape does not fit, a user or item is unknown, a rating is not
            finite or outside the scale, or a pair occurs more than once.
    """
    pairs, ratings = np.asarray(pairs), np.asarray(ratings, dtype=float)
    if pairs.ndim != 2 or pairs.shape[1] != 2 or len(pairs) == 0:
        raise ValueError(f"pairs must have shape (n, 2) with n >= 1; got {pairs.shape}")
    if not np.issubdtype(pairs.dtype, np.integer):
        raise ValueError(f"pairs must be integers; got {pairs.dtype}")
    pairs = pairs.astype(np.int64)  # before pairs are numbered: no short type overflows
    if ratings.shape != (len(pairs),):
        raise ValueError(f"ratings must have shape ({len(pairs)},); got {ratings.shape}")
    for column, (name, n_known) in enumerate(zip(("user", "item"), shape, strict=True)):
        unknown = (pairs[:, column] < 0) | (pairs[:, column] >= n_known)
        if unknown.any():
            found = pairs[unknown][0, column]
            raise ValueError(f"{name}s must be from 0 to {n_known - 1}; got {found}")
    if not np.isfinite(ratings).all():
        n_bad = np.sum(~np.isfinite(ratings))
        raise ValueError(f"ratings must be finite; got {n_bad} NaN or infinite values")
    low, high = scale
    if ratings.min() < low or ratings.max() > high:
        raise ValueError(
            f"ratings must lie in [{low:g}, {high:g}]; got values from {ratings.min():g} "
            f"to {ratings.max():g}"
        )
    _check_unique(pairs, shape)
    return pairs, ratings


def _check_unique(pairs, shape):
    numbers, counts = np.unique(pairs[:, 0] * shape[1] + pairs[:, 1], return_counts=True)
    if (counts > 1).any():
        user, item = divmod(int(numbers[counts > 1][0]), shape[1])
        raise ValueError(
            f"pairs must be distinct; got user {user} with item {item} more than once "
            f"({np.sum(counts > 1)} such pairs)"
        )


def to_table(pairs, ratings, shape, scale=(-np.inf, np.inf)):
    """Write ratings into a table, and mark where there is one.

    Args:
        pairs: As in `check_ratings`.
        ratings: As in `check_ratings`.
        shape: As in `check_ratings`.
        scale: As in `check_ratings`.

    Returns:
        values: The ratings, and 0 where there is none, (n_users, n_items), float64.
        mask: 1 where there is a rating, otherwise 0, shaped as values.

    Raises:
        ValueError: As `check_ratings`.
    """
    pairs, ratings = check_ratings(pairs, ratings, shape, scale)
    values, mask = np.zeros(shape), np.zeros(shape)
    values[tuple(pairs.T)], mask[tuple(pairs.T)] = ratings, 1.0
    return values, mask


def random_split(n, seed, share=0.1):
    """Split ratings at random: each part holds ratings of the same users and times.

    Args:
        n: Number of ratings.
        seed: Seed of the draw.
        share: Share of the ratings in the validation part, and in the test part.

    Returns:
        Indices for training, validation and test.

    Raises:
        ValueError: If `share` does not lie between 0 and 0.5, or a part would be empty.
    """
    order = np.random.default_rng(seed).permutation(n)
    return _cut(order, share)


def temporal_split(times, share=0.1):
    """Split ratings by time: the latest are for testing, those before for validation.

    Args:
        times: Time of each rating, shape (n,), finite.
        share: As in `random_split`.

    Returns:
        Indices for training, validation and test.

    Raises:
        ValueError: If a time is not finite, or as `random_split`.
    """
    if not np.isfinite(times).all():
        raise ValueError("times must be finite; got NaN or infinite values")
    return _cut(np.argsort(times, kind="stable"), share)


def _cut(order, share):
    if not 0 < share < 0.5:
        raise ValueError(f"share must lie between 0 and 0.5; got {share}")
    n_part = round(share * len(order))
    if n_part < 1:
        raise ValueError(f"ratings must be enough for three parts; got {len(order)}")
    return np.split(order, [len(order) - 2 * n_part, len(order) - n_part])


def rmse(predicted, pairs, ratings, weights=None):
    """Root mean squared error over given ratings, each weighted alike or as given.

    With weights 1 / (probability that the pair is observed) it estimates the error over
    *all* pairs from the observed ones.

    Args:
        predicted: Predictions for all pairs, (n_users, n_items).
        pairs: Users and items of the ratings, (n, 2).
        ratings: The ratings, (n,).
        weights: One for each rating, (n,), positive; None for equal ones.

    Returns:
        The error in the unit of the ratings, a float.

    Raises:
        ValueError: If there is no rating.

    Source:
        Weights: Schnabel et al. (2016), arXiv:1602.05352, section 3.2 (the normalized
        estimator).
    """
    if len(ratings) == 0:
        raise ValueError("ratings must hold at least one; got none")
    differences = np.asarray(predicted)[tuple(np.asarray(pairs).T)] - ratings
    return float(np.sqrt(np.average(np.square(differences, dtype=float), weights=weights)))


def rmse_by_count(predicted, pairs, ratings, counts, edges):
    """Root mean squared error over groups of ratings, by how much was known before.

    Args:
        predicted: Predictions for all pairs, (n_users, n_items).
        pairs: Users and items of the ratings, (n, 2).
        ratings: The ratings, (n,).
        counts: Training ratings of each user, (n_users,).
        edges: Bounds of the groups, increasing: group g holds the ratings of users with
            edges[g] <= count < edges[g + 1].

    Returns:
        One error for each group, (n_edges - 1,); NaN where a group is empty.
    """
    group = np.digitize(np.asarray(counts)[np.asarray(pairs)[:, 0]], edges) - 1
    return np.array(
        [
            rmse(predicted, pairs[group == g], ratings[group == g])
            if (group == g).any()
            else np.nan
            for g in range(len(edges) - 1)
        ]
    )


def rmse_over_all(predicted, truth):
    """Root mean squared error over *all* pairs of a world, rated or not, new noise added.

    Args:
        predicted: Predictions for all pairs, (n_users, n_items).
        truth: What `companion.datasets.ratings.rating_world` returns, without drift.

    Returns:
        The error of predicting a fresh rating of every pair, a float: the square root of
        mean((predicted - expected)**2) + noise_std**2.
    """
    squared = np.mean(np.square(predicted - truth["expected"]))
    return float(np.sqrt(squared + truth["noise_std"] ** 2))
