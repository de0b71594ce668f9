"""Latent semantic analysis: a truncated singular value decomposition as an autoencoder.

The rows of x are documents, its columns are terms. With the first K right singular
vectors of x in the rows of V,

    z = x @ V.T,    x_hat = z @ V

It is PCA without centering, so that the zeros of a term matrix stay zeros. The code of a
document is short and dense, and documents are compared by the angle between their codes.
"""

import numpy as np

from companion.networks import checks


class LSA:
    """Truncated singular value decomposition as an encoder and a decoder.

    Args:
        latent_dim: K, the number of singular vectors, at least 1.

    Shapes:
        x and x_hat are (n, D); z is (n, K); `components` is (K, D), orthonormal rows;
        `singular_values` is (min(n, D),), all of them.

    Raises:
        ValueError: If `latent_dim` is not an integer of at least 1 (on creation), or more
            than min(n, D) (in `fit`).

    Source:
        Deerwester et al. (1990), Indexing by latent semantic analysis.
    """

    def __init__(self, latent_dim):
        checks.check_counts(latent_dim=latent_dim)
        self.latent_dim = int(latent_dim)

    def fit(self, x):
        """Find the first K singular vectors of x, shape (n, D), and return self.

        Raises:
            ValueError: If `x` is no table, not finite, or K is above min(n, D).
        """
        x = np.asarray(x, dtype=float)
        if x.ndim != 2 or self.latent_dim > min(x.shape):
            raise ValueError(
                f"x must be a table (n, D) with n and D >= {self.latent_dim}; "
                f"got shape {x.shape}"
            )
        checks.check_finite("x", x)
        _, self.singular_values, axes = np.linalg.svd(x, full_matrices=False)
        axes = axes[: self.latent_dim]
        largest = np.argmax(np.abs(axes), axis=1)
        self.components = axes * np.sign(axes[np.arange(len(axes)), largest])[:, None]
        return self

    def encode(self, x):
        """Project x, shape (n, D), on the singular vectors; return z, shape (n, K)."""
        if not hasattr(self, "components"):
            raise ValueError("LSA must be fitted before it encodes; got no fit(x) yet")
        return checks.checked_rows("x", x, self.components.shape[1]) @ self.components.T

    def decode(self, z):
        """Map codes z, shape (n, K), back to shape (n, D)."""
        return checks.checked_rows("z", z, self.latent_dim) @ self.components

    def reconstruct(self, x):
        """Encode and decode x, shape (n, D)."""
        return self.decode(self.encode(x))


def retained_share(x, x_hat):
    """Share of the squared length of x that a reconstruction keeps, not centered.

    Args:
        x: Data, shape (n, D), not all zero.
        x_hat: Reconstruction, shaped as x.

    Returns:
        1 - sum (x - x_hat)^2 / sum x^2.

    Raises:
        ValueError: If the shapes differ or x is zero.
    """
    checks.check_same_shape("x_hat", x_hat, "x", x)
    x, x_hat = np.asarray(x, dtype=float), np.asarray(x_hat, dtype=float)
    total = np.sum(x**2)
    if not total > 0:
        raise ValueError(f"x must not be zero everywhere; got a sum of squares of {total}")
    return float(1.0 - np.sum((x - x_hat) ** 2) / total)


def retrieval_precision(z, topics, z_query, query_topics, n_best=10):
    """Share of the retrieved documents that have the topic of the query.

    Retrieved are the `n_best` documents with the largest cosine to the query.

    Args:
        z: Codes of the documents, shape (n, K).
        topics: Their topics, shape (n,).
        z_query: Codes of the queries, shape (m, K).
        query_topics: Their topics, shape (m,).
        n_best: Documents to retrieve for each query, at most n.

    Returns:
        The mean over the queries, in [0, 1].

    Raises:
        ValueError: If `n_best` is not an integer from 1 to n.
    """
    checks.check_counts(n_best=n_best)
    if n_best > len(z):
        raise ValueError(f"n_best must be at most {len(z)} documents; got {n_best}")

    def unit(codes):
        lengths = np.linalg.norm(codes, axis=1, keepdims=True)
        return codes / np.where(lengths > 0, lengths, 1.0)

    # Rounded, so that ties are broken by the order of the documents on every machine.
    cosines = np.round(unit(np.asarray(z_query)) @ unit(np.asarray(z)).T, 9)
    best = np.argsort(-cosines, axis=1, kind="stable")[:, :n_best]
    return float(np.mean(np.asarray(topics)[best] == np.asarray(query_topics)[:, None]))
