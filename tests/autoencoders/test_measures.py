"""AUC, filled holes and units in use against closed forms and scikit-learn."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from companion import metrics
from companion.autoencoders import known_cases, measures
from companion.autoencoders.pca import PCA


def test_auc_equals_that_of_scikit_learn_with_ties(rng):
    normal, odd = rng.integers(0, 6, 80), rng.integers(2, 8, 50)
    labels = np.repeat((0, 1), (80, 50))
    expected = roc_auc_score(labels, np.concatenate((normal, odd)))
    assert measures.auc(normal, odd) == pytest.approx(expected, rel=1e-12)


def test_auc_of_two_gaussians_matches_the_closed_form(rng):
    # Standard error about 0.001 for 100,000 scores each.
    found = measures.auc(rng.normal(size=100_000), rng.normal(1.0, size=100_000))
    assert found == pytest.approx(norm.cdf(1 / np.sqrt(2)), abs=0.005)


@pytest.mark.parametrize("normal", [[], [np.nan]])
def test_auc_refuses_scores_that_do_not_rank(normal):
    with pytest.raises(ValueError, match="normal must be"):
        measures.auc(normal, [1.0])


def test_filling_with_pca_converges_to_least_squares(rng):
    x = rng.normal(size=(300, 8)) @ rng.normal(size=(8, 8))
    pca, hidden = PCA(2).fit(x), np.zeros((1, 8), dtype=bool)
    hidden[0, :3] = True
    visible, axes = ~hidden[0], pca.components
    z, *_ = np.linalg.lstsq(axes[:, visible].T, (x[0] - pca.mean)[visible], rcond=None)
    filled = measures.fill_in(pca.reconstruct, x[:1], hidden, pca.mean, n_rounds=2000)
    np.testing.assert_allclose(filled[0, :3], (z @ axes + pca.mean)[:3], rtol=1e-6)
    np.testing.assert_array_equal(filled[0, 3:], x[0, 3:])


def test_filling_never_looks_into_the_holes(rng):
    x, hidden = rng.normal(size=(20, 5)), rng.random((20, 5)) < 0.5
    pca = PCA(2).fit(x)
    other = np.where(hidden, 99.0, x)
    filled = [measures.fill_in(pca.reconstruct, a, hidden, pca.mean) for a in (x, other)]
    np.testing.assert_array_equal(*filled)


def test_a_unit_that_the_decoder_ignores_is_not_in_use(rng):
    z, rows = rng.normal(size=(50, 3)), rng.normal(size=(3, 6))
    rows[1] = 0.0
    x = z @ rows + 0.1 * rng.normal(size=(50, 6))
    assert measures.units_in_use(lambda z: z @ rows, z, x) == 2


def test_parts_of_the_auc_add_up_and_follow_the_examples(rng):
    normal, odd = rng.integers(0, 6, 80), rng.integers(2, 8, 50)
    of_normal, of_odd = measures.auc_parts(normal, odd)
    pairs = (odd > normal[:, None]) + 0.5 * (odd == normal[:, None])
    np.testing.assert_allclose(of_normal, pairs.mean(axis=1))
    np.testing.assert_allclose(of_odd, pairs.mean(axis=0) - pairs.mean(), atol=1e-12)
    assert of_normal.mean() + of_odd.mean() == pytest.approx(measures.auc(normal, odd))


def test_hits_of_the_probe_average_to_its_accuracy(rng):
    z, y = rng.normal(size=(200, 3)), rng.integers(0, 3, 200)
    z[:, 0] += y
    halves = z[:100], y[:100], z[100:], y[100:]
    hits = measures.probe_hits(*halves)
    assert hits.mean() == pytest.approx(metrics.linear_probe_accuracy(*halves))
    assert 0.4 < hits.mean() < 1.0


def test_filling_takes_as_many_rounds_as_asked_for():
    up, hole = (lambda x: x + 1.0), np.array([[True, False]])
    filled = measures.fill_in(up, np.zeros((1, 2)), hole, np.zeros(2), 3)
    np.testing.assert_array_equal(filled, [[3.0, 0.0]])


@pytest.mark.parametrize(("truth", "expected"), [(1.2, 1), (2.9, 3), (4.0, 3), (50.0, 10)])
def test_rounds_are_those_with_the_smallest_error(truth, expected):
    # After n rounds the hole holds n; of two equally near counts the fewer win.
    up, hole = (lambda x: x + 1.0), np.array([[True, False]])
    x = np.array([[truth, 0.0]])
    assert measures.best_rounds(up, x, hole, np.zeros(2)) == (
        3 if truth == 4.0 else expected
    )


def test_use_is_judged_against_the_mean_and_a_share_of_the_error(rng):
    z = np.column_stack((rng.normal(size=4000), 50.0 + rng.normal(size=4000)))
    rows = np.array([[1.0], [np.sqrt(0.005)]])
    # Unit 1 saves 0.5 % of the error, and its mean is of no use.
    x = z @ rows + rng.normal(size=(4000, 1))
    assert measures.units_in_use(lambda z: z @ rows, z, x) == 1


@pytest.mark.parametrize("seed", [0, 1])
def test_every_measure_finds_the_known_answer(seed):
    rows = known_cases.rows(seed, tolerance=0.05)
    assert len(rows) == len(known_cases.CASES)
    assert rows[0][2] == "0.84"


def test_a_wrong_answer_is_an_error(monkeypatch):
    monkeypatch.setitem(known_cases.CASES, "wrong", ("never", lambda rng: (1.0, 1.1)))
    with pytest.raises(AssertionError, match="wrong"):
        known_cases.rows(tolerance=0.05)
