"""Two experiments of the chapter, run where the system can; elsewhere their stored results.

Limits of memory are enforced, and workers of Keras on JAX were seen to join, on Linux.
"""

import os
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from companion import datasets
from companion.challenges import distributed
from companion.challenges import scaling_stream as stream
from companion.challenges.distributed_worker import Job
from reproductions import cluster

N_ROWS = 2**20
LIMIT_MIB = 192
JOB = Job(save_every=2, pause=(4, 5))


def train_limited(x, n_rows, limit_mib):
    """Train on a file by both routes, each in a process that may not hold more.

    Args:
        x: Examples that the rows of the file are made of, shape (n, D), in [0, 1].
        n_rows: Rows of the file, one byte for each number.
        limit_mib: As in `companion.challenges.scaling_stream`.

    Returns:
        Maps each route to what `companion.challenges.scaling_stream.run` returns.
    """
    if not stream.AVAILABLE:
        return cluster.load("elsewhere")["limited"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows"
        stream.write_rows(path, x, n_rows, np.random.default_rng(0))
        return {route: stream.run(route, path, limit_mib) for route in stream.ROUTES}


def train_and_recover(x, job, n_workers):
    """Train with one process, then with several of which one is killed, and compare.

    Args:
        x: Training rows, shape (n, D), float32 in [0, 1].
        job: A `companion.challenges.distributed_worker.Job` with a `pause`.
        n_workers: How many workers.

    Returns:
        A dictionary: "events"; "difference", the largest of any weight to one process;
        "redone", epochs computed twice; and "left", processes that still live.
    """
    if not distributed.AVAILABLE:
        return cluster.load("elsewhere")["recovery"]
    with tempfile.TemporaryDirectory() as top:

        def train(name, job, n):
            (folder := Path(top) / name).mkdir()
            return distributed.train(x, job, n, folder, compiled=Path(top) / "compiled")

        one = train("one", replace(job, pause=None), 1).weights[0]
        run = train("several", job, n_workers)
    return {
        "events": run.events,
        "difference": max(distributed.largest_difference(w, one) for w in run.weights),
        "redone": run.epochs_redone,
        "left": sum(map(_lives, run.process_ids)),
    }


def _lives(process_id):
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def measure():
    """Run both with the settings of the chapter."""
    x = datasets.load("digits").flat().x_train
    return {
        "limited": train_limited(x, N_ROWS, LIMIT_MIB),
        "recovery": train_and_recover(x, JOB, 2),
    }
