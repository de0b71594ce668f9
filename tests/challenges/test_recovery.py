"""Recovery of known features: the score, the learners, and where recovery ends."""

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import ortho_group
from sklearn.decomposition import MiniBatchDictionaryLearning

from companion.challenges import recovery


def test_the_score_is_the_best_of_all_pairings(rng):
    found, true = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    unit = [a / np.linalg.norm(a, axis=1, keepdims=True) for a in (found, true)]
    cosines = np.abs(unit[1] @ unit[0].T)
    best = max(
        np.mean([cosines[i, j] for i, j in enumerate(order)])
        for order in permutations(range(4))
    )
    assert recovery.recovered(found, true) == pytest.approx(best)


def test_order_sign_length_and_surplus_do_not_count_but_a_missing_one_does(rng):
    true = ortho_group.rvs(5, random_state=0)
    found = np.vstack([-3.0 * true[::-1], rng.normal(size=(3, 5))])
    assert recovery.recovered(found, true) == pytest.approx(1.0)
    assert recovery.recovered(true[:2], true) == pytest.approx(2 / 5)
    # One found direction cannot stand for two features.
    assert recovery.recovered(true[[0, 0, 0, 0, 0]], true) == pytest.approx(1 / 5)
    assert recovery.recovered(np.zeros((5, 5)), true) == 0.0


def test_examples_are_centered_sums_of_active_features(rng):
    x, atoms = recovery.draw_features(3000, 8, 20, 3, rng)
    assert np.mean(np.sum(x**2, axis=1)) == pytest.approx(1.0)
    np.testing.assert_allclose(x.mean(axis=0), 0.0, atol=1e-12)
    # With K < D the code can be read off: the active amplitudes are uniform in (0, 1).
    code = np.linalg.lstsq(atoms.T, x.T, rcond=None)[0].T
    np.testing.assert_allclose(code @ atoms, x, atol=1e-10)
    off = np.median(code, axis=0)  # 5 of 8 times a feature is absent
    active = code[np.abs(code - off) > 1e-9].size / len(code)
    assert active == pytest.approx(3.0)
    sizes = (code - off).max(axis=0)
    np.testing.assert_allclose(sizes, sizes.mean(), rtol=0.02)


def test_features_are_recovered_where_they_can_be_and_not_outside():
    found = {
        n_active: recovery.train_all(24, 16, n_active, seeds=range(3))
        for n_active in (3, 6, 10)
    }
    means = [found[n]["L1 autoencoder"].mean() for n in (3, 6, 10)]
    assert means[0] > 0.9
    assert means[0] > means[1] + 0.05 > means[2] + 0.15
    assert found[3]["top-k autoencoder"].mean() > 0.85
    assert found[10]["top-k autoencoder"].mean() < 0.75
    # No more than 16 of 24 features can have a partner.
    assert found[3]["ICA"].max() <= 16 / 24
    assert found[3]["PCA"].mean() < found[3]["random"].mean() < 0.6
    # What the autoencoders start from already scores, more than random directions.
    for scores in found.values():
        examples = scores["examples"].mean()
        assert scores["random"].mean() + 0.05 < examples < 0.75


def test_ica_recovers_all_where_there_are_no_more_features_than_dimensions():
    found = recovery.train_all(12, 12, 3, seeds=[0, 1], n=2000)
    assert found["ICA"].min() > 0.95
    assert found["PCA"].max() < 0.6


def test_dictionary_learning_is_no_weaker_than_the_one_of_scikit_learn():
    x, atoms = recovery.draw_features(3000, 24, 16, 3, np.random.default_rng(0))
    theirs = MiniBatchDictionaryLearning(
        24, alpha=0.1, max_iter=5, fit_algorithm="cd", positive_code=True, random_state=0
    )
    score = recovery.recovered(theirs.fit(x).components_, atoms)
    ours = recovery.learners(24, 3, 0)["dictionary learning"](x)
    assert recovery.recovered(ours, atoms) > score - 0.03 > 0.8


def test_learners_get_the_chosen_penalty_and_codes_that_are_not_negative(monkeypatch):
    x, _ = recovery.draw_features(50, 6, 4, 2, np.random.default_rng(0))
    seen = {}

    def train(x, n_atoms, penalty, **more):
        seen.update(more, penalty=penalty)
        return np.eye(4)

    monkeypatch.setattr(recovery.sparse_coding, "train", train)
    recovery.learners(6, 2, 0)["dictionary learning"](x)
    assert seen["nonnegative"] is True
    assert seen["penalty"] == recovery.PENALTY
    monkeypatch.setattr(recovery.sparse_autoencoder, "train", lambda p, x, pen, **k: pen)
    first = recovery.start(x, 6, np.random.default_rng(0))
    assert recovery.train_l1(first, x, n_batches=1, rng=None) == recovery.PENALTY


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda r: recovery.draw_features(9, 4, 3, 5, r), "n_active must be from 1 to 4"),
        (lambda r: recovery.draw_features(0, 4, 3, 2, r), "n must be"),
        (lambda r: recovery.recovered(np.ones((2, 3)), np.ones((2, 4))), "found must be"),
        (lambda r: recovery.start(np.ones((3, 2)), 4, r), "n_atoms must be from 1 to 3"),
    ],
)
def test_bad_arguments_are_refused(call, message, rng):
    with pytest.raises(ValueError, match=message):
        call(rng)
