"""Run one paper seed by seed, take up what was interrupted, and write its result."""

import hashlib
import importlib
import json
import os
import platform
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from companion import datasets, training
from reproductions import results
from reproductions.resumable import Progress

CHECKPOINTS = Path(__file__).parent / ".checkpoints"
RESULTS = Path(__file__).parent / "results"


def data_checksums(name):
    """Return the SHA-256 of each file of a full-size data set, or of each part's array.

    Args:
        name: A name that `companion.datasets.load` knows, or several full-size ones. The
            files of a full-size data set have these checksums whenever it loads.
    """
    if not isinstance(name, str):
        return {key: value for one in name for key, value in data_checksums(one).items()}
    if collection := datasets.collection(name):
        return {file.name: file.sha256 for file in collection.files}
    data = datasets.load(name)
    parts = {f"x_{part}": getattr(data, f"x_{part}") for part in ("train", "val", "test")}
    return {
        part: hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
        for part, array in parts.items()
    }


def hardware():
    """Return the model of the processor and the number of its cores, and no more."""
    return {"processor": _processor(), "cores": os.cpu_count()}


def _processor():
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    if sys.platform == "darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    return platform.processor() or platform.machine()


def versions():
    """Return the versions of Python, of the libraries, and of the backend in use."""
    backend = keras.backend.backend()
    backend_version = importlib.import_module(backend).__version__
    own = {"python": platform.python_version(), backend: backend_version}
    return own | {name: version(name) for name in ("companion", "keras", "numpy")}


def reproduce(module, checkpoints=CHECKPOINTS, folder=RESULTS):
    """Run all seeds of one paper and write its result.

    A seed that was finished before an interruption is not run again, and one that was
    interrupted goes on. If the module or the software changed meanwhile, all begins anew.

    Args:
        module: A module with `PAPER`, `run(seed, progress)` and `baselines()`.
        checkpoints: Folder in which unfinished work waits.
        folder: Folder of the results.

    Returns:
        The result, as it was written.

    Raises:
        companion.datasets.DatasetError: If the data cannot be had.
        ValueError: If the result is not sound; then nothing is written.
    """
    paper, work = module.PAPER, checkpoints / module.PAPER.name
    _keep_only_if_same(work, _fingerprint(module))
    total = paper.epochs * len(paper.seeds)
    with tqdm(total=total, desc=paper.name, unit="epoch") as bar:
        baselines = _once(work / "baselines.json", module.baselines)
        runs = []
        for seed in paper.seeds:
            path = work / f"seed{seed}.json"
            if path.exists():
                bar.update(paper.epochs)
            runs.append(_once(path, lambda s=seed: _run_seed(module, s, work, bar)))
    result = _result(paper, runs, baselines)
    if found := results.problems(result, paper):
        raise ValueError("\n".join(found))
    results.write_json(folder / f"{paper.name}.json", result)
    shutil.rmtree(work)
    return result


def _run_seed(module, seed, work, bar):
    training.seed_everything(seed)
    progress = Progress(seed, work / f"seed{seed}", bar)
    value, extras = module.run(seed, progress)
    cpu, wall = progress.seconds()
    extras = {name: float(extra) for name, extra in extras.items()}
    return {
        "value": float(value),
        "extras": extras,
        "cpu_seconds": round(cpu, 1),
        "wall_seconds": round(wall, 1),
    }


def _once(path, compute):
    """Return what a file holds, or compute it and write the file."""
    if not path.exists():
        results.write_json(path, compute())
    return json.loads(path.read_text(encoding="utf-8"))


def _fingerprint(module):
    source = Path(module.__file__).read_bytes()
    return {"module": hashlib.sha256(source).hexdigest(), "versions": versions()}


def _keep_only_if_same(work, fingerprint):
    path = work / "fingerprint.json"
    if path.exists() and json.loads(path.read_text(encoding="utf-8")) == fingerprint:
        return
    shutil.rmtree(work, ignore_errors=True)
    results.write_json(path, fingerprint)


def _result(paper, runs, baselines):
    extras = {name: [run["extras"][name] for run in runs] for name in runs[0]["extras"]}
    also = {
        name: results.measured(claim, extras.pop(name))
        for name, claim in paper.also.items()
    }
    stated = {key: getattr(paper, key) for key in results.PAPER_KEYS}
    return (
        {"paper": paper.key, "seeds": list(paper.seeds)}
        | results.measured(paper.claim, [run["value"] for run in runs])
        | {"also": also, "extras": extras, "baselines": baselines}
        | stated
        | {"data_sha256": data_checksums(paper.dataset)}
        | {key: [run[key] for run in runs] for key in ("cpu_seconds", "wall_seconds")}
        | {"hardware": hardware(), "versions": versions()}
    )


def main(name):
    """Run one paper and tell its verdict, or end with one clear message."""
    try:
        result = reproduce(importlib.import_module(f"reproductions.{name}"))
    except datasets.DatasetError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(f"\nInterrupted. The same command goes on with {name} where it was.")
    word = "threshold" if result["threshold"] else "published"
    print(
        f"{name}: {result['mean']:.4g} ± {result['std']:.2g} {result['unit']}, "
        f"{word} {result['published']:g}: {result['verdict']}"
    )


if __name__ == "__main__":
    main(sys.argv[1])
