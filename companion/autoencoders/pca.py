"""The two baselines of every reconstruction: the mean, and principal components.

Of all linear maps to K numbers and back, PCA leaves the smallest squared error. With
x_mean the mean of the training examples and the rows of V the first K principal axes:

    z = (x - x_mean) @ V.T,    x_hat = z @ V + x_mean

On the data it was fitted to, its squared error, summed over everything, is the sum of
the squared singular values of x - x_mean that it leaves out.
"""

import numpy as np


def _checked_table(name, array):
    array = np.asarray(array, dtype=float)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(
            f"{name} must be a table (n, D), not empty; got shape {array.shape}"
        )
    if not np.isfinite(array).all():
        n_bad = np.count_nonzero(~np.isfinite(array))
        raise ValueError(f"{name} must be finite; got {n_bad} NaN or infinite values")
    return array


class MeanPredictor:
    """Answer the mean of the training examples, whatever comes in: a code of size 0."""

    latent_dim = 0

    def fit(self, x):
        """Store the mean of x, shape (n, D), and return self."""
        self.mean = _checked_table("x", x).mean(axis=0)
        return self

    def encode(self, x):
        """Return the empty code, shape (n, 0)."""
        return np.empty((len(x), 0))

    def decode(self, z):
        """Return the training mean once for each row of z, shape (n, D)."""
        return np.tile(self.mean, (len(z), 1))

    def reconstruct(self, x):
        """Return the training mean once for each row of x, shape (n, D)."""
        return self.decode(self.encode(x))


class PCA:
    """Principal component analysis as an encoder and a decoder.

    Args:
        latent_dim: K, the number of components, at least 1.

    Shapes:
        x and x_hat are (n, D); z is (n, K); `components` is (K, D), orthonormal rows;
        `singular_values` is (min(n, D),), all of them, the left-out ones included.

    Raises:
        ValueError: If `latent_dim` is not a whole number of at least 1 (on creation),
            or more than min(n, D) (in `fit`).
    """

    def __init__(self, latent_dim):
        if latent_dim != int(latent_dim) or latent_dim < 1:
            raise ValueError(
                f"latent_dim must be an integer of at least 1; got {latent_dim}"
            )
        self.latent_dim = int(latent_dim)

    def fit(self, x):
        """Find the mean and the first K axes of x, shape (n, D), and return self."""
        x = _checked_table("x", x)
        if self.latent_dim > min(x.shape):
            raise ValueError(
                f"latent_dim must be at most {min(x.shape)} for x of shape {x.shape}; "
                f"got {self.latent_dim}"
            )
        self.mean = x.mean(axis=0)
        _, self.singular_values, axes = np.linalg.svd(x - self.mean, full_matrices=False)
        axes = axes[: self.latent_dim]
        # An axis is free in its sign; fix it, so that two machines print the same code.
        largest = np.argmax(np.abs(axes), axis=1)
        self.components = axes * np.sign(axes[np.arange(len(axes)), largest])[:, None]
        return self

    def encode(self, x):
        """Project x, shape (n, D), on the axes; return z, shape (n, K)."""
        return (np.asarray(x, dtype=float) - self.mean) @ self.components.T

    def decode(self, z):
        """Map codes z, shape (n, K), back to shape (n, D)."""
        return np.asarray(z, dtype=float) @ self.components + self.mean

    def reconstruct(self, x):
        """Encode and decode x, shape (n, D)."""
        return self.decode(self.encode(x))
