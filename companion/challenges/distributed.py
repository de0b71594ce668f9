"""Several processes train one model; a supervisor notices a dead one and starts again.

A worker that dies leaves the others in a call that waits for it, for longer than anyone
wants. So the supervisor never waits for them: it stops all and starts all from the last
checkpoint. Whatever happens, no process is left when `train` returns.
"""

import contextlib
import json
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass, replace

import numpy as np

AVAILABLE = sys.platform == "linux"  # where workers of Keras on JAX were seen to join
WORKER = "companion.challenges.distributed_worker"
ONE_CORE = {
    "KERAS_BACKEND": "jax",
    "JAX_PLATFORMS": "cpu",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
QUIET_S = 0.3  # silence after which all workers are taken to wait for the paused one


@dataclass(frozen=True)
class Run:
    """What a training left behind.

    Args:
        weights: The trained weights of each worker, lists of arrays.
        events: What happened, in order: dictionaries, told by worker 0 or the supervisor.
        process_ids: Of every process that was started.
    """

    weights: list
    events: list
    process_ids: list

    @property
    def losses(self):
        """The loss of each epoch, as it was computed last, (epochs,)."""
        found = {e["epoch"]: e["loss"] for e in self.events if e["event"] == "epoch"}
        return np.array([found[epoch] for epoch in sorted(found)])

    @property
    def epochs_redone(self):
        """Epochs that were finished, lost and computed again."""
        computed = [e["epoch"] for e in self.events if e["event"] == "epoch"]
        return len(computed) - len(set(computed))


def free_port():
    """Ask the operating system for a port of this machine that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def keep_compiled(folder):
    """Return settings by which JAX keeps what it compiles, for processes that come later.

    Args:
        folder: Where it is kept; it need not be there yet.
    """
    return {
        "JAX_COMPILATION_CACHE_DIR": str(folder),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }


@contextlib.contextmanager
def workers(folder, n_workers, compiled=None):
    """Start the workers; on leaving, however that comes, kill all that still live.

    Args:
        folder: A `pathlib.Path` with the job and the data.
        n_workers: How many processes.
        compiled: As in `train`.

    Returns:
        processes: The processes, by rank.
        messages: A queue of (rank, event); None for an event says that a process ended.
    """
    address, messages = f"127.0.0.1:{free_port()}", queue.Queue()
    settings = ONE_CORE | keep_compiled(compiled or folder / "compiled")
    processes, listeners = [], []

    def listen(rank, lines):
        with lines:
            for line in lines:
                messages.put((rank, json.loads(line)))
        messages.put((rank, None))

    try:
        for rank in range(n_workers):
            with (folder / f"errors{rank}.txt").open("w") as errors:
                process = subprocess.Popen(
                    [
                        sys.executable,
                        "-m",
                        WORKER,
                        folder,
                        str(rank),
                        str(n_workers),
                        address,
                    ],
                    env=os.environ | settings,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    encoding="utf-8",
                )
            processes.append(process)
            listeners.append(threading.Thread(target=listen, args=(rank, process.stdout)))
            listeners[-1].start()
        yield processes, messages
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()
            process.stdin.close()
        for listener in listeners:
            listener.join()


def follow(processes, messages, events, deadline):
    """Note what happens until all workers are done or one is dead.

    Args:
        processes: As `workers` yields them.
        messages: As `workers` yields it.
        events: A list that grows.
        deadline: By `time.monotonic`.

    Returns:
        True if all are done.

    Raises:
        TimeoutError: If the deadline passes first.
    """
    left, paused = len(processes), None
    while left:
        if time.monotonic() > deadline:
            raise TimeoutError("the workers did not end in time, and were killed")
        try:
            rank, event = messages.get(timeout=QUIET_S)
        except queue.Empty:
            if paused is not None:
                processes[paused].kill()
                events.append({"event": "killed", "worker": paused, "signal": "SIGKILL"})
                paused = None
            continue
        if event is None:
            code = processes[rank].wait()
            events.append({"event": "dead", "worker": rank, "code": code})
            return False
        if event["event"] == "paused":
            paused = rank
        left -= event["event"] == "done"
        if rank == 0 or event["event"] == "paused":
            events.append({"worker": rank} | event)
    return True


def train(x, job, n_workers, folder, *, compiled=None, timeout_s=60.0, max_restarts=2):
    """Train one autoencoder with several processes, and recover if one of them dies.

    Args:
        x: Training rows, shape (n, D), float32 in [0, 1].
        job: A `companion.challenges.distributed_worker.Job`.
        n_workers: How many processes; 1 is plain training.
        folder: An empty folder, a `pathlib.Path`, for data, checkpoints and weights.
        compiled: A folder of `keep_compiled` that several trainings share; None for one
            inside `folder`.
        timeout_s: Seconds after which all workers are killed, restarts included.
        max_restarts: How often all workers may be started again.

    Returns:
        A `Run`.

    Raises:
        ValueError: If `n_workers` is below 1 or does not divide the batch.
        TimeoutError: If the training does not end in time.
        RuntimeError: If workers died more often than `max_restarts` allows.
    """
    if n_workers < 1 or job.batch_size % n_workers:
        raise ValueError(f"n_workers must divide {job.batch_size}; got {n_workers}")
    np.save(folder / "x.npy", np.asarray(x, dtype=np.float32))
    deadline, events, process_ids = time.monotonic() + timeout_s, [], []
    for _ in range(max_restarts + 1):
        (folder / "job.json").write_text(json.dumps(asdict(job)), encoding="utf-8")
        events.append({"event": "start", "workers": n_workers})
        with workers(folder, n_workers, compiled) as (processes, messages):
            process_ids += [process.pid for process in processes]
            if follow(processes, messages, events, deadline):
                return Run(_weights(folder, n_workers), events, process_ids)
        events.append({"event": "stopped"})
        job = replace(job, pause=None)
    errors = (folder / f"errors{events[-2]['worker']}.txt").read_text(encoding="utf-8")
    raise RuntimeError(
        f"workers died {max_restarts + 1} times; the last one said: {errors[-2000:]}"
    )


def _weights(folder, n_workers):
    found = []
    for rank in range(n_workers):
        with np.load(folder / f"weights{rank}.npz") as stored:
            found.append([stored[name] for name in stored.files])
    return found


def told(events):
    """Tell events in words, one line for each, without what differs from run to run."""
    texts = {
        "start": "start {workers} workers",
        "ready": "all ready, {epoch} epochs are done",
        "epoch": "epoch {epoch} done, loss {loss:.3f}",
        "saved": "checkpoint after epoch {epoch}",
        "paused": "worker {worker} is in epoch {epoch}, step {step}",
        "killed": "worker {worker} gets SIGKILL",
        "dead": "worker {worker} ended with {code}",
        "stopped": "the supervisor stopped all others",
        "done": "done",
    }
    return [texts[event["event"]].format(**event) for event in events]


def largest_difference(one, other):
    """Return the largest difference between two lists of arrays, entry by entry."""
    return max(float(np.abs(a - b).max()) for a, b in zip(one, other, strict=True))
