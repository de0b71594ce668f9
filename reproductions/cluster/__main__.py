"""Command line: ``python -m reproductions.cluster [NAME]``."""

import os
import platform
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from reproductions.cluster import NAMES
from reproductions.results import write_json


def hardware():
    """Return the processor, the number of cores, and the versions that matter."""
    names = ("companion", "jax", "keras", "numpy")
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next(line for line in lines if line.startswith("model name"))
    return {
        "processor": model.partition(":")[2].strip(),
        "cores": os.cpu_count(),
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in names},
    }


def main(chosen):
    """Measure what is named, or all, and write the results."""
    for name in chosen or NAMES:
        if name not in NAMES:
            sys.exit(f"NAME must be one of {', '.join(NAMES)}; got {name!r}")
    for name in chosen or NAMES:
        result = import_module(f"reproductions.cluster.{name}").measure()
        path = Path(__file__).parent / "results" / f"{name}.json"
        write_json(path, result | {"hardware": hardware()})
        print(f"{name}: written")


if __name__ == "__main__":
    main(sys.argv[1:])
