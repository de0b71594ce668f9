"""What is lost in half precision, and how a scaled loss keeps it."""

import numpy as np

from companion.networks import losses, mlp


def cast(params, dtype):
    """Return the parameters in another precision."""
    return tuple([array.astype(dtype) for array in arrays] for arrays in params)


def half_gradient(params, x, scale=1.0):
    """Backpropagate an autoencoder's squared error in half precision.

    The gradient of the loss by the output is multiplied by the scale before it is rounded
    to 16 bits, and the gradients are divided by it at the end, in 64 bits.

    Args:
        params: (weights, biases) of `companion.networks.mlp`.
        x: Inputs and targets, shape (n, D).
        scale: The loss scale, above 0; 1 for none.

    Returns:
        (grad_weights, grad_biases), float64, shaped as `params`.

    Raises:
        ValueError: If `scale` is not above 0.

    Source:
        Micikevicius et al. (2018), arXiv:1710.03740, section 3.2.
    """
    if not scale > 0:
        raise ValueError(f"scale must be above 0; got {scale}")
    half = cast(params, np.float16)
    # Whatever does not fit becomes infinite; that is what the result is to show.
    with np.errstate(over="ignore", invalid="ignore"):
        outputs = mlp.forward(half, x.astype(np.float16))
        outputs = [output.astype(np.float16) for output in outputs]
        _, grad_output = losses.mse(outputs[-1].astype(float), x)
        grad_output = (scale * grad_output).astype(np.float16)
        grads = mlp.backward(half, outputs, grad_output)
    return tuple([g.astype(float) / scale for g in arrays] for arrays in grads)


def lost_share(grads, exact):
    """Return the share of entries that are zero, though the exact gradient's are not.

    Args:
        grads: (grad_weights, grad_biases).
        exact: The same in 64 bits.
    """
    pairs = zip([*grads[0], *grads[1]], [*exact[0], *exact[1]], strict=True)
    lost = [((g == 0) & (e != 0), e != 0) for g, e in pairs]
    return sum(zero.sum() for zero, _ in lost) / sum(there.sum() for _, there in lost)


def relative_error(grads, exact):
    """Return the length of the difference over the length of the exact gradient.

    Args:
        grads: (grad_weights, grad_biases).
        exact: The same in 64 bits.

    Returns:
        A number; infinite if an entry is.
    """
    off = np.concatenate(
        [(g - e).ravel() for g, e in zip(_all(grads), _all(exact), strict=True)]
    )
    if not np.isfinite(off).all():
        return float("inf")
    return float(
        np.linalg.norm(off)
        / np.linalg.norm(np.concatenate([e.ravel() for e in _all(exact)]))
    )


def _all(grads):
    return [*grads[0], *grads[1]]
