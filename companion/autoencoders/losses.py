"""Every loss that the autoencoders of this package minimize, once, on any backend.

Each function returns one number for each example, in nats where it is minus the
logarithm of a probability, *summed* over the features or the code units of the example.
A model then averages over the batch: a mean over features would weigh the
reconstruction against a penalty differently for images of different sizes.

`companion.autoencoders.likelihoods` has the two likelihoods in NumPy, for reading and
for checking this module.
"""

import math

from keras import ops


def sum_over_features(values):
    """Sum over every axis but the first: (batch, ...) to (batch,)."""
    return ops.sum(ops.reshape(values, (ops.shape(values)[0], -1)), axis=-1)


def squared_error(x, x_hat):
    """Squared distance of each example to its reconstruction.

    Half of it is the Gaussian negative log-likelihood with standard deviation 1, without
    its constant.

    Args:
        x: Data, shape (batch, ...).
        x_hat: Reconstructions, shaped as x.

    Returns:
        The sum over features of (x - x_hat)**2, shape (batch,).
    """
    return sum_over_features(ops.square(ops.subtract(x, x_hat)))


def gaussian_nll(x, x_hat, sigma=1.0):
    """Negative log-density of each example under independent Gaussians around x_hat.

    Args:
        x: Data, shape (batch, ...), with D values to each example.
        x_hat: Means, shaped as x.
        sigma: Standard deviation of every feature, a number above 0.

    Returns:
        Nats, summed over features, shape (batch,):
        sum (x - x_hat)**2 / (2 sigma**2) + D/2 log(2 pi sigma**2).
    """
    n_features = math.prod(x.shape[1:])
    constant = 0.5 * n_features * math.log(2.0 * math.pi * sigma**2)
    return squared_error(x, x_hat) / (2.0 * sigma**2) + constant


def bernoulli_nll(x, logits):
    """Negative log-likelihood of each example under Bernoulli pixels.

    With x_hat = sigmoid(logits) it is the binary cross-entropy,
    -sum [x log x_hat + (1 - x) log(1 - x_hat)], written as softplus(logits) - x logits,
    which overflows nowhere.

    Args:
        x: Data in [0, 1], shape (batch, ...).
        logits: Log-odds of the pixels, shaped as x.

    Returns:
        Nats, summed over features, shape (batch,).
    """
    return sum_over_features(ops.softplus(logits) - ops.multiply(x, logits))


def categorical_nll(x, logits):
    """Negative log-likelihood of each sequence of symbols, or of single symbols.

    With p = softmax(logits) over the last axis it is the cross-entropy -sum x log p,
    written as logsumexp(logits) - x . logits, which overflows nowhere.

    Args:
        x: One-hot symbols, shape (batch, ..., V).
        logits: Scores of the V symbols, shaped as x.

    Returns:
        Nats, summed over every position of the sequence, shape (batch,).
    """
    nll = ops.logsumexp(logits, axis=-1, keepdims=True) - ops.sum(
        x * logits, axis=-1, keepdims=True
    )
    return sum_over_features(nll)


def gaussian_kl_per_unit(z_mean, z_log_var):
    """KL divergence of each code unit's N(mean, exp(log_var)) from N(0, 1).

    Args:
        z_mean: Means, shape (batch, K).
        z_log_var: Logarithms of the variances, shape (batch, K).

    Returns:
        Nats, (mean**2 + var - 1 - log var) / 2 for each unit, shape (batch, K).

    Source:
        Kingma and Welling (2014), arXiv:1312.6114, appendix B.
    """
    return 0.5 * (ops.square(z_mean) + ops.exp(z_log_var) - 1.0 - z_log_var)


def gaussian_kl(z_mean, z_log_var):
    """KL divergence of each code's diagonal Gaussian from N(0, I).

    Args:
        z_mean: Means, shape (batch, K).
        z_log_var: Logarithms of the variances, shape (batch, K).

    Returns:
        Nats, summed over the K code units, shape (batch,).
    """
    return ops.sum(gaussian_kl_per_unit(z_mean, z_log_var), axis=-1)


def l1_norm(z):
    """Sum of the absolute values of each code: the penalty that makes codes sparse.

    Up to a constant it is minus the log-density of independent Laplace units of scale 1.

    Args:
        z: Codes, shape (batch, K).

    Returns:
        The sum over code units, shape (batch,).
    """
    return ops.sum(ops.abs(z), axis=-1)


def bernoulli_kl(target_rate, rate):
    """KL divergence of a Bernoulli(target_rate) from a Bernoulli(rate), per unit.

    The sparsity penalty of sigmoid units: `rate` is the mean activity of a unit over a
    batch, and the sum over units is added to the loss.

    Args:
        target_rate: The wanted mean activity, strictly between 0 and 1.
        rate: Mean activities, shape (K,), strictly between 0 and 1.

    Returns:
        Nats for each unit, shape (K,).
    """
    return target_rate * ops.log(target_rate / rate) + (1.0 - target_rate) * ops.log(
        (1.0 - target_rate) / (1.0 - rate)
    )


def jacobian_penalty(slopes, kernel):
    """Squared Frobenius norm of the Jacobian of one layer's code by its input.

    The code is z = act(x @ kernel + bias), and its Jacobian has the entries
    dz_j / dx_i = slopes_j kernel_ij, so the sum of their squares needs no Jacobian.

    Args:
        slopes: Slope of each unit by its summed input, shape (batch, K).
        kernel: Weights of the layer, shape (D, K).

    Returns:
        The sum over units and inputs, sum_j slopes_j**2 sum_i kernel_ij**2, shape
        (batch,).

    Source:
        Rifai et al. (2011), Contractive auto-encoders, equation 7.
    """
    return ops.sum(ops.square(slopes) * ops.sum(ops.square(kernel), axis=0), axis=-1)


def masked_squared_error(patches, patches_hat, mask):
    """Squared error of the hidden patches alone; visible ones count nothing.

    Args:
        patches: Patches of the data, shape (batch, n_patches, n_pixels).
        patches_hat: Their predictions, shaped as patches.
        mask: 1 for hidden patches, 0 for visible ones, shape (batch, n_patches).

    Returns:
        The sum over the pixels of the hidden patches, shape (batch,).

    Source:
        He et al. (2022), arXiv:2111.06377, section 3; they take the mean over pixels.
    """
    return ops.sum(
        mask * ops.sum(ops.square(ops.subtract(patches, patches_hat)), axis=-1), axis=-1
    )
