"""What several processes gain, and how equal their training is to that of one process."""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from companion import datasets
from companion.challenges import distributed
from companion.challenges.distributed_worker import Job

# Features, hidden widths, batch, steps in an epoch.
CASES = {
    "small network, batch 384": (64, (64,), 384, 16),
    "large network, batch 384": (784, (1024, 512), 384, 16),
    "large network, batch 3072": (784, (1024, 512), 3072, 6),
}
N_WORKERS = (1, 2, 3)
EPOCHS = 8
COUNTED = 4  # the last epochs; the first ones compile and fill caches
ROUNDS = 3


def run(x, job, n_workers):
    """Train, and return the `companion.challenges.distributed.Run`."""
    with tempfile.TemporaryDirectory() as folder:
        return distributed.train(x, job, n_workers, Path(folder), timeout_s=300)


def random_rows(n_features, n_rows):
    return np.random.default_rng(0).random((n_rows, n_features), dtype=np.float32)


def seconds(case, n_workers, part=1):
    """Return the wall seconds of the last epochs; with a part, the batch divided by it."""
    n_features, hidden, batch_size, steps = case
    batch_size //= part
    x = random_rows(n_features, batch_size * steps)
    job = Job(32, hidden, batch_size, EPOCHS, save_every=EPOCHS + 1)
    events = run(x, job, n_workers).events
    spent = [e["seconds"] for e in events if e["event"] == "epoch"]
    return [round(s, 5) for s in spent[-COUNTED:]]


def speed(cases=CASES, rounds=ROUNDS):
    """Measure shared batches, and a worker's part of the batch alone, in turns.

    "alone" is one process that takes as many steps with a batch divided by the number of
    workers: the same arithmetic as one of several workers, and nobody to wait for.
    """
    found = {}
    for name, case in cases.items():
        rows = {str(n): {"together": [], "alone": []} for n in N_WORKERS}
        for turn in range(rounds):
            for n in N_WORKERS[:: 1 if turn % 2 == 0 else -1]:
                rows[str(n)]["together"] += seconds(case, n)
                rows[str(n)]["alone"] += seconds(case, 1, part=n)
        found[name] = rows
    return found


def equality():
    """Compare the weights of several workers with those of one, in two precisions."""
    n_features, hidden, batch_size, steps = CASES["large network, batch 384"]
    random = random_rows(n_features, batch_size * steps)
    jobs = {
        "digits": (datasets.load("digits").flat().x_train, Job()),
        "large network": (random, Job(32, hidden, batch_size, EPOCHS, save_every=99)),
    }
    found = {}
    for name, (x, job) in jobs.items():
        for precision in ("float32", "float64"):
            one = run(x, replace(job, precision=precision), 1).weights[0]
            for n in N_WORKERS[1:]:
                weights = run(x, replace(job, precision=precision), n).weights
                off = max(distributed.largest_difference(own, one) for own in weights)
                found.setdefault(name, {}).setdefault(str(n), {})[precision] = off
    return found


def measure():
    """Measure both."""
    return {"equality": equality(), "speed": speed()}
