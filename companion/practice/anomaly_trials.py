"""Compare detectors fairly: divided tables, and settings chosen by stated rules.

A split has four parts: normal rows to train on, normal rows to choose settings and
thresholds with, a test part of normal and anomalous rows, and a few known anomalies that
are in no test part. Of the four rules below the first two choose a setting without any
anomaly, the third with a few, and the last is a yardstick:

- ``"pseudo"``: tell validation rows from *pseudo-anomalies*, validation rows a third of
  whose columns were replaced by those of another row each. Every column by itself looks
  normal, what they are together does not;
- ``"middle"``: take the candidate in the middle of the list, without a look at data;
- ``"known"``: tell validation rows from the few known anomalies;
- ``"oracle"``: take what is best on the test part, which nobody can; the yardstick.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from companion.datasets.tables import divide
from companion.practice import anomaly_baselines as baselines
from companion.practice.anomaly import auc_of, average_precision, roc_auc
from companion.practice.anomaly_autoencoder import AutoencoderDetector, VAEDetector

RULES = ("pseudo", "middle", "known", "oracle")
SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4)


@dataclass(frozen=True)
class Split:
    """The four parts of a table; `y_test` is 1 for an anomaly."""

    x_train: np.ndarray
    x_val: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    x_known: np.ndarray

    @property
    def prevalence(self):
        """Share of anomalies in the test part."""
        return float(np.mean(self.y_test))


def pool(data, anomalous):
    """Join the three parts of a data set and say which labels are anomalies.

    Args:
        data: A `companion.datasets.Dataset`.
        anomalous: The labels that count as anomalies.

    Returns:
        x: All rows, flattened, shape (n, D), float64.
        y: 1 for an anomaly, shape (n,).
    """
    flat = data.flat()
    x = np.concatenate((flat.x_train, flat.x_val, flat.x_test)).astype(float)
    y = np.concatenate((flat.y_train, flat.y_val, flat.y_test))
    return x, np.isin(y, anomalous).astype(np.int64)


def split(x, y, seed, n_known=10):
    """Divide a table at random: half of the normal rows to train, a fifth to validate.

    Args:
        x: Rows, shape (n, D).
        y: 1 for an anomaly, shape (n,).
        seed: Seed of the division.
        n_known: Anomalies kept apart, below their number.

    Returns:
        A `Split`.

    Raises:
        ValueError: If there are fewer than ten normal rows, or no anomaly is left.
    """
    x, y = np.asarray(x), np.asarray(y)
    rng = np.random.default_rng(seed)
    n_normal, strange = np.count_nonzero(y == 0), np.flatnonzero(y)
    if n_normal < 10:
        raise ValueError(f"y must have at least 10 normal rows; got {n_normal}")
    if not 0 <= n_known < len(strange):
        raise ValueError(f"n_known must be below {len(strange)} anomalies; got {n_known}")
    train, val, rest = divide(y, rng)
    strange = rng.permutation(strange)
    known, test = strange[:n_known], np.concatenate((rest, strange[n_known:]))
    return Split(x[train], x[val], x[test], (y[test] != 0).astype(np.int64), x[known])


def pseudo_anomalies(x, seed, share=1 / 3):
    """Replace a share of the columns of each row, drawn at random, from other rows.

    Args:
        x: Normal rows, shape (n, D), n >= 2.
        seed: Seed of the draws.
        share: Share of the columns, in (0, 1]; at least one is replaced.

    Returns:
        As many rows, each entry from its own column of `x`.

    Raises:
        ValueError: If there are fewer than two rows or the share is out of range.
    """
    x = np.asarray(x)
    if len(x) < 2:
        raise ValueError(f"x must have at least 2 rows; got {len(x)}")
    if not 0 < share <= 1:
        raise ValueError(f"share must be in (0, 1]; got {share}")
    rng, (n, n_columns) = np.random.default_rng([seed, 2]), x.shape
    chosen = rng.permuted(np.tile(np.arange(n_columns), (n, 1)), axis=1)
    columns = chosen[:, : max(1, round(share * n_columns))]
    others = (np.arange(n)[:, None] + rng.integers(1, n, size=columns.shape)) % n
    mixed = x.copy()
    np.put_along_axis(mixed, columns, x[others, columns], axis=1)
    return mixed


def code_sizes(n_rows, n_columns):
    """Sizes of the code that are tried: shares of the smaller side of the table."""
    smaller = min(n_rows, n_columns)
    sizes = [min(int(np.ceil(share * smaller)), n_columns - 1) for share in SHARES]
    return sorted(set(sizes))


def candidates(n_rows, n_columns, seed=0):
    """List what is tried for each method, from the smallest setting to the largest.

    Args:
        n_rows: Training rows.
        n_columns: D.
        seed: Seed of what is random in a method.

    Returns:
        Maps a method's name to functions that make its detectors.
    """
    sizes = code_sizes(n_rows, n_columns)
    near = [k for k in (1, 3, 5, 10, 20) if k < n_rows]
    made = {
        "autoencoder": [partial(AutoencoderDetector, k, seed=seed) for k in sizes],
        "VAE": [partial(VAEDetector, sizes[(len(sizes) - 1) // 2], seed=seed)],
        "PCA residual": [partial(baselines.PCAResidual, k) for k in sizes],
        "Mahalanobis": [baselines.Mahalanobis],
        "neighbor distance": [partial(baselines.NeighborDistance, k) for k in near],
        "local outliers": [partial(baselines.LocalOutliers, k) for k in near[1:]],
        "one-class SVM": [
            partial(baselines.OneClassSVM, width)
            for width in (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
        ],
        "isolation forest": [
            partial(baselines.IsolationForest, n, seed)
            for n in sorted({min(n, n_rows) for n in (64, 256)})
        ],
        "tail probability": [baselines.TailProbability],
    }
    return {name: makers for name, makers in made.items() if makers}


def middle_of(makers):
    """Take the middle of a list of settings, the lower one of two."""
    return makers[(len(makers) - 1) // 2]


def measure(part, makers, seed=0):
    """Fit every candidate of one method once, and let each rule choose.

    Args:
        part: A `Split`.
        makers: Functions that make the detectors, as `candidates` lists them.
        seed: Seed of the pseudo-anomalies.

    Returns:
        Maps each rule to the ROC-AUC and average precision of its choice on the test part.
    """
    parts = (part.x_val, part.x_test, pseudo_anomalies(part.x_val, seed), part.x_known)
    rows, ends = np.concatenate(parts), np.cumsum([len(x) for x in parts])[:-1]
    found = []
    for make in makers:
        scores = make().fit(part.x_train).score(rows)
        val, test, *strange = np.split(scores, ends)
        judged = [auc_of(val, s) if len(s) else 0.5 for s in strange]
        measures = roc_auc(part.y_test, test), average_precision(part.y_test, test)
        found.append((*judged, *measures))
    pseudo_auc, known_auc, auc, _ = np.transpose(found)
    chosen = {
        "pseudo": np.argmax(pseudo_auc),
        "middle": middle_of(range(len(found))),
        "known": np.argmax(known_auc),
        "oracle": np.argmax(auc),
    }
    return {rule: found[i][2:] for rule, i in chosen.items()}


def compare(table, seeds, methods=None):
    """Measure methods on several splits of one table.

    Args:
        table: Pair of rows and labels, as `pool` returns it.
        seeds: One split for each; the seed is also that of the detectors.
        methods: Names of `candidates`; all by default.

    Returns:
        Maps each method to an array (n_splits, n_rules, 2): the ROC-AUC and the average
        precision of each of `RULES`.
    """
    found = {}
    for seed in seeds:
        part = split(*table, seed)
        for name, makers in candidates(*part.x_train.shape, seed).items():
            if methods is None or name in methods:
                measured = measure(part, makers, seed)
                found.setdefault(name, []).append([measured[rule] for rule in RULES])
    return {name: np.array(values) for name, values in found.items()}
