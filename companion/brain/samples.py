"""Patches drawn from codes whose units are made independent, and how natural they are.

Shuffling each unit over the inputs keeps the distribution of every unit and takes away
what units do together. Decoded, the shuffled codes show what independence is worth.

Three numbers compare such samples with patches: the excess kurtosis of differences of
neighboring pixels; the same after every sample is brought to length 1; and the spread of
the lengths by their mean. The first mixes the other two: samples of any kind get heavy
tails when strong and faint ones stand side by side. The second is free of that.
"""

import numpy as np

from companion.brain.sparseness import excess_kurtosis


def shuffle_units(z, rng):
    """Permute every column of codes z, (n, K), over the inputs, each by itself."""
    return rng.permuted(z, axis=0)


def draw(x, dictionary, z, rng):
    """Draw as many samples as there are patches, from five models of them.

    Args:
        x: Patches, shape (n, D).
        dictionary: Phi, shape (K, D).
        z: Codes of the patches, shape (n, K).
        rng: A `numpy.random.Generator`.

    Returns:
        A dictionary from names to samples (n, D), the patches themselves first. "Gaussian,
        contrasts of patches" has no edges: Gaussian samples with the lengths of patches.
    """
    axes = np.linalg.svd(x, full_matrices=False)[2]
    scores = x @ axes.T
    gaussian = rng.normal(size=scores.shape) * scores.std(axis=0) @ axes
    return {
        "patches": x,
        "reconstructions": z @ dictionary,
        "sparse coding": shuffle_units(z, rng) @ dictionary,
        "PCA, shuffled": shuffle_units(scores, rng) @ axes,
        "Gaussian": gaussian,
        "Gaussian, contrasts of patches": unit_contrast(gaussian)
        * rng.permutation(contrast(x))[:, None],
    }


def contrast(x):
    """Length of every sample, shape (n,)."""
    return np.linalg.norm(x, axis=1)


def unit_contrast(x):
    """Bring samples (n, D) to length 1; those without any contrast are left out."""
    lengths = contrast(x)
    return x[lengths > 0] / lengths[lengths > 0, None]


def tails(x):
    """Excess kurtosis of the differences of horizontal neighbors in squares (n, side^2)."""
    side = round(np.sqrt(x.shape[1]))
    differences = np.diff(x.reshape(-1, side, side), axis=2)
    return float(excess_kurtosis(differences.reshape(-1, 1))[0])


def measure(x):
    """The three numbers of samples (n, side * side): tails, tails at length 1, spread."""
    return tails(x), tails(unit_contrast(x)), float(contrast(x).std() / contrast(x).mean())
