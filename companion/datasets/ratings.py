"""A world of ratings whose truth is known: taste, popularity, noise and who looks at what.

User u's rating of item i at time t is

    r_ui = mean + b_u + c_i + p_u . q_i + drift (t - 1/2) d_i + noise_std * e,

with standard normal e. The expected rating is all but the last term, so no prediction has
a smaller root mean squared error over all pairs than `noise_std`.
"""

import numpy as np

from companion.datasets import Dataset

MEAN = 3.5
BIAS_STD = 0.4
TASTE_STD = 0.7  # of p_u . q_i over all pairs
SESSION = 0.3  # a user rates within this share of the whole time
SPLIT_SEED = 0


def rating_world(
    n_users=500,
    n_items=200,
    seed=0,
    n_factors=4,
    noise_std=0.5,
    density=0.2,
    preference=0.0,
    drift=0.0,
):
    """Draw every rating of a world, and who has rated what.

    A pair is observed, independently of all others, with a probability whose log-odds are
    ``a + popularity_i + preference * (expected_ui - mean) / std``; `a` is chosen so that
    the expected share of observed pairs is `density`. With `preference` 0 whether a rating
    is missing says nothing about it; above 0, users rate rather what they like.

    Ratings are real numbers, neither rounded nor cut off, so that the floor is exact.

    Args:
        n_users: m, the number of users.
        n_items: n, the number of items.
        seed: Seed of all draws.
        n_factors: K, the length of p_u and q_i.
        noise_std: Standard deviation of the noise, above 0.
        density: Expected share of the pairs that are observed, between 0 and 1.
        preference: How strongly liking makes a rating more likely to be given.
        drift: Standard deviation over the items of how much a rating changes in the
            whole time.

    Returns:
        The users and items of the observed ratings in the order of their times,
        (n_ratings, 2), int64; these ratings, (n_ratings,), float32; and the truth, a
        mapping with `expected`, the expected ratings at t = 1/2, (m, n); `observed`,
        boolean, (m, n); `probability` of being observed, (m, n); `times` of the observed
        ratings in [0, 1], (n_ratings,); `slopes` of the items, ``drift * d_i``, (n,);
        and `noise_std`.

    Raises:
        ValueError: If a number is out of range.
    """
    _check(n_users, n_items, n_factors, noise_std, density)
    rng = np.random.default_rng(seed)
    scale = np.sqrt(TASTE_STD / np.sqrt(n_factors))
    p = scale * rng.normal(size=(n_users, n_factors))
    q = scale * rng.normal(size=(n_items, n_factors))
    biases = BIAS_STD * rng.normal(size=(n_users, 1)) + BIAS_STD * rng.normal(size=n_items)
    expected = MEAN + biases + p @ q.T
    popularity, slopes = rng.normal(size=n_items), drift * rng.normal(size=n_items)

    liking = (expected - MEAN) / expected.std()
    probability = _with_mean(popularity + preference * liking, density)
    observed = rng.random((n_users, n_items)) < probability
    arrival = rng.uniform(high=1.0 - SESSION, size=(n_users, 1))
    times = arrival + SESSION * rng.random((n_users, n_items))
    noise = noise_std * rng.normal(size=(n_users, n_items))
    ratings = expected + slopes * (times - 0.5) + noise

    pairs, times = np.argwhere(observed), times[observed]
    order = np.argsort(times, kind="stable")
    truth = {"expected": expected, "observed": observed, "probability": probability}
    truth |= {"times": times[order], "slopes": slopes, "noise_std": noise_std}
    return pairs[order], ratings[observed][order].astype(np.float32), truth


def ratings():
    """A world of 500 users and 200 items in which a fifth of the ratings is observed.

    Whether a rating is missing says nothing about it, and tastes stay as they are. 80 % of
    the ratings are for training, 10 % for validation and 10 % for testing, drawn at random
    with a fixed seed.

    Returns:
        A `Dataset`; x is pairs of user and item, (n, 2), y the rating. Its truth is that of
        `rating_world`, save the times.
    """
    pairs, values, truth = rating_world()
    order = np.random.default_rng(SPLIT_SEED).permutation(len(pairs))
    n_val = n_test = len(pairs) // 10
    parts = np.split(order, [len(pairs) - n_val - n_test, len(pairs) - n_test])
    truth.pop("times")
    return Dataset(
        *(array[part] for part in parts for array in (pairs, values)),
        name="ratings",
        source="companion.datasets.ratings.rating_world, seed 0",
        license="BSD-3-Clause, as this package",
        truth=truth,
    )


def _with_mean(log_odds, density):
    """Shift log-odds by one number until the mean probability is `density`."""
    low, high = -50.0 - log_odds.max(), 50.0 - log_odds.min()
    for _ in range(100):
        middle = 0.5 * (low + high)
        mean = np.mean(1.0 / (1.0 + np.exp(-(log_odds + middle))))
        low, high = (middle, high) if mean < density else (low, middle)
    return 1.0 / (1.0 + np.exp(-(log_odds + middle)))


def _check(n_users, n_items, n_factors, noise_std, density):
    counts = {"n_users": n_users, "n_items": n_items, "n_factors": n_factors}
    for name, count in counts.items():
        if count < 1:
            raise ValueError(f"{name} must be at least 1; got {count}")
    if not noise_std > 0:
        raise ValueError(f"noise_std must be above 0; got {noise_std}")
    if not 0 < density < 1:
        raise ValueError(f"density must lie between 0 and 1; got {density}")
