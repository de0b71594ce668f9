"""Hebb's rule, and two that stay bounded: Oja's for one unit, Sanger's for several.

A linear unit answers an input x with y = w . x. Hebb's rule is dw = eta y x. Averaged over
inputs with the correlation Q = mean x x^T, a step multiplies w by I + eta Q. So the part of
w along an eigenvector of Q with eigenvalue q is (1 + eta q)^t as long after t steps, and w
grows without limit along the leading one. Oja's rule forgets as much as it learns::

    dw = eta y (x - y w)

Sanger's rule does this for K units in a row. Unit k learns from what the units before it,
and it itself, have not yet explained::

    dw_k = eta y_k (x - sum_{j <= k} y_j w_j)

Averaged over inputs with covariance C = mean x x^T, with the weights in the rows of W and
with LT[.] for "keep the lower triangle, the diagonal included"::

    dW = eta (W C - LT[W C W^T] W)

Its stable rest point is the K leading eigenvectors of C in their order, one in each row
and of length 1. Inputs are centered by the caller; otherwise Q stands in the place of C,
and the leading eigenvector is pulled towards the mean input.
"""

import numpy as np


def hebb_update(w, x):
    """Change of the weights by Hebb's rule for eta = 1, averaged over the inputs.

    Args:
        w: Weights of one unit, shape (D,).
        x: Inputs, centered or not, shape (n, D).

    Returns:
        mean y x, shape (D,).

    Source:
        Hebb (1949), p. 62, in words.
    """
    return (x @ w) @ x / len(x)


def follow_hebb(w, correlation, *, learning_rate, n_steps):
    """Follow the average of Hebb's rule with a constant step, as far as floats reach.

    Args:
        w: Weights to start from, shape (D,).
        correlation: Q of the inputs, mean x x^T, shape (D, D).
        learning_rate: eta, above 0.
        n_steps: Number of steps, at least 1.

    Returns:
        The weights before the first step and after each, shape (n_steps + 1, D).

    Raises:
        ValueError: As `train`, for `n_steps` and `correlation`.
    """
    weights = np.array(w, dtype=float)[None, :]
    correlation = np.asarray(correlation, dtype=float)
    _check(
        weights, correlation, "correlation", learning_rate=learning_rate, n_steps=n_steps
    )
    path = np.empty((n_steps + 1, weights.shape[1]))
    path[0] = weights[0]
    for step in range(n_steps):
        path[step + 1] = path[step] + learning_rate * correlation @ path[step]
    return path


def oja_update(w, x):
    """Change of the weights by Oja's rule for eta = 1, averaged over the inputs.

    Args:
        w: Weights of one unit, shape (D,).
        x: Inputs, centered, shape (n, D); one row for the rule as a cell would follow it.

    Returns:
        mean y (x - y w), shape (D,).

    Source:
        Oja (1982), doi:10.1007/BF00275687.
    """
    y = x @ w
    return (y @ x - (y @ y) * w) / len(x)


def sanger_update(weights, x):
    """Change of the weights by Sanger's rule for eta = 1, averaged over the inputs.

    Args:
        weights: W, one unit in each row, shape (K, D).
        x: Inputs, centered, shape (n, D).

    Returns:
        mean (y x^T - LT[y y^T] W), shape (K, D).

    Source:
        Sanger (1989), doi:10.1016/0893-6080(89)90044-0.
    """
    y = x @ weights.T
    return (y.T @ x - np.tril(y.T @ y) @ weights) / len(x)


def mean_update(weights, covariance):
    """Change of the weights by Sanger's rule for eta = 1, averaged over all inputs.

    With one row it is Oja's rule, C w - (w . C w) w.

    Args:
        weights: W, shape (K, D).
        covariance: C of the inputs, shape (D, D).

    Returns:
        W C - LT[W C W^T] W, shape (K, D).
    """
    driven = weights @ covariance
    return driven - np.tril(driven @ weights.T) @ weights


