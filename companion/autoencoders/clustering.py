"""k-means as an autoencoder: a code with a single one, and a table of centroids.

    encode: z = one-hot(j),  j the nearest of the centroids m_1, ..., m_M
    decode: x_hat = z @ m = m_j

The number j is all that has to be sent: log2(M) bits for each example. This is vector
quantization, and the squared error that k-means minimizes is its reconstruction error.
"""

import numpy as np
from sklearn.cluster import KMeans

from companion.networks import checks


class KMeansAutoencoder:
    """Encode an example as the number of its nearest centroid, decode to the centroid.

    Args:
        n_codes: M, the number of centroids: the size of the codebook, at least 1.
        seed: Seed of the start of k-means.

    Shapes:
        x and x_hat are (n, D); z is (n, M), one-hot; `centroids` is (M, D).

    Raises:
        ValueError: If `n_codes` is not an integer of at least 1 (on creation), or there are
            more centroids than examples (in `fit`).

    Source:
        Lloyd (1982), doi:10.1109/TIT.1982.1056489.
    """

    def __init__(self, n_codes, seed=0):
        checks.check_counts(n_codes=n_codes)
        self.n_codes, self.seed = int(n_codes), seed

    @property
    def bits(self):
        """Bits to name one of the centroids, log2(M)."""
        return float(np.log2(self.n_codes))

    def fit(self, x):
        """Find the centroids of x, shape (n, D), and return self.

        Raises:
            ValueError: If `x` is no table, not finite, or has fewer rows than centroids.
        """
        x = np.asarray(x, dtype=float)
        if x.ndim != 2 or len(x) < self.n_codes:
            raise ValueError(
                f"x must be a table (n, D) with n >= {self.n_codes}; got shape {x.shape}"
            )
        checks.check_finite("x", x)
        found = KMeans(self.n_codes, n_init=1, random_state=self.seed).fit(x)
        self.centroids = found.cluster_centers_
        return self

    def number(self, x):
        """Number of the nearest centroid of each row of x, shape (n,)."""
        if not hasattr(self, "centroids"):
            raise ValueError(
                "KMeansAutoencoder must be fitted before it encodes; got no fit(x) yet"
            )
        x = checks.checked_rows("x", x, self.centroids.shape[1])
        # |x - m|^2 without |x|^2, which is the same for all centroids.
        distances = np.sum(self.centroids**2, axis=1) - 2.0 * x @ self.centroids.T
        return np.argmin(distances, axis=1)

    def encode(self, x):
        """Turn x, shape (n, D), into one-hot codes, shape (n, M)."""
        return np.eye(self.n_codes)[self.number(x)]

    def decode(self, z):
        """Map codes z, shape (n, M), to centroids, shape (n, D)."""
        return checks.checked_rows("z", z, self.n_codes) @ self.centroids

    def reconstruct(self, x):
        """Encode and decode x, shape (n, D)."""
        return self.decode(self.encode(x))
