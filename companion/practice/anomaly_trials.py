"""Compare detectors fairly: splits, settings chosen without anomalies, ranks over tables.

A split has four parts: normal rows to train on, normal rows to choose settings and
thresholds with, a test part of normal and anomalous rows, and a few known anomalies that
are in no test part. The first two rules below choose settings without any anomaly:

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
from scipy.stats import rankdata, wilcoxon

from companion.practice import anomaly_baselines as baselines
from companion.practice.anomaly import average_precision, roc_auc
from companion.practice.anomaly_autoencoder import (
    ACTIVATIONS,
    AutoencoderDetector,
    VAEDetector,
)

RULES = ("pseudo", "middle", "known", "oracle")
SHARES = (1 / 8, 1 / 4, 1 / 2, 3 / 4)


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
    normal, strange = rng.permutation(np.flatnonzero(y == 0)), np.flatnonzero(y)
    if len(normal) < 10:
        raise ValueError(f"y must have at least 10 normal rows; got {len(normal)}")
    if not 0 <= n_known < len(strange):
        raise ValueError(f"n_known must be below {len(strange)} anomalies; got {n_known}")
    train, val, rest = np.split(normal, [len(normal) // 2, len(normal) * 7 // 10])
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
    rng, (n, n_columns) = np.random.default_rng(seed), x.shape
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
        "autoencoder": [
            partial(AutoencoderDetector, k, activation=name, seed=seed)
            for k in sizes[1:]
            for name in ACTIVATIONS
        ],
        "VAE": [partial(VAEDetector, k, seed=seed) for k in sizes[1:3]],
        "PCA residual": [partial(baselines.PCAResidual, k) for k in sizes],
        "Mahalanobis": [baselines.Mahalanobis],
        "neighbor distance": [partial(baselines.NeighborDistance, k) for k in near],
        "local outliers": [partial(baselines.LocalOutliers, k) for k in near[1:]],
        "one-class SVM": [
            partial(baselines.OneClassSVM, width, nu)
            for width in (0.1, 0.3, 1.0, 3.0)
            for nu in (0.02, 0.1)
        ],
        "isolation forest": [
            partial(baselines.IsolationForest, n, seed) for n in (64, 256)
        ],
        "tail probability": [baselines.TailProbability],
    }
    return {name: makers for name, makers in made.items() if makers}


def measure(part, makers, seed=0):
    """Fit every candidate of one method once, and let each rule choose.

    Args:
        part: A `Split`.
        makers: Functions that make the detectors, as `candidates` lists them.
        seed: Seed of the pseudo-anomalies.

    Returns:
        Maps each rule to the ROC-AUC and average precision of its choice on the test part.
    """
    pseudo, found = pseudo_anomalies(part.x_val, seed), []
    for make in makers:
        detector = make().fit(part.x_train)
        val, test = detector.score(part.x_val), detector.score(part.x_test)
        judged = [
            roc_auc(*_against(val, detector.score(strange))) if len(strange) else 0.5
            for strange in (pseudo, part.x_known)
        ]
        measures = roc_auc(part.y_test, test), average_precision(part.y_test, test)
        found.append((*judged, *measures))
    pseudo_auc, known_auc, auc, _ = np.transpose(found)
    chosen = {
        "pseudo": np.argmax(pseudo_auc),
        "middle": (len(found) - 1) // 2,
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


def mean_ranks(values):
    """Rank methods within each table, the best first, and average over the tables.

    Args:
        values: Maps each method to one number per table, higher is better.

    Returns:
        Maps each method to its mean rank; equal numbers share a rank.
    """
    table = np.array(list(values.values()), dtype=float)
    ranks = rankdata(-table, axis=0).mean(axis=1)
    return dict(zip(values, (float(rank) for rank in ranks), strict=True))


def paired_p_value(ours, theirs):
    """Test by Wilcoxon's signed ranks whether two methods differ over tables.

    The p-value is exact: with n tables none can be below 2 / 2^n.

    Args:
        ours: One number for each table, shape (n,).
        theirs: As `ours`.

    Returns:
        The two-sided p-value; 1 if all are equal.

    Source:
        Demšar (2006), J. Mach. Learn. Res. 7:1, section 3.1.3.
    """
    difference = np.asarray(ours, dtype=float) - np.asarray(theirs, dtype=float)
    if not difference.any():
        return 1.0
    return float(wilcoxon(difference[difference != 0], method="exact").pvalue)


def _against(normal, strange):
    labels = np.repeat((0, 1), (len(normal), len(strange)))
    return labels, np.concatenate((normal, strange))
