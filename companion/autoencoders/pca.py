"""The two baselines of every reconstruction: the mean, and principal components.

Of all linear maps to K numbers and back, PCA leaves the smallest squared error. With
x_mean the mean of the training examples and the rows of V the first K principal axes:

    z = (x - x_mean) @ V.T,    x_hat = z @ V + x_mean

On the data it was fitted to, its squared error, summed over everything, is the sum of
the squared singular values of x - x_mean that it leaves out.
"""

import numpy as np

from companion.networks import checks


def _checked_table(name, array):
    array = np.asarray(array, dtype=float)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(
            f"{name} must be a table (n, D), not empty; got shape {array.shape}"
        )
    checks.check_finite(name, array)
    return array


def _checked_new_rows(x, model):
    """Rows that are as wide as those a model was fitted to."""
    if not hasattr(model, "mean"):
        name = type(model).__name__
        raise ValueError(f"{name} must be fitted before it encodes; got no fit(x) yet")
    return checks.checked_rows("x", x, len(model.mean))


class MeanPredictor:
    """Answer the mean of the training examples, whatever comes in: a code of size 0."""

    latent_dim = 0

    def fit(self, x):
        """Store the mean of the training examples.

        Args:
            x: Examples, shape (n, D).

        Returns:
            The predictor itself.

        Raises:
            ValueError: If `x` is no table, empty, or not finite.
        """
        self.mean = _checked_table("x", x).mean(axis=0)
        return self

    def encode(self, x):
        """Return the empty code of x, shape (n, D): an array of shape (n, 0).

        Raises:
            ValueError: Before `fit`, or if `x` is not (n, D).
        """
        return np.empty((len(_checked_new_rows(x, self)), 0))

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
        checks.check_counts(latent_dim=latent_dim)
        self.latent_dim = int(latent_dim)

    def fit(self, x):
        """Find the mean and the first K axes of x, shape (n, D), and return self.

        Raises:
            ValueError: If `x` is no table, empty, or not finite, or K is above min(n, D).
        """
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
        """Project x, shape (n, D), on the axes; return z, shape (n, K).

        Raises:
            ValueError: Before `fit`, or if `x` is not (n, D).
        """
        return (_checked_new_rows(x, self) - self.mean) @ self.components.T

    def decode(self, z):
        """Map codes z, shape (n, K), back to shape (n, D)."""
        return checks.checked_rows("z", z, self.latent_dim) @ self.components + self.mean

    def reconstruct(self, x):
        """Encode and decode x, shape (n, D)."""
        return self.decode(self.encode(x))
