"""One worker of a training that several processes share, with Keras on JAX.

``python -m companion.challenges.distributed_worker FOLDER RANK N_WORKERS ADDRESS``

The folder holds ``job.json``, a `Job`, and ``x.npy``, all training rows; the weights and
checkpoints go there too. What happens is told on standard output, one JSON object a line.
The worker lives as long as its standard input is open: if whoever started it is gone, it
ends itself, so that none is left over.
"""

import json
import os
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from companion.challenges import distributed_checkpoint as checkpoint

CHECKPOINT = "checkpoint.npz"
NOT_NEEDED = ("tensorflow", "sklearn", "pandas", "matplotlib")  # Keras does without them
PATIENCE_S = 60.0  # how long a paused worker waits to be killed


@dataclass(frozen=True)
class Job:
    """What is trained, the same for every worker.

    Args:
        latent_dim: Code units of the autoencoder.
        hidden: Widths of its hidden layers on one side.
        batch_size: Examples in a step, over all workers; a multiple of their number.
        epochs: Passes over the data.
        learning_rate: Step size of Adam.
        save_every: Epochs from one checkpoint to the next.
        seed: Of the initial weights and of the order of the examples.
        precision: "float32", or "float64" to tell rounding from a fault.
        pause: None, or a pair of epoch (from 1) and step (from 1): after it, the worker
            of highest rank waits to be killed.
    """

    latent_dim: int = 8
    hidden: tuple = (64,)
    batch_size: int = 96
    epochs: int = 6
    learning_rate: float = 1e-3
    save_every: int = 1
    seed: int = 0
    precision: str = "float32"
    pause: tuple | None = None


def local_rows(n_rows, batch_size, epoch, seed, rank, n_workers):
    """Return which rows a worker takes in an epoch, batch after batch.

    The order depends on the seed and the epoch alone, so that workers agree on it without
    a message and a restarted run meets the order it would have met. Rows that fill no
    batch sit this epoch out.

    Args:
        n_rows: Examples in all.
        batch_size: Examples in a step, over all workers.
        epoch: Number of the epoch.
        seed: Seed of the order.
        rank: Number of this worker, from 0.
        n_workers: How many workers there are.

    Returns:
        Indices, shape (n_batches * batch_size / n_workers,).

    Raises:
        ValueError: If the batch cannot be divided equally, or is larger than the data.
    """
    if batch_size % n_workers or not 0 < batch_size <= n_rows:
        raise ValueError(
            f"batch_size must be a multiple of {n_workers} and at most {n_rows}; "
            f"got {batch_size}"
        )
    order = np.random.default_rng((seed, epoch)).permutation(n_rows)
    batches = order[: n_rows - n_rows % batch_size].reshape(
        -1, n_workers, batch_size // n_workers
    )
    return batches[:, rank].ravel()


def join(address, rank, n_workers):
    """Join the other workers; the first computation must come later."""
    import keras

    if n_workers == 1:
        return
    keras.distribution.initialize(address, n_workers, rank)
    devices = keras.distribution.list_devices()
    parallel = keras.distribution.DataParallel(devices=devices, auto_shard_dataset=False)
    keras.distribution.set_distribution(parallel)


def built(job, n_features):
    """Return the compiled autoencoder of a job, with its optimizer's memory in place."""
    import keras

    from companion.autoencoders.dense import DenseAutoencoder

    keras.config.set_floatx(job.precision)
    model = DenseAutoencoder(n_features, job.latent_dim, tuple(job.hidden), seed=job.seed)
    model.compile(keras.optimizers.Adam(job.learning_rate), loss="mse")
    model.optimizer.build(model.trainable_variables)
    return model


def variables(model):
    """Return all that a step reads and writes: weights, then the optimizer's memory."""
    return [*model.weights, *model.optimizer.variables]


def as_array(variable):
    """Return this process's copy of a variable, all copies being equal."""
    return np.array(variable.value.addressable_data(0))


def epochs(model, job, x, rank, n_workers, done, after_step=None):
    """Train from the epoch after `done` to the last, and yield after each.

    Args:
        model: From `built`.
        job: A `Job`.
        x: All training rows, shape (n, D).
        rank: Number of this worker.
        n_workers: How many there are.
        done: Epochs that were done before.
        after_step: None, or a function of epoch, step and loss, called after each step.

    Yields:
        The number of the epoch, from 1, and its mean loss over all workers.
    """
    import keras

    for epoch in range(done + 1, job.epochs + 1):
        mine = x[local_rows(len(x), job.batch_size, epoch, job.seed, rank, n_workers)]
        callbacks = []
        if after_step is not None:
            callbacks = [
                keras.callbacks.LambdaCallback(
                    on_train_batch_end=lambda step, logs, epoch=epoch: after_step(
                        epoch, step + 1, logs["loss"]
                    )
                )
            ]
        size = job.batch_size // n_workers
        told = {"batch_size": size, "shuffle": False, "verbose": 0, "callbacks": callbacks}
        yield epoch, float(model.fit(mine, mine, **told).history["loss"][0])


def work(folder, rank, n_workers, address):
    """Train as one of several workers, and tell what happens."""
    job = Job(**json.loads((folder / "job.json").read_text(encoding="utf-8")))
    x = np.load(folder / "x.npy")
    os.environ["JAX_ENABLE_X64"] = str(job.precision == "float64")
    join(address, rank, n_workers)
    model = built(job, x.shape[1])
    done, state = checkpoint.load(folder / CHECKPOINT)
    for variable, array in zip(variables(model), state or [], strict=bool(state)):
        variable.assign(array)
    tell("ready", epoch=done)

    def wait_to_be_killed(epoch, step, loss):
        if (epoch, step) == tuple(job.pause):
            float(loss)  # this step is done by all, and not merely on its way
            tell("paused", epoch=epoch, step=step)
            time.sleep(PATIENCE_S)

    paused = job.pause is not None and rank == n_workers - 1
    start = time.perf_counter()
    for epoch, loss in epochs(
        model, job, x, rank, n_workers, done, wait_to_be_killed if paused else None
    ):
        seconds, start = time.perf_counter() - start, time.perf_counter()
        tell("epoch", epoch=epoch, loss=loss, seconds=seconds)
        if rank == 0 and epoch % job.save_every == 0:
            arrays = [as_array(variable) for variable in variables(model)]
            checkpoint.save(folder / CHECKPOINT, epoch, arrays)
            tell("saved", epoch=epoch)
    final = [as_array(variable) for variable in model.weights]
    np.savez(folder / f"weights{rank}.npz", *final)
    tell("done")


def tell(event, **facts):
    """Write one event as a line of JSON, where `keep_output_apart` keeps the way free."""
    print(json.dumps({"event": event} | facts), file=sys.stdout, flush=True)


def keep_output_apart():
    """Send what libraries print, from C++ too, to the errors; events keep the output."""
    sys.stdout = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)


def start_light():
    """Keep Keras from loading what no worker uses: half of the seconds of its start."""
    sys.modules.update(dict.fromkeys(NOT_NEEDED))


def end_with_parent():
    """End this process when its standard input is closed, from another thread."""

    def watch():
        while os.read(0, 1):
            pass
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    end_with_parent()
    keep_output_apart()
    start_light()
    work(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
