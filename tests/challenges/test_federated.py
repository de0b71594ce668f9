"""Federated averaging against centralized steps, by hand, and against Flower."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from companion import datasets
from companion.challenges import federated
from companion.challenges import federated_trials as trials
from companion.networks import losses, mlp, optimizers

TIMEOUT_S = 300


@pytest.fixture
def setting(rng):
    """A network, data, and three shards of different sizes that cover a part of them."""
    params = mlp.init([6, 5, 3], rng)
    x, labels = rng.normal(size=(40, 6)), rng.integers(0, 3, 40)
    return params, x, labels, np.split(rng.permutation(40)[:30], [4, 14])


def steps(params, x, labels, n_steps, learning_rate=0.3):
    for _ in range(n_steps):
        _, grads = mlp.loss_and_grads(params, x, labels, loss=losses.cross_entropy)
        params, _ = optimizers.gradient_descent(params, grads, None, learning_rate)
    return params


def whole(epochs, rng, batch_size=None):
    return {
        "activations": None,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": 0.3,
        "rng": rng,
    }


def test_one_full_step_of_each_client_is_one_step_on_all_their_rows(setting, rng):
    params, x, labels, shards = setting
    found, _ = federated.federated_round(params, x, labels, shards, **whole(1, rng))
    rows = np.concatenate(shards)
    expected = steps(params, x[rows], labels[rows], 1)
    np.testing.assert_allclose(federated.flat(found), federated.flat(expected), atol=1e-14)


def test_with_two_steps_that_is_no_longer_so(setting, rng):
    params, x, labels, shards = setting
    found, _ = federated.federated_round(params, x, labels, shards, **whole(2, rng))
    rows = np.concatenate(shards)
    expected = steps(params, x[rows], labels[rows], 2)
    assert np.abs(federated.flat(found) - federated.flat(expected)).max() > 1e-4


def test_a_client_sees_its_own_rows_only(setting, rng):
    params, x, labels, shards = setting
    _, sent = federated.federated_round(params, x, labels, shards, **whole(3, rng))
    for rows, new in zip(shards, sent, strict=True):
        alone = steps(params, x[rows], labels[rows], 3)
        np.testing.assert_allclose(federated.flat(new), federated.flat(alone), atol=1e-12)


def test_even_shards_hold_every_row_once(rng):
    shards = federated.even_shards(23, 5, rng)
    assert sorted(map(len, shards)) == [4, 4, 5, 5, 5]
    np.testing.assert_array_equal(np.sort(np.concatenate(shards)), np.arange(23))
    assert any(np.any(np.diff(shard) < 0) for shard in shards)


def test_skewed_shards_hold_every_row_once_and_few_labels(rng):
    labels = rng.permutation(np.repeat(np.arange(10), 20))
    shards = federated.skewed_shards(labels, 10, 2, rng)
    np.testing.assert_array_equal(np.sort(np.concatenate(shards)), np.arange(200))
    assert max(len(set(labels[rows])) for rows in shards) <= 2
    mixed = federated.even_shards(200, 10, rng)
    assert min(len(set(labels[rows])) for rows in mixed) > 4


def test_drift_of_equal_and_of_orthogonal_updates(setting):
    params = ([np.zeros((2, 2))], [np.zeros(2)])
    one = ([np.array([[1.0, 0.0], [0.0, 0.0]])], [np.zeros(2)])
    two = ([np.zeros((2, 2))], [np.array([0.0, 1.0])])
    assert federated.drift(params, [one, one]) == pytest.approx(0.0)
    # K orthogonal updates of one length: sqrt(K - 1).
    assert federated.drift(params, [one, two]) == pytest.approx(1.0)
    assert federated.drift(one, [one, two]) == pytest.approx(1.0)


def test_rounds_are_counted_between_measurements_and_by_the_best_so_far():
    assert federated.rounds_to(0.9, [0.5, 0.8, 0.7, 1.0]) == pytest.approx(3.5)
    assert federated.rounds_to(0.8, [0.5, 0.8, 0.7]) == pytest.approx(2.0)
    assert federated.rounds_to(0.4, [0.5, 0.8]) == 1.0
    assert federated.rounds_to(0.99, [0.5, 0.8]) == float("inf")


def test_training_measures_every_round_and_repeats(setting):
    params, x, labels, shards = setting

    def run():
        settings = whole(1, None, batch_size=2)
        del settings["rng"]
        return federated.train(
            params,
            x,
            labels,
            shards,
            rounds=4,
            clients=2,
            measure=lambda before, after, sent: (len(sent), federated.drift(before, sent)),
            seed=5,
            **settings,
        )

    (one, measured), (two, _) = run(), run()
    np.testing.assert_array_equal(federated.flat(one), federated.flat(two))
    assert [count for count, _ in measured] == [2, 2, 2, 2]
    assert len({value for _, value in measured}) == 4


def test_accuracy_counts_right_answers():
    params = ([np.eye(3)], [np.zeros(3)])
    x = np.eye(3)[[0, 1, 2, 2]]
    assert federated.accuracy(params, x, np.array([0, 1, 2, 0])) == 0.75


def test_bad_settings_are_named(setting, rng):
    params, x, labels, shards = setting
    with pytest.raises(ValueError, match="n_clients must be at most the 3 rows; got 4"):
        federated.even_shards(3, 4, rng)
    with pytest.raises(ValueError, match="pieces must leave each piece one of the 40 rows"):
        federated.skewed_shards(labels, 10, 5, rng)
    with pytest.raises(ValueError, match="clients must be at most 3; got 4"):
        federated.train(
            params, x, labels, shards, rounds=1, clients=4, measure=print, seed=0
        )


@pytest.mark.slow
def test_flower_averages_to_the_same_weights(tmp_path):
    pytest.importorskip("flwr")
    script, stored = Path(__file__).with_name("flower_rounds.py"), tmp_path / "weights.npz"
    subprocess.run(
        [sys.executable, str(script), str(stored)],
        cwd=tmp_path,
        env=os.environ | {"FLWR_HOME": str(tmp_path)},
        check=True,
        capture_output=True,
        timeout=TIMEOUT_S,
    )
    sys.path.insert(0, str(script.parent))
    try:
        import flower_rounds as flower
    finally:
        sys.path.remove(str(script.parent))
    data = datasets.load("digits").flat()
    shards = [np.arange(*ends) for ends in zip(flower.ENDS, flower.ENDS[1:], strict=False)]
    params = flower.first_weights()
    start = federated.flat(params)
    for _ in range(flower.ROUNDS):
        params, _ = federated.federated_round(
            params,
            data.x_train.astype(float),
            data.y_train.astype(int),
            shards,
            rng=np.random.default_rng(0),
            **flower.SETTINGS,
        )
    with np.load(stored) as arrays:
        theirs = np.concatenate([arrays[name].ravel() for name in arrays.files])
    assert np.abs(federated.flat(params) - start).max() > 0.01
    np.testing.assert_allclose(federated.flat(params), theirs, rtol=0, atol=1e-6)


def test_trials_compare_what_they_say():
    data = datasets.load("digits").flat()
    settings = {"batch_size": 10, "learning_rate": 0.5}
    accuracy, drift = trials.run(data, (0, 1), skewed=False, rounds=5, epochs=1, **settings)
    assert accuracy.shape == drift.shape == (2, 5)
    assert accuracy[:, -1].min() > 0.8
    _, skewed = trials.run(data, (0, 1), skewed=True, rounds=5, epochs=1, **settings)
    assert skewed.mean() > drift.mean()
    own = trials.alone(data, (0, 1), skewed=True, epochs=5, **settings)
    assert own.max() < 0.35  # two slices of the sorted images: a few digits at most
    central = trials.alone(data, (0, 1), skewed=True, epochs=5, everything=True, **settings)
    assert central.min() > 0.9
