"""EASE: a linear autoencoder without a hidden layer, forbidden to copy, solved at once.

Over the square item-item matrices B, with X the rows of the training users::

    minimize  |X - X B|_F**2 + l2 |B|_F**2   subject to   diag(B) = 0

With P = (X^T X + l2 I)^-1 the minimum is B_ij = -P_ij / P_jj off the diagonal. Without the
constraint the best B would be close to the identity, which recommends what a user has.
"""

import numpy as np


class EASE:
    """Score items by one regression for each item on all the others.

    Args:
        l2: Weight of the penalty, above 0; it is the only setting.

    Raises:
        ValueError: If `l2` is not above 0.

    Source:
        Steck (2019), arXiv:1905.03375, equations 1, 2 and 8.
    """

    def __init__(self, l2=100.0):
        if not l2 > 0:
            raise ValueError(f"l2 must be above 0; got {l2}")
        self.l2 = l2

    def fit(self, x):
        """Solve for the weights.

        Args:
            x: Rows of the training users, (n_users, n_items), finite.

        Returns:
            self, with `weights`, (n_items, n_items).

        Raises:
            ValueError: If x is not such a table.
        """
        x = np.asarray(x, dtype=float)
        if x.ndim != 2 or x.size == 0 or not np.isfinite(x).all():
            raise ValueError(f"x must be a finite table (n, n_items); got shape {x.shape}")
        gram = x.T @ x + self.l2 * np.eye(x.shape[1])
        precision = np.linalg.inv(gram)
        self.weights = -precision / np.diag(precision)
        np.fill_diagonal(self.weights, 0.0)
        return self

    def scores(self, x):
        """Return the scores of all items for each row of x, shaped as x."""
        return np.asarray(x, dtype=float) @ self.weights
