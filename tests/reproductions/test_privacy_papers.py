"""Federated averaging and private training on enlarged digits instead of MNIST."""

import dataclasses

import numpy as np
import pytest

from companion import datasets
from companion.challenges import privacy_accounting
from reproductions import abadi2016, mcmahan2017
from reproductions.resumable import Progress


@pytest.fixture
def small(monkeypatch):
    data = datasets.load("digits")
    monkeypatch.setattr(datasets, "load", lambda name: data)
    for key, value in {
        "hidden": [16],
        "clients": 20,
        "clients_in_a_round": 4,
        "epochs_IID": 40,
        "epochs_skewed": 60,
        "target": 0.85,
    }.items():
        monkeypatch.setitem(mcmahan2017.RECIPE, key, value)
    for key, value in {
        "directions": 20,
        "hidden": 16,
        "lot_size": [200, 200, 200],
        "epochs_0.5": 2,
        "epochs_2": 2,
        "epochs_8": 4,
        "delta": 1e-4,
    }.items():
        monkeypatch.setitem(abadi2016.RECIPE, key, value)
    return data.flat()


def test_skewed_clients_need_more_rounds(small, tmp_path):
    rounds, extras = mcmahan2017.run(0, Progress(0, tmp_path))
    assert 1 < rounds < 40
    assert extras[mcmahan2017.NAME_SKEWED] > rounds
    assert extras["best test accuracy, IID"] >= 0.85
    again, _ = mcmahan2017.run(0, Progress(0, tmp_path))
    assert again == rounds


def test_a_target_that_is_not_reached_counts_as_all_rounds(small, tmp_path, monkeypatch):
    monkeypatch.setitem(mcmahan2017.RECIPE, "epochs_IID", 2)
    monkeypatch.setitem(mcmahan2017.RECIPE, "epochs_skewed", 3)
    monkeypatch.setitem(mcmahan2017.RECIPE, "target", 1.0)
    rounds, extras = mcmahan2017.run(0, Progress(0, tmp_path))
    assert (rounds, extras[mcmahan2017.NAME_SKEWED]) == (2.0, 3.0)


def test_the_network_of_the_paper_has_its_number_of_weights(rng):
    """McMahan et al. (2017), section 3: 199,210 parameters in all."""
    weights, biases = mcmahan2017.initial(784, rng)
    assert sum(a.size for a in [*weights, *biases]) == 199_210
    assert weights[0].dtype == np.float32


def test_baselines_of_clients_are_in_order(small):
    found = mcmahan2017.baselines()
    assert found["test accuracy in %, one client"] < found["test accuracy in %, all images"]


def test_the_noise_spends_epsilon_with_the_projection_counted(small):
    n = len(small.x_train)
    steps, rate = abadi2016.steps_of("2", n)
    assert (steps, rate) == (round(2 * n / 200), 200 / n)
    sigma, spent = abadi2016.noise_of("2", n)
    assert 1.99 < spent <= 2.0
    assert privacy_accounting.epsilon(sigma, rate, steps, 1e-4) < spent - 0.05


def test_directions_without_noise_are_those_of_the_second_moment(small, rng):
    x = small.x_train
    found = abadi2016.directions(x, 5, 0.0, rng)
    rows = x / np.linalg.norm(x, axis=1, keepdims=True)
    _, _, axes = np.linalg.svd(rows, full_matrices=False)
    cosines = np.linalg.svd(axes[:5] @ found, compute_uv=False)
    np.testing.assert_allclose(cosines, 1.0, atol=1e-5)
    noisy = abadi2016.directions(x, 5, 1e4, rng)
    assert np.linalg.svd(axes[:5] @ noisy, compute_uv=False).min() < 0.9


def test_one_row_moves_the_covariance_by_length_one(small):
    rows = small.x_train[:5] / np.linalg.norm(small.x_train[:5], axis=1, keepdims=True)
    change = rows.T @ rows - rows[:-1].T @ rows[:-1]
    assert np.linalg.norm(change) == pytest.approx(1.0, rel=1e-5)


def test_a_run_trains_at_every_epsilon(small, tmp_path):
    value, extras = abadi2016.run(0, Progress(0, tmp_path))
    assert 5 < value < 100
    assert extras["noise at 0.5"] > extras["noise at 2"] > extras["noise at 8"]
    assert extras["accuracy at epsilon 8"] > extras["accuracy at epsilon 0.5"]


def test_baselines_beat_the_most_frequent_digit(small, monkeypatch):
    monkeypatch.setitem(abadi2016.RECIPE, "epochs_2", 20)
    found = abadi2016.baselines()
    right = np.bincount(small.y_train).argmax()
    frequent = found.pop("test accuracy in %, most frequent digit")
    assert frequent == pytest.approx(100 * np.mean(small.y_test == right))
    assert min(found.values()) > frequent + 20


def test_settings_differ_in_no_claim():
    assert abadi2016.PAPER.claim.published == 95.0
    named = {name: claim.published for name, claim in abadi2016.PAPER.also.items()}
    assert named == {"accuracy at epsilon 0.5": 90.0, "accuracy at epsilon 8": 97.0}
    assert dataclasses.replace(mcmahan2017.PAPER.claim).verdict(87 + 21) == "partly"
