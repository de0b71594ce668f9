"""How good and how varied generated examples are, with the uncertainty of the answer.

Three questions that one number cannot answer together:

- Are the generated examples like real ones (*precision*), and are all kinds of real ones
  among them (*recall*)? Both are shares of examples that fall into the region of the other
  set, which is the union of balls around its points, each reaching to the k-th nearest
  other point of its set.
- How far apart are the two sets (`companion.autoencoders.samples.frechet_distance`), and
  how much of that is the small number of examples?
- Are the generated examples copies of the training data?
"""

import numpy as np
from scipy.spatial.distance import cdist

from companion.autoencoders.samples import frechet_distance
from companion.networks.checks import check_counts, check_finite, checked_rows


def radii(points, k):
    """Return the distance of each point to the k-th nearest other one, shape (n,).

    Args:
        points: Shape (n, D), more than k of them.
        k: At least 1.

    Raises:
        ValueError: If there are too few points, or they are no finite table.
    """
    check_counts(k=k)
    points = np.asarray(points, dtype=float)
    if points.ndim != 2 or len(points) <= k:
        raise ValueError(f"points must be (n, D) with n above {k}; got {points.shape}")
    check_finite("points", points)
    # The point itself is the nearest of all, at the distance 0.
    return np.partition(cdist(points, points), k, axis=1)[:, k]


def inside(points, centers, k=3):
    """Tell which points lie in the region of others, the union of their k-neighbor balls.

    Args:
        points: Shape (n, D).
        centers: Shape (m, D), more than k of them.
        k: Which neighbor of a center its ball reaches.

    Returns:
        Boolean array, shape (n,).

    Raises:
        ValueError: If there are too few centers, or an array is no finite table of the
            same width.
    """
    reach = radii(centers, k)
    points = checked_rows("points", points, np.shape(centers)[1])
    check_finite("points", points)
    return (cdist(points, centers) <= reach).any(axis=1)


def precision_recall(real, generated, k=3):
    """Measure quality and variety apart from one another.

    Precision is the share of generated examples inside the region of the real ones, recall
    the share of real ones inside the region of the generated. Neither is 1 for two sets of
    the same law: report that value beside them, at the same numbers of examples.

    Args:
        real: Features of real examples, shape (n, D).
        generated: Features of generated examples, shape (m, D).
        k: As in `inside`.

    Returns:
        Both, floats from 0 to 1.

    Raises:
        ValueError: As in `inside`.

    Source:
        Kynkäänniemi et al. (2019), arXiv:1904.06991, eqs. 1 and 2; k = 3 as there.
    """
    precision = np.mean(inside(generated, real, k))
    return float(precision), float(np.mean(inside(real, generated, k)))


def bootstrap_interval(values, level=0.95, n_resamples=2000, seed=0):
    """Find an interval for a mean by drawing the values again with replacement.

    For a precision, pass what `inside` answers: the interval then tells the chance of
    which examples were generated, while the real ones that make the region are held. They
    must not be drawn again: a point drawn twice has itself as its neighbor and no ball.

    Args:
        values: Numbers or truth values, one for each example, shape (n,).
        level: Share of the resampled means inside the interval.
        n_resamples: How often to draw.
        seed: Seed of the draws.

    Returns:
        Lower and upper end, floats.

    Raises:
        ValueError: If there is no value, or `level` does not lie between 0 and 1.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or not values.size:
        raise ValueError(f"values must be (n,), not empty; got shape {values.shape}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1; got {level}")
    rows = np.random.default_rng(seed).integers(
        len(values), size=(n_resamples, len(values))
    )
    tails = (1 - level) / 2
    low, high = np.quantile(values[rows].mean(axis=1), (tails, 1 - tails))
    return float(low), float(high)


def bias_of_equal_gaussians(n, dim):
    """Expect this Fréchet distance between two batches of one normal law, to order 1 / n.

    The means differ by 2 D / n, and each of the two covariances errs by (D^2 + D) / n in
    the squared Frobenius norm, a quarter of whose sum the distance sees; together
    ``D (D + 5) / (2 n)`` for the law N(0, I).

    Args:
        n: Examples in each batch.
        dim: D, the number of features.

    Returns:
        The expected distance, in the squared unit of the features.
    """
    check_counts(n=n, dim=dim)
    return dim * (dim + 5) / (2 * n)


def frechet_at_infinity(real, generated, sizes, n_draws=10, seed=0):
    """Extrapolate the Fréchet distance to infinitely many examples.

    Parts of both sets are drawn without replacement, their distance is averaged over the
    draws, and a straight line in 1 / n is fitted: where it meets zero is the answer. It is
    an estimate, and may fall below zero for sets of the same law.

    Args:
        real: Features, shape (n, D).
        generated: Features, shape (m, D).
        sizes: At least two different numbers of examples, at most min(n, m).
        n_draws: Draws for each size.
        seed: Seed of the draws.

    Returns:
        limit: The distance at infinity.
        means: The mean distance at each size, shape (n_sizes,).

    Raises:
        ValueError: If the sizes are too few or too large.

    Source:
        Chong and Forsyth (2020), arXiv:1911.07023, section 4.
    """
    most = min(len(real), len(generated))
    if len(set(sizes)) < 2 or max(sizes) > most or min(sizes) < 2:
        raise ValueError(f"sizes must be two or more, from 2 to {most}; got {sizes}")
    rng = np.random.default_rng(seed)

    def distance(n):
        parts = (x[rng.permutation(len(x))[:n]] for x in (real, generated))
        return frechet_distance(*parts)

    means = np.array([np.mean([distance(n) for _ in range(n_draws)]) for n in sizes])
    return float(np.polyfit(1 / np.asarray(sizes, float), means, 1)[1]), means


def neighbor_ratios(points, train):
    """Distance to the nearest training example over that to the second nearest.

    Near 1 the example is as far from one as from the other; near 0 it sits on top of one.

    Args:
        points: Shape (n, D).
        train: Shape (m, D), at least two, none of them twice.

    Returns:
        Ratios from 0 to 1, shape (n,).
    """
    nearest = np.partition(cdist(points, train), 1, axis=1)[:, :2]
    return nearest[:, 0] / nearest[:, 1]


def copied_share(generated, train, test, level=0.05):
    """Share of generated examples nearer to one training example than test examples are.

    The bound is the ratio of `neighbor_ratios` below which the share `level` of the test
    examples lies. So an honest generator has about this share, and a copier has more.

    Args:
        generated: Shape (n, D).
        train: What the generator has learned from, shape (m, D).
        test: Examples that it has not seen, shape (l, D).
        level: Share of the test examples below the bound.

    Returns:
        The share, from 0 to 1.

    Raises:
        ValueError: If `level` does not lie between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1; got {level}")
    bound = np.quantile(neighbor_ratios(test, train), level)
    return float(np.mean(neighbor_ratios(generated, train) <= bound))
