"""What one gradient gives away: the input of a dense layer, in closed form.

For one example x, a dense layer with weights W and bias b has a gradient of rank one.
With delta_i the slope of the loss by the input of unit i::

    dL/dW_ji = x_j delta_i,    dL/db_i = delta_i,    x_j = (dL/dW_ji) / (dL/db_i)

for every unit with a slope that is not zero, whatever follows the layer and whatever the
loss is. For a batch each quotient is a weighted mean of the images, with the weights
``delta_ni / sum over n of delta_ni``. Gradients are (grad_weights, grad_biases), as
`companion.networks.mlp` returns them.
"""

import numpy as np
from scipy.optimize import linear_sum_assignment

from companion.networks.checks import check_counts
from companion.networks.parameters import map_arrays


def quotients(grads):
    """Divide the gradient of each unit's weights by that of its bias.

    Args:
        grads: Gradients; only those of the first layer are used.

    Returns:
        One candidate image for each unit whose bias has a gradient, (n_units, D).

    Source:
        Geiping et al. (2020), proposition 3.1.
    """
    grad_weights, grad_bias = grads[0][0], grads[1][0]
    used = grad_bias != 0
    return (grad_weights[:, used] / grad_bias[used]).T


def image_from_gradient(grads, kept=None):
    """Estimate the one image behind a gradient, from all units of the first layer.

    The least-squares solution of ``dL/dW_ji = x_j dL/db_i`` over the units i. It is exact
    without noise; with noise it is better than any single quotient.

    Args:
        grads: Gradients of a single example.
        kept: Which entries of the first layer's weight gradient are to be believed,
            booleans of its shape; all by default. A pixel without one is taken as 0.

    Returns:
        The image, shape (D,), cut off at 0 and 1.
    """
    grad_weights, grad_bias = grads[0][0], grads[1][0]
    kept = np.ones(grad_weights.shape) if kept is None else kept
    products = (kept * grad_weights) @ grad_bias
    squares = kept @ grad_bias**2
    x = np.divide(products, squares, out=np.zeros(len(squares)), where=squares > 0)
    return np.clip(x, 0.0, 1.0)


def label_from_gradient(grads):
    """Read the class of one example off the gradient of the last bias.

    Under cross-entropy the gradient is p - onehot(label): negative at the label alone.

    Source:
        Zhao, Mopuri and Bilen (2020), arXiv:2001.02610, section 3.1.
    """
    return int(np.argmin(grads[1][-1]))


def norm(grads):
    """Return the Euclidean length of a gradient, over all layers."""
    return float(np.sqrt(sum(np.sum(g**2) for part in grads for g in part)))


def clipped(grads, bound):
    """Shorten a gradient to a length of at most `bound`; a shorter one stays as it is.

    Args:
        grads: Gradients.
        bound: C, above 0.

    Raises:
        ValueError: If `bound` is not above 0.
    """
    if not bound > 0:
        raise ValueError(f"bound must be above 0; got {bound}")
    share = min(1.0, bound / max(norm(grads), 1e-300))
    return map_arrays(lambda g: share * g, grads)


def noisy(grads, noise_std, rng):
    """Add normal noise of one standard deviation to every entry."""
    if noise_std < 0:
        raise ValueError(f"noise_std must not be negative; got {noise_std}")
    return map_arrays(lambda g: g + noise_std * rng.normal(size=g.shape), grads)


def pruned(grads, share):
    """Set the smallest entries of every array to zero.

    Args:
        grads: Gradients.
        share: Share of the entries of each array that go, from 0 to below 1.

    Source:
        Zhu, Liu and Han (2019), section 5.2.
    """
    if not 0 <= share < 1:
        raise ValueError(f"share must be at least 0 and below 1; got {share}")

    def prune(g):
        left = g.ravel().copy()
        left[np.argsort(np.abs(left), kind="stable")[: int(share * g.size)]] = 0.0
        return left.reshape(g.shape)

    return map_arrays(prune, grads)


def psnr_each(images, found):
    """Peak signal-to-noise ratio of every image in dB, for values in [0, 1].

    Args:
        images: The true images, (n, D).
        found: The reconstructions, (n, D).

    Returns:
        Shape (n,), at most 100 dB.
    """
    error = np.mean((np.asarray(images) - found) ** 2, axis=1)
    return -10.0 * np.log10(np.maximum(error, 1e-10))


def best_match(images, found):
    """Give each true image a candidate of its own, so that the squared error is least.

    Args:
        images: The true images, (n, D).
        found: At least n candidates, (m, D).

    Returns:
        The candidates in the order of the images, (n, D).

    Raises:
        ValueError: If there are fewer candidates than images.
    """
    if len(found) < len(images):
        raise ValueError(f"found must hold {len(images)} candidates; got {len(found)}")
    error = np.square(images[:, None] - found[None]).mean(axis=2)
    return found[linear_sum_assignment(error)[1]]


def nearest(images, known):
    """Return for each image the most similar one that the attacker knows already."""
    error = np.square(np.asarray(images)[:, None] - known[None]).mean(axis=2)
    return known[error.argmin(axis=1)]


def draw_rows(n_rows, size, n_draws, rng):
    """Draw several batches of different rows, shape (n_draws, size)."""
    check_counts(size=size, n_draws=n_draws)
    return np.stack([rng.choice(n_rows, size, replace=False) for _ in range(n_draws)])
