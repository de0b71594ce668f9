"""Several processes train what one process trains, also when one of them is killed."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest

from companion import datasets
from companion.challenges import distributed
from companion.challenges import distributed_checkpoint as checkpoint
from companion.challenges.distributed_worker import CHECKPOINT, Job, local_rows

TOLERANCE = 1e-6  # of a weight; training moves them by more than a hundred thousand times
TIMEOUT_S = 50.0
needs_gloo = pytest.mark.skipif(
    not distributed.AVAILABLE, reason="workers were seen to join on Linux only"
)


@pytest.fixture(scope="module")
def x():
    return datasets.load("digits").flat().x_train


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """What JAX compiles, for all processes of this file."""
    return tmp_path_factory.mktemp("compiled")


@pytest.fixture(scope="module")
def trained(x, compiled, tmp_path_factory):
    """One process, six epochs: what all others are compared with."""
    return distributed.train(x, Job(), 1, tmp_path_factory.mktemp("one"), compiled=compiled)


def alive(process_id):
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def assert_same(run, reference):
    for weights in run.weights:
        assert distributed.largest_difference(weights, reference.weights[0]) < TOLERANCE
    assert not any(map(alive, run.process_ids))


@pytest.mark.parametrize("n_workers", [1, 2, 3, 4])
def test_workers_share_every_batch(n_workers):
    rows = [local_rows(100, 24, 5, 0, rank, n_workers) for rank in range(n_workers)]
    order = np.random.default_rng((0, 5)).permutation(100)
    for batch in range(4):
        mine = slice(batch * 24 // n_workers, (batch + 1) * 24 // n_workers)
        together = np.concatenate([r[mine] for r in rows])
        np.testing.assert_array_equal(together, order[24 * batch : 24 * (batch + 1)])


def test_the_order_changes_with_epoch_and_seed_only():
    first = local_rows(50, 10, 1, 0, 0, 1)
    np.testing.assert_array_equal(first, local_rows(50, 10, 1, 0, 0, 1))
    assert (first != local_rows(50, 10, 2, 0, 0, 1)).any()
    assert (first != local_rows(50, 10, 1, 1, 0, 1)).any()


@pytest.mark.parametrize(("batch_size", "n_workers"), [(10, 3), (200, 2), (0, 1)])
def test_a_batch_that_cannot_be_shared_is_refused(batch_size, n_workers):
    with pytest.raises(ValueError, match=f"got {batch_size}"):
        local_rows(100, batch_size, 1, 0, 0, n_workers)


@pytest.mark.parametrize("n_workers", [0, 5])
def test_train_refuses_before_it_starts_anything(x, tmp_path, n_workers):
    with pytest.raises(ValueError, match=f"must divide 96; got {n_workers}"):
        distributed.train(x, Job(), n_workers, tmp_path)
    assert not list(tmp_path.iterdir())


def test_free_port_is_free():
    import socket

    with socket.create_server(("127.0.0.1", distributed.free_port())):
        pass


def stand_in(code):
    """A worker that is plain Python: what it says and how it ends is given."""
    return [sys.executable, "-c", code]


@pytest.fixture
def plain_workers(monkeypatch):
    """Replace the module that workers run by code that needs no Keras; list the starts."""
    real, started = subprocess.Popen, []

    def use(code):
        def start(command, **more):
            started.append(command)
            return real(stand_in(code), **more)

        monkeypatch.setattr(subprocess, "Popen", start)
        return started

    return use


def test_the_supervisor_gives_up_in_time_and_leaves_nothing(plain_workers, tmp_path):
    plain_workers("import time; time.sleep(60)")
    start = time.monotonic()
    with distributed.workers(tmp_path, 2) as (processes, messages):
        deadline = time.monotonic() + 1
        with pytest.raises(TimeoutError, match="did not end in time"):
            distributed.follow(processes, messages, [], deadline)
    assert time.monotonic() - start < 10
    assert all(process.poll() is not None for process in processes)


def test_a_worker_that_fails_every_time_is_an_error_with_its_message(
    plain_workers, tmp_path, x
):
    started = plain_workers("raise SystemExit('no such thing')")
    with pytest.raises(RuntimeError, match="workers died 2 times.*no such thing"):
        distributed.train(x, Job(), 2, tmp_path, max_restarts=1, timeout_s=20)
    assert len(started) == 2 * 2


def test_processes_look_for_compiled_code_where_they_are_told(tmp_path, monkeypatch):
    told = []

    def start(command, env, **more):
        told.append(env["JAX_COMPILATION_CACHE_DIR"])
        raise OSError("not started")

    monkeypatch.setattr(subprocess, "Popen", start)
    for compiled in (None, tmp_path / "shared"):
        with pytest.raises(OSError, match="not started"):
            distributed.train(np.zeros((96, 64)), Job(), 2, tmp_path, compiled=compiled)
    assert told == [str(tmp_path / "compiled"), str(tmp_path / "shared")]


def test_a_worker_ends_when_its_supervisor_is_gone():
    code = (
        "import time; from companion.challenges import distributed_worker as w;"
        "w.end_with_parent(); print('ready', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        stand_in(code), stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    )
    try:
        assert process.stdout.readline() == "ready\n"
        process.stdin.close()
        assert process.wait(timeout=10) == 1
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.slow
@needs_gloo
@pytest.mark.parametrize("n_workers", [2, 3])
def test_several_workers_train_what_one_trains(x, trained, compiled, tmp_path, n_workers):
    told = {"compiled": compiled, "timeout_s": TIMEOUT_S}
    run = distributed.train(x, Job(), n_workers, tmp_path, **told)
    assert_same(run, trained)
    np.testing.assert_allclose(run.losses, trained.losses, rtol=1e-5)
    assert run.losses[-1] < 0.5 * run.losses[0]
    assert run.epochs_redone == 0


@pytest.mark.slow
@needs_gloo
def test_a_killed_worker_costs_time_and_nothing_else(x, trained, compiled, tmp_path):
    job = Job(save_every=2, pause=(4, 5))
    told = {"compiled": compiled, "timeout_s": TIMEOUT_S}
    run = distributed.train(x, job, 2, tmp_path, **told)
    assert_same(run, trained)
    assert len(run.process_ids) == 4
    assert [e["event"] for e in run.events].count("start") == 2
    dead = next(e for e in run.events if e["event"] == "dead")
    assert (dead["worker"], dead["code"]) == (1, -9)
    ready = [e["epoch"] for e in run.events if e["event"] == "ready"]
    assert ready == [0, 2]  # the third epoch was done, not saved, and is done again
    assert run.epochs_redone == 1
    story = distributed.told(run.events)
    at = story.index("worker 1 gets SIGKILL")
    assert story[at - 1 : at + 5] == [
        "worker 1 is in epoch 4, step 5",
        "worker 1 gets SIGKILL",
        "worker 1 ended with -9",
        "the supervisor stopped all others",
        "start 2 workers",
        "all ready, 2 epochs are done",
    ]


@pytest.mark.slow
def test_without_the_optimizers_memory_it_is_another_training(
    x, trained, compiled, tmp_path
):
    distributed.train(x, Job(epochs=4), 1, tmp_path, compiled=compiled)
    epoch, state = checkpoint.load(tmp_path / CHECKPOINT)
    assert epoch == 4
    n_weights = len(trained.weights[0])
    for name, kept in (("all", len(state)), ("weights", n_weights)):
        arrays = [a if i < kept else np.zeros_like(a) for i, a in enumerate(state)]
        arrays[n_weights + 1] = state[n_weights + 1]  # the learning rate stays
        checkpoint.save(tmp_path / CHECKPOINT, epoch, arrays)
        run = distributed.train(x, Job(), 1, tmp_path, compiled=compiled)
        off = distributed.largest_difference(run.weights[0], trained.weights[0])
        assert off < TOLERANCE if name == "all" else off > 1e-3
