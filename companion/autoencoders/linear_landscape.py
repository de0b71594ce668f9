"""The loss of the linear autoencoder: its minimum, its saddles, and the way down.

With centered examples in the rows of x, shape (n, D), the encoder E, (D, K), and the
decoder F, (K, D), the squared distance of an example to its reconstruction x E F is, on
average over the examples,

    J(E, F) = tr[(I - E F)^T C (I - E F)],    C = x^T x / n

so the data enter by their covariance C alone. Its gradients are

    dJ/dE = -2 C (I - E F) F^T,    dJ/dF = -2 E^T C (I - E F)

Principal axes u_1, u_2, ... are the eigenvectors of C with variances v_1 >= v_2 >= ...
Here ``weights = (encoder, decoder)``. Biases are left out: for any weights the best ones
make the mean of the reconstructions the mean of the data, which is what centering does.
"""

import numpy as np
from threadpoolctl import threadpool_limits

from companion.networks import checks


def covariance(x):
    """Covariance of the examples, divided by n: (1/n) sum (x - mean)(x - mean)^T.

    Args:
        x: Examples, shape (n, D).

    Returns:
        C, shape (D, D), float64.

    Raises:
        ValueError: If `x` is no table, empty, or not finite.
    """
    x = np.asarray(x, dtype=float)
    if x.ndim != 2 or x.size == 0:
        raise ValueError(f"x must be a table (n, D), not empty; got shape {x.shape}")
    checks.check_finite("x", x)
    centered = x - x.mean(axis=0)
    return centered.T @ centered / len(x)


def principal_axes(covariance):
    """Variances and axes of a covariance, the largest variance first.

    Args:
        covariance: C, shape (D, D).

    Returns:
        variances: v, shape (D,), descending.
        axes: One unit vector u in each row, shape (D, D), its largest entry positive.
    """
    variances, columns = np.linalg.eigh(covariance)
    axes = columns.T[::-1]
    largest = np.argmax(np.abs(axes), axis=1)
    return variances[::-1], axes * np.sign(axes[np.arange(len(axes)), largest])[:, None]


def loss_and_grads(weights, covariance, penalty=0.0):
    """The loss J, plus an L2 penalty on each code unit, and its gradients.

    The penalty adds ``sum_k penalty_k (|column k of E|^2 + |row k of F|^2)``.

    Args:
        weights: (encoder, decoder), shapes (D, K) and (K, D).
        covariance: C, shape (D, D).
        penalty: One number for all code units, or K numbers; not negative.

    Returns:
        loss: The squared error, summed over features and averaged over examples, plus
            the penalty.
        grads: (grad_encoder, grad_decoder), shaped as `weights`.

    Source:
        Baldi and Hornik (1989), doi:10.1016/0893-6080(89)90014-2; with a penalty Kunin
        et al. (2019), arXiv:1901.08168.
    """
    encoder, decoder = weights
    penalty = np.broadcast_to(penalty, encoder.shape[1])
    residual = np.eye(len(covariance)) - encoder @ decoder  # I - E F
    weighted = covariance @ residual
    sizes = np.sum(encoder**2, axis=0) + np.sum(decoder**2, axis=1)
    loss = float(np.sum(residual * weighted) + penalty @ sizes)
    grad_encoder = -2.0 * weighted @ decoder.T + 2.0 * encoder * penalty
    grad_decoder = -2.0 * encoder.T @ weighted + 2.0 * decoder * penalty[:, None]
    return loss, (grad_encoder, grad_decoder)


def critical_point(covariance, which, latent_dim):
    """Weights at which every gradient is zero: project on the chosen principal axes.

    Code unit k carries axis which[k]; units that are left over are zero.

    Args:
        covariance: C, shape (D, D).
        which: Numbers of the axes, counted from 0, without repetition; at most K.
        latent_dim: K, the number of code units.

    Returns:
        weights: (encoder, decoder); its loss is the sum of the variances left out.

    Raises:
        ValueError: If an axis repeats or does not exist, or there are more than K.
    """
    which, n_features = list(which), len(covariance)
    checks.check_counts(latent_dim=latent_dim)
    known = len(set(which)) == len(which) and set(which) <= set(range(n_features))
    if not known or len(which) > latent_dim:
        raise ValueError(
            f"which must be at most {latent_dim} different axes from 0 to "
            f"{n_features - 1}; got {which}"
        )
    decoder = np.zeros((latent_dim, n_features))
    decoder[: len(which)] = principal_axes(covariance)[1][which]
    return decoder.T.copy(), decoder


