"""Accountants against published values and closed forms; the audit against known risks."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from companion import datasets
from companion.challenges import privacy_accounting as accounting
from companion.challenges.privacy_trials import canary_scores


def test_the_moments_accountant_of_the_paper_gives_its_value():
    """Abadi et al. (2016), section 5.1: 1.26 for q = 0.01, sigma = 4, 10,000 steps."""
    assert accounting.renyi_epsilon(4.0, 0.01, 10_000, 1e-5) == pytest.approx(
        1.26, abs=5e-3
    )


@pytest.mark.parametrize(
    ("sigma", "epochs", "published"), [(1.12, 60, 2.92), (1.2, 10, 1.20), (1.1, 60, 3.01)]
)
def test_the_tutorials_of_tensorflow_privacy_agree(sigma, epochs, published):
    """The table of its README: batches of 256 among 60,000 images, delta 1e-5."""
    found = accounting.renyi_epsilon(sigma, 256 / 60_000, epochs * 60_000 // 256, 1e-5)
    assert found == pytest.approx(published, abs=5e-3)


def test_full_batches_have_the_divergence_of_the_formula():
    """Mironov (2017), corollary 3: alpha / (2 sigma^2) for one release."""
    orders, divergences = accounting.renyi_divergences(3.0, 1.0, 7)
    np.testing.assert_allclose(divergences, 7 * orders / (2 * 3.0**2))


@pytest.mark.parametrize("sigma", [0.01, 0.1, 1.0, 3.0])
def test_little_noise_spends_the_least_over_all_orders(sigma):
    """With L = log(1 / delta) it is 1 / (2 sigma^2) + sqrt(2 L) / sigma."""
    least = 1 / (2 * sigma**2) + math.sqrt(2 * math.log(1e4)) / sigma
    found = accounting.renyi_epsilon(sigma, 1.0, 1, 1e-4)
    assert least * (1 - 1e-9) <= found <= least * 1.005


def exact_delta(epsilon, sigma):
    """Balle and Wang (2018), theorem 8, for one normal release of sensitivity 1."""
    away, shift = epsilon * sigma, 1 / (2 * sigma)
    return norm.cdf(shift - away) - math.exp(epsilon) * norm.cdf(-shift - away)


@pytest.mark.parametrize(("sigma", "steps"), [(1.0, 1), (3.0, 1), (5.0, 9)])
def test_the_loss_distribution_gives_the_exact_epsilon_of_normal_noise(sigma, steps):
    found = accounting.epsilon(sigma, 1.0, steps, 1e-5)
    alone = sigma / math.sqrt(steps)  # releases add up as one with less noise
    assert exact_delta(found, alone) == pytest.approx(1e-5, rel=0.02)
    assert exact_delta(found, alone) <= 1e-5 * (1 + 1e-6)


def test_what_was_released_before_is_counted():
    both = accounting.epsilon(4.0, 1.0, 1, 1e-5, released=(3.0,))
    alone = 1 / math.sqrt(1 / 4.0**2 + 1 / 3.0**2)
    assert exact_delta(both, alone) == pytest.approx(1e-5, rel=0.02)


def test_loss_distributions_are_tighter_than_divergences():
    setting = (1.5, 0.1, 100, 1e-4)
    assert accounting.epsilon(*setting) < accounting.renyi_epsilon(*setting)


def test_sampling_protects():
    assert (
        accounting.epsilon(2.0, 0.1, 10, 1e-5) < accounting.epsilon(2.0, 1.0, 10, 1e-5) / 3
    )


@pytest.mark.parametrize("target", [0.5, 4.0])
def test_the_noise_spends_what_it_may_and_no_more(target):
    sigma = accounting.noise_for(target, 0.5, 20, 1e-4, released=(30.0,))
    spent = accounting.epsilon(sigma, 0.5, 20, 1e-4, released=(30.0,))
    assert target * 0.995 < spent <= target


def test_the_audit_stays_below_the_truth_and_finds_some_of_it(rng):
    """One normal release with sigma 1: epsilon is 2.32 at delta 0.01."""
    assert exact_delta(2.318, 1.0) == pytest.approx(0.01, rel=0.01)
    found = [
        accounting.audited_epsilon(
            rng.normal(size=1000) + 1.0, rng.normal(size=1000), delta=0.01
        )
        for _ in range(20)
    ]
    assert max(found) < 2.318
    assert np.mean(found) > 0.7


def test_the_audit_of_nothing_finds_nothing(rng):
    found = [
        accounting.audited_epsilon(rng.normal(size=500), rng.normal(size=500), 1e-5)
        for _ in range(40)
    ]
    # The bound may fail in 5 of 100 cases.
    assert np.mean(np.array(found) > 0.0) < 0.2


def test_perfect_scores_give_the_bound_of_clopper_and_pearson():
    found = accounting.audited_epsilon(np.ones(400) * 2, np.zeros(400), 1e-5)
    low, high = 0.025 ** (1 / 200), 1 - 0.025 ** (1 / 200)
    assert found == pytest.approx(math.log((low - 1e-5) / high), rel=1e-6)


def test_the_audit_uses_absence_too(rng):
    """Scores that prove absence and never presence; hits alone say at most log 2."""
    present = np.ones(2000)
    absent = (rng.random(2000) < 0.5).astype(float)
    assert accounting.audited_epsilon(present, absent, 1e-5) > 4.0


def test_the_steps_of_the_course_keep_their_promise_and_a_fault_is_found():
    data, rng = datasets.load("digits").flat(), np.random.default_rng(0)
    x, labels = data.x_test[:6].astype(float), data.y_test[:6].astype(int)
    setting = {"runs": 500, "steps": 5, "rate": 0.5, "bound": 1.0, "sigma": 2.0, "rng": rng}
    spent = accounting.epsilon(2.0, 0.5, 5, 1e-3)

    def audit(clip):
        scores = [
            canary_scores(x, labels, takes_part=part, clip=clip, **setting)
            for part in (True, False)
        ]
        return accounting.audited_epsilon(*scores, 1e-3)

    assert audit(None) < spent
    assert audit(np.inf) > spent


def test_bad_settings_are_named():
    with pytest.raises(ValueError, match="delta must be above 0 and below 1; got 0"):
        accounting.epsilon(1.0, 0.1, 1, 0)
    with pytest.raises(ValueError, match="noise_multiplier must be above 0; got 0"):
        accounting.training_event(0, 0.1, 1)
    with pytest.raises(ValueError, match="rate must be above 0 and at most 1; got 2"):
        accounting.training_event(1.0, 2, 1)
    with pytest.raises(ValueError, match="target must be above 0; got 0"):
        accounting.noise_for(0, 0.1, 1, 1e-5)
    with pytest.raises(ValueError, match="target must be more than was spent already"):
        accounting.noise_for(0.01, 1.0, 1, 1e-5, released=(2.0,))
    with pytest.raises(ValueError, match="scores must be at least 4 of each kind"):
        accounting.audited_epsilon(np.ones(3), np.ones(9), 1e-5)
