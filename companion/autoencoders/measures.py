"""Measures of one trained model by what it is used for; each says what it ignores.

Codes z are tables (n, K), examples x are tables (n, D), and models come in as functions
`encode`, `decode` and `reconstruct` between them.
"""

import numpy as np
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from companion import metrics
from companion.networks.checks import check_counts, check_finite


def auc(normal, anomalous):
    """Probability that a random anomaly scores higher than a random normal example.

    It is the area under the curve of hits against false alarms; ties count one half. It
    sees the order of the scores alone: it names no threshold, and no share of anomalies
    enters.

    Args:
        normal: Scores of normal examples, shape (n,).
        anomalous: Scores of anomalies, shape (m,).

    Returns:
        A number in [0, 1]; 0.5 for scores that say nothing.

    Raises:
        ValueError: If one of the two is empty or not finite.
    """
    normal, anomalous = np.asarray(normal, float), np.asarray(anomalous, float)
    check_counts(normal=normal.size, anomalous=anomalous.size)
    check_finite("normal", normal)
    check_finite("anomalous", anomalous)
    return float(np.mean(_shares_beaten(normal, anomalous)))


def _shares_beaten(low, high):
    """Share of `low` that each of `high` exceeds, ties counted one half."""
    ranks = rankdata(np.concatenate((low, high)))[low.size :]
    return (ranks - rankdata(high)) / low.size


def auc_parts(normal, anomalous):
    """Split an AUC into what each normal and each anomalous example adds to it.

    The AUC is the sum of the means of the two parts. Drawing examples anew and averaging
    again shows how it varies with them, to first order.

    Args:
        normal: Scores of normal examples, shape (n,).
        anomalous: Scores of anomalies, shape (m,).

    Returns:
        of_normal: Share of the anomalies above each normal example, (n,).
        of_anomalous: Share of the normal examples below each anomaly, minus the AUC, (m,).
    """
    normal, anomalous = np.asarray(normal, float), np.asarray(anomalous, float)
    beaten = _shares_beaten(normal, anomalous)
    return 1 - _shares_beaten(anomalous, normal), beaten - beaten.mean()


def probe_hits(z_train, y_train, z_test, y_test):
    """Tell which test codes the probe of `metrics.linear_probe_accuracy` names rightly.

    Returns:
        Booleans, shape (m,); their mean is that accuracy.
    """
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    return probe.fit(z_train, y_train).predict(z_test) == y_test


def errors_of_examples(x, x_hat):
    """Squared error of each example, summed over its features: shape (n,)."""
    return np.sum((np.asarray(x, float) - np.asarray(x_hat, float)) ** 2, axis=1)


def fill_in(reconstruct, x, hidden, start, n_rounds=10):
    """Fill hidden features with what a model reconstructs there, again and again.

    The holes start at given values; each round reconstructs the whole example and copies
    the answer into the holes alone. For PCA the rounds converge to least squares on the
    visible features.

    Args:
        reconstruct: Function from examples (n, D) to reconstructions (n, D).
        x: Examples, (n, D); their hidden features are never looked at.
        hidden: Boolean array, True in the holes, (n, D).
        start: First values for the holes, shape (D,) or (n, D), for example the training
            mean.
        n_rounds: Number of rounds, at least 1.

    Returns:
        The filled examples, (n, D).

    Raises:
        ValueError: If `n_rounds` is below 1.
    """
    check_counts(n_rounds=n_rounds)
    filled = np.where(hidden, start, x)
    for _ in range(n_rounds):
        filled = np.where(hidden, reconstruct(filled), x)
    return filled


def best_rounds(reconstruct, x, hidden, start, counts=(1, 2, 3, 5, 10)):
    """Choose how many rounds `fill_in` shall make: the smallest error of known images.

    Args:
        reconstruct, x, hidden, start: As in `fill_in`; not the test images.
        counts: Numbers of rounds to try, rising.

    Returns:
        One of the counts.
    """
    filled, done, errors = start, 0, []
    for count in counts:
        filled, done = fill_in(reconstruct, x, hidden, filled, count - done), count
        errors.append(metrics.squared_error_per_example(x, filled))
    return counts[int(np.argmin(errors))]


def units_in_use(decode, z, x, share=0.01):
    """Count the code units that the reconstruction would miss.

    A unit is in use if setting it to its mean raises the squared error by more than a
    share of the error; no scale of the code enters.

    Args:
        decode: Function from codes (n, K) to examples (n, D).
        z: Codes, (n, K).
        x: The examples, (n, D).
        share: The share, above 0.

    Returns:
        The count, from 0 to K.
    """
    error, z = metrics.squared_error_per_example(x, decode(z)), np.asarray(z, float)
    each = np.eye(z.shape[1], dtype=bool)[:, None]
    x_hat = decode(np.concatenate(np.where(each, z.mean(axis=0), z)))
    errors = ((x_hat.reshape(len(each), *np.shape(x)) - x) ** 2).sum(axis=2).mean(axis=1)
    return int(np.sum(errors > (1 + share) * error))
