"""What all detectors of anomalies share, and the two measures of a ranking.

A detector learns from normal rows, ``fit(x_normal)``, and then gives any row a number,
``score(x)``: the higher, the stranger. What it says of bad input is decided here, once:

- NaN, infinite values, no table, another width than in training: one error, before any
  work; too few rows for the detector's own setting: likewise.
- Columns are standardized with the mean and the standard deviation of the training rows.
- A column that is constant in training is centered and *not* scaled, so that a row that
  deviates in it is that much stranger, in the column's own unit. An isolation forest
  cannot split such a column and so does not see it.
"""

import numpy as np

from companion.networks import checks


class Detector:
    """Check and standardize rows, then leave them to `_fit` and `_score` of a subclass.

    `min_rows` is what a subclass needs to be fitted. After `fit`, `constant` tells which
    columns did not vary in training, a boolean array (D,).
    """

    min_rows = 2

    def fit(self, x_normal):
        """Learn from normal rows.

        Args:
            x_normal: Rows taken to be normal, shape (n, D).

        Returns:
            The detector itself.

        Raises:
            ValueError: If `x_normal` is no table, not finite, or has too few rows or
                columns for the detector's settings.
        """
        x = _checked_table("x_normal", x_normal)
        if len(x) < self.min_rows:
            raise ValueError(
                f"x_normal must have at least {self.min_rows} rows for "
                f"{type(self).__name__}; got {len(x)}"
            )
        self._check_columns(x.shape[1])
        self.mean, self.scale, self.constant = learn_scales(x)
        self._fit(self._standardize(x))
        return self

    def score(self, x):
        """Give each row a number, the higher the stranger.

        Args:
            x: Rows, shape (n, D).

        Returns:
            Scores, shape (n,), float64.

        Raises:
            ValueError: Before `fit`, or if `x` is not finite or not (n, D).
        """
        if not hasattr(self, "scale"):
            name = type(self).__name__
            raise ValueError(f"{name} must be fitted before it scores; got no fit yet")
        x = checks.checked_data("x", x, len(self.scale))
        return np.asarray(self._score(self._standardize(x)), dtype=float)

    def _standardize(self, x):
        return (x - self.mean) / self.scale

    def _check_columns(self, n_columns):
        """Refuse a setting that so few columns cannot have; most have none."""


def learn_scales(x):
    """Learn how rows are standardized, by the rule for constant columns stated above.

    Args:
        x: Training rows, shape (n, D).

    Returns:
        mean: Means of the columns, shape (D,).
        scale: Their standard deviations, 1 for a constant column, shape (D,).
        constant: Which columns did not vary, a boolean array (D,).
    """
    mean, scale = x.mean(axis=0), x.std(axis=0)
    # Rounding alone must not make a constant column look as if it varied.
    constant = scale <= 1e-9 * np.maximum(1.0, np.abs(mean))
    return mean, np.where(constant, 1.0, scale), constant


def check_latent_dim(latent_dim, n_columns):
    """Refuse a code that is as wide as the data: it would reconstruct everything.

    Args:
        latent_dim: K.
        n_columns: D.

    Raises:
        ValueError: If K is not below D.
    """
    if latent_dim >= n_columns:
        raise ValueError(
            f"latent_dim must be below the number of columns, {n_columns}; got {latent_dim}"
        )


def roc_auc(y, scores):
    """Chance that a random anomaly has a higher score than a random normal row.

    A tie counts one half. The value is the area under the ROC curve, and it does not
    depend on how rare anomalies are.

    Args:
        y: 1 for an anomaly and 0 for a normal row, shape (n,).
        scores: The higher, the stranger, shape (n,).

    Returns:
        The ROC-AUC in [0, 1]; 0.5 for scores that tell nothing.

    Raises:
        ValueError: If a shape is not (n,), a score is NaN, or one class is missing.
    """
    y, scores = checked_labels(y, scores)
    ordered = np.sort(scores[~y])
    below = np.searchsorted(ordered, scores[y], "left")
    not_above = np.searchsorted(ordered, scores[y], "right")
    return float(np.mean(below + not_above) / (2.0 * len(ordered)))


def auc_of(normal, strange):
    """ROC-AUC of the scores of normal rows against those of anomalies.

    Args:
        normal: Scores of normal rows, shape (n,).
        strange: Scores of anomalies, shape (m,).

    Returns:
        As `roc_auc`.
    """
    y = np.repeat((0, 1), (len(normal), len(strange)))
    return roc_auc(y, np.concatenate((normal, strange)))


def average_precision(y, scores):
    """Mean, over the anomalies, of the share of anomalies among rows at least as strange.

    Scores that tell nothing reach the prevalence, the share of anomalies among all rows:
    so state it beside this number.

    Args:
        y: As in `roc_auc`.
        scores: As in `roc_auc`.

    Returns:
        The average precision in (0, 1].

    Raises:
        ValueError: As in `roc_auc`.
    """
    y, scores = checked_labels(y, scores)
    everything, anomalies = np.sort(scores), np.sort(scores[y])
    n_rows = len(everything) - np.searchsorted(everything, anomalies, "left")
    n_hits = len(anomalies) - np.searchsorted(anomalies, anomalies, "left")
    return float(np.mean(n_hits / n_rows))


def checked_labels(y, scores):
    """Turn labels and scores into arrays, if a ranking can be measured on them.

    Args:
        y: 1 for an anomaly and 0 for a normal row, shape (n,).
        scores: Shape (n,).

    Returns:
        y: As a boolean array.
        scores: As float64.

    Raises:
        ValueError: As in `roc_auc`.
    """
    y, scores = np.asarray(y), np.asarray(scores, dtype=float)
    if y.ndim != 1 or y.shape != scores.shape:
        raise ValueError(f"y and scores must be (n,); got {y.shape} and {scores.shape}")
    if np.isnan(scores).any():
        raise ValueError(f"scores must not be NaN; got {np.isnan(scores).sum()} of them")
    if not np.isin(y, (0, 1)).all() or len(np.unique(y)) < 2:
        raise ValueError(f"y must hold both 0 and 1, and no more; got {np.unique(y)}")
    return y.astype(bool), scores


def _checked_table(name, array):
    array = np.asarray(array, dtype=float)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(
            f"{name} must be a table (n, D), not empty; got shape {array.shape}"
        )
    checks.check_finite(name, array)
    return array
