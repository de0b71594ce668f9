"""Execute chapters and store their outputs: the only way an output enters a notebook.

    python -m tools.execute [--all] [--jobs N] [NOTEBOOK ...]

Each notebook runs in a fresh kernel, in an empty temporary folder, with the settings of
`KERNEL_ENVIRONMENT`. Only stale notebooks run: those whose cells, the modules of our
packages that they reach through imports, the results beside these modules, or the lock
changed since their outputs were stored. A notebook that fails keeps its stored outputs.
"""

import argparse
import ast
import hashlib
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from tqdm import tqdm

from tools.machine_speed import slowdown

ROOT = Path(__file__).resolve().parents[1]
CELL_TIMEOUT_S = 300
OWN_PACKAGES = ("companion", "reproductions")
# Kernels run side by side, and the matrices of a page are small: more threads in each
# would only wait for one another.
KERNEL_ENVIRONMENT = {
    "KERAS_BACKEND": "tensorflow",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TQDM_DISABLE": "1",
}
KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
KEPT_CELL_METADATA = {"companion", "jupyter", "mystnb", "tags"}
DRAWING = ("fig, ", "plots.")  # how a cell starts that only draws


def chapters(root=ROOT):
    """Return the paths of all notebooks of the book, sorted."""
    found = (root / "chapters").rglob("*.ipynb")
    return sorted(path for path in found if ".ipynb_checkpoints" not in path.parts)


def code_of(nb):
    """Return the code cells of a notebook as one Python source."""
    return "\n".join(cell.source for cell in nb.cells if cell.cell_type == "code")


def imported_names(source):
    """Return the dotted names a source imports, `from a import b` giving a and a.b."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def module_files(name, root):
    """Return the files that importing `name` runs: the module and the packages above it."""
    parts = name.split(".")
    stems = [root.joinpath(*parts[: i + 1]) for i in range(len(parts))]
    candidates = [stem / "__init__.py" for stem in stems] + [stems[-1].with_suffix(".py")]
    return [path for path in candidates if path.is_file()]


def reached_files(source, root=ROOT):
    """Return every file of our packages that a source reaches through imports, sorted."""
    reached, waiting = set(), [source]
    while waiting:
        for name in imported_names(waiting.pop()):
            if name.split(".")[0] in OWN_PACKAGES:
                new = set(module_files(name, root)) - reached
                reached |= new
                waiting += [path.read_text("utf-8") for path in new]
    return sorted(reached)


def result_files(modules):
    """Return the stored results beside the given modules, which these read, sorted."""
    return sorted(
        {path for module in modules for path in module.parent.glob("results/*.json")}
    )


def sha256(parts):
    """Return the hexadecimal SHA-256 of a list of strings."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def inputs_digest(nb, root=ROOT):
    """Digest what the outputs say something about: cells, reached modules and results."""
    cells = [f"{cell.cell_type}\n{cell.source}" for cell in nb.cells]
    modules = reached_files(code_of(nb), root)
    files = modules + result_files(modules)
    return sha256(cells + [path.read_text("utf-8") for path in files])


def lock_digest(root=ROOT):
    """Digest the locks, which also change what a chapter computes with."""
    return sha256([path.read_text("utf-8") for path in sorted(root.glob("requirements*"))])


def outputs_digest(nb):
    """Digest the stored outputs, pictures included."""
    outputs = [cell.outputs for cell in nb.cells if cell.cell_type == "code"]
    return sha256([json.dumps(outputs, sort_keys=True, ensure_ascii=False)])


def is_stale(nb, root=ROOT):
    """Return whether the outputs or what they depend on changed since they were stored."""
    stored = nb.metadata.get("companion", {})
    digests = (inputs_digest(nb, root), lock_digest(root), outputs_digest(nb))
    names = ("inputs_sha256", "lock_sha256", "outputs_sha256")
    return tuple(stored.get(name) for name in names) != digests


def canonical(nb):
    """Keep only the metadata that means something, in place, and return the notebook.

    The alt text that a figure call wrote beside its image is copied to the cell, where
    the book's build looks for it. A cell that only draws is folded in the book, and so is
    a solution.
    """
    kept = nb.metadata.get("companion", {})
    nb.metadata = nbformat.from_dict(
        {"companion": kept, "kernelspec": KERNELSPEC, "language_info": {"name": "python"}}
    )
    for cell in nb.cells:
        metadata = {k: v for k, v in cell.metadata.items() if k in KEPT_CELL_METADATA}
        metadata.pop("mystnb", None)
        if cell.cell_type == "code":
            alts = [
                output.metadata["image/png"]["alt"]
                for output in cell.outputs
                if "alt" in output.get("metadata", {}).get("image/png", {})
            ]
            if alts:
                metadata["mystnb"] = {"image": {"alt": alts[0]}}
            tags = set(metadata.pop("tags", []))
            if alts and cell.source.startswith(DRAWING):
                tags.add("hide-input")
            if tags:
                metadata["tags"] = sorted(tags)
            if "solution" in tags:
                metadata["jupyter"] = {"source_hidden": True}
        cell.metadata = nbformat.from_dict(metadata)
    return nb


def run(nb):
    """Execute a notebook in a fresh kernel, in an empty folder, and return the seconds."""
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            nb,
            kernel_name="python3",
            timeout=CELL_TIMEOUT_S,
            record_timing=False,
            coalesce_streams=True,
            resources={"metadata": {"path": folder}},
        )
        start = time.perf_counter()
        client.execute(env=os.environ | KERNEL_ENVIRONMENT)
        return time.perf_counter() - start


def execute(path, root=ROOT):
    """Execute one notebook and replace its file only after everything succeeded.

    Stored are the seconds of the reference machine, returned those of this one.
    """
    nb = nbformat.read(path, as_version=4)
    before = slowdown()
    seconds = run(nb)
    kept = nb.metadata.setdefault("companion", nbformat.NotebookNode())
    kept.seconds = round(seconds / ((before + slowdown()) / 2))
    kept.inputs_sha256 = inputs_digest(nb, root)
    kept.lock_sha256 = lock_digest(root)
    kept.outputs_sha256 = outputs_digest(nb)
    temporary = path.with_suffix(".ipynb.part")
    try:
        nbformat.write(canonical(nb), temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return seconds


def execute_all(paths, jobs):
    """Execute notebooks side by side; return the problems, one text for each failure."""
    problems = []
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        waiting = {pool.submit(execute, path): path for path in paths}
        for done in tqdm(as_completed(waiting), total=len(waiting), unit="notebook"):
            name = waiting[done].relative_to(ROOT).as_posix()
            try:
                tqdm.write(f"{name}: {done.result():.0f} s")
            except Exception as error:  # report every notebook, then fail once
                problems.append(f"{name}: {error}")
    return problems


def main():
    """Read the command line, execute what is stale or named, report and exit."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all chapters")
    parser.add_argument("--all", action="store_true", help="also those not stale")
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 2) // 2))
    arguments = parser.parse_args()

    paths = [path.resolve() for path in arguments.notebooks] or chapters()
    if not arguments.all:
        paths = [path for path in paths if is_stale(nbformat.read(path, as_version=4))]
    problems = execute_all(paths, arguments.jobs) if paths else []
    print(f"{len(paths) - len(problems)} executed, {len(problems)} failed")
    for problem in problems:
        print(f"\n{problem}", file=sys.stderr)
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
