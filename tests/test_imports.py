"""The rooms of the package import only what stands above them, and stay light."""

import subprocess
import sys

import pytest

from tools.checks import fail_on
from tools.checks.imports import Package, import_problems, is_numpy_only
from tools.execute import ROOT

COMPANION = ROOT / "companion"
HEAVY = ("keras", "matplotlib", "sklearn", "tensorflow", "torch")
PACKAGE = Package(COMPANION)
NUMPY_ONLY = [module for module in PACKAGE.paths if is_numpy_only(PACKAGE, module)]
IMPORT_LIMIT_S = 1.0  # what a reader of a brain chapter may wait


def test_imports_follow_the_order_of_the_rooms():
    fail_on(import_problems(COMPANION))


@pytest.mark.parametrize("module", NUMPY_ONLY)
def test_numpy_room_loads_fast_and_without_frameworks(module):
    code = (
        "import sys, time; start = time.perf_counter(); "
        f"import {module}; print(time.perf_counter() - start); "
        f"print(*[name for name in {HEAVY} if name in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    shortest = float("inf")
    for attempt in range(8):  # the first one compiles, and others wait for other tests
        if attempt >= 2 and shortest < IMPORT_LIMIT_S:
            break
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        seconds, loaded = done.stdout.split("\n")[:2]
        assert loaded == "", f"importing {module} loads {loaded}"
        shortest = min(shortest, float(seconds))
    assert shortest < IMPORT_LIMIT_S
