"""Tasks and remedies: what is drawn, what is held out, what is chosen."""

from types import SimpleNamespace

import numpy as np
import pytest

from companion.networks import losses, many_classifiers, mlp, remedies


@pytest.fixture
def dataset(rng):
    centers = rng.normal(size=(3, 64))

    def part(n):
        labels = np.arange(n) % 3
        return centers[labels] + rng.normal(size=(n, 64)), labels

    (x, y), (x_val, y_val), (x_test, y_test) = part(90), part(60), part(45)
    return SimpleNamespace(
        x_train=x, y_train=y, x_val=x_val, y_val=y_val, x_test=x_test, y_test=y_test
    )


def test_a_task_spoils_training_and_validation_labels_but_no_test_label(dataset):
    task = remedies.make_task(dataset, 30, range(4), share_wrong=0.4)
    assert task.x.shape == (4, 30, 64)
    clean = remedies.make_task(dataset, 30, range(4))
    np.testing.assert_array_equal((task.labels != clean.labels).sum(axis=1), 12)
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
        assert found.loss_gap[i] == pytest.approx(
            loss - losses.cross_entropy(logits[0], task.labels[i])[0]
        )


def test_epochs_are_enough_for_the_steps(dataset, monkeypatch):
    seen = {}
    real = many_classifiers.train
    monkeypatch.setattr(
        many_classifiers, "train", lambda *a, **k: seen.update(k) or real(*a, **k)
    )
    task = remedies.make_task(dataset, 50, range(1))
    remedies.attempt(task, n_steps=11, batch_size=20)  # three steps an epoch
    assert seen["epochs"] == 4


def test_early_stopping_never_has_the_higher_validation_loss(dataset):
    task = remedies.make_task(dataset, 30, range(3), share_wrong=0.5)
    early = remedies.attempt(task, n_steps=200, early=True)
    last = remedies.attempt(task, n_steps=200)
    assert (early.test_loss < last.test_loss).all()
    assert (early.train_loss > last.train_loss).all()


def test_the_best_setting_is_chosen_by_validation_only(dataset):
    def outcome(validation, test):
        arrays = [np.full(3, v) for v in (1.0, validation, test, 0.1, 0.2)]
        return remedies.Outcome(*arrays)

    outcomes = {"a": outcome(0.8, 0.9), "b": outcome(0.85, 0.7), "c": outcome(0.85, 0.99)}
    assert remedies.best(outcomes)[0] == "b"


def test_recoding_changes_all_inputs_and_no_label(dataset):
    task = remedies.make_task(dataset, 30, range(2))
    one = task.recoded(lambda x: x[..., :5] + 1)
    np.testing.assert_array_equal(one.x, task.x[..., :5] + 1)
    np.testing.assert_array_equal(one.test[0], dataset.x_test[:, :5] + 1)
    assert one.labels is task.labels
    each = task.recoded([lambda x: x[..., :5], lambda x: -x[..., :5]])
    np.testing.assert_array_equal(each.x[1], -task.x[1, :, :5])
    np.testing.assert_array_equal(each.validation[0][0], dataset.x_val[:, :5])
    np.testing.assert_array_equal(each.test[0][1], -dataset.x_test[:, :5])
    assert remedies.attempt(each, n_steps=2).test.shape == (2,)


def test_a_share_of_the_images_is_moved(rng):
    images = np.zeros((3, 4000, 64))
    images[..., 27] = 1.0
    moved = remedies.partly_shifted(0.45)(images, rng)
    # Of the images drawn one in nine stays in its place.
    share = np.mean(moved[..., 27] == 0)
    assert share == pytest.approx(0.45 * 8 / 9, abs=0.02)
    np.testing.assert_array_equal(moved.sum(axis=2), 1.0)


def test_tuning_keeps_each_remedy_at_its_best_strength(dataset):
    task = remedies.make_task(dataset, 30, range(2))
    grids = {"L2": [{"l2": 10.0, "n_steps": 30}, {"l2": 1e-4}]}
    found = remedies.tune(task, grids)
    assert list(found) == ["nothing", "L2"]
    kept = remedies.attempt(task, l2=1e-4)
    np.testing.assert_array_equal(found["L2"].test_loss, kept.test_loss)
    np.testing.assert_array_equal(found["nothing"].test, remedies.attempt(task).test)
