"""Tasks and remedies: what is drawn, what is held out, what is chosen."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from companion.networks import losses, many_classifiers, mlp, optimizers, remedies, stacked


@pytest.fixture
def dataset(rng):
    centers = rng.normal(size=(3, 64))

    def part(n):
        labels = np.arange(n) % 3
        return centers[labels] + 2 * rng.normal(size=(n, 64)), labels

    (x, y), (x_val, y_val), (x_test, y_test) = part(90), part(60), part(45)
    return SimpleNamespace(
        x_train=x, y_train=y, x_val=x_val, y_val=y_val, x_test=x_test, y_test=y_test
    )


def test_a_task_spoils_training_and_validation_labels_but_no_test_label(dataset):
    task = remedies.make_task(dataset, 90, range(4), share_wrong=0.4)
    assert task.x.shape == (4, 90, 64)
    clean = remedies.make_task(dataset, 90, range(4))
    np.testing.assert_array_equal((task.labels != clean.labels).sum(axis=1), 36)
    assert (task.validation[1] != dataset.y_val).sum() == 24
    np.testing.assert_array_equal(task.test[1], dataset.y_test)
    np.testing.assert_array_equal(clean.validation[1], dataset.y_val)


def test_outcome_is_what_the_single_networks_do(dataset):
    task = remedies.make_task(dataset, 30, range(2))
    found = remedies.attempt(
        task, hidden=(5,), n_steps=9, batch_size=10, learning_rate=0.01
    )
    for i in range(2):
        params = mlp.init([64, 5, 3], np.random.default_rng(1000 + i))
        params, _ = mlp.train(
            params, task.x[i], task.labels[i], activations=["relu", "linear"],
            loss=losses.cross_entropy, epochs=3, batch_size=10, learning_rate=0.01,
            rng=np.random.default_rng(0),
        )  # fmt: skip
        logits = [mlp.forward(params, x, ["relu", "linear"])[-1]
                  for x in (task.x[i], dataset.x_val, dataset.x_test)]  # fmt: skip
        train, validation, test = (
            np.mean(out.argmax(axis=1) == y) for out, y in
            zip(logits, (task.labels[i], dataset.y_val, dataset.y_test), strict=True)
        )  # fmt: skip
        assert found.train[i] == train
        assert found.validation[i] == validation
        assert found.test[i] == test
        assert found.gap[i] == pytest.approx(train - test)
        loss = losses.cross_entropy(logits[2], dataset.y_test)[0]
        assert found.test_loss[i] == pytest.approx(loss)


def test_epochs_are_enough_for_the_steps(dataset, monkeypatch):
    seen = {}
    real = many_classifiers.train
    monkeypatch.setattr(
        many_classifiers, "train", lambda *a, **k: seen.update(k) or real(*a, **k)
    )
    task = remedies.make_task(dataset, 50, range(1))
    remedies.attempt(task, n_steps=11, batch_size=20)  # three steps an epoch
    assert seen["epochs"] == 4


def test_early_stopping_goes_back_to_the_lowest_validation_loss(dataset):
    task = remedies.make_task(dataset, 30, range(3), share_wrong=0.5)
    early = remedies.attempt(task, n_steps=200, early=True)
    for i in range(3):
        params = mlp.init([64, 64, 3], np.random.default_rng(1000 + i))
        looks, rng = [], np.random.default_rng(0)
        # 200 updates of one batch are 200 epochs: a look after every tenth.
        state, adam = None, optimizers.adam
        for step in range(1, 201):
            rows = rng.permutation(30)
            _, grads = mlp.loss_and_grads(
                params, task.x[i][rows], task.labels[i][rows], ["relu", "linear"],
                losses.cross_entropy,
            )  # fmt: skip
            params, state = adam(params, grads, state, 6e-3)
            if step % 10 == 0:
                val, test = (mlp.forward(params, part[0], ["relu", "linear"])[-1]
                             for part in (task.validation, task.test))  # fmt: skip
                looks.append([losses.cross_entropy(val, task.validation[1])[0],
                              losses.cross_entropy(test, task.test[1])[0]])  # fmt: skip
        assert early.test_loss[i] == pytest.approx(min(looks)[1])


def test_early_stopping_listens_to_the_validation_set_alone(dataset):
    task = remedies.make_task(dataset, 30, range(3), share_wrong=0.5)
    early = remedies.attempt(task, n_steps=200, early=True)
    # Wrong test labels, which are best met by the earliest weights, must change nothing.
    x_test, y_test = task.test
    other = replace(task, test=(x_test, (y_test + 1) % 3))
    again = remedies.attempt(other, n_steps=200, early=True)
    np.testing.assert_array_equal(early.train, again.train)
    np.testing.assert_array_equal(early.validation, again.validation)


def test_one_training_is_measured_at_several_lengths(dataset):
    task = remedies.make_task(dataset, 60, range(3), share_wrong=0.5)  # 2 steps an epoch
    updates = (2, 40, 162)
    last, early = remedies.after_updates(task, updates, rate=0.2)
    for i, n_steps in enumerate(updates):
        expected = remedies.attempt(task, n_steps=n_steps, rate=0.2).test
        np.testing.assert_array_equal(last[i], expected)
        # Numbers of 1, 20 and 81 epochs: every epoch is a look.
        watched = many_classifiers.train(
            stacked.init([64, 64, 3], [1000, 1001, 1002]), task.x, task.labels,
            epochs=n_steps // 2, learning_rate=6e-3, rate=0.2, watch=[task.validation],
        )  # fmt: skip
        _, expected = many_classifiers.measure(watched.best, *task.test)
        np.testing.assert_array_equal(early[i], expected)


def test_the_best_setting_is_chosen_by_validation_only(dataset):
    def outcome(validation, test):
        arrays = [np.full(3, v) for v in (1.0, validation, test, 0.2)]
        return remedies.Outcome(*arrays)

    outcomes = {"a": outcome(0.8, 0.9), "b": outcome(0.85, 0.7), "c": outcome(0.85, 0.99)}
    assert remedies.best(outcomes)[0] == "b"


def test_the_best_setting_has_the_highest_mean_over_the_seeds():
    scores = {
        "highest first": [0.9, 0.5, 0.5],
        "highest of all": [0.6, 0.5, 0.99],
        "highest mean": [0.7, 0.8, 0.8],
    }
    outcomes = {name: remedies.Outcome(*[np.array(v)] * 4) for name, v in scores.items()}
    assert remedies.best(outcomes)[0] == "highest mean"


def test_a_larger_task_contains_the_smaller_with_its_wrong_labels(dataset):
    small, large = (remedies.make_task(dataset, n, range(2), 0.5) for n in (20, 70))
    np.testing.assert_array_equal(large.x[:, :20], small.x)
    np.testing.assert_array_equal(large.labels[:, :20], small.labels)
    np.testing.assert_array_equal(large.validation[1], small.validation[1])
    clean = remedies.make_task(dataset, 20, range(2))
    assert (small.labels != clean.labels).any()


def test_validation_examples_are_cut_or_added(dataset):
    task = remedies.make_task(dataset, 30, range(2), share_wrong=0.5)
    few = task.validated_by(7)
    np.testing.assert_array_equal(few.validation[0], dataset.x_val[:7])
    np.testing.assert_array_equal(few.validation[1], task.validation[1][:7])
    assert few.x is task.x
    more = task.merged()
    for i in range(2):
        np.testing.assert_array_equal(more.x[i], [*task.x[i], *dataset.x_val])
        np.testing.assert_array_equal(
            more.labels[i], [*task.labels[i], *task.validation[1]]
        )


def test_recoding_changes_all_inputs_and_no_label(dataset):
    task = remedies.make_task(dataset, 30, range(2))
    each = task.recoded([lambda x: x[..., :5], lambda x: -x[..., :5]])
    assert each.labels is task.labels
    np.testing.assert_array_equal(each.x[1], -task.x[1, :, :5])
    np.testing.assert_array_equal(each.validation[0][0], dataset.x_val[:, :5])
    np.testing.assert_array_equal(each.test[0][1], -dataset.x_test[:, :5])
    np.testing.assert_array_equal(each.validation[1], dataset.y_val)
    assert remedies.attempt(each, n_steps=2).test.shape == (2,)


def test_a_share_of_the_images_is_moved(rng):
    images = np.zeros((3, 4000, 64))
    images[..., 27] = 1.0
    moved = remedies.partly_shifted(0.45)(images, rng)
    # Of the images drawn one in nine stays in its place.
    share = np.mean(moved[..., 27] == 0)
    assert share == pytest.approx(0.45 * 8 / 9, abs=0.02)
    np.testing.assert_array_equal(moved.sum(axis=2), 1.0)


def test_every_remedy_is_tried_at_every_strength(dataset):
    task = remedies.make_task(dataset, 30, range(2), share_wrong=0.5)
    grids = {"L2": {"strong": {"l2": 10.0, "n_steps": 30}, "weak": {"l2": 1e-4}}}
    found = remedies.try_all(task, grids)
    assert [(name, list(tried)) for name, tried in found.items()] == [
        ("nothing", ["-"]), ("L2", ["strong", "weak"]),
    ]  # fmt: skip
    weak = remedies.attempt(task, l2=1e-4)
    np.testing.assert_array_equal(found["L2"]["weak"].test_loss, weak.test_loss)
    plain = found["nothing"]["-"]
    np.testing.assert_array_equal(plain.test_loss, remedies.attempt(task).test_loss)
    assert (plain.train == 1.0).all()  # 500 steps learn 30 wrong labels by heart


def test_the_grids_hold_what_their_names_say(rng):
    arguments = {"L1": "l1", "L2": "l2", "dropout": "rate"}
    for name, argument in arguments.items():
        for strength, settings in remedies.GRIDS[name].items():
            assert settings == {argument: float(strength)}
    assert list(remedies.GRIDS["early stopping"].values()) == [{"early": True}]
    images = np.zeros((5000, 64))
    images[:, 27] = 1.0
    for share, settings in remedies.GRIDS["augmentation"].items():
        moved = np.mean(settings["augment"](images, rng)[:, 27] == 0)
        # Of the images drawn one in nine stays in its place.
        assert moved == pytest.approx(float(share[:-1]) / 100 * 8 / 9, abs=0.03)
