"""A training that was interrupted ends with the same bits as one that was not."""

import os
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

from companion import training
from reproductions import resumable
from reproductions.resumable import Progress
from tests.reproductions.toy_paper import EPOCHS, Interruption, train
from tools.execute import ROOT

pytestmark = pytest.mark.slow

KILLED = """
import pathlib, sys, time
import companion
from companion import training
from reproductions.resumable import Progress
from tests.reproductions.toy_paper import train

def wait(epoch):
    if epoch == 2:
        print("third epoch", flush=True)
        time.sleep(60)

training.seed_everything(0)
train(Progress(0, pathlib.Path(sys.argv[1])), 0, wait)
"""


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    training.seed_everything(0)
    return train(Progress(0, tmp_path_factory.mktemp("whole")), 0)[1]


def interrupted_at(wanted):
    def interrupt(epoch):
        if epoch == wanted:
            raise Interruption

    return interrupt


def assert_same_bits(state, expected):
    assert len(state) == len(expected)
    for array, right in zip(state, expected, strict=True):
        np.testing.assert_array_equal(array, right)


@pytest.mark.parametrize("epoch", range(EPOCHS))
def test_resumed_training_ends_with_the_same_bits(tmp_path, uninterrupted, epoch):
    training.seed_everything(0)
    with pytest.raises(Interruption):
        train(Progress(0, tmp_path), 0, interrupted_at(epoch))
    keras.utils.set_random_seed(99)
    begun = []
    _, state = train(Progress(0, tmp_path), 0, begun.append)
    assert len(begun) == EPOCHS - epoch
    assert_same_bits(state, uninterrupted)


def test_killed_process_is_taken_up(tmp_path, uninterrupted):
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env=environment, cwd=ROOT
    ) as process:
        assert process.stdout.readline() == b"third epoch\n"
        process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
    begun = []
    _, state = train(Progress(0, tmp_path), 0, begun.append)
    assert len(begun) == 1
    assert_same_bits(state, uninterrupted)


def test_finished_part_is_not_trained_again(tmp_path, uninterrupted):
    train(Progress(0, tmp_path), 0)
    begun = []
    _, state = train(Progress(0, tmp_path), 0, begun.append)
    assert begun == []
    assert_same_bits(state, uninterrupted)


def test_checkpoint_half_written_is_not_taken_up(tmp_path, uninterrupted, monkeypatch):
    savez, calls = np.savez, []

    def fail_at_the_second(file, *arrays):
        calls.append(file)
        if len(calls) == 2:
            file.write(b"half")
            raise OSError("disk full")
        savez(file, *arrays)

    monkeypatch.setattr(resumable.np, "savez", fail_at_the_second)
    with pytest.raises(OSError, match="disk full"):
        train(Progress(0, tmp_path), 0)
    assert [path.name for path in tmp_path.iterdir()] == ["vae.npz"]
    monkeypatch.undo()
    assert_same_bits(train(Progress(0, tmp_path), 0)[1], uninterrupted)


def test_other_seeds_see_other_batches(tmp_path):
    draws = [Progress(s, tmp_path).rng(e).random() for s in (0, 1) for e in (0, 1)]
    assert len(set(draws)) == 4
    assert draws[0] == Progress(0, tmp_path).rng(0).random()


def test_every_epoch_draws_anew_and_knows_its_number(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    progress, seen = Progress(0, tmp_path), []

    def epoch_data(rng):
        seen.append((progress.epoch, rng.random()))
        return np.zeros((2, 2)), np.zeros((2, 2))

    optimizer = keras.optimizers.SGD()
    settings = {"epochs": 3, "batch_size": 2, "optimizer": optimizer, "loss": "mse"}
    progress.fit("part", model, epoch_data, **settings)
    assert [epoch for epoch, _ in seen] == [0, 1, 2]
    assert [draw for _, draw in seen] == [
        Progress(0, tmp_path).rng(e).random() for e in range(3)
    ]


def test_time_of_earlier_parts_is_counted(tmp_path):
    first = Progress(0, tmp_path)
    busy_until = time.process_time() + 0.3
    while time.process_time() < busy_until:
        pass
    with pytest.raises(Interruption):
        train(first, 0, interrupted_at(1))
    at_least = 0.3  # before the only checkpoint
    second = Progress(0, tmp_path)
    cpu, wall = second.seconds()
    assert at_least <= cpu <= first.seconds()[0] + 0.1
    assert at_least <= wall


def test_averaged_weights_are_refused(tmp_path):
    optimizer = keras.optimizers.Adam(use_ema=True)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    settings = {"epochs": 1, "batch_size": 2, "optimizer": optimizer, "loss": "mse"}
    with pytest.raises(ValueError, match="optimizer must not have use_ema=True"):
        Progress(0, tmp_path).fit("part", model, lambda rng: None, **settings)
