"""How alike two codes of the same stimuli are: representational similarity and CKA.

Codes are (n, K): n stimuli in the rows, and in the columns units, of which the two codes
may have different numbers. With the centered codes x and y and their Gram matrices
K = x x^T and L = y y^T, linear CKA is::

    CKA = |y^T x|^2 / (|x^T x| |y^T y|) = sum K L / sqrt(sum K K  sum L L)

with Frobenius norms. With few stimuli it is above zero even for independent codes, the
more so the more units there are. The unbiased form takes another estimate of the three
sums, which leaves out the diagonals, and is zero on average for independent codes.

Representational similarity analysis turns a code into the dissimilarities of all pairs of
stimuli, 1 minus the correlation of the two rows, and correlates the ranks of two lists.
"""

import numpy as np
from scipy.stats import rankdata


def linear_cka(x, y):
    """Centered kernel alignment of two codes, from their cross-products.

    Args:
        x: Shape (n, K), at least two rows.
        y: Shape (n, M), the same stimuli in the same order.

    Returns:
        From 0 to 1; 1 for equal codes, also after a turn or a common factor.

    Raises:
        ValueError: If the shapes do not fit, or a code is the same for all stimuli.

    Source:
        Kornblith et al. (2019), arXiv:1905.00414, section 3.
    """
    x, y = _centered(x, y, at_least=2)
    return float(
        np.sum((y.T @ x) ** 2) / (np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y))
    )


def unbiased_cka(x, y):
    """Linear CKA with unbiased estimates of the three sums.

    Args:
        x: Shape (n, K), at least four rows.
        y: Shape (n, M), the same stimuli in the same order.

    Returns:
        At most 1, near 0 for independent codes, and negative for some of them.

    Raises:
        ValueError: As `linear_cka`, or with fewer than four rows.

    Source:
        Song et al. (2012), J. Mach. Learn. Res. 13:1393-1434, for the sums; Nguyen et al.
        (2021), arXiv:2010.15327, for their use in CKA.
    """
    x, y = _centered(x, y, at_least=4)
    grams = x @ x.T, y @ y.T
    products = [hsic(a, b) for a, b in (grams, grams[:1] * 2, grams[1:] * 2)]
    return float(products[0] / np.sqrt(products[1] * products[2]))


def hsic(gram_x, gram_y):
    """Unbiased estimate of the Hilbert-Schmidt independence criterion.

    With the diagonals of K and L set to zero, and 1 a column of ones::

        [tr(K L) + (1'K 1)(1'L 1) / ((n-1)(n-2)) - 2/(n-2) 1'K L 1] / (n (n-3))

    Args:
        gram_x: K, symmetric, shape (n, n), n at least 4.
        gram_y: L, likewise.

    Returns:
        The estimate; 0 on average for independent codes.
    """
    n = len(gram_x)
    k, m = (gram - np.diag(np.diag(gram)) for gram in (gram_x, gram_y))
    sums = k.sum(axis=0), m.sum(axis=0)
    total = sums[0].sum() * sums[1].sum() / ((n - 1) * (n - 2))
    return (np.sum(k * m) + total - 2.0 / (n - 2) * sums[0] @ sums[1]) / (n * (n - 3))


def dissimilarities(z):
    """1 minus the correlation of the activities for each pair of stimuli.

    Args:
        z: Code, shape (n, K), K at least 2.

    Returns:
        The matrix, shape (n, n), zeros on its diagonal. A stimulus to which all units
        answer alike has no correlation; it counts as 1 away from every other.

    Raises:
        ValueError: If `z` is no (n, K) with two units.

    Source:
        Kriegeskorte, Mur and Bandettini (2008), doi:10.3389/neuro.06.004.2008.
    """
    z = np.asarray(z, dtype=float)
    if z.ndim != 2 or z.shape[1] < 2:
        raise ValueError(f"z must be (n, K) with K of 2 at least; got shape {z.shape}")
    z = z - z.mean(axis=1, keepdims=True)
    length = np.linalg.norm(z, axis=1, keepdims=True)
    z = np.divide(z, length, out=np.zeros_like(z), where=length > 1e-12)
    matrix = 1.0 - z @ z.T
    np.fill_diagonal(matrix, 0.0)
    return matrix


def rsa(x, y):
    """Rank correlation (Spearman) of the dissimilarities of two codes.

    Args:
        x: Shape (n, K), at least three rows.
        y: Shape (n, M), the same stimuli in the same order.

    Returns:
        From -1 to 1.

    Raises:
        ValueError: As `linear_cka` and `dissimilarities`.
    """
    _centered(x, y, at_least=3)
    return compare_matrices(dissimilarities(x), dissimilarities(y))


def compare_matrices(first, second):
    """Rank correlation of two dissimilarity matrices, (n, n), above their diagonals."""
    above = np.triu_indices(len(first), 1)
    ranks = [rankdata(matrix[above]) for matrix in (first, second)]
    return float(np.corrcoef(*ranks)[0, 1])


def shuffled(compare, x, y, n_draws, rng):
    """Values of a measure when the stimuli of one code are in random order.

    Args:
        compare: Function of two codes.
        x: Shape (n, K).
        y: Shape (n, M).
        n_draws: Number of random orders, at least 1.
        rng: A `numpy.random.Generator`.

    Returns:
        Shape (n_draws,): what the measure gives to codes that know nothing of each other.

    Raises:
        ValueError: If `n_draws` is below 1.
    """
    if n_draws < 1:
        raise ValueError(f"n_draws must be at least 1; got {n_draws}")
    return np.array([compare(x, y[rng.permutation(len(y))]) for _ in range(n_draws)])


def scramble_phases(fields, rng):
    """Give receptive fields random phases, and leave them their amplitude spectra.

    Args:
        fields: Shape (K, side * side).
        rng: A `numpy.random.Generator`.

    Returns:
        Shape (K, side * side): as smooth, as oriented and as band-limited as before, but
        spread over the whole patch. Each row keeps its length and its mean.

    Raises:
        ValueError: If rows are no squares.
    """
    fields = np.asarray(fields, dtype=float)
    side = round(np.sqrt(fields.shape[-1]))
    if fields.ndim != 2 or side**2 != fields.shape[1]:
        raise ValueError(f"fields must be (K, side * side); got shape {fields.shape}")
    images = (len(fields), side, side)
    # The phases of a real noise image have the symmetry that a real field needs.
    noise = np.fft.fft2(rng.normal(size=images))
    noise[:, 0, 0] = 1.0
    spectrum = np.fft.fft2(fields.reshape(images)) * noise / np.abs(noise)
    return np.fft.ifft2(spectrum).real.reshape(fields.shape)


def _centered(x, y, at_least):
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y) or len(x) < at_least:
        raise ValueError(
            f"x and y must have the same number of rows, {at_least} at least; "
            f"got shapes {x.shape} and {y.shape}"
        )
    for name, z in (("x", x), ("y", y)):
        if not np.ptp(z, axis=0).any():
            raise ValueError(f"{name} must differ between stimuli; got equal rows")
    return x - x.mean(axis=0), y - y.mean(axis=0)
