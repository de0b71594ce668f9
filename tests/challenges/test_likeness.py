"""Comparison with the model V1: known cases, and what two nulls leave."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from companion.challenges import likeness, patch_models


def test_split_signs_keep_everything(rng):
    z = rng.normal(size=(5, 3))
    rates = likeness.split_signs(lambda x: x)(z)
    assert np.all(rates >= 0)
    np.testing.assert_allclose(rates[:, :3] - rates[:, 3:], z)


def test_rank_agreement_equals_scipy_and_its_interval_is_in_order(rng):
    a = rng.normal(size=30)
    b = a + rng.normal(size=30)
    rho, low, high = likeness.rank_agreement(a, b, 500, rng)
    assert rho == pytest.approx(spearmanr(a, b).statistic)
    # Fisher's interval of a correlation, whose standard error is 1 / sqrt(n - 3).
    width = 1.96 / np.sqrt(27)
    expected = np.tanh(np.arctanh(rho) + np.array([-width, width]))
    np.testing.assert_allclose([low, high], expected, atol=0.15)


def test_lists_of_other_lengths_are_refused(rng):
    with pytest.raises(ValueError, match="n of 3 at least"):
        likeness.rank_agreement([1.0, 2.0], [1.0, 2.0], 10, rng)


def test_the_other_half_is_more_like_v1_than_its_scrambled_fields():
    x_test = patch_models.cut(60, 300, 0)[2]
    targets, others = likeness.references(0)
    found = {
        n: likeness.of_responses(f(x_test), targets(x_test)) for n, f in others.items()
    }
    own, scrambled = found["V1 model, simple"], found["scrambled simple"]
    assert own["CKA simple"] > scrambled["CKA simple"] + 0.03
    assert own["RSA simple"] > scrambled["RSA simple"] + 0.05
    assert found["V1 model, complex"]["CKA complex"] > 0.85
    # The halves share no cell: no measure may find them equal.
    assert max(own["CKA simple"], own["RSA simple"]) < 0.95


def test_splitting_signs_changes_linear_codes_and_no_rectified_ones():
    names, cuts = ("PCA", "untrained network"), [patch_models.cut(60, 60, 3)]
    x, labels, _ = cuts[0]
    runs = {
        n: [likeness.split_signs(patch_models.LEARNERS[n](x, labels, 16, 3))] for n in names
    }
    split = likeness.compare(runs, cuts, [3])
    whole = likeness.train_and_compare(names, cuts, [3], n_units=16)
    differences = [split[n]["CKA simple"] - whole[n]["CKA simple"] for n in names]
    assert abs(differences[0]) > 0.02
    assert differences[1] == pytest.approx(0.0, abs=1e-9)


def test_every_seed_is_compared_with_its_own_animal_on_its_own_patches():
    cuts = [patch_models.cut(60, 60, seed) for seed in (3, 4)]
    runs = {"PCA": [patch_models.principal_axes(x, y, 8, 0) for x, y, _ in cuts]}
    both = likeness.compare(runs, cuts, (3, 4))["PCA"]
    alone = [
        likeness.of_responses(run(x_test), likeness.references(seed)[0](x_test))
        for run, seed, (_, _, x_test) in zip(runs["PCA"], (3, 4), cuts, strict=True)
    ]
    assert alone[0]["CKA simple"] != pytest.approx(alone[1]["CKA simple"], abs=1e-3)
    for name, value in both.items():
        assert value == pytest.approx((alone[0][name] + alone[1][name]) / 2)


def test_average_is_taken_for_each_measure():
    assert likeness.average([{"a": 1.0, "b": 4.0}, {"a": 3.0, "b": 0.0}]) == {
        "a": 2.0,
        "b": 2.0,
    }
