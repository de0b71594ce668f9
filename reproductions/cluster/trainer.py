"""A training in a process of its own, whose settings are read at its start.

It reads one line of JSON, the settings, builds and compiles, and then answers each line
"epoch" of its input with the wall seconds of one epoch and its loss. So several of them can
take turns, and whatever else the machine does falls on all alike.
"""

import json
import os
import subprocess
import sys
import time

ONE_THREAD = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
DEFAULTS = {
    "n_rows": 8192,
    "n_features": 784,
    "hidden": [256],
    "latent_dim": 32,
    "batch_size": 128,
    "policy": "float32",
    "jit": True,
    "steps": 1,
}


class Trainer:
    """A process that holds one training.

    Args:
        cores: How many of this machine's cores it may use, and as many threads.
        settings: Changes to `DEFAULTS`.
    """

    def __init__(self, cores=1, **settings):
        environment = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
        threads = {"OMP_NUM_THREADS": str(cores), "OPENBLAS_NUM_THREADS": str(cores)}
        if cores == 1:
            environment["XLA_FLAGS"] = ONE_THREAD
        allowed = sorted(os.sched_getaffinity(0))[-cores:]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "reproductions.cluster.trainer", json.dumps(allowed)],
            env=os.environ | environment | threads | {"TF_CPP_MIN_LOG_LEVEL": "3"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
        self.facts = self._ask(DEFAULTS | settings)

    def _ask(self, thing):
        print(json.dumps(thing), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def epoch(self):
        """Train one epoch; return its wall seconds and its loss."""
        return self._ask("epoch")

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def in_turns(trainers, rounds):
    """Let trainers take turns, forwards and backwards.

    Args:
        trainers: Maps a name to a `Trainer`.
        rounds: Turns of each.

    Returns:
        seconds: Maps a name to the wall seconds of its epochs.
        losses: Maps a name to the losses of all epochs.
    """
    seconds, losses = {name: [] for name in trainers}, {name: [] for name in trainers}
    for turn in range(rounds):
        for name in list(trainers)[:: 1 if turn % 2 == 0 else -1]:
            spent, loss = trainers[name].epoch()
            seconds[name].append(round(spent, 5))
            losses[name].append(loss)
    return seconds, losses


def _built(settings):
    import keras
    import numpy as np

    from companion.autoencoders.dense import DenseAutoencoder

    keras.config.set_dtype_policy(settings["policy"])
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = rng.random((settings["n_rows"], 8)) @ rng.random((8, settings["n_features"])) / 8
    model = DenseAutoencoder(
        settings["n_features"], settings["latent_dim"], tuple(settings["hidden"])
    )
    optimizer = keras.optimizers.Adam(1e-3)
    if settings["policy"] == "mixed_float16":
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    told = {"jit_compile": settings["jit"], "steps_per_execution": settings["steps"]}
    model.compile(optimizer, loss="mse", **told)
    return model, x.astype(np.float32)


def main():
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, json.loads(sys.argv[1]))
    sys.modules["tensorflow"] = None
    settings = json.loads(input())
    model, x = _built(settings)
    told = {"batch_size": settings["batch_size"], "shuffle": False, "verbose": 0}
    model.fit(x, x, **told)  # compiles, and counts nowhere
    sizes = {
        "weight_bytes": sum(v.value.nbytes for v in model.trainable_variables),
        "code_bytes": model.encode(x[:1]).dtype.itemsize,
    }
    print(json.dumps(sizes), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        loss = model.fit(x, x, **told).history["loss"][0]
        print(json.dumps([time.perf_counter() - start, float(loss)]), flush=True)


if __name__ == "__main__":
    main()
