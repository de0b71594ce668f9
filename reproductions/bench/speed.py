"""The stored measurements, and what follows from them: rates, ratios, shares, slopes.

Keys of ``results/speed.json``:

- `threads`, `batch_size`, `rounds`: the settings;
- `networks`: for each reference `n_examples` of an epoch, `n_parameters`, and
  `flops_per_example`, as `reproductions.bench.networks` counts them;
- `speed`: a row for each `network`, `backend` and `variant`: `first_seconds` of the first
  epoch, and `seconds` and `cpu_seconds`, one list of epochs for each round;
- `peak`: for each library, the speeds of its matrix product in GFLOP/s;
- `scaling`: for "examples", "code size" and "width", the `sizes` and the `seconds`, for
  each size one list of epochs for each round;
- `hardware`, `versions`, `wall_seconds`: the machine, the software, and the whole run.
"""

import json
import math
from importlib.resources import files

import numpy as np

PATH = files("reproductions.bench") / "results" / "speed.json"
KEYS = {"threads", "batch_size", "rounds", "networks", "speed", "peak", "scaling"}
KEYS |= {"hardware", "versions", "wall_seconds"}
ROW_KEYS = {"network", "backend", "variant", "first_seconds", "seconds", "cpu_seconds"}
SCALED = ("examples", "code size", "width")
COMPANION = "companion"


def load():
    """Load the stored measurements."""
    return json.loads(PATH.read_text(encoding="utf-8"))


def rates(result, row):
    """Return the examples per second of every timed epoch of a row, shape (n_epochs,)."""
    return result["networks"][row["network"]]["n_examples"] / np.ravel(row["seconds"])


def rows_of(result, network, backend=None):
    """Return the rows of a network, all or those on one backend."""
    rows = [row for row in result["speed"] if row["network"] == network]
    return [row for row in rows if backend in (None, row["backend"])]


def ratio(result, row, statistic=np.median):
    """Return the rate of a row by that of the fastest variant on its backend.

    Args:
        result: What `load` returns.
        row: One of its rows.
        statistic: Median or maximum of the epochs' rates.
    """
    rivals = rows_of(result, row["network"], row["backend"])
    fastest = max(statistic(rates(result, rival)) for rival in rivals)
    return float(statistic(rates(result, row)) / fastest)


def peak_gflops(result):
    """Return the fastest matrix product of the run, in GFLOP/s."""
    return max(max(values) for values in result["peak"].values())


def share_of_peak(result, row):
    """Return the best epoch's arithmetic as a share of the fastest matrix product."""
    flops = result["networks"][row["network"]]["flops_per_example"]
    return float(rates(result, row).max() * flops / 1e9 / peak_gflops(result))


def slope(sizes, seconds):
    """Fit a line to the logarithms by least squares, and return its slope.

    Args:
        sizes: Above 0, at least two different.
        seconds: Above 0, one for each.

    Raises:
        ValueError: If there are fewer than two sizes, or one number is not above 0.
    """
    sizes, seconds = np.asarray(sizes, float), np.asarray(seconds, float)
    if len(set(sizes)) < 2 or sizes.shape != seconds.shape:
        raise ValueError(f"sizes must be at least two, as many as seconds; got {sizes}")
    if min(sizes.min(), seconds.min()) <= 0:
        raise ValueError(f"sizes and seconds must be above 0; got {sizes} and {seconds}")
    x, y = np.log(sizes), np.log(seconds)
    x = x - x.mean()
    return float(x @ y / (x @ x))


def scaling_seconds(result, name):
    """Return the sizes and, for each, the median seconds of an epoch."""
    entry = result["scaling"][name]
    return entry["sizes"], [float(np.median(times)) for times in entry["seconds"]]


def problems(result):
    """Return what is wrong with a result, as texts; none if it is sound."""
    if set(result) != KEYS:
        return [f"these keys are missing or unknown: {sorted(set(result) ^ KEYS)}"]
    found = []
    for row in result["speed"]:
        name = [row.get(key) for key in ("network", "backend", "variant")]
        if set(row) != ROW_KEYS:
            found.append(f"{name} has missing or unknown keys: {sorted(row)}")
            continue
        for key in ("seconds", "cpu_seconds"):
            found += _times_problems(f"{key} of {name}", row[key], result["rounds"])
    if found:
        return found
    names = {(row["network"], row["backend"], row["variant"]) for row in result["speed"]}
    if len(names) != len(result["speed"]):
        found.append("a network, backend and variant must not occur twice")
    for network in result["networks"]:
        for backend in {row["backend"] for row in rows_of(result, network)} - {"numpy"}:
            if (network, backend, COMPANION) not in names:
                found.append(f"the companion is missing for {network} on {backend}")
    for name in SCALED:
        entry = result["scaling"].get(name, {"sizes": [], "seconds": []})
        if len(entry["sizes"]) < 3 or len(entry["sizes"]) != len(entry["seconds"]):
            found.append(f"scaling {name!r} must hold three sizes or more, all timed")
        for times in entry["seconds"]:
            found += _times_problems(f"scaling {name!r}", times, result["rounds"])
    if not all(min(values, default=0) > 0 for values in result["peak"].values()):
        found.append(f"peak must be above 0; got {result['peak']}")
    return found


def _times_problems(name, rounds, n_rounds):
    values = [value for epochs in rounds for value in epochs]
    sound = values and all(value > 0 and math.isfinite(value) for value in values)
    if len(rounds) != n_rounds or not sound:
        return [f"{name} must be {n_rounds} lists of seconds above 0; got {rounds}"]
    return []
