"""Four kinds of data as rows, and classifiers that are chosen on the validation part."""

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from companion import datasets
from companion.networks import four_kinds, many_classifiers, stacked, vowels


def test_standardizing_uses_the_training_part_only():
    train = np.array([[0.0, 5], [2, 5]])
    task = four_kinds.Task(train, [0, 1], train + 4, [0, 1], train * 3, [0, 1])
    ready = four_kinds.standardized(task)
    np.testing.assert_array_equal(ready.x_train, [[-1, 0], [1, 0]])
    np.testing.assert_array_equal(ready.x_val, [[3, 4], [5, 4]])
    np.testing.assert_array_equal(ready.x_test, [[-1, 10], [5, 10]])


def names_of(languages):
    """Names whose first letter tells the language; in the last two some are alike."""
    names = {
        language: {f"k{i:02d}": f"{letter}{i:02d}" for i in range(40)}
        for language, letter in languages.items()
    }
    *_, other, last = names.values()
    for i in range(0, 40, 3):
        other[f"k{i:02d}"] = last[f"k{i:02d}"]
    return names


THREE = {"one": "a", "two": "b", "three": "c"}


def test_names_keep_their_own_labels_in_every_part():
    task = four_kinds.from_names(names_of(THREE), np.random.default_rng(0), n_groups=300)
    model = KNeighborsClassifier(1, metric=lambda a, b: abs(a[:9] - b[:9]).sum())
    model.fit(task.x_train, task.y_train)
    assert model.score(task.x_val, task.y_val) == 1.0
    assert model.score(task.x_test, task.y_test) == 1.0


def test_letter_groups_are_chosen_on_the_training_names():
    task = four_kinds.from_names(names_of(THREE), np.random.default_rng(0), n_groups=999)
    assert (task.x_train != 0).any(axis=0).all()  # none that only other parts contain
    few = four_kinds.from_names(names_of(THREE), np.random.default_rng(0), n_groups=7)
    assert few.x_train.shape[1] == 7


def test_the_split_of_the_names_is_drawn():
    a, b = (
        four_kinds.from_names(names_of(THREE), np.random.default_rng(s), n_groups=50)
        for s in (0, 1)
    )
    assert a.x_train.shape != b.x_train.shape or not np.array_equal(a.x_train, b.x_train)


def test_no_thing_is_both_trained_on_and_tested(monkeypatch):
    told = []
    monkeypatch.setattr(
        four_kinds.letters, "count", lambda texts, known: told.append(texts) or np.eye(99)
    )
    four_kinds.from_names(names_of(THREE), np.random.default_rng(0), n_groups=9)
    train, val, test = ({text[1:] for text in texts} for texts in told)
    assert [len(part) for part in (train, val, test)] == [24, 8, 8]
    assert not train & val
    assert not (train | val) & test


def test_vowels_are_standardized_spectra_and_nothing_else():
    task, ideal = four_kinds.from_vowels(
        50, np.random.default_rng(3), n_val=30, n_test=40, spread=0.3, pitch_spread=0.1
    )
    rng = np.random.default_rng(3)
    drawn = [vowels.draw(n, rng, spread=0.3, pitch_spread=0.1) for n in (50, 30, 40)]
    train, val, test = (vowels.spectrum_db(d.sound) for d in drawn)
    mean, std = train.mean(axis=0), train.std(axis=0)
    np.testing.assert_allclose(task.x_train, (train - mean) / std)
    np.testing.assert_allclose(task.x_val, (val - mean) / std)
    np.testing.assert_allclose(task.x_test, (test - mean) / std)
    np.testing.assert_array_equal(task.y_test, drawn[2].labels)
    answer = vowels.ideal_listener(drawn[2].formants_hz, drawn[2].pitch_hz, 0.3, 0.1)
    assert ideal == np.mean(answer == drawn[2].labels)


