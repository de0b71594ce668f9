"""Linear and older recommenders of items: popularity, neighbors, and the SVD.

Each is fitted on rows of 0 and 1, one for each training user, and scores all items for the
rows of other users. An item that no training user has is scored 0.
"""

import numpy as np


class Popularity:
    """Score every item by the share of the training users who have it."""

    def fit(self, x):
        """Count; x is rows of 0 and 1, (n_users, n_items). Returns self."""
        self.shares = np.asarray(x, dtype=float).mean(axis=0)
        return self

    def scores(self, x):
        """Return the same scores for each row of x, shaped as x."""
        return np.broadcast_to(self.shares, np.shape(x)).copy()


class ItemKNN:
    """Score an item by its similarity to the items a user has.

    The similarity of two items is the cosine of their columns, shrunk where few users
    have them, and kept for the closest neighbors of the scored item alone::

        s_ij = |users of both| / (sqrt(|users of i| |users of j|) + shrink)

    Args:
        n_neighbors: How many neighbors of each item keep their similarity.
        shrink: What is added to the divisor, in users, not negative.

    Raises:
        ValueError: If a setting is out of range.
    """

    def __init__(self, n_neighbors=50, shrink=10.0):
        if n_neighbors < 1:
            raise ValueError(f"n_neighbors must be at least 1; got {n_neighbors}")
        if not shrink >= 0:
            raise ValueError(f"shrink must not be negative; got {shrink}")
        self.n_neighbors, self.shrink = n_neighbors, shrink

    def fit(self, x):
        """Measure the similarities; x as in `Popularity.fit`. Returns self."""
        x = np.asarray(x, dtype=float)
        both = x.T @ x
        norms = np.sqrt(np.diag(both))
        divisors = np.outer(norms, norms) + self.shrink
        similarity = np.divide(both, divisors, where=divisors > 0, out=np.zeros_like(both))
        np.fill_diagonal(similarity, 0.0)
        n_left_out = max(0, len(both) - self.n_neighbors)
        far = np.argsort(similarity, axis=0, kind="stable")[:n_left_out]
        np.put_along_axis(similarity, far, 0.0, axis=0)
        self.weights = similarity
        return self

    def scores(self, x):
        """Return the scores of all items for each row of x, shaped as x."""
        return np.asarray(x, dtype=float) @ self.weights


class PureSVD:
    """Score items by projecting a user's row on the leading singular vectors.

    With X = U S V^T and V_K the K leading columns of V, the scores are x V_K V_K^T: a
    linear autoencoder that is trained to copy its input, with the zeros taken at their
    word.

    Args:
        n_factors: K, at least 1.

    Raises:
        ValueError: If `n_factors` is below 1.

    Source:
        Cremonesi, Koren and Turrin (2010), section 3.3.
    """

    def __init__(self, n_factors=20):
        if n_factors < 1:
            raise ValueError(f"n_factors must be at least 1; got {n_factors}")
        self.n_factors = n_factors

    def fit(self, x):
        """Find the directions; x as in `Popularity.fit`. Returns self."""
        x = np.asarray(x, dtype=float)
        _, vectors = np.linalg.eigh(x.T @ x)
        self.directions = vectors[:, ::-1][:, : self.n_factors]
        return self

    def scores(self, x):
        """Return the scores of all items for each row of x, shaped as x."""
        return np.asarray(x, dtype=float) @ self.directions @ self.directions.T
