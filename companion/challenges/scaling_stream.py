"""Train on a file that is larger than the memory a process may use.

``python -m companion.challenges.scaling_stream ROUTE FILE LIMIT_MIB`` trains one epoch in a
process of its own and writes one JSON object. ROUTE is "memory", where all rows are read
first, or "stream", where each batch is read when its turn comes. The limit counts from what
the process holds when its model stands, compiled and ready; 0 is no limit. Beside the file
lie the test examples, in a file whose name ends in ``.test.npy``.
"""

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np

AVAILABLE = sys.platform == "linux"  # other systems do not enforce this limit
BATCH_SIZE = 1024
MIB = 2**20
ROUTES = ("memory", "stream")


def write_rows(path, x, n_rows, rng, chunk=65536):
    """Write noisy copies of examples to a file, one byte for each number.

    Args:
        path: Where to write.
        x: Examples, shape (n, D), in [0, 1].
        n_rows: Rows to write.
        rng: A `numpy.random.Generator`; it draws the examples and the noise.
        chunk: Rows that are made at a time.
    """
    with open(path, "wb") as file:
        for start in range(0, n_rows, chunk):
            rows = x[rng.integers(len(x), size=min(chunk, n_rows - start))]
            rows += np.float32(0.05) * rng.standard_normal(rows.shape, dtype=np.float32)
            file.write(np.clip(255 * rows, 0, 255).astype(np.uint8).tobytes())


def batches_from_file(path, n_features, batch_size):
    """Return a Keras data set that reads each batch from the file when it is asked for.

    Args:
        path: A file of rows of `n_features` bytes.
        n_features: D, numbers in a row.
        batch_size: Rows in a batch; rows that fill none are left out.

    Returns:
        A `keras.utils.PyDataset` of pairs (x, x), float32 in [0, 1], (batch_size, D).

    Raises:
        ValueError: If the file is not a whole number of rows.
    """
    size = os.path.getsize(path)
    if size == 0 or size % n_features:
        raise ValueError(f"path must hold rows of {n_features} bytes; got {size} bytes")
    import keras

    class Batches(keras.utils.PyDataset):
        rows = np.memmap(path, dtype=np.uint8, mode="r").reshape(-1, n_features)

        def __len__(self):
            return len(self.rows) // batch_size

        def __getitem__(self, index):
            part = self.rows[index * batch_size : (index + 1) * batch_size]
            x = np.divide(part, 255, dtype=np.float32)
            return x, x

    return Batches()


def all_rows(path, n_features):
    """Read all rows of a file into memory, float32 in [0, 1], shape (n, D)."""
    rows = np.fromfile(path, dtype=np.uint8).reshape(-1, n_features)
    return np.divide(rows, 255, dtype=np.float32)


def held(name):
    """Return what this process holds, in bytes: a line of Linux's own account."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"name must be a line of /proc/self/status; got {name!r}")


@contextmanager
def peak_memory(every_s=0.005):
    """Watch this process's own memory, pages of files not counted.

    Args:
        every_s: Seconds between two looks.

    Yields:
        A dictionary; at the end "mib" is the peak above the start.
    """
    base, found, ended = held("RssAnon"), {"mib": 0.0}, threading.Event()

    def watch():
        while not ended.wait(every_s):
            found["mib"] = max(found["mib"], (held("RssAnon") - base) / MIB)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield found
    finally:
        ended.set()
        watcher.join()


def limit_memory(mib):
    """Forbid this process to hold more than so many MiB beyond what it holds now."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (held("VmData") + int(mib * MIB), hard))


def train(route, path, limit_mib, x_test):
    """Train one epoch in this process, under a limit.

    Args:
        route: One of `ROUTES`.
        path: The file.
        limit_mib: As in the module's text.
        x_test: Held-out examples, shape (n, D).

    Returns:
        A dictionary: "outcome", "trained" or the name of the error; "peak_mib" above the
        start; "seconds" for the epoch; and "test_mse", None if it failed.
    """
    import keras

    from companion.autoencoders.dense import DenseAutoencoder

    n_features = x_test.shape[1]
    keras.utils.set_random_seed(0)
    model = DenseAutoencoder(n_features, 8, (64,), seed=0)
    model.compile(keras.optimizers.Adam(1e-3), loss="mse")
    zeros = np.zeros((BATCH_SIZE, n_features), np.float32)
    model.fit(zeros, zeros, batch_size=BATCH_SIZE, verbose=0)  # compiles
    told, outcome = {"verbose": 0, "shuffle": True}, "trained"
    start = time.perf_counter()
    with peak_memory() as peak:
        if limit_mib:
            limit_memory(limit_mib)
        try:
            if route == "memory":
                x = all_rows(path, n_features)
                model.fit(x, x, batch_size=BATCH_SIZE, **told)
            else:
                model.fit(batches_from_file(path, n_features, BATCH_SIZE), **told)
        except MemoryError:
            outcome = "MemoryError"
    seconds = time.perf_counter() - start
    trained = outcome == "trained"
    mse = None
    if trained:
        mse = float(np.square(model.predict_on_batch(x_test) - x_test).mean())
    peak_mib = peak["mib"]
    return {"outcome": outcome, "peak_mib": peak_mib, "seconds": seconds, "test_mse": mse}


def run(route, path, limit_mib, timeout_s=120.0):
    """Train one epoch on the file in a process of its own, with Keras on JAX.

    Args:
        route: One of `ROUTES`.
        path: A file from `write_rows`, rows like the digits'. What JAX compiles is kept
            beside it for the next route.
        limit_mib: As in the module's text.
        timeout_s: Seconds after which the process is killed.

    Returns:
        As `train`.

    Raises:
        ValueError: If `route` is not one of `ROUTES` or `limit_mib` is below 0.
    """
    if route not in ROUTES:
        raise ValueError(f"route must be one of {ROUTES}; got {route!r}")
    if limit_mib < 0:
        raise ValueError(f"limit_mib must not be negative; got {limit_mib}")
    from companion import datasets
    from companion.challenges.distributed import ONE_CORE, keep_compiled

    np.save(f"{path}.test.npy", datasets.load("digits").flat().x_test)
    command = [sys.executable, "-m", "companion.challenges.scaling_stream"]
    done = subprocess.run(
        [*command, route, path, str(limit_mib)],
        env=os.environ | ONE_CORE | keep_compiled(f"{path}.compiled"),
        capture_output=True,
        check=True,
        encoding="utf-8",
        timeout=timeout_s,
    )
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    from companion.challenges.distributed_worker import start_light

    start_light()
    x_test = np.load(f"{sys.argv[2]}.test.npy")
    print(json.dumps(train(sys.argv[1], sys.argv[2], float(sys.argv[3]), x_test)))
