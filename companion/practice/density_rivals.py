"""Simple models of a density on the line, each chosen on numbers kept for the choice."""

import numpy as np
from scipy.stats import gaussian_kde
from sklearn.mixture import GaussianMixture

WIDTHS = np.geomspace(0.02, 0.5, 8)  # in standard deviations of the training numbers
N_COMPONENTS = (1, 2, 3, 4, 5)


def best_kernel_density(train, val):
    """Choose the width of a kernel density estimate by the likelihood of other numbers.

    Args:
        train: Where the kernels stand, shape (n, 1).
        val: Numbers that choose the width, shape (m, 1).

    Returns:
        A `scipy.stats.gaussian_kde`.
    """
    kernels = [gaussian_kde(train[:, 0], width) for width in WIDTHS]
    return max(kernels, key=lambda one: one.logpdf(val[:, 0]).sum())


def best_mixture(train, val, seed):
    """Choose the number of Gaussians of a mixture fitted by EM in the same way.

    Args:
        train: Numbers to fit, shape (n, 1).
        val: Numbers that choose how many Gaussians, shape (m, 1).
        seed: Seed of the initial assignment, and of the samples drawn later.

    Returns:
        A `sklearn.mixture.GaussianMixture`.
    """
    mixtures = [GaussianMixture(k, random_state=seed).fit(train) for k in N_COMPONENTS]
    return max(mixtures, key=lambda one: one.score(val))


def sample_rivals(train, val, seed, n=5000):
    """Draw from each model fitted to the same numbers.

    Args:
        train: As in `best_mixture`.
        val: As in `best_mixture`.
        seed: As in `best_mixture`.
        n: How many numbers to draw from each.

    Returns:
        Mapping from the name of a model to its numbers.
    """
    one = GaussianMixture(1, random_state=seed).fit(train)
    return {
        "one Gaussian": one.sample(n)[0],
        "kernel density": best_kernel_density(train, val).resample(n, seed=seed),
        "mixture by EM": best_mixture(train, val, seed).sample(n)[0],
    }
