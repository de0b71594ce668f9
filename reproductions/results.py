"""The stored results: ``results/NAME.json``, written whole or not at all, and checked.

Keys of a file:

- `paper`, `where`, `what`: the paper's key in ``references.bib``, the place in it, and
  what is measured;
- `published`, `unit`, `threshold`, `lower_is_better`, `tolerance`, `partly_tolerance`:
  the claim, as `reproductions.claims.Claim` has it;
- `values`, `mean`, `std`: one number for each of `seeds`, and over them (ddof=1);
- `verdict`: what the claim's rule makes of the mean;
- `also`: the same for further claims, by name; `extras`: further values, by name;
- `baselines`, `published_baselines`: measured by the same code, and in the paper;
- `recipe`, `dataset`, `data_sha256`: what was run, on which files;
- `cpu_seconds`, `wall_seconds`: one for each seed, all its parts together;
  `budget_cpu_minutes`: what a seed was allowed;
- `hardware`, `versions`: the processor with its number of cores, and the software.
"""

import json
import math
import os
from importlib.resources import files

from companion.metrics import mean_and_std

CLAIM_KEYS = ("published", "unit", "threshold", "lower_is_better", "tolerance")
CLAIM_KEYS += ("partly_tolerance", "what")
MEASURED_KEYS = ("values", "mean", "std", "verdict")
PAPER_KEYS = ("where", "dataset", "recipe", "budget_cpu_minutes", "published_baselines")
OTHER_KEYS = ("paper", "seeds", "also", "extras", "baselines", "data_sha256")
OTHER_KEYS += ("cpu_seconds", "wall_seconds", "hardware", "versions")
KEYS = frozenset(CLAIM_KEYS + MEASURED_KEYS + PAPER_KEYS + OTHER_KEYS)
FOLDER = files("reproductions") / "results"


def names():
    """Return the names of the papers that have a stored result, sorted."""
    if not FOLDER.is_dir():
        return []
    found = [path.name for path in FOLDER.iterdir()]
    return sorted(name.removesuffix(".json") for name in found if name.endswith(".json"))


def load(name):
    """Load a stored result.

    Args:
        name: One of `names`.

    Returns:
        A dictionary with the keys that this module names.

    Raises:
        ValueError: If there is no such result.
    """
    if name not in names():
        raise ValueError(f"name must be one of {', '.join(names())}; got {name!r}")
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def measured(claim, values):
    """Set a claim beside the values of the seeds.

    Args:
        claim: A `reproductions.claims.Claim`.
        values: One number for each seed, at least two.

    Returns:
        A dictionary of the claim, the values, their mean and spread, and the verdict.
    """
    mean, std = mean_and_std(values)
    stated = {key: getattr(claim, key) for key in CLAIM_KEYS}
    return stated | {
        "values": [float(value) for value in values],
        "mean": mean,
        "std": std,
        "verdict": claim.verdict(mean),
    }


def write_json(path, content):
    """Write a JSON file so that it is never half there: to a part first, then in place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
        part.write_text(text + "\n", encoding="utf-8")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def problems(result, paper):
    """Return what is wrong with a result, as texts; none if it is sound.

    Args:
        result: A dictionary, as `load` returns it.
        paper: The `reproductions.claims.Paper` that it belongs to.
    """
    if set(result) != KEYS:
        odd = sorted(set(result) ^ KEYS)
        return [f"{paper.name}: these keys are missing or unknown: {odd}"]
    found = _claim_problems(result, paper.claim, "the main claim")
    if set(result["also"]) != set(paper.also):
        found.append(f"also must hold {sorted(paper.also)}; got {sorted(result['also'])}")
    for name in set(result["also"]) & set(paper.also):
        found += _claim_problems(result["also"][name], paper.also[name], repr(name))
    stated = {key: getattr(paper, key) for key in PAPER_KEYS}
    stated |= {"paper": paper.key, "seeds": paper.seeds}
    for key, value in stated.items():
        if result[key] != json.loads(json.dumps(value)):
            found.append(f"{key} must be {value!r}, as in the module; got {result[key]!r}")
    return [f"{paper.name}: {text}" for text in found + _run_problems(result)]


def _claim_problems(entry, claim, name):
    found = [
        f"{key} of {name} must be {getattr(claim, key)!r}, as in the module; "
        f"got {entry.get(key)!r}"
        for key in CLAIM_KEYS
        if entry.get(key) != getattr(claim, key)
    ]
    right = measured(claim, entry["values"])
    for key in ("mean", "std"):
        if not math.isclose(entry[key], right[key], rel_tol=1e-9, abs_tol=1e-12):
            found.append(f"{key} of {name} must be {right[key]}; got {entry[key]}")
    if entry["verdict"] != right["verdict"]:
        found.append(
            f"verdict of {name} must be {right['verdict']!r}; got {entry['verdict']!r}"
        )
    return found


def _run_problems(result):
    n_seeds, found = len(result["seeds"]), []
    lists = {key: result[key] for key in ("values", "cpu_seconds", "wall_seconds")}
    lists |= {f"extras {name!r}": values for name, values in result["extras"].items()}
    lists |= {
        f"also {name!r}": entry.get("values", []) for name, entry in result["also"].items()
    }
    for name, values in lists.items():
        if len(values) != n_seeds or not all(map(math.isfinite, values)):
            found.append(f"{name} must hold {n_seeds} finite numbers; got {values}")
    if set(result["hardware"]) != {"processor", "cores"}:
        found.append(f"hardware must be processor and cores; got {result['hardware']}")
    if min(result["cpu_seconds"]) <= 0:
        found.append(f"cpu_seconds must be above 0; got {result['cpu_seconds']}")
    return found
