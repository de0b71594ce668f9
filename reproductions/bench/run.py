"""Measure everything in one run, in turns, and write ``results/speed.json``."""

import os
import sys
import time
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from tqdm import tqdm

from reproductions import run as papers
from reproductions.bench import BATCH_SIZE, ROUNDS, THREADS, speed
from reproductions.bench.networks import REFERENCES, flops_per_example, layers_of
from reproductions.bench.process import Process
from reproductions.results import write_json

EPOCHS_A_ROUND = 2


@dataclass(frozen=True)
class Group:
    """What one process measures.

    Args:
        backend: The backend of Keras, and the library of the matrix product.
        package: What must be installed for it, or several of which one must be.
        variants: Names of `reproductions.bench.variants.VARIANTS`.
        environment: Variables that are set before anything is imported.
    """

    backend: str
    packages: tuple
    variants: tuple
    environment: dict = field(default_factory=dict)


TENSORFLOW = ("tensorflow-cpu", "tensorflow")
GROUPS = {
    "tensorflow": Group("tensorflow", TENSORFLOW, ("companion",)),
    # The companion turns oneDNN off, so that outputs agree between machines; what others
    # write does not.
    "tensorflow as installed": Group(
        "tensorflow",
        TENSORFLOW,
        ("plain Keras", "tf.function, XLA"),
        {"TF_ENABLE_ONEDNN_OPTS": "1"},
    ),
    "jax": Group("jax", ("jax",), ("companion", "plain Keras", "scan, jitted")),
    "torch": Group("torch", ("torch",), ("companion", "plain Keras", "loop, fused Adam")),
    "numpy": Group("numpy", ("numpy",), ("companion.networks.mlp",)),
}
SCALING = {
    "examples": [(32, (128,), n) for n in (2048, 4096, 8192, 16384, 32768)],
    "code size": [(k, (128,), 8192) for k in (2, 4, 8, 16, 32, 64)],
    "width": [(32, (width, width), 2048) for width in (32, 64, 128, 256, 512, 1024)],
}
SIZES = {
    "examples": lambda latent_dim, hidden, n_examples: n_examples,
    "code size": lambda latent_dim, hidden, n_examples: latent_dim,
    "width": lambda latent_dim, hidden, n_examples: hidden[0],
}


def installed(group):
    """Return the first of a group's packages that is installed, with its version."""
    for name in group.packages:
        try:
            return name, version(name)
        except PackageNotFoundError:
            continue
    return None


def in_turn(things, round_number):
    """Return the order of a round: forwards in even rounds, backwards in odd ones."""
    return list(things) if round_number % 2 == 0 else list(things)[::-1]


def pin():
    """Keep this process and those it starts on the last two cores, where that exists."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-THREADS:])


def measure(processes, trainings, rounds, bar):
    """Time several trainings in turns.

    Args:
        processes: Maps a group's name to its `Process`.
        trainings: List of (group, variant, network).
        rounds: How often each gets its turn.
        bar: A tqdm bar that counts turns; the first epoch is one.

    Returns:
        For each training "first_seconds", of the first epoch, and "seconds" and
        "cpu_seconds", one list of epochs for each round.
    """
    found = []
    for i, (group, variant, network) in enumerate(trainings):
        processes[group]("start", i, variant, network)
        found.append({"first_seconds": processes[group]("epochs", i, 1)[0][0]})
        found[-1] |= {"seconds": [], "cpu_seconds": []}
        bar.update()
    for turn in range(rounds):
        for i in in_turn(range(len(trainings)), turn):
            epochs = processes[trainings[i][0]]("epochs", i, EPOCHS_A_ROUND)
            for name, values in zip(
                ("seconds", "cpu_seconds"), np.transpose(epochs), strict=True
            ):
                found[i][name].append([round(float(value), 5) for value in values])
            bar.update()
    for group in {group for group, _, _ in trainings}:
        processes[group]("stop")
    return found


def variants_of(network, groups):
    """Return the trainings of a network: all variants, but no convolutions in NumPy."""
    return [
        (name, variant, network)
        for name, group in groups.items()
        for variant in group.variants
        if not (name == "numpy" and network == "convolutional")
    ]


def speeds(processes, groups, rounds, bar):
    """Time every variant of every reference network, as rows of the result."""
    rows = []
    for network in REFERENCES:
        trainings = variants_of(network, groups)
        timed = measure(processes, trainings, rounds, bar)
        for (group, variant, _), times in zip(trainings, timed, strict=True):
            names = {"network": network, "variant": variant}
            rows.append(names | {"backend": groups[group].backend} | times)
    return rows


def peaks(processes, groups, rounds, bar):
    """Measure the matrix product of every library, in turns, in GFLOP/s."""
    found = {group.backend: [] for group in groups.values()}
    for turn in range(rounds):
        for name in in_turn(groups, turn):
            library = groups[name].backend
            found[library].append(round(processes[name]("peak", library), 2))
            bar.update()
    return found


def scaling(processes, group, rounds, bar):
    """Time the companion while one size changes and the others stay."""
    found = {}
    for name, networks in SCALING.items():
        trainings = [(group, "companion", network) for network in networks]
        timed = measure(processes, trainings, rounds, bar)
        sizes = [SIZES[name](*network) for network in networks]
        found[name] = {"sizes": sizes, "seconds": [times["seconds"] for times in timed]}
    return found


def described():
    """Describe the reference networks."""
    models = {name: reference.model() for name, reference in REFERENCES.items()}
    return {
        name: {
            "n_examples": REFERENCES[name].n_examples,
            "n_parameters": int(model.count_params()),
            "flops_per_example": flops_per_example(layers_of(model)),
        }
        for name, model in models.items()
    }


def bench(rounds=ROUNDS, groups=None):
    """Measure everything, and return the result.

    Args:
        rounds: Turns of each training.
        groups: The groups to measure; by default those whose package is installed.
    """
    groups = groups or {name: g for name, g in GROUPS.items() if installed(g)}
    start, processes = time.perf_counter(), {}
    n_turns = sum(len(variants_of(network, groups)) for network in REFERENCES)
    n_turns += sum(map(len, SCALING.values()))
    total = (rounds + 1) * n_turns + 2 * rounds * len(groups)
    try:
        processes |= {name: Process(group) for name, group in groups.items()}
        with tqdm(total=total, desc="bench", unit="turn") as bar:
            before = peaks(processes, groups, rounds, bar)
            rows = speeds(processes, groups, rounds, bar)
            after = peaks(processes, groups, rounds, bar)
            scaled = scaling(processes, next(iter(groups)), rounds, bar)
    finally:
        for process in processes.values():
            process.close()
    return {
        "threads": THREADS,
        "batch_size": BATCH_SIZE,
        "rounds": rounds,
        "networks": described(),
        "speed": rows,
        "peak": {library: before[library] + after[library] for library in before},
        "scaling": scaled,
        "hardware": papers.hardware(),
        "versions": papers.versions() | dict(map(installed, groups.values())),
        "wall_seconds": round(time.perf_counter() - start),
    }


def main():
    """Measure, check and write; or end with one clear message."""
    pin()
    try:
        result = bench()
    except KeyboardInterrupt:
        sys.exit("\nInterrupted: nothing was written. `make bench` begins anew.")
    if found := speed.problems(result):
        raise ValueError("\n".join(found))
    write_json(Path(__file__).parent / "results" / "speed.json", result)
    print(f"Measured in {result['wall_seconds']} s; now: make notebooks")


if __name__ == "__main__":
    main()
