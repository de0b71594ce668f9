"""The score of a density, and the best denoiser for it, in closed form, in NumPy.

The score is the slope of the log-density by the point, grad log p(x): it points to where
the data are denser. For x_noisy = x + sigma * eps with eps from N(0, I), and p_sigma the
density of x_noisy, the mean of the clean points behind a noisy one is

    E[x | x_noisy] = x_noisy + sigma^2 grad log p_sigma(x_noisy)        (Tweedie)

The worlds of this module are mixtures of M round Gaussians, for which both sides are
known. A fine row of Gaussians along a curve stands for a noisy curve, and Gaussians of
width 0 on the training examples stand for the training set itself.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp, softmax

from companion.datasets.worlds import curve_points
from companion.networks.checks import check_same_shape, checked_rows


@dataclass(frozen=True)
class RoundMixture:
    """A mixture of M Gaussians, each with one standard deviation in all directions.

    Args:
        means: Centers, shape (M, D).
        stds: Standard deviations, shape (M,), not negative; 0 makes a single point.
        weights: Shares of the components, shape (M,), positive, with the sum 1.

    Raises:
        ValueError: If a shape or a value is another.
    """

    means: np.ndarray
    stds: np.ndarray
    weights: np.ndarray

    def __post_init__(self):
        for name in ("means", "stds", "weights"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=float))
        if self.means.ndim != 2:
            raise ValueError(f"means must be (M, D); got shape {self.means.shape}")
        for name, values in (("stds", self.stds), ("weights", self.weights)):
            if values.shape != self.means.shape[:1]:
                raise ValueError(
                    f"{name} must have shape ({len(self.means)},); got {values.shape}"
                )
        if not (self.stds >= 0).all():
            raise ValueError(f"stds must not be negative; got {self.stds.min()}")
        if not (self.weights > 0).all() or not np.isclose(self.weights.sum(), 1.0):
            raise ValueError(
                f"weights must be positive with the sum 1; got the sum {self.weights.sum()}"
            )

    def sample(self, n, rng):
        """Draw n points, shape (n, D), with a `numpy.random.Generator`."""
        which = rng.choice(len(self.means), size=n, p=self.weights)
        noise = rng.normal(size=(n, self.means.shape[1]))
        return self.means[which] + self.stds[which, None] * noise

    def smoothed(self, sigma):
        """The mixture of the noisy points x + sigma eps: wider, with the same centers."""
        if not sigma >= 0:
            raise ValueError(f"sigma must not be negative; got {sigma}")
        return RoundMixture(self.means, np.hypot(self.stds, sigma), self.weights)

    def _log_terms(self, x):
        """Log of weight times density of every component at every point, (n, M)."""
        x, n_features = checked_rows("x", x, self.means.shape[1]), self.means.shape[1]
        if not (self.stds > 0).all():
            raise ValueError("stds must be above 0 for a density; got 0: smooth it first")
        squares = (x**2).sum(1)[:, None] - 2.0 * x @ self.means.T + (self.means**2).sum(1)
        log_norm = 0.5 * n_features * np.log(2.0 * np.pi * self.stds**2)
        return np.log(self.weights) - log_norm - squares / (2.0 * self.stds**2)

    def log_density(self, x):
        """Log-density at the points x, shape (n, D), in nats: shape (n,)."""
        return logsumexp(self._log_terms(x), axis=1)

    def score(self, x):
        """Slope of the log-density at the points x, shape (n, D): shape (n, D)."""
        shares = softmax(self._log_terms(x), axis=1) / self.stds**2  # (n, M)
        return shares @ self.means - shares.sum(axis=1, keepdims=True) * x

    def posterior_mean(self, x_noisy, sigma):
        """Mean of the clean points behind each noisy one, from Bayes' rule: (n, D).

        Within a component the posterior of a Gaussian is a Gaussian whose mean lies
        between the center and the noisy point; the components are then averaged with
        their posterior shares. No score is used.

        Args:
            x_noisy: Noisy points, shape (n, D).
            sigma: Standard deviation of the noise, above 0.
        """
        shares = softmax(self.smoothed(sigma)._log_terms(x_noisy), axis=1)  # (n, M)
        gain = self.stds**2 / (self.stds**2 + sigma**2)
        return shares @ ((1.0 - gain)[:, None] * self.means) + (shares @ gain)[:, None] * (
            np.asarray(x_noisy, dtype=float)
        )


def residual_score(x_noisy, x_hat, sigma):
    """The score that a denoiser estimates: its residual divided by sigma^2.

    Args:
        x_noisy: What the denoiser saw, shape (n, D).
        x_hat: What it answered, shape (n, D).
        sigma: Standard deviation of the noise it was trained with, above 0.

    Returns:
        (x_hat - x_noisy) / sigma**2, shape (n, D).

    Raises:
        ValueError: If the shapes differ or `sigma` is not above 0.
    """
    check_same_shape("x_hat", x_hat, "x_noisy", x_noisy)
    if not sigma > 0:
        raise ValueError(f"sigma must be above 0; got {sigma}")
    return (np.asarray(x_hat, dtype=float) - np.asarray(x_noisy, dtype=float)) / sigma**2


def cosine(a, b):
    """Cosine of the angle between each row of a and the same row of b.

    Args:
        a: Vectors, shape (n, D), none of them zero.
        b: Vectors, shape (n, D), none of them zero.

    Returns:
        Numbers in [-1, 1], shape (n,).

    Raises:
        ValueError: If the shapes differ.
    """
    check_same_shape("b", b, "a", a)
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    return np.sum(a * b, axis=1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))


def wiener_filter(covariance, sigma):
    """The best linear denoiser of data with a known covariance C.

    For noise of standard deviation sigma in every coordinate, and mean the mean of the
    data, the least squared error of any affine map is reached by

        x_hat = mean + (x_noisy - mean) @ filter,    filter = (C + sigma^2 I)^-1 C

    Args:
        covariance: C, shape (D, D).
        sigma: Standard deviation of the noise, above 0.

    Returns:
        The filter, shape (D, D), symmetric.

    Raises:
        ValueError: If the covariance is not square or `sigma` is not above 0.
    """
    covariance = np.asarray(covariance, dtype=float)
    if covariance.ndim != 2 or covariance.shape[0] != covariance.shape[1]:
        raise ValueError(f"covariance must be (D, D); got shape {covariance.shape}")
    if not sigma > 0:
        raise ValueError(f"sigma must be above 0; got {sigma}")
    return np.linalg.solve(covariance + sigma**2 * np.eye(len(covariance)), covariance)


def noisy_curve(truth, n_points=2000):
    """The density of the curve world: a fine row of round Gaussians along the spiral.

    Args:
        truth: The mapping that `companion.datasets.worlds.curve` returns.
        n_points: M, the number of Gaussians, at the middles of equal steps of t.

    Returns:
        A `RoundMixture` with M equal components; exact where M is large enough for the
        noise (or the noise after smoothing) to be much wider than a step.
    """
    points = curve_points((np.arange(n_points) + 0.5) / n_points, truth["turns"])
    std = np.full(n_points, truth["noise_std"])
    return RoundMixture(points, std, np.full(n_points, 1.0 / n_points))


def stretch(function, x, direction, eps=1e-2):
    """How much a map stretches a small step: the norm of its Jacobian times a direction.

    Args:
        function: Maps points (n, D) to (n, K).
        x: Points, shape (n, D).
        direction: One unit vector for each point, shape (n, D).
        eps: Half of the step; the slope is a central difference.

    Returns:
        Norms, shape (n,): 0 where the step is removed, 1 where it is kept.

    Raises:
        ValueError: If the shapes of `x` and `direction` differ.
    """
    check_same_shape("direction", direction, "x", x)
    moved = function(x + eps * direction) - function(x - eps * direction)
    return np.linalg.norm(moved, axis=1) / (2.0 * eps)
