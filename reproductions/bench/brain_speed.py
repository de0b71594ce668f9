"""The stored speed of the models of the brain, and what follows from it.

Two tasks, each in turns on two cores: one second of a random network of LIF neurons,
beside Brian2; and a dictionary learned from patches, beside scikit-learn. Keys of
``results/brain.json``:

- `threads`, `rounds`, `hardware`, `versions`: the settings, the machine, the software;
- `network`: `n_neurons`, `n_synapses`, `dt_ms`, `biological_seconds`, and for each of the
  `variants` the `seconds` of every round, without compiling, and its `rate_hz`;
- `dictionary`: `n_patches`, `side`, `n_atoms`, `penalty`, and for each library its `runs`
  of growing length: `steps`, `seconds` of every round, and the `objective` reached on the
  training patches, which decides what is equal.
"""

import json
from importlib.resources import files

import numpy as np

PATH = files("reproductions.bench") / "results" / "brain.json"
NETWORK_HEADER = ["network", "seconds", "by the companion's", "mean rate (Hz)"]
DICTIONARY_HEADER = ["library", "steps", "seconds", "objective"]


def load():
    """Load the stored measurements."""
    return json.loads(PATH.read_text(encoding="utf-8"))


def network_rows(result):
    """Rows of a table: median seconds, their ratio to the companion's, and the rate."""
    variants = result["network"]["variants"]
    ours = np.median(variants["companion"]["seconds"])
    rows = []
    for name, found in variants.items():
        seconds, rate_hz = np.median(found["seconds"]), np.mean(found["rate_hz"])
        rows.append([name, f"{seconds:.2f}", f"{seconds / ours:.2f}", f"{rate_hz:.1f}"])
    return rows


def dictionary_rows(result):
    """Rows of a table: for each library and length, median seconds and the objective."""
    return [
        [
            library,
            str(run["steps"]),
            f"{np.median(run['seconds']):.2f}",
            f"{run['objective']:.2f}",
        ]
        for library, runs in result["dictionary"]["runs"].items()
        for run in runs
    ]


def equal_objective(result):
    """Compare the libraries where they reach the same.

    Args:
        result: What `load` returns.

    Returns:
        For each run of scikit-learn whose objective a run of the companion reaches: its
        steps, its median seconds, and those of the companion's shortest such run.
    """
    runs = result["dictionary"]["runs"]
    found = []
    for theirs in runs["scikit-learn"]:
        reached = [r for r in runs["companion"] if r["objective"] <= theirs["objective"]]
        if reached:
            pair = (np.median(theirs["seconds"]), np.median(reached[0]["seconds"]))
            found.append((theirs["steps"], *map(float, pair)))
    return found
