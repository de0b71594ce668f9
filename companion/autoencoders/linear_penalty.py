"""The linear autoencoder with an L2 penalty, which finds axes and not only a subspace.

With the covariance C, encoder E, (D, K), and decoder F, (K, D), minimized is::

    J(E, F) + sum_k penalty_k (|column k of E|^2 + |row k of F|^2)

where J is the squared error of `companion.autoencoders.linear_landscape`. Along one axis
of variance v, a unit with encoder weight a and decoder weight b costs
v (1 - a b)^2 + penalty (a^2 + b^2), which is least at

    a = b = sqrt(gain),    gain = max(0, 1 - penalty / v)

- Penalties that differ: each code unit takes one axis, the smallest penalty the largest
  variance.
- One penalty for all: any rotation of the code does as well, F = Q diag(sqrt(gain)) U;
  the axes U are the right singular vectors of F, in order.
"""

import numpy as np
import scipy.optimize
from threadpoolctl import threadpool_limits

from companion.autoencoders.linear_landscape import loss_and_grads, principal_axes
from companion.networks import checks


def _checked_penalty(penalty, latent_dim):
    if np.shape(penalty) not in ((), (latent_dim,)) or not np.all(np.asarray(penalty) >= 0):
        raise ValueError(
            f"penalty must be one number or {latent_dim} numbers, none negative; "
            f"got {penalty}"
        )
    return np.broadcast_to(np.asarray(penalty, dtype=float), (latent_dim,))


def minimum(covariance, latent_dim, penalty):
    """The weights that minimize the penalized loss, in closed form.

    Args:
        covariance: C, shape (D, D).
        latent_dim: K, the number of code units, at most D.
        penalty: One number for all code units, or K numbers; not negative.

    Returns:
        weights: (encoder, decoder) with encoder = decoder.T; code unit k carries one
            principal axis. With one penalty for all it is one minimum of many.

    Raises:
        ValueError: If K is above D, or a penalty is negative.

    Source:
        Kunin et al. (2019), arXiv:1901.08168; for penalties that differ Bao et al.
        (2020), arXiv:2007.06731.
    """
    checks.check_counts(latent_dim=latent_dim)
    if latent_dim > len(covariance):
        raise ValueError(f"latent_dim must be at most {len(covariance)}; got {latent_dim}")
    penalty = _checked_penalty(penalty, latent_dim)
    variances, axes = principal_axes(covariance)
    # The unit with the smallest penalty takes the axis with the largest variance.
    axis_of_unit = np.argsort(np.argsort(penalty, kind="stable"))
    kept = np.maximum(variances[axis_of_unit], np.finfo(float).tiny)
    gain = np.maximum(0.0, 1.0 - penalty / kept)
    decoder = np.sqrt(gain)[:, None] * axes[axis_of_unit]
    return decoder.T.copy(), decoder


# Matrices this small are multiplied fastest on one thread, above all on a busy machine.
@threadpool_limits.wrap(limits=1, user_api="blas")
def fit(covariance, latent_dim, *, penalty=0.0, rng, max_steps=5000):
    """Train from small random weights with L-BFGS until the gradient vanishes.

    A quasi-Newton method stands in for gradient descent where only the end matters: it
    uses the same loss and gradients and needs far fewer steps.

    Args:
        covariance: C, shape (D, D).
        latent_dim: K, the number of code units.
        penalty: As in `minimum`.
        rng: A `numpy.random.Generator` that draws the first weights.
        max_steps: Steps at most.

    Returns:
        weights: (encoder, decoder), each the result of training.
        n_steps: Steps taken.

    Raises:
        ValueError: If a size or penalty makes no sense.
    """
    checks.check_counts(latent_dim=latent_dim, max_steps=max_steps)
    penalty = _checked_penalty(penalty, latent_dim)
    n_features = len(covariance)
    # In units of the total variance, so that the tolerances mean the same for all data.
    scale = np.trace(covariance)

    def split(flat):
        encoder, decoder = np.split(flat, 2)
        shape = n_features, latent_dim
        return encoder.reshape(shape), decoder.reshape(shape[::-1])

    def objective(flat):
        loss, grads = loss_and_grads(split(flat), covariance, penalty)
        return loss / scale, np.concatenate([g.ravel() for g in grads]) / scale

    start = rng.normal(size=2 * n_features * latent_dim) / np.sqrt(n_features)
    options = {"maxiter": max_steps, "maxfun": 2 * max_steps, "ftol": 1e-15, "gtol": 1e-8}
    found = scipy.optimize.minimize(
        objective, start, jac=True, method="L-BFGS-B", options=options
    )
    return split(found.x), int(found.nit)


def decoder_axes(decoder):
    """Orthonormal axes of a decoder, ordered by the strength that it gives them.

    Args:
        decoder: F, shape (K, D).

    Returns:
        The right singular vectors of F in rows, shape (K, D), by falling singular value;
        signs as in `principal_axes`. For weights trained with one penalty for all units
        they are the principal axes, without a penalty in general not.

    Source:
        Plaut (2018), arXiv:1804.10253; Kunin et al. (2019), arXiv:1901.08168.
    """
    axes = np.linalg.svd(decoder, full_matrices=False)[2]
    largest = np.argmax(np.abs(axes), axis=1)
    return axes * np.sign(axes[np.arange(len(axes)), largest])[:, None]


def axis_angles(axes, true_axes):
    """Angle of each axis to its counterpart; the sign of an axis is free.

    Args:
        axes: Vectors in rows, shape (K, D), none zero; they need no unit length.
        true_axes: Unit vectors in rows, shape (K, D).

    Returns:
        Angles in rad, between 0 and pi/2, shape (K,).
    """
    unit = axes / np.linalg.norm(axes, axis=1, keepdims=True)
    along = np.sum(unit * true_axes, axis=1, keepdims=True)
    # arctan2 keeps small angles, which arccos would round away.
    across = np.linalg.norm(unit - along * true_axes, axis=1)
    return np.arctan2(across, np.abs(along[:, 0]))
