"""Detectors without an autoencoder: the rivals that it must beat or admit to.

All have the interface of `companion.practice.anomaly.Detector`. Four are written out,
because a few lines of NumPy say what they do; four come from scikit-learn.
"""

import numpy as np
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import KernelPCA
from sklearn.ensemble import IsolationForest as SklearnForest
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors
from sklearn.svm import OneClassSVM as SklearnSVM

from companion.autoencoders.pca import PCA
from companion.networks.checks import check_counts
from companion.practice.anomaly import Detector, check_latent_dim


class Mahalanobis(Detector):
    """Squared distance from the mean in units of the spread: x^T C^-1 x.

    The covariance C is shrunk toward a multiple of the identity, by the amount that
    Ledoit and Wolf derive, so that it can be inverted with fewer rows than columns too.
    """

    def _fit(self, x):
        self.precision = LedoitWolf(assume_centered=True).fit(x).precision_

    def _score(self, x):
        return np.einsum("ij,jk,ik->i", x, self.precision, x)


class PCAResidual(Detector):
    """Squared distance from the subspace of the first K principal components.

    Args:
        latent_dim: K.

    Raises:
        ValueError: If K is no integer of at least 1, or (in `fit`) not below D, or
            above the number of rows.
    """

    def __init__(self, latent_dim):
        check_counts(latent_dim=latent_dim)
        self.latent_dim = latent_dim
        self.min_rows = max(2, latent_dim)

    def _check_columns(self, n_columns):
        check_latent_dim(self.latent_dim, n_columns)

    def _fit(self, x):
        self.pca = PCA(self.latent_dim).fit(x)

    def _score(self, x):
        return np.sum((x - self.pca.reconstruct(x)) ** 2, axis=1)


class KernelPCAResidual(Detector):
    """Squared distance, in the feature space of a kernel, from the first K components.

    The kernel is ``k(x, y) = exp(-gamma |x - y|^2)``. With the centered features f of a
    row and its K coordinates c, the score is ``|f|^2 - |c|^2``.

    Args:
        latent_dim: K, below the number of training rows.
        gamma: Inverse squared width of the kernel, above 0.

    Raises:
        ValueError: If a setting is out of range, or (in `fit`) K is not below the number
            of rows.

    Source:
        Hoffmann (2007), Kernel PCA for novelty detection.
    """

    def __init__(self, latent_dim, gamma=0.05):
        check_counts(latent_dim=latent_dim)
        if not gamma > 0:
            raise ValueError(f"gamma must be above 0; got {gamma}")
        self.latent_dim, self.gamma = latent_dim, gamma
        self.min_rows = latent_dim + 1

    def _fit(self, x):
        self.pca = KernelPCA(
            self.latent_dim, kernel="rbf", gamma=self.gamma, eigen_solver="dense"
        ).fit(x)
        self.rows, self.level = x, rbf_kernel(x, x, self.gamma).mean()

    def _score(self, x):
        means = rbf_kernel(x, self.rows, self.gamma).mean(axis=1)
        length = 1.0 - 2.0 * means + self.level
        return length - np.sum(self.pca.transform(x) ** 2, axis=1)


class NeighborDistance(Detector):
    """Distance to the k-th nearest training row.

    Args:
        n_neighbors: k, at most the number of training rows.

    Raises:
        ValueError: If k is no integer of at least 1, or (in `fit`) above the number of
            rows.

    Source:
        Ramaswamy et al. (2000), Efficient algorithms for mining outliers from large
        data sets.
    """

    def __init__(self, n_neighbors=5):
        check_counts(n_neighbors=n_neighbors)
        self.n_neighbors = n_neighbors
        self.min_rows = max(2, n_neighbors)

    def _fit(self, x):
        self.neighbors = NearestNeighbors(n_neighbors=self.n_neighbors).fit(x)

    def _score(self, x):
        return self.neighbors.kneighbors(x)[0][:, -1]


class TailProbability(Detector):
    """How far out in its column each entry lies, summed over the columns: ECOD.

    In each column, -log of the share of training rows at most as large (left tail) and at
    least as large (right tail); a row counts as one of them. The score is the largest of
    three sums over columns: of the left tails, of the right tails, and of the tail on the
    side to which the column is skewed. There is nothing to set, and nothing between two
    columns is seen. PyOD takes the largest of the three in each column, and then the sum,
    so its numbers are other ones.

    Source:
        Li et al. (2022), ECOD, arXiv:2201.00382.
    """

    def _fit(self, x):
        self.columns = np.sort(x, axis=0)
        self.left_skewed = np.mean(x**3, axis=0) < 0  # x is centered

    def _score(self, x):
        n = len(self.columns)
        pairs = list(zip(self.columns.T, x.T, strict=True))
        at_most = [np.searchsorted(column, entry, "right") for column, entry in pairs]
        at_least = [n - np.searchsorted(column, entry, "left") for column, entry in pairs]
        left, right = (
            -np.log((np.transpose(count) + 1.0) / (n + 1.0))
            for count in (at_most, at_least)
        )
        skewed = np.where(self.left_skewed, left, right)
        return np.max([tails.sum(axis=1) for tails in (left, right, skewed)], axis=0)


class IsolationForest(Detector):
    """How few random cuts isolate a row, by scikit-learn.

    Args:
        n_rows: Training rows that each of the 100 trees is grown from, at most all.
        seed: Seed of the cuts.

    Source:
        Liu et al. (2008), Isolation forest.
    """

    def __init__(self, n_rows=256, seed=0):
        check_counts(n_rows=n_rows)
        self.n_rows, self.seed = n_rows, seed

    def _fit(self, x):
        n_rows = min(self.n_rows, len(x))
        self.forest = SklearnForest(max_samples=n_rows, random_state=self.seed).fit(x)

    def _score(self, x):
        return -self.forest.score_samples(x)


class OneClassSVM(Detector):
    """Depth below the surface that a support vector machine draws around the rows.

    The kernel is ``exp(-|x - y|^2 / (width D))``: `width` 1 is scikit-learn's default for
    standardized columns.

    Args:
        width: Width of the kernel, above 0.
        nu: Share of training rows that may lie outside, in (0, 1].

    Raises:
        ValueError: If a setting is out of range.

    Source:
        Schölkopf et al. (2001), Estimating the support of a high-dimensional distribution.
    """

    def __init__(self, width=1.0, nu=0.1):
        if not width > 0:
            raise ValueError(f"width must be above 0; got {width}")
        if not 0 < nu <= 1:
            raise ValueError(f"nu must be in (0, 1]; got {nu}")
        self.width, self.nu = width, nu

    def _fit(self, x):
        gamma = 1.0 / (self.width * x.shape[1])
        self.svm = SklearnSVM(gamma=gamma, nu=self.nu).fit(x)

    def _score(self, x):
        return -self.svm.score_samples(x)


class LocalOutliers(Detector):
    """How much thinner the training rows lie around a row than around its neighbors: LOF.

    Args:
        n_neighbors: k, below the number of training rows.

    Raises:
        ValueError: If k is no integer of at least 1, or (in `fit`) not below the number
            of rows.

    Source:
        Breunig et al. (2000), LOF: identifying density-based local outliers.
    """

    def __init__(self, n_neighbors=20):
        check_counts(n_neighbors=n_neighbors)
        self.n_neighbors = n_neighbors
        self.min_rows = n_neighbors + 1

    def _fit(self, x):
        self.lof = LocalOutlierFactor(n_neighbors=self.n_neighbors, novelty=True).fit(x)

    def _score(self, x):
        return -self.lof.score_samples(x)