def contrast_patches(images):
    """The middle 8 by 8 pixels of each image, without their own mean brightness.

    Args:
        images: Shape (n, 16, 16, 1).

    Returns:
        The patches, shape (n, 64), float64; each row has the sum 0.
    """
    patches = images[:, 4:12, 4:12, 0].reshape(len(images), 64).astype(float)
    return patches - patches.mean(axis=1, keepdims=True)


def degrees_between(weights, lines):
    """Angle of each row of `weights` to the line along the same row of `lines`.

    Args:
        weights: Shape (K, D), or (D,) for all rows of `lines`; of any length but 0.
        lines: Shape (K, D); their signs do not matter.

    Returns:
        The angles in degrees, from 0 to 90, shape (K,).
    """
    weights, lines = np.asarray(weights), np.asarray(lines)
    lengths = np.linalg.norm(weights, axis=-1) * np.linalg.norm(lines, axis=-1)
    cosines = np.abs(np.sum(weights * lines, axis=-1)) / lengths
    return np.rad2deg(np.arccos(np.minimum(cosines, 1.0)))


def train(weights, x, *, learning_rate, n_passes, rng):
    """Follow Sanger's rule input by input, the step falling in a line towards zero.

    Args:
        weights: W to start from, shape (K, D); left unchanged.
        x: Inputs, centered, shape (n, D).
        learning_rate: eta at the start, above 0; far below ``1 / max |x|^2`` to be safe.
        n_passes: How often every input is seen, at least 1.
        rng: A `numpy.random.Generator` that draws the order.

    Returns:
        The weights after the last input, shape (K, D).

    Raises:
        ValueError: If `learning_rate` is not above 0, `n_passes` is below 1, or the
            shapes do not fit.
    """
    weights, x = np.array(weights, dtype=float), np.asarray(x, dtype=float)
    _check(weights, x, "x", learning_rate=learning_rate, n_passes=n_passes)
    step, n_steps = 0, n_passes * len(x)
    for _ in range(n_passes):
        for row in rng.permutation(len(x)):
            eta = learning_rate * (1.0 - step / n_steps)
            weights += eta * sanger_update(weights, x[row : row + 1])
            step += 1
    return weights


def train_axes(x, n_units, *, learning_rate, n_passes, seed):
    """Train from a small random start.

    Args:
        x: Inputs, centered, shape (n, D).
        n_units: K; with one unit it is Oja's rule.
        learning_rate: As `train`.
        n_passes: As `train`.
        seed: Seed of the start and of the order.

    Returns:
        The weights, shape (K, D).
    """
    rng = np.random.default_rng(seed)
    start = 0.1 * rng.normal(size=(n_units, x.shape[1]))
    return train(start, x, learning_rate=learning_rate, n_passes=n_passes, rng=rng)


def settle(weights, covariance, *, learning_rate, n_steps):
    """Follow the average of Sanger's rule with a constant step.

    Args:
        weights: W to start from, shape (K, D); left unchanged.
        covariance: C of the inputs, shape (D, D).
        learning_rate: eta, above 0. The rest point is stable only below 1 / v_1, with
            v_1 the largest eigenvalue of C, and a start along its axis runs away if
            ``|w|^2 > 1 + 2 / (eta v_1)``.
        n_steps: Number of steps, at least 1.

    Returns:
        The weights after the last step, shape (K, D).

    Raises:
        ValueError: As `train`, for `n_steps` and `covariance`.
    """
    weights = np.array(weights, dtype=float)
    covariance = np.asarray(covariance, dtype=float)
    _check(weights, covariance, "covariance", learning_rate=learning_rate, n_steps=n_steps)
    for _ in range(n_steps):
        weights += learning_rate * mean_update(weights, covariance)
    return weights


def _check(weights, array, name, learning_rate, **counts):
    if weights.ndim != 2 or array.ndim != 2 or weights.shape[1] != array.shape[1]:
        raise ValueError(
            f"weights must be (K, D) for {name} of shape {array.shape}; got {weights.shape}"
        )
    if not learning_rate > 0:
        raise ValueError(f"learning_rate must be above 0; got {learning_rate}")
    for argument, count in counts.items():
        if count < 1:
            raise ValueError(f"{argument} must be at least 1; got {count}")
