"""What a model of ratings must beat: means, biases, and a factorized table.

Each takes a table of ratings with its mask and predicts every pair. Where a user or an
item has no rating, the penalties pull what is unknown to zero, so that the prediction
falls back on the other bias, and on the global mean if both are unknown.
"""

import numpy as np


def global_mean(values, mask):
    """Predict the mean of all ratings for every pair.

    Args:
        values: Ratings, (n_users, n_items), with 0 where there is none.
        mask: 1 where there is a rating, otherwise 0.

    Returns:
        Predictions, (n_users, n_items).

    Raises:
        ValueError: If the table holds no rating.
    """
    return np.full(values.shape, _mean(values, mask))


def user_mean(values, mask):
    """Predict each user's mean rating; arguments and result as in `global_mean`."""
    return item_mean(values.T, mask.T).T


def item_mean(values, mask):
    """Predict each item's mean rating; arguments and result as in `global_mean`."""
    mean, counts = _mean(values, mask), mask.sum(axis=0)
    means = np.where(counts > 0, values.sum(axis=0) / np.maximum(counts, 1.0), mean)
    return np.broadcast_to(means, values.shape).copy()


def _mean(values, mask):
    if not mask.any():
        raise ValueError("mask must mark at least one rating; got none")
    return values.sum() / mask.sum()


class Biases:
    """Predict mean + b_u + c_i, with the biases of a ridge regression.

    Minimized over the observed ratings, with the mean fixed:

        sum (r_ui - mean - b_u - c_i)**2 + l2 (sum b_u**2 + sum c_i**2)

    Args:
        l2: Weight of the penalty, above 0.
        n_sweeps: Sweeps over both biases in turn, each the exact minimum over one of them.
    """

    def __init__(self, l2=5.0, n_sweeps=30):
        _check_positive("l2", l2)
        self.l2, self.n_sweeps = l2, n_sweeps

    def fit(self, values, mask):
        """Find the biases; arguments as in `global_mean`. Returns self."""
        self.mean = _mean(values, mask)
        centered = (values - self.mean) * mask
        self.users, self.items = np.zeros((len(values), 1)), np.zeros(values.shape[1])
        for _ in range(self.n_sweeps):
            rest = (centered - self.items * mask).sum(axis=1, keepdims=True)
            self.users = rest / (mask.sum(axis=1, keepdims=True) + self.l2)
            rest = (centered - self.users * mask).sum(axis=0)
            self.items = rest / (mask.sum(axis=0) + self.l2)
        return self

    def predict(self):
        """Return the predictions for all pairs, (n_users, n_items)."""
        return self.mean + self.users + self.items


class Factors:
    """Predict biases + p_u . q_i, by alternating least squares on what biases leave.

    With the biases fixed, minimized over the observed ratings, with residuals ``e_ui``::

        sum (e_ui - p_u . q_i)**2 + l2 (sum |p_u|**2 + sum |q_i|**2)

    Args:
        n_factors: K, the length of p_u and of q_i.
        l2: Weight of the penalty, above 0.
        n_sweeps: Sweeps; each is the exact minimum over all p_u, then over all q_i.
        bias_l2: The `l2` of the `Biases`.
        seed: Seed of the first q_i.

    Source:
        Koren, Bell and Volinsky (2009), Matrix factorization techniques.
    """

    def __init__(self, n_factors, l2=5.0, n_sweeps=30, bias_l2=5.0, seed=0):
        _check_positive("n_factors", n_factors)
        _check_positive("l2", l2)
        self.n_factors, self.l2, self.n_sweeps = n_factors, l2, n_sweeps
        self.bias_l2, self.seed = bias_l2, seed

    def fit(self, values, mask):
        """Find biases and factors; arguments as in `global_mean`. Returns self."""
        self.biases = Biases(self.bias_l2).fit(values, mask)
        residuals = (values - self.biases.predict()) * mask
        rng = np.random.default_rng(self.seed)
        self.items = 0.1 * rng.normal(size=(values.shape[1], self.n_factors))
        for _ in range(self.n_sweeps):
            self.users = _ridge_rows(residuals, mask, self.items, self.l2)
            self.items = _ridge_rows(residuals.T, mask.T, self.users, self.l2)
        return self

    def predict(self):
        """Return the predictions for all pairs, (n_users, n_items)."""
        return self.biases.predict() + self.users @ self.items.T


def _ridge_rows(residuals, mask, factors, l2):
    """Solve one ridge regression on `factors` for each row, over its marked entries."""
    n_factors = factors.shape[1]
    outer = (factors[:, :, None] * factors[:, None, :]).reshape(len(factors), -1)
    grams = (mask @ outer).reshape(-1, n_factors, n_factors) + l2 * np.eye(n_factors)
    return np.linalg.solve(grams, (residuals @ factors)[:, :, None])[:, :, 0]


def _check_positive(name, value):
    if not value > 0:
        raise ValueError(f"{name} must be above 0; got {value}")
