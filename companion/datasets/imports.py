"""Which names each source file uses: a real table of users and items that ships everywhere.

The users are the Python files of four libraries that the course installs, the items the
names of *other* packages that a file imports or reaches through an import, such as
``numpy.zeros`` or ``warnings.warn``. Nobody made these choices for a recommender: they
are real, sparse, and far from equally popular.
"""

import ast
import functools
import gc
import importlib.util
from collections import Counter
from pathlib import Path

import numpy as np

from companion.datasets import Dataset

PACKAGES = ("matplotlib", "scipy", "skimage", "sklearn")
MAX_BYTES = 30_000  # longer files take most of the time and are few
MIN_FILES, MIN_NAMES = 10, 5
# Copies of other projects, and files that are written when a wheel is built.
VENDORED = {"externals", "_externals", "array_api_compat", "array_api_extra"}
GENERATED = {"__config__.py", "_version.py", "version.py", "_distributor_init.py"}
SPLIT_SEED = 0
SHARE_VAL = SHARE_TEST = 0.2


def names_used(source, package):
    """Find the names of other packages that a source file imports or reaches.

    ``import numpy as np`` with ``np.linalg.svd(x)`` gives "numpy.linalg.svd" and
    ``from os import path`` gives "os.path". Names of the file's own package, relative
    imports and ``__future__`` are left out; nothing is executed.

    Args:
        source: The text of a Python file, str or bytes.
        package: The package the file belongs to.

    Returns:
        A set of dotted names.

    Raises:
        SyntaxError: If the text is no Python.
    """
    bound, found, chains = {}, set(), []
    inner = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.partition(".")[0]
                bound[alias.asname or root] = alias.name if alias.asname else root
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            for alias in node.names:
                bound[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                found.add(f"{node.module}.{alias.name}")
        elif isinstance(node, ast.Attribute):
            chains.append(node)
            inner.add(id(node.value))
    found.update(_dotted(node, bound) for node in chains if id(node) not in inner)
    return {name for name in found if _is_foreign(name, package)}


def _dotted(node, bound):
    """The full name of a chain of attributes, or "" if it begins at no import."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not (isinstance(node, ast.Name) and node.id in bound):
        return ""
    return ".".join([bound[node.id], *reversed(parts)])


def _is_foreign(name, package):
    return name.partition(".")[0] not in ("", "__future__", package)


def imports():
    """Names of other packages that the files of four libraries use.

    The libraries are Matplotlib, SciPy, scikit-image and scikit-learn, in the versions
    that are installed; the table changes with them. Kept are files of at most 30 kB that
    use at least 5 of the names which at least 10 files use. The *files* are split, not
    the pairs: 60 % for training, 20 % for validation and 20 % for testing, at random with
    a fixed seed. So a file of validation or test is new to a model, as a new user would
    be.

    Returns:
        A `Dataset`; x is pairs of file and name, (n, 2), and y is 1 for each of them. The
        names behind the numbers are those of `import_names`.

    Source:
        The installed source files, read with `ast`.
    """
    files, items, pairs = _table()
    order = np.random.default_rng(SPLIT_SEED).permutation(len(files))
    n_val, n_test = round(SHARE_VAL * len(files)), round(SHARE_TEST * len(files))
    part_of = np.zeros(len(files), int)
    part_of[order[:n_val]], part_of[order[n_val : n_val + n_test]] = 1, 2
    parts = [pairs[part_of[pairs[:, 0]] == part] for part in range(3)]
    arrays = [a for part in parts for a in (part, np.ones(len(part), np.float32))]
    return Dataset(
        *arrays,
        name="imports",
        source=f"source files of {', '.join(PACKAGES)}, as installed",
        license="BSD-3-Clause (SciPy, scikit-image, scikit-learn), Matplotlib's own",
    )


def import_names():
    """Names of the users and of the items of `imports`, in the order of their numbers.

    Returns:
        files: Paths inside the installed libraries, a list of str.
        items: Dotted names, a list of str.
    """
    files, items, _ = _table()
    return list(files), list(items)


@functools.cache
def _table():
    """Files, items and their pairs; read once in a process."""
    used = {path: names for path, names in _read_all() if names}
    counts = Counter(name for names in used.values() for name in names)
    items = sorted(name for name, count in counts.items() if count >= MIN_FILES)
    number = {name: i for i, name in enumerate(items)}
    kept = {
        path: sorted(number[n] for n in names if n in number)
        for path, names in used.items()
    }
    files = [path for path, names in kept.items() if len(names) >= MIN_NAMES]
    pairs = [(user, item) for user, path in enumerate(files) for item in kept[path]]
    return files, items, np.array(pairs, dtype=np.int64)


def _read_all():
    """Yield path and names of every file of the libraries, in a fixed order."""
    was_enabled = gc.isenabled()
    gc.disable()  # a syntax tree has many small objects, all of which are still needed
    try:
        for package in PACKAGES:
            folder = Path(importlib.util.find_spec(package).origin).parent
            for path in sorted(folder.rglob("*.py"), key=lambda p: p.as_posix()):
                inside = path.relative_to(folder.parent)
                if _is_own(inside) and path.stat().st_size <= MAX_BYTES:
                    yield inside.as_posix(), names_used(path.read_bytes(), package)
    finally:
        if was_enabled:
            gc.enable()


def _is_own(path):
    return not VENDORED & set(path.parts) and path.name not in GENERATED
