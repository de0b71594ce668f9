"""Random features and least squares: the smallest model with a double descent.

The features are ``relu(x @ A)`` with Gaussian A; only the weights on top are fitted. Where
the features are more numerous than the examples, many weights fit the examples exactly, and
the shortest ones are taken. An L2 penalty takes shorter ones at any number of features.
"""

import numpy as np


def random_feature_errors(x, y, x_test, y_test, n_features, rng, penalty=0.0):
    """Fit random features, and measure the error against their number.

    Without a penalty the weights w are the shortest ones of least squares. With one they
    minimize ``sum of (f @ w - y)**2 + penalty * sum of w**2``::

        w = f.T @ (f @ f.T + penalty * I)^-1 @ y

    Args:
        x: Training inputs, (n, D).
        y: Training targets, (n, n_out).
        x_test: Test inputs, (n_test, D).
        y_test: Test targets, (n_test, n_out).
        n_features: Numbers of features, each a prefix of the same random ones.
        rng: A `numpy.random.Generator`.
        penalty: Strength of the L2 penalty, at least 0.

    Returns:
        train: Mean squared training error for each number, (len(n_features),).
        test: Likewise on the test set.

    Raises:
        ValueError: If `penalty` is negative.

    Source:
        Belkin et al. (2019), doi:10.1073/pnas.1903070116.
    """
    if not penalty >= 0:
        raise ValueError(f"penalty must not be negative; got {penalty!r}")
    a = rng.normal(size=(x.shape[1], max(n_features))) / np.sqrt(x.shape[1])
    f, f_test = np.maximum(x @ a, 0.0), np.maximum(x_test @ a, 0.0)
    errors = []
    for k in n_features:
        weights = _fit(f[:, :k], y, penalty)
        fitted, predicted = f[:, :k] @ weights, f_test[:, :k] @ weights
        errors.append((np.mean((fitted - y) ** 2), np.mean((predicted - y_test) ** 2)))
    return tuple(np.array(errors).T)


def _fit(f, y, penalty):
    if penalty == 0:
        return np.linalg.lstsq(f, y, rcond=1e-8)[0]
    return f.T @ np.linalg.solve(f @ f.T + penalty * np.eye(len(f)), y)