def escape_direction(covariance, which, latent_dim):
    """A way down from a critical point, and how the loss bends along it.

    The best axis that is left out, j, enters the code unit that carries the worst chosen
    axis i, or a unit that is still zero. Along (E + t dE, F + t dF) the second derivative
    of the loss at t = 0 is then 2 (v_i - v_j), or -4 v_j.

    Args:
        covariance: C, shape (D, D).
        which: As in `critical_point`.
        latent_dim: K, the number of code units.

    Returns:
        direction: (d_encoder, d_decoder).
        curvature: The second derivative; below 0 unless `which` are K leading axes.

    Raises:
        ValueError: As `critical_point`, or if no axis is left out.
    """
    encoder, decoder = critical_point(covariance, which, latent_dim)
    left_out = sorted(set(range(len(covariance))) - set(which))
    if not left_out:
        raise ValueError(f"which must leave out at least one axis; got {list(which)}")
    variances, axes = principal_axes(covariance)
    new = left_out[0]
    if len(which) < latent_dim:
        unit, curvature = len(which), -4.0 * variances[new]
    else:
        unit = int(np.argmax(which))
        curvature = 2.0 * (variances[which[unit]] - variances[new])
    d_decoder = np.zeros_like(decoder)
    d_decoder[unit] = axes[new]
    return (d_decoder.T.copy(), d_decoder), float(curvature)


# Matrices this small are multiplied fastest on one thread, above all on a busy machine.
@threadpool_limits.wrap(limits=1, user_api="blas")
def descend(weights, covariance, *, learning_rate, n_steps, penalty=0.0, measure=None):
    """Gradient descent on the loss, with the whole covariance in every step.

    Args:
        weights: (encoder, decoder) to start from; left unchanged.
        covariance: C, shape (D, D).
        learning_rate: Step size, above 0.
        n_steps: Number of steps.
        penalty: As in `loss_and_grads`.
        measure: What to note of the weights: a function of (encoder, decoder); by
            default the loss.

    Returns:
        weights: After the last step.
        measured: Array of n_steps + 1 measurements, the first before the first step.

    Raises:
        ValueError: If `n_steps` is below 1 or not whole, or `learning_rate` not above 0.
    """
    checks.check_counts(n_steps=n_steps)
    if not learning_rate > 0:
        raise ValueError(f"learning_rate must be above 0; got {learning_rate}")
    measured = []
    for _ in range(n_steps):
        loss, grads = loss_and_grads(weights, covariance, penalty)
        measured.append(measure(*weights) if measure else loss)
        weights = tuple(w - learning_rate * g for w, g in zip(weights, grads, strict=True))
    loss, _ = loss_and_grads(weights, covariance, penalty)
    measured.append(measure(*weights) if measure else loss)
    return weights, np.array(measured)


def gains(weights, axes):
    """How much of each axis the autoencoder lets through: u^T E F u, shape (n_axes,).

    Args:
        weights: (encoder, decoder).
        axes: Unit vectors in rows, shape (n_axes, D).

    Returns:
        0 for an axis that is not learned, 1 for one that is reproduced.
    """
    encoder, decoder = weights
    return np.sum((axes @ encoder) * (decoder @ axes.T).T, axis=1)


def learning_curve(variance, gain, time):
    """The gain of one axis under gradient flow, in closed form.

    If encoder and decoder hold the axis with equal strength, the gain g obeys
    dg/dt = 4 v g (1 - g), which is solved by

        g(t) = 1 / (1 + (1 / g(0) - 1) exp(-4 v t))

    Gradient descent with step size eta has reached t = eta * step.

    Args:
        variance: v, the variance along the axis.
        gain: g(0), strictly between 0 and 1.
        time: t, any shape.

    Returns:
        g(t), shaped as `time`.

    Raises:
        ValueError: If `gain` is not strictly between 0 and 1.

    Source:
        Saxe, McClelland and Ganguli (2014), arXiv:1312.6120.
    """
    if not 0 < gain < 1:
        raise ValueError(f"gain must lie strictly between 0 and 1; got {gain}")
    return 1.0 / (1.0 + (1.0 / gain - 1.0) * np.exp(-4.0 * variance * np.asarray(time)))
