"""The adversarial game on known densities: best discriminator, value, and slopes.

For densities p_data and p_g and any discriminator D, the value of the game is

    V = integral of  p_data(x) log D(x) + p_g(x) log(1 - D(x))  dx.

At every x the best answer is D*(x) = p_data(x) / (p_data(x) + p_g(x)), and with it

    V = 2 JSD(p_data, p_g) - log 4,

where JSD is the Jensen-Shannon divergence in nats, 0 for equal densities and at most
log 2. Integrals are sums over a grid that the caller gives.
"""

from dataclasses import dataclass

import numpy as np
from scipy.integrate import trapezoid
from scipy.special import expit, logsumexp, ndtr, xlogy

from companion.networks.checks import check_finite


@dataclass(frozen=True)
class Mixture:
    """A mixture of Gaussians on the line.

    Args:
        weights: Shares of the components, positive, with the sum 1.
        means: Their means.
        stds: Their standard deviations, above 0.

    Raises:
        ValueError: If the lengths differ, a share or a standard deviation is not
            positive, or the shares do not sum to 1.
    """

    weights: tuple
    means: tuple
    stds: tuple

    def __post_init__(self):
        if not len(self.weights) == len(self.means) == len(self.stds) > 0:
            raise ValueError(
                "weights, means and stds must be equally many; got "
                f"{len(self.weights)}, {len(self.means)} and {len(self.stds)}"
            )
        if min(self.weights) <= 0 or not np.isclose(sum(self.weights), 1.0):
            raise ValueError(f"weights must be shares of 1; got {self.weights}")
        if min(self.stds) <= 0:
            raise ValueError(f"stds must be above 0; got {self.stds}")

    def _standardized(self, x):
        means, stds = np.array(self.means), np.array(self.stds)
        return (np.asarray(x, dtype=float)[..., np.newaxis] - means) / stds

    def log_density(self, x):
        """Return log p(x), shape of x."""
        scale = np.array(self.weights) / (np.sqrt(2 * np.pi) * np.array(self.stds))
        return logsumexp(-0.5 * self._standardized(x) ** 2, b=scale, axis=-1)

    def density(self, x):
        """Return p(x), shape of x."""
        return np.exp(self.log_density(x))

    def distribution(self, x):
        """Return the share of probability up to x, shape of x."""
        return ndtr(self._standardized(x)) @ np.array(self.weights)

    def sample(self, n, rng):
        """Draw n numbers, shape (n, 1), rounded to six decimals.

        The rounding makes the same numbers on processors whose arithmetic differs in the
        last bit.
        """
        component = rng.choice(len(self.weights), size=n, p=self.weights)
        x = np.array(self.means)[component] + np.array(self.stds)[component] * rng.normal(
            size=n
        )
        return np.round(x, 6)[:, np.newaxis]


def optimal_discriminator(log_p_data, log_p_g):
    """Return D* = p_data / (p_data + p_g), from logarithms so that nothing underflows.

    Args:
        log_p_data: log p_data(x), any shape.
        log_p_g: log p_g(x), as log_p_data.

    Returns:
        D*, as log_p_data, in [0, 1].

    Source:
        Goodfellow et al. (2014), arXiv:1406.2661, proposition 1.
    """
    return expit(np.asarray(log_p_data) - np.asarray(log_p_g))


def value(x, p_data, p_g, logits):
    """Compute the value of the game for a given discriminator.

    Args:
        x: Grid, increasing, wide enough to hold both densities, shape (n,).
        p_data: p_data on the grid, (n,).
        p_g: p_g on the grid, (n,).
        logits: log(D / (1 - D)) on the grid, (n,); those of the best D are
            log p_data - log p_g.

    Returns:
        V in nats, at most 0.

    Raises:
        ValueError: If a logit is not finite.

    Source:
        Goodfellow et al. (2014), arXiv:1406.2661, eq. 1.
    """
    logits = np.asarray(logits, dtype=float)
    check_finite("logits", logits)
    log_d, log_not_d = -np.logaddexp(0.0, -logits), -np.logaddexp(0.0, logits)
    return float(trapezoid(p_data * log_d + p_g * log_not_d, x))


def jensen_shannon(x, p, q):
    """Compute the Jensen-Shannon divergence of two densities.

    Half the Kullback-Leibler divergence of p from m plus half that of q from m, where
    m = (p + q) / 2.

    Args:
        x: Grid, increasing, shape (n,).
        p: One density on the grid, (n,).
        q: The other, (n,).

    Returns:
        The divergence in nats, from 0 to log 2.
    """
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    middle = np.where(p + q > 0, 0.5 * (p + q), 1.0)
    return float(trapezoid(0.5 * (xlogy(p, p / middle) + xlogy(q, q / middle)), x))


def generator_losses(logits):
    """Both losses of the generator at given logits of its examples.

    Args:
        logits: s = log(D / (1 - D)), any shape.

    Returns:
        Mapping from "minimax", log(1 - D), and "non_saturating", -log D, to nats.
    """
    logits = np.asarray(logits, dtype=float)
    return {
        "minimax": -np.logaddexp(0.0, logits),
        "non_saturating": np.logaddexp(0.0, -logits),
    }


def generator_slopes(logits):
    """Slopes of both losses of the generator by the logit: -D and -(1 - D).

    Args:
        logits: s = log(D / (1 - D)), any shape.

    Returns:
        Mapping from "minimax" and "non_saturating" to slopes; both are negative, so that
        both losses push the logit up.
    """
    logits = np.asarray(logits, dtype=float)
    return {"minimax": -expit(logits), "non_saturating": -expit(-logits)}
