"""What a bigger run costs, and one run on many machines: measured here and stored.

    python -m reproductions.cluster [NAME]

The names are "settings" (precision, threads, compilation, steps in a call, and the growth
of time and memory with the data), "workers" (what several processes gain), "ray_train"
(the same training under Ray Train, with a worker killed) and "elsewhere" (what the chapter
shows on systems where it cannot run it). Each writes ``results/NAME.json``, from which the
chapter *What a bigger run costs* is made. Importing this package loads nothing heavy.
"""

import json
from importlib.resources import files

NAMES = ("settings", "workers", "ray_train", "elsewhere")
FOLDER = files("reproductions.cluster") / "results"


def load(name):
    """Load a stored result.

    Args:
        name: One of `NAMES`.

    Raises:
        ValueError: If there is no such result.
    """
    if name not in NAMES:
        raise ValueError(f"name must be one of {', '.join(NAMES)}; got {name!r}")
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
