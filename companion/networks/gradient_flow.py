"""How far a gradient reaches back through time.

In an Elman layer, with rows for states and ``s_t`` the slopes of the units in step t,
``1 - h_t**2`` for tanh and 1 for linear units::

    dh_t / dh_(t-1) = W_h diag(s_t)
    dh_T / dh_(T-k) = W_h diag(s_(T-k+1)) ... W_h diag(s_T)

a product of k matrices. With linear units it is ``W_h`` to the power k, whose length goes
like rho**k, rho the *spectral radius* of ``W_h``: the largest modulus of its eigenvalues.
No unit has a slope above 1, so the product is never longer than ``s_max**k``, ``s_max`` the
largest singular value of ``W_h``; it may still be longer than ``W_h`` to the power k.
"""

import numpy as np

from companion.networks import sequence_learning


def with_radius(w_h, radius):
    """Scale a square matrix to a spectral radius.

    Args:
        w_h: The matrix, shape (H, H), not nilpotent.
        radius: The largest modulus that its eigenvalues shall have, above 0.

    Returns:
        The scaled matrix.

    Raises:
        ValueError: If `radius` is not above 0.
    """
    if not radius > 0:
        raise ValueError(f"radius must be above 0; got {radius}")
    return w_h * (radius / np.max(np.abs(np.linalg.eigvals(w_h))))


def jacobian_norms(w_h, slopes):
    """Length of ``dh_T / dh_(T-k)`` against the lag k.

    Args:
        w_h: Recurrent weights, shape (H, H).
        slopes: Slopes of the units in each step of one run, shape (n_steps, H).

    Returns:
        The largest singular value of the product for k = 0 ... n_steps, (n_steps + 1,).

    Raises:
        ValueError: If the shapes do not fit.
    """
    slopes = np.asarray(slopes, dtype=float)
    if slopes.ndim != 2 or w_h.shape != (slopes.shape[1],) * 2:
        raise ValueError(
            f"slopes must have shape (n_steps, H) for w_h of shape (H, H); got "
            f"{slopes.shape} and {w_h.shape}"
        )
    product, lengths = np.eye(len(w_h)), [1.0]
    for slopes_t in slopes[::-1]:
        product = (w_h * slopes_t) @ product
        lengths.append(np.linalg.norm(product, 2))
    return np.array(lengths)


def input_gradient_norms(cell, params, x):
    """How strongly the last answer depends on the input k steps before.

    The answer is the difference of the two last outputs, the log odds of a choice
    between two classes.

    Args:
        cell: One of the modules `recurrent`, `lstm` and `gru`.
        params: A stack of networks with two outputs.
        x: Sequences, (batch, n_steps, n_features) or one batch for each network.

    Returns:
        Length of the gradient of the answer by the input of step T - k, k = 0 ... T - 1,
        averaged over the batch, (n_networks, n_steps).
    """
    y, trace = sequence_learning.outputs(cell, params, x)
    grad_y = np.zeros_like(y)
    grad_y[..., -1, :] = -1.0, 1.0
    _, grad_x = sequence_learning.gradients(cell, params, x, trace, grad_y)
    return np.linalg.norm(grad_x, axis=-1).mean(axis=-2)[..., ::-1]