@pytest.mark.parametrize(
    ("spreads", "believed"), [((0.03, 0.2), (0.03, 0.2)), ((0.0, 0.0), (1e-3, 1e-3))]
)
def test_the_ideal_listener_is_told_the_spreads(monkeypatch, spreads, believed):
    told = []

    def listener(formants_hz, pitch_hz, *spreads):
        told.append(spreads)
        return np.zeros(len(formants_hz), dtype=int)

    monkeypatch.setattr(vowels, "ideal_listener", listener)
    four_kinds.from_vowels(5, np.random.default_rng(0), 5, 5, *spreads)
    assert told == [believed]


def test_data_sets_are_flat_and_standardized_on_their_training_part():
    task = four_kinds.from_dataset(datasets.load("digits"))
    assert task.x_train.shape == (1077, 64)
    assert task.n_classes == 10
    np.testing.assert_allclose(task.x_train.mean(axis=0), 0.0, atol=1e-12)
    std = task.x_train.std(axis=0)
    np.testing.assert_allclose(std[std > 0], 1.0)


def test_a_new_split_holds_the_same_examples_in_parts_as_large_as_before():
    x = np.arange(20.0)[:, np.newaxis]
    task = four_kinds.Task(x[:10], np.arange(10), x[10:14], np.arange(10, 14), x[14:],
                           np.arange(14, 20))  # fmt: skip
    new = four_kinds.split_again(task, np.random.default_rng(0))
    assert [len(y) for y in (new.y_train, new.y_val, new.y_test)] == [10, 4, 6]
    y = np.concatenate([new.y_train, new.y_val, new.y_test])
    np.testing.assert_array_equal(np.sort(y), np.arange(20))
    assert not np.array_equal(np.sort(new.y_train), np.arange(10))
    scaled = (y - new.y_train.mean()) / new.y_train.std()
    np.testing.assert_allclose(
        np.concatenate([new.x_train, new.x_val, new.x_test])[:, 0], scaled
    )


def test_the_first_examples_are_kept_and_the_rest_of_the_task_stays():
    train, val, test = (np.full((6, 2), float(i)) for i in range(3))
    task = four_kinds.Task(train, np.arange(6), val, np.arange(6), test, np.arange(6))
    less = four_kinds.first(task, 4)
    np.testing.assert_array_equal(less.x_train, train[:4])
    np.testing.assert_array_equal(less.y_train, np.arange(4))
    assert less.x_val is val
    assert less.x_test is test


def noisy(seed):
    """A quadrant task with wrong labels, in which long training and no penalty hurt."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(160, 2))
    y = (x[:, 0] * x[:, 1] > 0) ^ (rng.random(160) < 0.2)
    parts = [a for rows in np.split(np.arange(160), [40, 100]) for a in (x[rows], y[rows])]
    return four_kinds.Task(*(a if a.ndim == 2 else a.astype(int) for a in parts))


def test_each_task_has_the_network_that_validates_best():
    tasks = [noisy(1), noisy(4), noisy(2)]  # in the first, training prefers another one
    test = four_kinds.tuned_accuracies(tasks, epochs=30)
    for seed, task in enumerate(tasks):
        scores = []
        for l2 in (0.0, 0.001, 0.01, 0.1):
            best = many_classifiers.train(
                stacked.init([2, 64, 2], [seed]),
                task.x_train[np.newaxis],
                task.y_train[np.newaxis],
                epochs=30,
                learning_rate=0.003,
                l2=l2,
                watch=[(task.x_val, task.y_val)],
            ).best
            parts = (task.x_val, task.y_val), (task.x_test, task.y_test)
            scores.append([many_classifiers.measure(best, *part)[1][0] for part in parts])
        assert test[seed] == pytest.approx(max(scores, key=lambda score: score[0])[1])


def test_neighbors_are_chosen_on_validation_and_reported_on_the_test():
    # One neighbor is right on the validation part, three are; the test part is flipped.
    x, y = np.arange(6.0)[:, np.newaxis], np.array([0, 0, 0, 1, 1, 1])
    task = four_kinds.Task(x, y, x, y, x[:4], 1 - y[:4])
    models = [KNeighborsClassifier(6), KNeighborsClassifier(1)]
    assert four_kinds.tuned_score(models, task) == 0.0
    wrong = four_kinds.Task(x, y, x, 1 - y, x[:4], 1 - y[:4])
    assert four_kinds.tuned_score(models, wrong) == 0.25
