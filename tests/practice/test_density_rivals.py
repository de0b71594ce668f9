"""Rivals on the line: what is chosen, and what is drawn from it."""

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import kstest, norm

from companion.practice import density_rivals as rivals


def test_the_width_is_the_best_on_the_other_numbers(rng):
    train, val = (
        rng.choice([-3.0, 3.0], (n, 1)) + 0.3 * rng.normal(size=(n, 1)) for n in (200, 300)
    )
    found = rivals.best_kernel_density(train, val)
    likelihoods = []
    for width in rivals.WIDTHS * train.std(ddof=1):
        log_densities = logsumexp(norm.logpdf(val, train[:, 0], width), axis=1)
        likelihoods.append(log_densities.sum())
    assert found.factor == rivals.WIDTHS[np.argmax(likelihoods)]
    assert 0 < np.argmax(likelihoods) < len(rivals.WIDTHS) - 1


def test_the_mixture_has_as_many_parts_as_the_law(rng):
    def draw(n):
        return rng.choice([-3.0, 3.0], size=(n, 1)) + 0.3 * rng.normal(size=(n, 1))

    mixture = rivals.best_mixture(draw(2000), draw(1000), seed=0)
    assert mixture.n_components >= 2
    for center in (-3.0, 3.0):
        share = mixture.weights_[np.abs(mixture.means_[:, 0] - center) < 1.0].sum()
        assert share == pytest.approx(0.5, abs=0.05)


def test_all_rivals_draw_from_a_law_they_can_hold(rng):
    train, val = (rng.normal(1.0, 2.0, size=(n, 1)) for n in (4000, 1000))
    drawn = rivals.sample_rivals(train, val, seed=1, n=3000)
    assert list(drawn) == ["one Gaussian", "kernel density", "mixture by EM"]
    for name, x in drawn.items():
        # The 1 percent bound of 3000 samples is 0.03; the rest is the fit and the kernel.
        distance = kstest(np.ravel(x), norm(1.0, 2.0).cdf).statistic
        assert distance < 0.05, name
    again = rivals.sample_rivals(train, val, seed=1, n=3000)
    assert drawn["kernel density"].shape == (1, 3000)
    for name, x in drawn.items():
        assert x == pytest.approx(again[name])
