"""Precision, threads, compilation and calls as paired ratios; time and memory against n."""

import tempfile
from pathlib import Path

import numpy as np

from companion import datasets
from companion.challenges import scaling_stream as stream
from reproductions.cluster.trainer import Trainer, in_turns

ROUNDS = 6
PAIRS = {
    "precision": {
        "float32": {},
        "mixed_bfloat16": {"policy": "mixed_bfloat16"},
        "mixed_float16": {"policy": "mixed_float16"},
        "bfloat16": {"policy": "bfloat16"},
    },
    "threads, small network": {
        "1 thread": {"cores": 1, "hidden": [64], "n_features": 64},
        "2 threads": {"cores": 2, "hidden": [64], "n_features": 64},
        "4 threads": {"cores": 4, "hidden": [64], "n_features": 64},
    },
    "threads, large network": {
        "1 thread": {"cores": 1, "hidden": [1024], "n_rows": 4096},
        "2 threads": {"cores": 2, "hidden": [1024], "n_rows": 4096},
        "4 threads": {"cores": 4, "hidden": [1024], "n_rows": 4096},
    },
    "compilation": {"compiled": {}, "not compiled": {"jit": False, "n_rows": 8192}},
    "steps in a call, small network": {
        "1 step": {"hidden": [64], "n_features": 64},
        "8 steps": {"hidden": [64], "n_features": 64, "steps": 8},
        "32 steps": {"hidden": [64], "n_features": 64, "steps": 32},
    },
    "batch": {
        f"batch {size}": {"batch_size": size, "n_rows": 8192}
        for size in (16, 64, 256, 1024)
    },
}
N_ROWS = tuple(2**k for k in range(13, 22, 2))
N_ROWS_MEMORY = tuple(2**k for k in range(16, 22))


def pairs(rounds=ROUNDS, chosen=PAIRS):
    """Time the settings of each group in turns."""
    found = {}
    for group, variants in chosen.items():
        trainers = {}
        try:
            for name, settings in variants.items():
                trainers[name] = Trainer(**settings)
            seconds, losses = in_turns(trainers, rounds)
            facts = {name: trainer.facts for name, trainer in trainers.items()}
        finally:
            for trainer in trainers.values():
                trainer.close()
        found[group] = {
            name: facts[name] | {"seconds": seconds[name], "losses": losses[name]}
            for name in variants
        }
    return found


def time_against_rows(rounds=3):
    """Time an epoch on more and more rows, all in memory."""
    trainers, small = {}, {"hidden": [64], "n_features": 64, "latent_dim": 8}
    try:
        for n_rows in N_ROWS:
            trainers[n_rows] = Trainer(n_rows=n_rows, steps=32, **small)
        seconds, _ = in_turns(trainers, rounds)
    finally:
        for trainer in trainers.values():
            trainer.close()
    return {"n_rows": list(N_ROWS), "seconds": list(seconds.values())}


def memory_against_rows():
    """Measure the peak memory of an epoch on more and more rows, by both routes."""
    x, found = (
        datasets.load("digits").flat().x_train,
        {route: [] for route in stream.ROUTES},
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows"
        for n_rows in N_ROWS_MEMORY:
            stream.write_rows(path, x, n_rows, np.random.default_rng(0))
            for route in stream.ROUTES:
                found[route].append(stream.run(route, path, 0))
    return {"n_rows": list(N_ROWS_MEMORY)} | found


def measure():
    """Measure everything."""
    return {
        "pairs": pairs(),
        "time": time_against_rows(),
        "memory": memory_against_rows(),
    }
