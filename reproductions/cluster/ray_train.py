"""The same training under Ray Train, which restarts dead workers by itself.

The workers join with ``keras.distribution.initialize`` inside the loop. Ray schedules them,
notices a death, starts all again and hands them the last checkpoint that was reported.
Ray's own ``JaxTrainer`` is not used: without an accelerator its workers never join, and
each of them trains alone without an error.

On a real cluster, start Ray on every machine, pass its address to `train`, and store in a
folder that all machines see. The number of workers is then that of the machines, or more.
That was not tried here.
"""

import json
import os
import signal
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np

from companion import datasets
from companion.challenges import distributed
from companion.challenges import distributed_checkpoint as checkpoint
from companion.challenges import distributed_worker as worker

MAX_FAILURES = 2
ENVIRONMENT = {
    "RAY_TRAIN_V2_ENABLED": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DISABLE_IMPORT_WARNING": "1",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
}


def address_of_first(rank, alone):
    """Let worker 0 choose an address and tell it to all; alone, it is this machine's."""
    import ray
    from ray.train.collective import broadcast_from_rank_zero

    host = "127.0.0.1" if alone else ray.util.get_node_ip_address()
    own = f"{host}:{distributed.free_port()}"
    return broadcast_from_rank_zero(own if rank == 0 else None)


def loop(settings):
    """What every worker runs: join, build, take up the last checkpoint, train on."""
    import ray.train

    job, folder = worker.Job(**settings["job"]), Path(settings["folder"])
    context = ray.train.get_context()
    rank, n_workers = context.get_world_rank(), context.get_world_size()
    worker.join(address_of_first(rank, settings["alone"]), rank, n_workers)
    x = np.load(folder / "x.npy")
    model, done = worker.built(job, x.shape[1]), 0
    if (last := ray.train.get_checkpoint()) is not None:
        with last.as_directory() as found:
            done, state = checkpoint.load(Path(found) / worker.CHECKPOINT)
        for variable, array in zip(worker.variables(model), state, strict=True):
            variable.assign(array)
    note(folder, rank, "ready", epoch=done)

    def die_once(epoch, step, loss):
        if (epoch, step) == tuple(job.pause) and not (folder / "killed").exists():
            float(loss)
            (folder / "killed").touch()
            note(folder, 0, "killed", worker=rank, epoch=epoch, step=step)
            os.kill(os.getpid(), signal.SIGKILL)

    mortal = job.pause is not None and rank == n_workers - 1
    for epoch, loss in worker.epochs(
        model, job, x, rank, n_workers, done, die_once if mortal else None
    ):
        note(folder, rank, "epoch", epoch=epoch, loss=loss)
        report(model, rank, epoch, loss)
    arrays = [worker.as_array(variable) for variable in model.weights]
    np.savez(folder / f"weights{rank}.npz", *arrays)


def report(model, rank, epoch, loss):
    """Report an epoch to Ray; worker 0 adds the state, sealed."""
    import ray.train

    with tempfile.TemporaryDirectory() as folder:
        state = None
        if rank == 0:
            arrays = [worker.as_array(variable) for variable in worker.variables(model)]
            checkpoint.save(Path(folder) / worker.CHECKPOINT, epoch, arrays)
            state = ray.train.Checkpoint.from_directory(folder)
        ray.train.report({"epoch": epoch, "loss": loss}, checkpoint=state)


def note(folder, rank, event, **facts):
    """Add an event to the log; of the workers only the first one is heard."""
    if rank == 0:
        with (folder / "log").open("a", encoding="utf-8") as log:
            log.write(json.dumps({"event": event} | facts) + "\n")


def train(x, job, n_workers, folder, address=None):
    """Train with Ray.

    Args:
        x: Training rows, shape (n, D), float32 in [0, 1].
        job: A `companion.challenges.distributed_worker.Job`; its `pause` is where the last
            worker kills itself, once.
        n_workers: How many workers.
        folder: An empty folder with a short path that every worker sees, a `pathlib.Path`.
        address: Of a running cluster; None starts Ray on this machine alone.

    Returns:
        weights: The trained weights of each worker, lists of arrays.
        events: What happened, dictionaries in order.
    """
    os.environ.update(ENVIRONMENT)
    import ray
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.v2.api.data_parallel_trainer import DataParallelTrainer

    np.save(folder / "x.npy", np.asarray(x, dtype=np.float32))
    compiled = distributed.keep_compiled(folder / "compiled")
    variables = {"env_vars": ENVIRONMENT | distributed.ONE_CORE | compiled}
    here = {"num_cpus": n_workers + 1, "include_dashboard": False}
    here |= {"_node_ip_address": "127.0.0.1", "_temp_dir": str(folder / "ray")}
    where = here if address is None else {"address": address}
    ray.init(runtime_env=variables, logging_level="ERROR", log_to_driver=False, **where)
    try:
        DataParallelTrainer(
            loop,
            train_loop_config={"job": asdict(job), "folder": str(folder)}
            | {"alone": address is None},
            scaling_config=ScalingConfig(
                num_workers=n_workers, resources_per_worker={"CPU": 1}
            ),
            run_config=RunConfig(
                name="run",
                storage_path=str(folder / "store"),
                failure_config=FailureConfig(max_failures=MAX_FAILURES),
            ),
        ).fit()
    finally:
        ray.shutdown()
    weights = []
    for rank in range(n_workers):
        with np.load(folder / f"weights{rank}.npz") as stored:
            weights.append([stored[name] for name in stored.files])
    log = (folder / "log").read_text(encoding="utf-8").splitlines()
    return weights, [json.loads(line) for line in log]


def measure(n_workers=2):
    """Train with one process, with Ray, and with Ray and a worker killed; compare."""
    import ray

    x, found = datasets.load("digits").flat().x_train, {}
    with tempfile.TemporaryDirectory() as folder:
        one = distributed.train(x, worker.Job(), 1, Path(folder)).weights[0]
    for name, pause in (("undisturbed", None), ("killed", (4, 5))):
        with tempfile.TemporaryDirectory(prefix="r") as folder:
            weights, events = train(x, worker.Job(pause=pause), n_workers, Path(folder))
        off = max(distributed.largest_difference(own, one) for own in weights)
        found[name] = {"events": events, "difference": off}
    return {"workers": n_workers, "ray": ray.__version__} | found
