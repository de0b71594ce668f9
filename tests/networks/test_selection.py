"""The winner's curse and the leak, against theory and scikit-learn."""

import numpy as np
import pytest
from scipy.stats import norm

from companion.networks import selection


def test_winners_are_chosen_by_validation_alone():
    validation = np.array([[0.9, 0.5, 0.7], [0.8, 0.6, 0.7]])
    test = np.array([[0.1, 0.2, 0.3], [1.0, 0.4, 0.5]])
    chosen, promised, kept = selection.winners(validation, test)
    assert chosen.tolist() == [0, 1, 0]
    assert promised.tolist() == [0.9, 0.6, 0.7]
    assert kept.tolist() == [0.1, 0.4, 0.3]
    with pytest.raises(ValueError, match="test must have the shape of validation"):
        selection.winners(validation, test[:1])


def test_winner_of_equal_candidates_promises_the_largest_of_many_draws(rng):
    scores = rng.normal(size=(2, 25, 4000))
    _, promised, kept = selection.winners(*scores)
    # Mean of the largest of 25 standard normal draws, by numerical integration.
    z = np.linspace(-8, 8, 20_001)
    expected = np.trapezoid(z * 25 * norm.pdf(z) * norm.cdf(z) ** 24, z)
    assert promised.mean() == pytest.approx(expected, abs=0.05)
    assert kept.mean() == pytest.approx(0.0, abs=0.08)


def test_best_columns_are_those_of_the_t_test(rng):
    from scipy.stats import ttest_ind

    # The two columns that tell are small; others are wide, and differ more by chance.
    scale = np.where(np.isin(np.arange(50), [3, 30]), 0.1, 10.0)
    x, labels = rng.normal(size=(80, 50)) * scale, np.arange(80) % 2
    x[:, [3, 30]] += np.outer(labels, [-0.2, 0.2])
    found = selection.best_columns(x, labels, 2)
    t = np.abs(ttest_ind(x[labels == 1], x[labels == 0]).statistic)
    assert set(found) == set(np.argsort(-t)[:2]) == {3, 30}


def test_nearest_mean_equals_scikit_learn(rng):
    from sklearn.neighbors import NearestCentroid

    x, labels = rng.normal(size=(60, 4)), rng.integers(0, 2, size=60)
    x += 0.5 * labels[:, None]
    expected = NearestCentroid().fit(x[:40], labels[:40]).score(x[40:], labels[40:])
    found = selection.nearest_mean_accuracy(x[:40], labels[:40], x[40:], labels[40:])
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(("choose_first", "low", "high"), [(True, 0.8, 1.0),
                                                          (False, 0.38, 0.62)])  # fmt: skip
def test_a_leak_finds_signal_in_noise(choose_first, low, high):
    scores = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        x, labels = rng.normal(size=(60, 1000)), rng.permutation(np.arange(60) % 2)
        scores.append(
            selection.cross_validated_accuracy(
                x, labels, 20, 5, rng, choose_first=choose_first
            )
        )
    assert low < np.mean(scores) < high


def test_an_honest_validation_finds_the_signal_that_is_there():
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.arange(60) % 2)
    x = rng.normal(size=(60, 1000))
    x[:, 7] += 6 * labels
    score = selection.cross_validated_accuracy(x, labels, 1, 5, rng, choose_first=False)
    assert score > 0.95


def test_columns_are_chosen_on_the_rows_that_their_name_says(monkeypatch, rng):
    x, labels = rng.normal(size=(30, 6)), np.arange(30) % 2
    x[:, 0] = np.arange(30)  # the first column names the row
    chosen_on, judged = [], []
    best, judge = selection.best_columns, selection.nearest_mean_accuracy

    def best_columns(rows, labels, n_keep):
        chosen_on.append(set(rows[:, 0]))
        assert best(rows, labels, n_keep).shape == (2,)
        return np.array([0, 1])

    def nearest(x_train, y_train, x_test, y_test):
        judged.append((set(x_train[:, 0]), set(x_test[:, 0])))
        return judge(x_train, y_train, x_test, y_test)

    monkeypatch.setattr(selection, "best_columns", best_columns)
    monkeypatch.setattr(selection, "nearest_mean_accuracy", nearest)
    selection.cross_validated_accuracy(x, labels, 2, 5, rng, choose_first=False)
    for rows, (train, test) in zip(chosen_on[-5:], judged, strict=True):
        assert rows == train
        assert not train & test
        assert len(train | test) == 30
    assert set.union(*(test for _, test in judged)) == set(range(30))
