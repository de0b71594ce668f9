"""Measures of an attack by hand and by SciPy; likelihood ratios on a known world."""

import numpy as np
import pytest
from scipy.stats import ks_2samp, norm

from companion.challenges import membership
from companion.challenges import membership_trials as trials


def test_the_advantage_is_the_one_sided_statistic_of_kolmogorov_and_smirnov(rng):
    for _ in range(20):
        others, members = rng.normal(size=15), rng.normal(size=11) + 0.4
        members[:3] = others[:3]  # ties
        expected = ks_2samp(others, members, alternative="greater").statistic
        assert membership.advantage(others, members) == pytest.approx(expected)


def test_for_right_and_wrong_the_advantage_is_the_gap():
    members, others = np.array([1.0] * 9 + [0.0]), np.array([1.0] * 6 + [0.0] * 4)
    assert membership.advantage(others, members) == pytest.approx(0.9 - 0.6)


def test_members_found_at_a_rate_counted_by_hand():
    others = np.arange(100.0)  # 99 is the highest, and one may be accused of 100
    members = np.array([98.5, 99.5, 97.5, 10.0])
    assert membership.found_at(0.01, others, members) == 0.5
    assert membership.found_at(0.0, others, members) == 0.25
    assert membership.found_at(0.02, others, members) == 0.75


def test_measures_keep_models_apart_and_know_which_side_is_which():
    scores = np.array([[3.0, 2.0, 1.0, 0.0], [0.0, 1.0, 2.0, 3.0]])
    is_member = np.array([[True, True, False, False]] * 2)
    found = membership.measure(scores, is_member)
    assert found["AUC"].tolist() == [1.0, 0.0]
    assert found["advantage"].tolist() == [1.0, 0.0]
    assert found["found at 1 %"].tolist() == [1.0, 0.0]


def test_permuted_membership_tells_nothing(rng):
    scores = rng.normal(size=(30, 400))
    is_member = membership.draw_members(30, 400, 100, seed=1)
    aucs = membership.measure(scores, is_member)["AUC"]
    assert aucs.mean() == pytest.approx(0.5, abs=0.025)  # standard error 0.006


def test_members_are_drawn_in_the_wanted_number():
    drawn = membership.draw_members(5, 20, 7, seed=0)
    assert drawn.sum(axis=1).tolist() == [7] * 5
    assert len(np.unique(drawn, axis=0)) == 5


@pytest.fixture
def world(rng):
    """Every example has a level of its own; taking part adds one standard deviation."""
    is_member = rng.random((40, 300)) < 0.5
    level = 5.0 * rng.normal(size=300)
    return level + is_member + rng.normal(size=(40, 300)), is_member


def test_likelihood_ratios_see_what_one_threshold_does_not(world):
    statistic, is_member = world
    plain = membership.measure(statistic, is_member)["AUC"].mean()
    ratio = membership.measure(
        membership.likelihood_ratios(statistic, is_member), is_member
    )["AUC"].mean()
    assert plain < 0.58
    # Known levels would give Phi(1 / sqrt 2) = 0.76; forty models know them nearly.
    assert norm.cdf(1 / np.sqrt(2)) - 0.03 < ratio < norm.cdf(1 / np.sqrt(2)) + 0.02


def test_likelihood_ratios_leave_the_attacked_model_out(world):
    statistic, is_member = world
    found = membership.likelihood_ratios(statistic, is_member)
    model, example = 3, 17
    others = np.arange(len(statistic)) != model
    expected = 0.0
    for kind, sign in ((is_member, 1), (~is_member, -1)):
        mean = statistic[others & kind[:, example], example].mean()
        own = np.where(kind, statistic, 0).sum(axis=0) / kind.sum(axis=0)
        std = np.sqrt(np.mean((statistic - own)[kind] ** 2))
        expected += sign * norm.logpdf(statistic[model, example], mean, std)
    assert found[model, example] == pytest.approx(expected)


def test_the_logit_is_that_of_the_probability():
    p = np.array([0.5, 0.9, 1e-6])
    np.testing.assert_allclose(
        membership.logit_of_right(np.log(p)), np.log(p / (1 - p)), atol=1e-9
    )
    assert np.isfinite(membership.logit_of_right(np.array([0.0, -800.0]))).all()


def test_a_classifier_of_few_images_gives_its_members_away():
    x, labels, is_member = trials.draw(3, 40, seed=0)
    log_p, gap = trials.train_classifiers(x, labels, is_member, epochs=80)
    assert log_p.shape == is_member.shape
    assert (gap > 0.05).all()
    assert membership.measure(log_p, is_member)["AUC"].min() > 0.65


def test_errors_of_pca_are_zero_for_the_members_it_spans():
    x, _, is_member = trials.draw(2, 20, seed=0)
    errors = trials.pca_errors(x, is_member, 19)
    assert errors[is_member].max() < 1e-9
    assert np.median(errors[~is_member]) > 0.1


def test_an_autoencoder_of_few_images_reconstructs_its_members_better():
    x, _, is_member = trials.draw(2, 30, seed=0)
    errors = trials.autoencoder_errors(x, is_member, 8, epochs=60)
    assert membership.measure(-errors, is_member)["AUC"].min() > 0.6


def test_bad_settings_are_named():
    with pytest.raises(ValueError, match="rate must be at least 0 and below 1; got 1"):
        membership.found_at(1, np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match="n_members must be above 0 and below 5; got 5"):
        membership.draw_members(2, 5, 5, 0)
    with pytest.raises(ValueError, match="in and out of at least 3 models; got 2 and 2"):
        membership.likelihood_ratios(
            np.ones((4, 2)), np.array([[True] * 2] * 2 + [[False] * 2] * 2)
        )
